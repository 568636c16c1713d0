/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/openssl.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int openssl_failed(struct error *e, int code, const char *format, ...)
{
    unsigned long failure = ERR_peek_last_error();
    const char *reason = failure ? ERR_reason_error_string(failure) : NULL;
    char what[300];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (ERR_GET_REASON(failure) == ERR_R_MALLOC_FAILURE)
        code = ERROR_MEMORY;
    error_set(e, code, "%s: %s", what, reason ? reason : "no reason given");
    ERR_clear_error();
    return code;
}

bool openssl_seconds(const ASN1_TIME *time, int64_t *out)
{
    struct tm tm;

    /* For NULL OpenSSL would answer with the time of day. */
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1) {
        ERR_clear_error();
        return false;
    }
    *out = (int64_t)timegm(&tm);
    return true;
}

/* UTF-8 without its end, cut between two characters. */
static void copy_cut(const char *text, size_t length, char *out, size_t size)
{
    if (length >= size)
        for (length = size - 1; length && ((unsigned char)text[length] & 0xC0) == 0x80; length--)
            ;
    memcpy(out, text, length);
    out[length] = '\0';
}

const char *openssl_name(const X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long length = 0;

    out[0] = '\0';
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        length = BIO_get_mem_data(bio, &text);
    if (length > 0)
        copy_cut(text, (size_t)length, out, size);
    BIO_free(bio);
    ERR_clear_error();
    return out;
}
