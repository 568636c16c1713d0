/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mail.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { XML_MAX = 4096, BASE64_COLUMNS = 64, BASE64_BYTES = BASE64_COLUMNS / 4 * 3 };

#define SIGNED_BOUNDARY "----=_bench_signed"
#define MIXED_BOUNDARY "----=_bench_mixed"

_Noreturn void fail(const char *words)
{
    fprintf(stderr, "%s\n", words);
    ERR_print_errors_fp(stderr);
    exit(EXIT_FAILURE);
}

/* --- keys ------------------------------------------------------------------------------------------------------------------- */

static BIO *open_pem(const char *dir, const char *name, const char *suffix)
{
    char path[4096];
    BIO *file;

    snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
    file = BIO_new_file(path, "r");
    if (!file)
        fail(path);
    return file;
}

static X509 *load_certificate(const char *dir, const char *name)
{
    BIO *file = open_pem(dir, name, "pem");
    X509 *certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);

    BIO_free(file);
    if (!certificate)
        fail("a certificate cannot be read");
    return certificate;
}

void identity_load(const char *dir, const char *name, struct identity *out)
{
    BIO *file = open_pem(dir, name, "key");
    X509 *authority = load_certificate(dir, "ca");

    out->key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    BIO_free(file);
    out->certificate = load_certificate(dir, name);
    out->trusted = X509_STORE_new();
    out->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!out->key || !out->trusted || !out->sha256 || X509_STORE_add_cert(out->trusted, authority) != 1)
        fail("a key cannot be read");
    X509_free(authority);
}

void identity_free(struct identity *who)
{
    EVP_PKEY_free(who->key);
    X509_free(who->certificate);
    X509_STORE_free(who->trusted);
    EVP_MD_free(who->sha256);
}

/* --- text ------------------------------------------------------------------------------------------------------------------- */

/* Text that grows in memory of a fixed size. */
struct text {
    char *data;
    size_t size, room;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->data + t->size, t->room - t->size, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= t->room - t->size)
        fail("a message has no room for its own text");
    t->size += (size_t)n;
}

static void put_base64(struct text *t, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += BASE64_BYTES) {
        size_t now = size - i < BASE64_BYTES ? size - i : BASE64_BYTES;

        if (t->room - t->size < BASE64_COLUMNS + 3)
            fail("a message has no room for its own text");
        t->size += (size_t)EVP_EncodeBlock((unsigned char *)t->data + t->size, bytes + i, (int)now);
        put(t, "\r\n");
    }
}

/* What the kinds differ in. */
static const struct kind {
    const char *field, *subject, *type, *text;
    bool attaches, states_form, is_delivery;
} kinds[] = {
    [MAIL_ACCEPTANCE] = { "X-Ricevuta: accettazione", "ACCETTAZIONE", "accettazione",
                          "Il messaggio è stato accettato dal sistema ed inoltrato.", false, false, false },
    [MAIL_ENVELOPE] = { "X-Trasporto: posta-certificata", "POSTA CERTIFICATA", "posta-certificata",
                        "Il messaggio originale è incluso in allegato.", true, true, false },
    [MAIL_TAKE_CHARGE] = { "X-Ricevuta: presa-in-carico", "PRESA IN CARICO", "presa-in-carico",
                           "Il messaggio è stato accettato dal sistema.", false, false, false },
    [MAIL_DELIVERY] = { "X-Ricevuta: avvenuta-consegna", "CONSEGNA", "avvenuta-consegna",
                        "Il messaggio è stato consegnato nella casella di destinazione.", true, true, true },
};

