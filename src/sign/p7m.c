/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/p7m.h"

#include <limits.h>
#include <openssl/pem.h> /* before cms.h, which has functions for PEM only then */

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "sign/certificate.h"
#include "sign/openssl.h"

/* Each certificate of the bundle ends a chain. What the signer's certificate is for is the authority's affair. */
static X509_STORE *open_store(const char *ca, struct error *e)
{
    STACK_OF(X509) *authorities = NULL;
    X509_STORE *store = NULL;

    if (certificate_read_file(ca, &authorities, e) != 0)
        return NULL;
    store = X509_STORE_new();
    for (int i = 0; store && i < sk_X509_num(authorities); i++)
        X509_STORE_add_cert(store, sk_X509_value(authorities, i));
    if (store) {
        X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
        X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
    } else {
        error_set(e, ERROR_MEMORY, "%s: out of memory", ca);
    }
    sk_X509_pop_free(authorities, X509_free);
    return store;
}

static CMS_ContentInfo *read_base64(BIO *bio)
{
    BIO *decoder = BIO_new(BIO_f_base64());
    CMS_ContentInfo *cms = NULL;

    if (decoder) {
        cms = d2i_CMS_bio(BIO_push(decoder, bio), NULL);
        BIO_pop(decoder);
        BIO_free(decoder);
    }
    return cms;
}

static CMS_ContentInfo *read_p7m(struct slice bytes)
{
    BIO *bio = bytes.size && bytes.size <= INT_MAX ? BIO_new_mem_buf(bytes.data, (int)bytes.size) : NULL;
    CMS_ContentInfo *cms = NULL;

    if (bio && bytes.data[0] == 0x30)
        cms = d2i_CMS_bio(bio, NULL);
    else if (bio && slice_find(bytes, SLICE("-----BEGIN ")) < bytes.size)
        cms = PEM_read_bio_CMS(bio, NULL, NULL, NULL);
    else if (bio)
        cms = read_base64(bio);
    BIO_free(bio);
    return cms;
}

static int fault_of_verify(const char *ca, struct error *e)
{
    unsigned long code = ERR_peek_last_error();

    if (ERR_GET_LIB(code) == ERR_LIB_CMS && ERR_GET_REASON(code) == CMS_R_CERTIFICATE_VERIFY_ERROR)
        return openssl_failed(e, ERROR_CERTIFICATE, "the certificate of the signature is not good by %s", ca);
    return openssl_failed(e, ERROR_SIGNATURE, "the signature does not hold");
}

static int take_content(BIO *content, struct arena *arena, struct slice *out, struct error *e)
{
    char *data = NULL;
    long size = BIO_get_mem_data(content, &data);
    char *copy = arena_text(arena, (struct slice){ data, size > 0 ? (size_t)size : 0 });

    if (!copy)
        return error_set(e, ERROR_BUDGET, "the signed document is too large");
    *out = (struct slice){ copy, size > 0 ? (size_t)size : 0 };
    return 0;
}

int p7m_open(struct slice bytes, const char *ca, struct arena *arena, struct slice *out, struct error *e)
{
    X509_STORE *store = NULL;
    CMS_ContentInfo *cms = NULL;
    BIO *content = NULL;
    int result = ERROR_CONFIG;

    ERR_clear_error();
    store = open_store(ca, e);
    if (!store)
        goto out;
    cms = read_p7m(bytes);
    if (!cms) {
        result = error_set(e, ERROR_SYNTAX, "not a signed document (.p7m)");
        goto out;
    }
    content = BIO_new(BIO_s_mem());
    if (!content)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    else if (CMS_verify(cms, NULL, store, NULL, content, CMS_BINARY) != 1)
        result = fault_of_verify(ca, e);
    else
        result = take_content(content, arena, out, e);
out:
    BIO_free(content);
    CMS_ContentInfo_free(cms);
    X509_STORE_free(store);
    ERR_clear_error();
    return result;
}
