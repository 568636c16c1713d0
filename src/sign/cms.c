/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SignedData is written here rather than by OpenSSL's CMS objects. Its form never varies: all but the digest, the time and
 * the signature is known when the certificate is read, and the private key is in another process, where those objects cannot
 * reach it. The tests hold the bytes against OpenSSL's own.
 */
#include "sign/cms.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "sign/der.h"

/* What never changes, in DER. */
#define FIXED(literal) { (literal), sizeof(literal) - 1 }
#define PKCS9 "\x2A\x86\x48\x86\xF7\x0D\x01\x09"
#define PKCS7 "\x2A\x86\x48\x86\xF7\x0D\x01\x07"
static const struct slice oid_signed_data = FIXED("\x06\x09" PKCS7 "\x02");
static const struct slice oid_signing_time = FIXED("\x06\x09" PKCS9 "\x05");
static const struct slice oid_message_digest = FIXED("\x06\x09" PKCS9 "\x04");
static const struct slice version_1 = FIXED("\x02\x01\x01");
/* EncapsulatedContentInfo of a detached signature: id-data, no content. */
static const struct slice detached_data = FIXED("\x30\x0B\x06\x09" PKCS7 "\x01");
static const struct slice oid_data = FIXED("\x06\x09" PKCS7 "\x01");
/* The attribute contentType with id-data. */
static const struct slice content_type = FIXED("\x30\x18\x06\x09" PKCS9 "\x03\x31\x0B\x06\x09" PKCS7 "\x01");
/* RFC 5754 2: without parameters. */
static const struct slice sha256 = FIXED("\x30\x0B\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01");
/* RFC 5754 3.2: readers must know rsaEncryption, with NULL, and it is what everybody writes. */
static const struct slice rsa_encryption = FIXED("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00");
/* RFC 5754 3.3: ecdsa-with-SHA256, without parameters. */
static const struct slice ecdsa_with_sha256 = FIXED("\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02");

/* All of it but the certificates, the signer, the content and the signature. */
enum { FRAME_MAX = 512, ATTRIBUTES_MAX = 160 };

/* RFC 5652 11.3: UTCTime from 1950 to 2049, GeneralizedTime outside. */
static void put_time(struct der_writer *w, int64_t seconds)
{
    time_t t = (time_t)seconds;
    size_t mark = der_mark(w);
    struct tm tm = { 0 };
    char text[32];
    bool utc;

    gmtime_r(&t, &tm);
    utc = tm.tm_year >= 50 && tm.tm_year < 150;
    strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm);
    der_put(w, slice_skip(slice_of(text), utc ? 2 : 0));
    der_wrap(w, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, mark);
}

/* The signed attributes, without the tag of their SET. Its order in DER is that of their encodings, which is that of their
 * lengths here: contentType, signingTime, messageDigest. */
static void put_attributes(struct der_writer *w, const struct cms_request *request)
{
    size_t attribute = der_mark(w);

    der_put(w, (struct slice){ (const char *)request->content_digest, SIGNED_DIGEST_SIZE });
    der_wrap(w, DER_OCTET_STRING, attribute);
    der_wrap(w, DER_SET, attribute);
    der_put(w, oid_message_digest);
    der_wrap(w, DER_SEQUENCE, attribute);
    attribute = der_mark(w);
    put_time(w, request->signing_time);
    der_wrap(w, DER_SET, attribute);
    der_put(w, oid_signing_time);
    der_wrap(w, DER_SEQUENCE, attribute);
    der_put(w, content_type);
}

/* What is signed: the digest of the attributes as a SET OF, although the SignerInfo holds them as [0] (RFC 5652 5.4). */
static int digest_attributes(const struct cms_request *request, unsigned char out[SIGNED_DIGEST_SIZE])
{
    char memory[ATTRIBUTES_MAX];
    struct der_writer w = der_new(memory, sizeof memory);
    struct slice set;

    put_attributes(&w, request);
    der_wrap(&w, DER_SET, 0);
    return der_done(&w, &set) ? digest_slice(DIGEST_SHA256, set, out) : ERROR_BUG;
}

static void put_signer_info(struct der_writer *w, const struct certificate_chain *chain, const struct cms_request *request,
                            struct slice signature)
{
    bool rsa = EVP_PKEY_get_base_id(X509_get0_pubkey(chain->leaf)) == EVP_PKEY_RSA;
    size_t info = der_mark(w), attributes;

    der_put(w, signature);
    der_wrap(w, DER_OCTET_STRING, info);
    der_put(w, rsa ? rsa_encryption : ecdsa_with_sha256);
    attributes = der_mark(w);
    put_attributes(w, request);
    der_wrap(w, DER_CONTEXT_0, attributes);
    der_put(w, sha256);
    der_put(w, chain->signer_der);
    der_put(w, version_1);
    der_wrap(w, DER_SEQUENCE, info);
}

