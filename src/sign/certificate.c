/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/rope.h"
#include "base/text.h"
#include "sign/der.h"
#include "sign/openssl.h"

enum { CHAIN_BUDGET = 1024 * 1024, NAME_SIZE = 1024 };

/* Has the text ended, rather than being broken? The newest failure tells. */
static bool at_end(void)
{
    unsigned long failure = ERR_peek_last_error();

    return ERR_GET_LIB(failure) == ERR_LIB_PEM && ERR_GET_REASON(failure) == PEM_R_NO_START_LINE;
}

static int read_all(BIO *bio, STACK_OF(X509) *all, struct error *e)
{
    X509 *one;

    while ((one = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        if (sk_X509_push(all, one) <= 0) {
            X509_free(one);
            return error_set(e, ERROR_MEMORY, "no memory for certificates");
        }
    if (!at_end())
        return openssl_failed(e, ERROR_SYNTAX, "certificate %d cannot be read", sk_X509_num(all) + 1);
    if (sk_X509_num(all) == 0)
        return error_set(e, ERROR_SYNTAX, "no certificate in PEM");
    return 0;
}

int certificate_read_pem(struct slice pem, STACK_OF(X509) **out, struct error *e)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *bio = pem.size <= CERTIFICATE_FILE_MAX ? BIO_new_mem_buf(pem.size ? pem.data : "", (int)pem.size) : NULL;
    int result;

    ERR_clear_error();
    if (pem.size > CERTIFICATE_FILE_MAX)
        result = error_set(e, ERROR_SYNTAX, "more than %d bytes of certificates", CERTIFICATE_FILE_MAX);
    else if (!all || !bio)
        result = error_set(e, ERROR_MEMORY, "no memory for certificates");
    else
        result = read_all(bio, all, e);
    BIO_free(bio);
    ERR_clear_error();
    if (result != 0)
        sk_X509_pop_free(all, X509_free);
    else
        *out = all;
    return result;
}

int certificate_read_file(const char *path, STACK_OF(X509) **out, struct error *e)
{
    struct arena *arena = arena_new(CERTIFICATE_FILE_MAX + 1024);
    struct slice pem;
    int result;

    if (!arena)
        return error_set(e, ERROR_MEMORY, "%s: no memory", path);
    result = file_read(path, CERTIFICATE_FILE_MAX, arena, &pem, e);
    if (result == 0) {
        result = certificate_read_pem(pem, out, e);
        if (result != 0)
            error_prefix(e, result, "%s", path);
    }
    arena_free(&arena);
    if (result != 0 && result != ERROR_MEMORY)
        result = ERROR_CONFIG;
    if (e && result != 0)
        e->code = result;
    return result;
}

static int compare_slices(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool der_of(X509 *certificate, struct arena *arena, struct slice *out)
{
    int size = i2d_X509(certificate, NULL);
    unsigned char *memory = size > 0 ? arena_alloc(arena, (size_t)size) : NULL, *at = memory;

    if (!memory || i2d_X509(certificate, &at) != size)
        return false;
    *out = (struct slice){ (const char *)memory, (size_t)size };
    return true;
}

/* Sorted as DER wants it of a SET OF; one that stands twice in the file is taken once. */
static bool encode_set(struct certificate_chain *chain)
{
    size_t count = 1 + (size_t)sk_X509_num(chain->intermediates);
    struct slice each[CERTIFICATE_CHAIN_MAX];
    struct rope set = rope_new(chain->arena);

    for (size_t i = 0; i < count; i++)
        if (!der_of(i == 0 ? chain->leaf : sk_X509_value(chain->intermediates, (int)i - 1), chain->arena, &each[i]))
            return false;
    qsort(each, count, sizeof each[0], compare_slices);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !slice_equal(each[i], each[i - 1]))
            rope_add(&set, each[i]);
    chain->set_der = rope_flat(&set);
    return chain->set_der.size != 0;
}

static bool encode_signer(struct certificate_chain *chain)
{
    unsigned char *name = NULL, *serial = NULL;
    int name_size = i2d_X509_NAME(X509_get_issuer_name(chain->leaf), &name);
    int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(chain->leaf), &serial);
    bool encoded = false;

    if (name_size > 0 && serial_size > 0) {
        size_t size = (size_t)name_size + (size_t)serial_size + DER_HEAD_MAX;
        char *memory = arena_alloc(chain->arena, size);
        struct der_writer w = der_new(memory, memory ? size : 0);

        der_put(&w, (struct slice){ (const char *)serial, (size_t)serial_size });
        der_put(&w, (struct slice){ (const char *)name, (size_t)name_size });
        der_wrap(&w, DER_SEQUENCE, 0);
        encoded = der_done(&w, &chain->signer_der);
    }
    OPENSSL_free(name);
    OPENSSL_free(serial);
    return encoded;
}