/* RFC 6109 4.4. */
static void put_daticert(struct text *t, const struct mail_facts *f)
{
    const struct kind *kind = &kinds[f->kind];
    char memory[XML_MAX];
    struct text xml = { memory, 0, sizeof memory };

    put(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<postacert tipo=\"%s\" errore=\"nessuno\">\n<intestazione>\n"
              "<mittente>%s</mittente>\n<destinatari tipo=\"certificato\">%s</destinatari>\n<risposte>%s</risposte>\n"
              "<oggetto>Prova di carico</oggetto>\n</intestazione>\n",
        kind->type, f->sender, f->recipient, f->sender);
    put(&xml, "<dati>\n<gestore-emittente>%s</gestore-emittente>\n<data zona=\"+0100\">\n<giorno>02/11/2026</giorno>\n"
              "<ora>10:11:12</ora>\n</data>\n<identificativo>%s</identificativo>\n",
        f->domain, f->id);
    put(&xml, "%s", kind->states_form ? "<ricevuta tipo=\"completa\"/>\n" : "");
    if (kind->is_delivery)
        put(&xml, "<consegna>%s</consegna>\n", f->recipient);
    put(&xml, "</dati>\n</postacert>\n");
    put(t, "--" MIXED_BOUNDARY "\r\nContent-Type: application/xml; name=\"daticert.xml\"\r\n"
           "Content-Disposition: inline; filename=\"daticert.xml\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    put_base64(t, (const unsigned char *)memory, xml.size);
}

static void put_header(struct text *t, const struct mail_facts *f)
{
    const struct kind *kind = &kinds[f->kind];
    bool is_envelope = f->kind == MAIL_ENVELOPE;

    put(t, "%s\r\nDate: Mon, 02 Nov 2026 10:11:12 +0100\r\nSubject: %s: Prova di carico\r\n", kind->field, kind->subject);
    if (is_envelope)
        put(t, "From: \"Per conto di: %s\" <posta-certificata@%s>\r\nReply-To: %s\r\n", f->sender, f->domain, f->sender);
    else
        put(t, "From: posta-certificata@%s\r\n", f->domain);
    put(t, "To: %s\r\nMessage-ID: <%s>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; "
           "protocol=\"application/pkcs7-signature\";\r\n\tmicalg=\"sha-256\"; boundary=\"" SIGNED_BOUNDARY "\"\r\n\r\n",
        is_envelope ? f->recipient : f->sender, f->id);
}

/* The signed content up to the attached message (4.3). */
static void put_content(struct text *t, const struct mail_facts *f)
{
    const struct kind *kind = &kinds[f->kind];

    put(t, "Content-Type: multipart/mixed; boundary=\"" MIXED_BOUNDARY "\"\r\n\r\n"
           "--" MIXED_BOUNDARY "\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    put_base64(t, (const unsigned char *)kind->text, strlen(kind->text));
    put_daticert(t, f);
    if (kind->attaches)
        put(t, "--" MIXED_BOUNDARY "\r\nContent-Type: message/rfc822; name=\"postacert.eml\"\r\n"
               "Content-Disposition: inline; filename=\"postacert.eml\"\r\n\r\nMessage-ID: <%s>\r\n",
            f->id);
}

/* --- signing ---------------------------------------------------------------------------------------------------------------- */

/* A detached CMS signature over a content whose digest is known. */
static void put_signature(struct text *t, const struct identity *who, const unsigned char digest[32])
{
    unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_STREAM | CMS_PARTIAL | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign(who->certificate, who->key, NULL, NULL, flags);
    CMS_SignerInfo *signer = cms ? sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0) : NULL;
    const ASN1_OBJECT *data = OBJ_nid2obj(NID_pkcs7_data);
    unsigned char *der = NULL;
    int size;

    if (!signer || !CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType, V_ASN1_OBJECT, data, -1) ||
        !CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, 32) ||
        !CMS_SignerInfo_sign(signer) || (size = i2d_CMS_ContentInfo(cms, &der)) <= 0)
        fail("a message cannot be signed");
    put_base64(t, der, (size_t)size);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
}

static void digest_content(const struct identity *who, const struct iovec *pieces, unsigned char out[32])
{
    static EVP_MD_CTX *context;

    if (!context && !(context = EVP_MD_CTX_new()))
        fail("out of memory");
    EVP_DigestInit_ex2(context, who->sha256, NULL);
    for (int i = 0; i < MAIL_PIECES; i++)
        EVP_DigestUpdate(context, pieces[i].iov_base, pieces[i].iov_len);
    EVP_DigestFinal_ex(context, out, NULL);
}

