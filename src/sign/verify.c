/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OpenSSL parses the structure, since what peers send is often BER and its parser is the most tried; what may stand in it is
 * narrowed here. CMS_verify is not used: it copies the content through BIOs and builds the chain on its own terms. The content is
 * hashed where it lies, compared with the attribute messageDigest, and the signature over the attributes is checked. A signature
 * without attributes is rare but regular: receivers must handle it (RFC 5652 5.3, RFC 5751 2.5).
 */
#include "sign/verify.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "sign/openssl.h"

struct digest_row {
    int nid;
    const char *name;
    const char *openssl_name;
};

static const struct digest_row digests[] = {
    { NID_sha256, "sha256", "SHA256" },
    { NID_sha384, "sha384", "SHA384" },
    { NID_sha512, "sha512", "SHA512" },
    { NID_sha1, "sha1", "SHA1" },
};

enum { DIGESTS = sizeof digests / sizeof digests[0] };

struct signature {
    CMS_ContentInfo *cms;
    CMS_SignerInfo *signer; /* of cms */
    STACK_OF(X509) *certificates;
    X509 *certificate; /* the signer's, one of them */
    const struct digest_row *digest;
    const ASN1_OCTET_STRING *message_digest; /* NULL: no signed attributes, the signature is over the content itself */
    int64_t time;
};

void signature_free(struct signature **signature)
{
    struct signature *s = *signature;

    if (!s)
        return;
    sk_X509_pop_free(s->certificates, X509_free);
    CMS_ContentInfo_free(s->cms);
    free(s);
    *signature = NULL;
}

static int refuse(struct error *e, const char *reason)
{
    return error_set(e, ERROR_SIGNATURE, "%s", reason);
}

static int parse(struct signature *s, struct slice der, struct error *e)
{
    const unsigned char *start = (const unsigned char *)der.data, *at = start;
    STACK_OF(CMS_SignerInfo) *signers;
    ASN1_OCTET_STRING **content;

    if (der.size > SIGNATURE_DER_MAX)
        return error_set(e, ERROR_SIGNATURE, "a signature of %zu bytes is too long", der.size);
    s->cms = der.size ? d2i_CMS_ContentInfo(NULL, &at, (long)der.size) : NULL;
    if (!s->cms)
        return openssl_failed(e, ERROR_SIGNATURE, "not the structure of a signature (RFC 5652)");
    if ((size_t)(at - start) != der.size)
        return refuse(e, "bytes after the end of the signature");
    if (OBJ_obj2nid(CMS_get0_type(s->cms)) != NID_pkcs7_signed)
        return refuse(e, "no SignedData (RFC 5652 5)");
    content = CMS_get0_content(s->cms);
    if (!content || *content || OBJ_obj2nid(CMS_get0_eContentType(s->cms)) != NID_pkcs7_data)
        return refuse(e, "the signature has content of its own (RFC 5751 3.4.3)");
    signers = CMS_get0_SignerInfos(s->cms);
    if (sk_CMS_SignerInfo_num(signers) != 1)
        return error_set(e, ERROR_SIGNATURE, "%d signers, not one", signers ? sk_CMS_SignerInfo_num(signers) : 0);
    s->signer = sk_CMS_SignerInfo_value(signers, 0);
    return 0;
}

/* RFC 6109 2.1: the certificate is inside. */
static int find_certificate(struct signature *s, struct error *e)
{
    s->certificates = CMS_get1_certs(s->cms);
    if (sk_X509_num(s->certificates) > SIGNATURE_CERTIFICATES_MAX)
        return refuse(e, "too many certificates in the signature");
    for (int i = 0; i < sk_X509_num(s->certificates) && !s->certificate; i++)
        if (CMS_SignerInfo_cert_cmp(s->signer, sk_X509_value(s->certificates, i)) == 0)
            s->certificate = sk_X509_value(s->certificates, i);
    if (!s->certificate)
        return refuse(e, "the signer's certificate is not in the signature (RFC 6109 2.1)");
    if (!X509_get0_pubkey(s->certificate))
        return openssl_failed(e, ERROR_SIGNATURE, "the key of the signer's certificate");
    CMS_SignerInfo_set1_signer_cert(s->signer, s->certificate);
    return 0;
}

/* Does the signature algorithm go with the digest and the key? */
static bool fits(int algorithm, int digest, int key)
{
    int its_digest, its_key;

    if (algorithm == NID_rsaEncryption)
        return key == EVP_PKEY_RSA;
    if (algorithm == NID_rsassaPss)
        return key == EVP_PKEY_RSA || key == EVP_PKEY_RSA_PSS;
    return OBJ_find_sigid_algs(algorithm, &its_digest, &its_key) == 1 && its_digest == digest && its_key == key &&
           (key == EVP_PKEY_RSA || key == EVP_PKEY_EC);
}

static int check_algorithms(struct signature *s, const struct trust *trust, struct error *e)
{
    X509_ALGOR *digest = NULL, *algorithm = NULL;
    int nid;

    CMS_SignerInfo_get0_algs(s->signer, NULL, NULL, &digest, &algorithm);
    nid = OBJ_obj2nid(digest->algorithm);
    for (size_t i = 0; i < DIGESTS && !s->digest; i++)
        if (digests[i].nid == nid && (nid != NID_sha1 || (trust && trust_accepts_sha1(trust))))
            s->digest = &digests[i];
    if (!s->digest)
        return refuse(e, "the digest is none of those accepted");
    if (!fits(OBJ_obj2nid(algorithm->algorithm), nid, EVP_PKEY_get_base_id(X509_get0_pubkey(s->certificate))))
        return refuse(e, "the signature algorithm is none of those accepted, or does not go with the digest and the key");
    return 0;
}

