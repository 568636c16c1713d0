/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "provider.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "index/compile.h"
#include "pec/message.h"
#include "pki.h"
#include "sign/cms.h"
#include "sign/signer.h"

enum { FAR_AWAY_MS = 60000 };

const char provider_address[] = "posta-certificata@alfa.example";

static const char pec_id[] = "opec3.1@alfa.example";

/* As the sender's provider made it: under the PEC id (RFC 6109 2.2.1). */
static const char submitted[] = "From: u@alfa.example\r\nTo: b@beta.example\r\nSubject: Fattura\r\nMIME-Version: 1.0\r\n"
                                "Content-Type: text/plain\r\nMessage-ID: <opec3.1@alfa.example>\r\n"
                                "X-Riferimento-Message-ID: <a@client>\r\n\r\nBuongiorno\r\n";

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "provider: %s\n", what);
    exit(99);
}

static struct slice sign(struct slice content, const char *certificate, int64_t time, struct arena *arena)
{
    const struct key_settings settings = { .file = pki_path(strcmp(certificate, "ancient") == 0 ? "weak.key" : "leaf.key") };
    struct certificate_chain chain = { 0 };
    struct cms_request request = { .signing_time = time };
    struct signer *signer;
    struct key *key = NULL;
    char command[200];

    snprintf(command, sizeof command, "cat %s.crt sub.crt > chain.pem", certificate);
    if (pki_shell(command) != 0 || certificate_chain_read(pki_path("chain.pem"), &chain, NULL) != 0)
        give_up(certificate);
    if (key_open(&settings, &key, NULL) != 0 || !(signer = signer_of_key(key)))
        give_up("key");
    if (digest_slice(DIGEST_SHA256, content, request.content_digest) != 0 ||
        cms_sign(&chain, signer, "plan", &request, 1, clock_monotonic_ms() + FAR_AWAY_MS, arena, NULL) != 0)
        give_up("signature");
    signer_close(&signer);
    certificate_chain_free(&chain);
    return request.out_der;
}

static void compose(enum message_kind kind, const char *from, int64_t time, struct arena *arena, struct composed *out)
{
    static struct recipient recipients[] = { { "b@beta.example", true } };
    static const char *taken[] = { "b@beta.example" };
    const struct pec_provider provider = { .name = "Alfa PEC S.p.A.", .address = from, .service_mailbox = "r@alfa.example",
                                           .id_domain = "alfa.example", .brief_hash = DIGEST_SHA1 };
    const struct transaction about = { .pec_id = pec_id, .msgid = "<a@client>", .sender = "u@alfa.example", .reply_to = "u@alfa.example",
                                       .subject = "Fattura", .provider = provider.name, .recipients = recipients, .recipient_count = 1,
                                       .form = kind == KIND_DELIVERY_BRIEF     ? RECEIPT_BRIEF
                                               : kind == KIND_DELIVERY_CONCISE ? RECEIPT_CONCISE
                                                                               : RECEIPT_COMPLETE };
    const struct pec_message message = { .kind = kind, .time = time, .to = "u@alfa.example", .recipient = "b@beta.example", .taken = taken,
                                         .taken_count = 1, .reason = "un errore", .error = kind_rows[kind].error,
                                         .id = kind == KIND_TRANSPORT_ENVELOPE ? pec_id : "opec3.2@alfa.example" };
    struct original original = { .whole = slice_of(submitted) };

    if (header_split(original.whole, arena, &original.header, &original.body) != 0 ||
        message_compose(&provider, &about, &message, kind_rows[kind].attachment == ATTACH_NOTHING ? NULL : &original, arena, out) != 0)
        give_up(kind_rows[kind].name);
}

static struct slice seal(const struct composed *composed, struct slice der, struct arena *arena)
{
    struct rope whole = rope_new(arena);

    if (message_seal(composed, der, &whole) != 0)
        give_up("seal");
    return rope_flat(&whole);
}

struct slice provider_message(enum message_kind kind, const char *certificate, const char *from, int64_t time, struct arena *arena)
{
    struct composed composed;

    compose(kind, from, time, arena, &composed);
    return seal(&composed, sign(rope_flat(&composed.content), certificate, time, arena), arena);
}

struct slice provider_message_by_openssl(const char *options, struct arena *arena)
{
    struct composed composed;
    struct slice der, kept;
    char command[300];

    compose(KIND_ACCEPTANCE, provider_address, PKI_NOW, arena, &composed);
    pki_write("content", rope_flat(&composed.content));
    snprintf(command, sizeof command, "openssl cms -sign -binary -in content -signer good.crt -inkey leaf.key -certfile sub.crt "
                                      "-outform DER -out signature %s", options);
    if (pki_shell(command) != 0)
        give_up(command);
    der = pki_read("signature");
    kept = arena_copy(arena, der);
    free((void *)(uintptr_t)der.data);
    return seal(&composed, kept, arena);
}

struct index *provider_index(const char *certificate, const char *domain)
{
    unsigned char hash[CERTIFICATE_HASH_SIZE], *der = NULL;
    struct arena *arena = arena_new(1 << 20);
    struct rope ldif = rope_new(arena);
    struct index *index = NULL;
    struct index_totals totals;
    char hex[2 * CERTIFICATE_HASH_SIZE + 1], file[64], *encoded;
    X509 *x509;
    int size;

    snprintf(file, sizeof file, "%s.crt", certificate);
    x509 = pki_certificate(file);
    certificate_hash(x509, hash);
    hex_write((struct slice){ (const char *)hash, sizeof hash }, hex);
    size = i2d_X509(x509, &der);
    encoded = arena_alloc(arena, 2 * (size_t)size);
    EVP_EncodeBlock((unsigned char *)encoded, der, size);
    rope_printf(&ldif, "dn: providerName=Alfa PEC S.p.A.,o=postacert\nobjectClass: top\nobjectClass: provider\n"
                       "providerName: Alfa PEC S.p.A.\nmailReceipt: r@alfa.example\nproviderCertificateHash: %s\n"
                       "providerCertificate;binary:: %s\nmanagedDomains: %s\n",
                hex, encoded, domain);
    if (index_compile(rope_flat(&ldif), "ldif", 0, pki_path("snapshot"), &totals, NULL) != 0 ||
        index_open(pki_path("snapshot"), &index, NULL) != 0)
        give_up("index");
    OPENSSL_free(der);
    X509_free(x509);
    arena_free(&arena);
    return index;
}

struct trust *provider_trust(const char *const *lists, size_t count)
{
    const struct trust_settings settings = { .ca = pki_path("bundle-historic.pem"), .crl_dir = pki_path("lists"), .sha1_accepted = true,
                                             .historic = true };
    struct trust *trust = NULL;
    char command[200];

    if (pki_shell("rm -rf lists; mkdir lists") != 0)
        give_up("lists");
    for (size_t i = 0; i < count; i++) {
        snprintf(command, sizeof command, "cp %s lists/%zu.r0", lists[i], i);
        if (pki_shell(command) != 0)
            give_up(lists[i]);
    }
    if (trust_open(&settings, &trust, NULL) != 0)
        give_up("trust");
    return trust;
}