void mail_sign(const struct identity *who, const struct mail_facts *facts, struct signed_mail *out)
{
    struct text head = { out->head, 0, sizeof out->head }, tail = { out->tail, 0, sizeof out->tail };
    struct iovec content[MAIL_PIECES];
    unsigned char digest[32];
    size_t content_at;

    put_header(&head, facts);
    put(&head, "--" SIGNED_BOUNDARY "\r\n");
    content_at = head.size;
    put_content(&head, facts);
    put(&tail, "%s--" MIXED_BOUNDARY "--\r\n", kinds[facts->kind].attaches ? "\r\n" : "");
    content[0] = (struct iovec){ out->head + content_at, head.size - content_at };
    content[1] = kinds[facts->kind].attaches ? facts->attached : (struct iovec){ 0 };
    content[2] = (struct iovec){ out->tail, tail.size };
    digest_content(who, content, digest);
    put(&tail, "\r\n--" SIGNED_BOUNDARY "\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
               "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n");
    put_signature(&tail, who, digest);
    put(&tail, "--" SIGNED_BOUNDARY "--\r\n");
    out->pieces[0] = (struct iovec){ out->head, head.size };
    out->pieces[1] = content[1];
    out->pieces[2] = (struct iovec){ out->tail, tail.size };
}

/* --- verifying -------------------------------------------------------------------------------------------------------------- */

/* What stands between `from` and `until`; `*s` is left behind `until`. */
static bool cut(struct iovec *s, const char *from, const char *until, struct iovec *out)
{
    char *end = (char *)s->iov_base + s->iov_len;
    char *first = memmem(s->iov_base, s->iov_len, from, strlen(from)), *last;

    if (!first)
        return false;
    first += strlen(from);
    last = memmem(first, (size_t)(end - first), until, strlen(until));
    if (!last)
        return false;
    *out = (struct iovec){ first, (size_t)(last - first) };
    *s = (struct iovec){ last + strlen(until), (size_t)(end - last) - strlen(until) };
    return true;
}

static CMS_ContentInfo *read_signature(struct iovec part)
{
    struct iovec lines;
    unsigned char der[MAIL_TAIL_MAX];
    const unsigned char *at = der;
    EVP_ENCODE_CTX *decoder = EVP_ENCODE_CTX_new();
    CMS_ContentInfo *cms = NULL;
    int size = 0, rest = 0;

    if (decoder && cut(&part, "\r\n\r\n", "\r\n--", &lines) && lines.iov_len < sizeof der) {
        EVP_DecodeInit(decoder);
        if (EVP_DecodeUpdate(decoder, der, &size, lines.iov_base, (int)lines.iov_len) >= 0 &&
            EVP_DecodeFinal(decoder, der + size, &rest) >= 0)
            cms = d2i_CMS_ContentInfo(NULL, &at, size + rest);
    }
    EVP_ENCODE_CTX_free(decoder);
    return cms;
}

/* The boundaries are looked for as mail_sign writes them: to read them from the header costs nothing that could be measured. */
bool mail_verify(const struct identity *who, struct iovec message, struct iovec *out_attached)
{
    static const char mixed_end[] = "\r\n--" MIXED_BOUNDARY "--\r\n";
    struct iovec content, inner;
    CMS_ContentInfo *cms = NULL;
    BIO *data = NULL;
    bool holds = false;

    if (cut(&message, "\r\n--" SIGNED_BOUNDARY "\r\n", "\r\n--" SIGNED_BOUNDARY "\r\n", &content)) {
        cms = read_signature(message);
        data = BIO_new_mem_buf(content.iov_base, (int)content.iov_len);
        holds = cms && data && CMS_verify(cms, NULL, who->trusted, data, NULL, CMS_DETACHED | CMS_BINARY) == 1 &&
                cut(&content, "Content-Type: message/rfc822", "\r\n\r\n", &inner) && content.iov_len > strlen(mixed_end);
    }
    BIO_free(data);
    CMS_ContentInfo_free(cms);
    if (holds)
        *out_attached = (struct iovec){ content.iov_base, content.iov_len - strlen(mixed_end) };
    return holds;
}