/* RFC 5652 11: each attribute once. */
static int check_unique(const struct signature *s, int count, struct error *e)
{
    if (count > SIGNATURE_ATTRIBUTES_MAX)
        return refuse(e, "too many signed attributes");
    for (int i = 1; i < count; i++)
        for (int k = 0; k < i; k++)
            if (OBJ_cmp(X509_ATTRIBUTE_get0_object(CMS_signed_get_attr(s->signer, i)),
                        X509_ATTRIBUTE_get0_object(CMS_signed_get_attr(s->signer, k))) == 0)
                return refuse(e, "a signed attribute stands twice (RFC 5652 5.3)");
    return 0;
}

/* The single value of an attribute; NULL if there is none or there are several. */
static const ASN1_TYPE *attribute(const struct signature *s, int nid)
{
    int at = CMS_signed_get_attr_by_NID(s->signer, nid, -1);
    X509_ATTRIBUTE *found = at >= 0 ? CMS_signed_get_attr(s->signer, at) : NULL;

    return found && X509_ATTRIBUTE_count(found) == 1 ? X509_ATTRIBUTE_get0_type(found, 0) : NULL;
}

static int check_attributes(struct signature *s, struct error *e)
{
    int count = CMS_signed_get_attr_count(s->signer);
    const ASN1_TYPE *type = attribute(s, NID_pkcs9_contentType), *digest = attribute(s, NID_pkcs9_messageDigest);
    const ASN1_TYPE *time = attribute(s, NID_pkcs9_signingTime);
    int result = check_unique(s, count, e);

    if (result != 0 || count < 0)
        return result;
    if (!type || type->type != V_ASN1_OBJECT || OBJ_obj2nid(type->value.object) != NID_pkcs7_data)
        return refuse(e, "the signed attribute contentType is missing or wrong (RFC 5652 11.1)");
    if (!digest || digest->type != V_ASN1_OCTET_STRING)
        return refuse(e, "the signed attribute messageDigest is missing or wrong (RFC 5652 11.2)");
    s->message_digest = digest->value.octet_string;
    if (time && (time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME))
        openssl_seconds(time->value.asn1_string, &s->time);
    return 0;
}

int signature_read(struct slice der, const struct trust *trust, struct signature **out, struct error *e)
{
    struct signature *s = calloc(1, sizeof *s);
    int result;

    if (!s)
        return error_set(e, ERROR_MEMORY, "no memory for a signature");
    ERR_clear_error();
    result = parse(s, der, e);
    if (result == 0)
        result = find_certificate(s, e);
    if (result == 0)
        result = check_algorithms(s, trust, e);
    if (result == 0)
        result = check_attributes(s, e);
    ERR_clear_error();
    if (result != 0)
        signature_free(&s);
    else
        *out = s;
    return result;
}

const X509 *signature_certificate(const struct signature *signature)
{
    return signature->certificate;
}

int64_t signature_time(const struct signature *signature)
{
    return signature->time;
}

const char *signature_digest_name(const struct signature *signature)
{
    return signature->digest->name;
}

/* Fetched once a process: OpenSSL's search for a method costs more than hashing a small message. */
static const EVP_MD *method_of(const struct digest_row *row)
{
    static EVP_MD *fetched[DIGESTS];
    EVP_MD **slot = &fetched[row - digests];

    if (!*slot)
        *slot = EVP_MD_fetch(NULL, row->openssl_name, NULL);
    return *slot;
}

/* RFC 5652 5.4: without signed attributes the signature is over the digest of the content. OpenSSL takes that from a BIO. */
static int holds_bare(struct signature *signature, const EVP_MD *method, struct slice content, struct error *e)
{
    BIO *hash = BIO_new(BIO_f_md()), *sink = BIO_new(BIO_s_null());
    size_t written;
    int result = 0;

    if (!hash || !sink || BIO_set_md(hash, method) != 1 || !BIO_push(hash, sink) ||
        (content.size && BIO_write_ex(hash, content.data, content.size, &written) != 1))
        result = openssl_failed(e, ERROR_MEMORY, "hashing the signed content");
    else if (CMS_SignerInfo_verify_content(signature->signer, hash) != 1)
        result = openssl_failed(e, ERROR_SIGNATURE, "the signature does not hold");
    BIO_free(hash);
    BIO_free(sink);
    return result;
}

static int holds_by_attributes(struct signature *signature, const EVP_MD *method, struct slice content, struct error *e)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (EVP_Digest(content.data ? content.data : "", content.size, digest, &size, method, NULL) != 1)
        return openssl_failed(e, ERROR_MEMORY, "hashing the signed content");
    if (ASN1_STRING_length(signature->message_digest) != (int)size ||
        memcmp(ASN1_STRING_get0_data(signature->message_digest), digest, size) != 0)
        return refuse(e, "the content is not what was signed (RFC 5652 5.4)");
    return CMS_SignerInfo_verify(signature->signer) == 1 ? 0 : openssl_failed(e, ERROR_SIGNATURE, "the signature does not hold");
}

int signature_holds(struct signature *signature, struct slice content, struct error *e)
{
    const EVP_MD *method;
    int result;

    ERR_clear_error();
    method = method_of(signature->digest);
    if (!method)
        result = openssl_failed(e, ERROR_MEMORY, "hashing the signed content");
    else
        result = signature->message_digest ? holds_by_attributes(signature, method, content, e)
                                           : holds_bare(signature, method, content, e);
    ERR_clear_error();
    return result;
}

int signature_trust(const struct signature *signature, const struct trust *trust, int64_t at, struct trust_answer *out,
                    struct error *e)
{
    return trust_check(trust, signature->certificate, signature->certificates, at, out, e);
}