/* EncapsulatedContentInfo (RFC 5652 5.2). */
static void put_content(struct der_writer *w, struct slice content)
{
    size_t mark = der_mark(w);

    if (!content.data) {
        der_put(w, detached_data);
        return;
    }
    der_put(w, content);
    der_wrap(w, DER_OCTET_STRING, mark);
    der_wrap(w, DER_CONTEXT_0, mark);
    der_put(w, oid_data);
    der_wrap(w, DER_SEQUENCE, mark);
}

/* ContentInfo with the SignedData (RFC 5652 3, 5.1). */
static int write_signed_data(const struct certificate_chain *chain, const struct cms_request *request, struct slice signature,
                             struct arena *arena, struct slice *out)
{
    size_t size = chain->set_der.size + chain->signer_der.size + signature.size + request->content.size + FRAME_MAX, mark;
    char *memory = arena_alloc(arena, size);
    struct der_writer w = der_new(memory, size);

    if (!memory)
        return ERROR_BUDGET;
    put_signer_info(&w, chain, request, signature);
    der_wrap(&w, DER_SET, 0);
    mark = der_mark(&w);
    der_put(&w, chain->set_der);
    der_wrap(&w, DER_CONTEXT_0, mark);
    put_content(&w, request->content);
    mark = der_mark(&w);
    der_put(&w, sha256);
    der_wrap(&w, DER_SET, mark);
    der_put(&w, version_1);
    der_wrap(&w, DER_SEQUENCE, 0);
    der_wrap(&w, DER_CONTEXT_0, 0);
    der_put(&w, oid_signed_data);
    der_wrap(&w, DER_SEQUENCE, 0);
    return der_done(&w, out) ? 0 : ERROR_BUG;
}

/* One call of cms_sign. The arrays have room for one question to the signer. */
struct job {
    const struct certificate_chain *chain;
    struct signer *signer;
    const char *plan;
    int64_t deadline_ms;
    struct arena *arena;
    unsigned char (*digests)[SIGNED_DIGEST_SIZE];
    struct signature_value *signatures;
};

static int ask_signer(const struct job *job, const struct cms_request *requests, size_t count, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = digest_attributes(&requests[i], job->digests[i]);
    if (result != 0)
        return error_set(e, result, "%s: the signed attributes cannot be digested", job->plan);
    result = job->signer->sign(job->signer, job->plan, (const unsigned char (*)[SIGNED_DIGEST_SIZE])job->digests, count,
                               job->signatures, job->deadline_ms, e);
    for (size_t i = 0; i < count && result == 0; i++)
        if (job->signatures[i].size == 0 || job->signatures[i].size > SIGNATURE_MAX)
            result = error_set(e, ERROR_PROTOCOL, "%s: the signer gave a signature of %zu bytes", job->plan,
                               job->signatures[i].size);
    return result;
}

static int sign_batch(const struct job *job, const struct cms_request *requests, size_t count, struct slice *out, struct error *e)
{
    int result = ask_signer(job, requests, count, e);

    for (size_t i = 0; i < count && result == 0; i++) {
        struct slice signature = { (const char *)job->signatures[i].bytes, job->signatures[i].size };

        result = write_signed_data(job->chain, &requests[i], signature, job->arena, &out[i]);
        if (result != 0)
            error_set(e, result, "%s: no room to write the signature", job->plan);
    }
    return result;
}

int cms_sign(const struct certificate_chain *chain, struct signer *signer, const char *plan, struct cms_request *requests,
             size_t count, int64_t deadline_ms, struct arena *arena, struct error *e)
{
    size_t room = count < SIGNER_BATCH_MAX ? count : SIGNER_BATCH_MAX;
    struct slice *made = arena_array(arena, count, sizeof *made);
    struct job job = {
        .chain = chain,
        .signer = signer,
        .plan = plan,
        .deadline_ms = deadline_ms,
        .arena = arena,
        .digests = arena_array(arena, room, sizeof job.digests[0]),
        .signatures = arena_array(arena, room, sizeof job.signatures[0]),
    };
    int result = 0;

    if (!made || !job.digests || !job.signatures)
        return error_set(e, ERROR_BUDGET, "%s: no room to sign %zu times", plan, count);
    for (size_t from = 0; from < count && result == 0; from += room) {
        size_t now = count - from < room ? count - from : room;

        result = sign_batch(&job, requests + from, now, made + from, e);
    }
    for (size_t i = 0; i < count && result == 0; i++)
        requests[i].out_der = made[i];
    return result;
}