static int fill_chain(struct certificate_chain *chain, struct error *e)
{
    int type;

    chain->leaf = sk_X509_shift(chain->intermediates);
    type = EVP_PKEY_get_base_id(X509_get0_pubkey(chain->leaf));
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
        return error_set(e, ERROR_CONFIG, "the certificate's key is neither RSA nor EC");
    if (sk_X509_num(chain->intermediates) >= CERTIFICATE_CHAIN_MAX)
        return error_set(e, ERROR_CONFIG, "more than %d certificates", CERTIFICATE_CHAIN_MAX);
    chain->arena = arena_new(CHAIN_BUDGET);
    if (!chain->arena || !encode_set(chain) || !encode_signer(chain))
        return error_set(e, ERROR_CONFIG, "the certificates are too large");
    return 0;
}

int certificate_chain_read(const char *path, struct certificate_chain *out, struct error *e)
{
    struct certificate_chain chain = { 0 };
    int result = certificate_read_file(path, &chain.intermediates, e);

    if (result != 0)
        return result;
    result = fill_chain(&chain, e);
    ERR_clear_error();
    if (result != 0) {
        error_prefix(e, result, "%s", path);
        certificate_chain_free(&chain);
    } else {
        *out = chain;
    }
    return result;
}

void certificate_chain_free(struct certificate_chain *chain)
{
    X509_free(chain->leaf);
    sk_X509_pop_free(chain->intermediates, X509_free);
    arena_free(&chain->arena);
    *chain = (struct certificate_chain){ 0 };
}

void certificate_hash(const X509 *certificate, unsigned char out[CERTIFICATE_HASH_SIZE])
{
    if (X509_digest(certificate, EVP_sha1(), out, NULL) != 1)
        memset(out, 0, CERTIFICATE_HASH_SIZE);
    ERR_clear_error();
}

/* An IA5String may hold anything below 128, and OpenSSL does not even check that: with a NUL or a line end inside, a peer's idea
 * of where the address ends and ours would differ. */
static bool is_visible(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] < '!' || s.data[i] > '~')
            return false;
    return s.size > 0;
}

/* The next rfc822Name from *at on. */
static bool next_address(const GENERAL_NAMES *names, int *at, struct slice *out)
{
    while (*at < sk_GENERAL_NAME_num(names)) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, (*at)++);

        if (name->type != GEN_EMAIL)
            continue;
        out->data = (const char *)ASN1_STRING_get0_data(name->d.rfc822Name);
        out->size = (size_t)ASN1_STRING_length(name->d.rfc822Name);
        if (is_visible(*out))
            return true;
    }
    return false;
}

/* NULL also if it stands twice or cannot be read. */
static GENERAL_NAMES *alternative_names(const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    ERR_clear_error();
    return names;
}

int certificate_addresses(const X509 *certificate, struct arena *arena, const char ***out, size_t *out_count)
{
    GENERAL_NAMES *names = alternative_names(certificate);
    int room = sk_GENERAL_NAME_num(names), at = 0;
    const char **all = arena_array(arena, room > 0 ? (size_t)room : 1, sizeof *all);
    bool whole = all != NULL;
    struct slice address;
    size_t count = 0;

    while (whole && next_address(names, &at, &address)) {
        all[count] = arena_text(arena, address);
        whole = all[count++] != NULL;
    }
    GENERAL_NAMES_free(names);
    if (!whole)
        return ERROR_BUDGET;
    *out = all;
    *out_count = count;
    return 0;
}

bool certificate_has_address(const X509 *certificate, const char *address)
{
    GENERAL_NAMES *names = alternative_names(certificate);
    struct slice one;
    bool found = false;
    int at = 0;

    while (!found && next_address(names, &at, &one))
        found = slice_is_nocase(one, address);
    GENERAL_NAMES_free(names);
    return found;
}

static char *name_line(const X509_NAME *name, struct arena *arena)
{
    char line[NAME_SIZE];

    return text_one_line(arena, slice_of(openssl_name(name, line, sizeof line)));
}

char *certificate_subject(const X509 *certificate, struct arena *arena)
{
    return name_line(X509_get_subject_name(certificate), arena);
}

char *certificate_issuer(const X509 *certificate, struct arena *arena)
{
    return name_line(X509_get_issuer_name(certificate), arena);
}

void certificate_validity(const X509 *certificate, int64_t *out_from, int64_t *out_until)
{
    *out_from = *out_until = 0;
    openssl_seconds(X509_get0_notBefore(certificate), out_from);
    openssl_seconds(X509_get0_notAfter(certificate), out_until);
}
