/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/stamp.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "sign/openssl.h"

enum { NONCE_SIZE = 8, REQUEST_MAX = 4096, CERTIFICATES_MAX = 16 };

const char stamp_request_type[] = "application/timestamp-query", stamp_answer_type[] = "application/timestamp-reply";

/* --- asking ----------------------------------------------------------------------------------------------------------------- */

static bool set_imprint(TS_REQ *request, const unsigned char *digest)
{
    unsigned char copy[STAMP_IMPRINT_SIZE];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *sha256 = X509_ALGOR_new();
    bool is_done;

    memcpy(copy, digest, sizeof copy); /* OpenSSL's parameter is not const */
    is_done = imprint && sha256 && X509_ALGOR_set0(sha256, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
              TS_MSG_IMPRINT_set_algo(imprint, sha256) == 1 && TS_MSG_IMPRINT_set_msg(imprint, copy, sizeof copy) == 1 &&
              TS_REQ_set_msg_imprint(request, imprint) == 1;
    X509_ALGOR_free(sha256);
    TS_MSG_IMPRINT_free(imprint);
    return is_done;
}

static bool set_nonce(TS_REQ *request)
{
    unsigned char bytes[NONCE_SIZE];
    ASN1_INTEGER *nonce = NULL;
    BIGNUM *number;
    bool is_done;

    random_bytes(bytes, sizeof bytes);
    bytes[0] |= 0x80; /* always of the same length */
    number = BN_bin2bn(bytes, sizeof bytes, NULL);
    nonce = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    is_done = nonce && TS_REQ_set_nonce(request, nonce) == 1;
    ASN1_INTEGER_free(nonce);
    BN_free(number);
    return is_done;
}

/* NULL without memory. */
static TS_REQ *new_request(const unsigned char *imprint, bool with_nonce)
{
    TS_REQ *request = TS_REQ_new();

    if (request && TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_cert_req(request, 1) == 1 && set_imprint(request, imprint) &&
        (!with_nonce || set_nonce(request)))
        return request;
    TS_REQ_free(request);
    ERR_clear_error();
    return NULL;
}

int stamp_request(const unsigned char imprint[STAMP_IMPRINT_SIZE], struct arena *arena, struct slice *out_der, struct error *e)
{
    TS_REQ *request = new_request(imprint, true);
    unsigned char *der = NULL;
    int size = request ? i2d_TS_REQ(request, &der) : -1;
    struct slice copy = SLICE_NONE;

    if (size > 0)
        copy = arena_copy(arena, (struct slice){ (const char *)der, (size_t)size });
    OPENSSL_free(der);
    TS_REQ_free(request);
    ERR_clear_error();
    if (size <= 0)
        return error_set(e, ERROR_MEMORY, "no memory for the request of a time stamp");
    if (!copy.data)
        return error_set(e, ERROR_BUDGET, "no memory for the request of a time stamp");
    *out_der = copy;
    return 0;
}

/* --- judging ---------------------------------------------------------------------------------------------------------------- */

/* The whole of the bytes or nothing. */
static int read_answer(struct slice bytes, TS_RESP **out, struct error *e)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    TS_RESP *answer;

    if (bytes.size > STAMP_ANSWER_MAX)
        return error_set(e, ERROR_SYNTAX, "the answer is no time stamp: larger than %d octets", STAMP_ANSWER_MAX);
    answer = bytes.size ? d2i_TS_RESP(NULL, &at, (long)bytes.size) : NULL;
    if (answer && at == (const unsigned char *)bytes.data + bytes.size) {
        *out = answer;
        return 0;
    }
    TS_RESP_free(answer);
    ERR_clear_error();
    return error_set(e, ERROR_SYNTAX, "the answer is no time stamp (RFC 3161 2.4.2)");
}

/* granted and grantedWithMods are good; what else there is, is a refusal, in the words of the authority. */
static int check_status(TS_RESP *answer, struct error *e)
{
    TS_STATUS_INFO *info = TS_RESP_get_status_info(answer);
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
    long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    const ASN1_UTF8STRING *first = sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
    struct slice text = SLICE_NONE;
    char quoted[LOG_QUOTED_SIZE];

    if ((status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS) && TS_RESP_get_tst_info(answer))
        return 0;
    if (first && ASN1_STRING_length(first) > 0)
        text = (struct slice){ (const char *)ASN1_STRING_get0_data(first), (size_t)ASN1_STRING_length(first) };
    return error_set(e, ERROR_REFUSED, "the authority refuses a time stamp: status %ld%s%s", status, text.size ? " " : "",
                     text.size ? log_quote(text, quoted) : "");
}

static int read_time(TS_RESP *answer, struct stamp *out, struct error *e)
{
    if (!openssl_seconds(TS_TST_INFO_get_time(TS_RESP_get_tst_info(answer)), &out->time))
        return error_set(e, ERROR_SYNTAX, "the time of the stamp is none");
    return 0;
}

/* Each of the authorities ends a chain, as in trust.ca; that the certificate is for time stamping is what OpenSSL asks for itself. */
static X509_STORE *new_store(STACK_OF(X509) *authorities, int64_t at)
{
    X509_STORE *store = X509_STORE_new();

    for (int i = 0; store && i < sk_X509_num(authorities); i++)
        X509_STORE_add_cert(store, sk_X509_value(authorities, i));
    if (store) {
        X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)at);
    }
    return store;
}

static int fault_of_verify(struct error *e)
{
    const char *words = NULL;
    int flags = 0;
    unsigned long failure = ERR_peek_last_error_data(&words, &flags);
    int reason = ERR_GET_LIB(failure) == ERR_LIB_TS ? ERR_GET_REASON(failure) : 0;
    char quoted[LOG_QUOTED_SIZE];

    if (reason == TS_R_MESSAGE_IMPRINT_MISMATCH)
        error_set(e, ERROR_SIGNATURE, "the stamp is of other bytes");
    else if (reason == TS_R_NONCE_MISMATCH || reason == TS_R_NONCE_NOT_RETURNED)
        error_set(e, ERROR_SIGNATURE, "the stamp answers another request");
    else if (reason == TS_R_CERTIFICATE_VERIFY_ERROR)
        error_set(e, ERROR_CERTIFICATE, "the certificate of the stamp is not good: %s",
                  words && (flags & ERR_TXT_STRING) ? log_quote(slice_of(words), quoted) : "no reason given");
    else
        return openssl_failed(e, ERROR_SIGNATURE, "the stamp does not hold");
    ERR_clear_error();
    return reason == TS_R_CERTIFICATE_VERIFY_ERROR ? ERROR_CERTIFICATE : ERROR_SIGNATURE;
}

/* All that the request says must be found in the answer, save what it does not say. */
static int verify(TS_RESP *answer, TS_REQ *request, STACK_OF(X509) *authorities, int64_t at, struct error *e)
{
    TS_VERIFY_CTX *context = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
    X509_STORE *store = context ? new_store(authorities, at) : NULL;
    int result = 0;

    if (store) {
        TS_VERIFY_CTX_add_flags(context, TS_VFY_SIGNATURE);
        TS_VERIFY_CTX_set_store(context, store); /* the context owns it */
        if (TS_RESP_verify_response(context, answer) != 1)
            result = fault_of_verify(e);
    } else {
        result = error_set(e, ERROR_MEMORY, "no memory to judge a time stamp");
    }
    TS_VERIFY_CTX_free(context);
    ERR_clear_error();
    return result;
}

/* Is there, in one of the two stacks, whose key has signed it? Without an issuer of that name nothing can be said. */
static bool is_whole(X509 *certificate, STACK_OF(X509) *authorities, STACK_OF(X509) *others)
{
    STACK_OF(X509) *stacks[] = { authorities, others };
    bool is_known = false;

    for (size_t s = 0; s < sizeof stacks / sizeof stacks[0]; s++) {
        for (int i = 0; i < sk_X509_num(stacks[s]); i++) {
            X509 *issuer = sk_X509_value(stacks[s], i);

            if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) != 0)
                continue;
            is_known = true;
            if (X509_verify(certificate, X509_get0_pubkey(issuer)) == 1)
                return true;
        }
    }
    return !is_known;
}

/* OpenSSL looks at those certificates only that it needs for the chain. The others are a part of what is kept, and nobody may have
 * touched them. */
static int check_others(TS_RESP *answer, STACK_OF(X509) *authorities, struct error *e)
{
    PKCS7 *token = TS_RESP_get_token(answer);
    STACK_OF(X509) *others = PKCS7_type_is_signed(token) ? token->d.sign->cert : NULL;

    if (sk_X509_num(others) > CERTIFICATES_MAX)
        return error_set(e, ERROR_SYNTAX, "the stamp has more than %d certificates", CERTIFICATES_MAX);
    for (int i = 0; i < sk_X509_num(others); i++)
        if (!is_whole(sk_X509_value(others, i), authorities, others)) {
            ERR_clear_error();
            return error_set(e, ERROR_SIGNATURE, "a certificate in the stamp has been changed");
        }
    return 0;
}

static int judge(struct slice bytes, TS_REQ *request, STACK_OF(X509) *authorities, struct stamp *out, struct error *e)
{
    TS_RESP *answer = NULL;
    int result = request ? read_answer(bytes, &answer, e) : error_set(e, ERROR_MEMORY, "no memory to judge a time stamp");

    if (result == 0)
        result = check_status(answer, e);
    if (result == 0)
        result = read_time(answer, out, e);
    if (result == 0)
        result = verify(answer, request, authorities, out->time, e);
    if (result == 0)
        result = check_others(answer, authorities, e);
    TS_RESP_free(answer);
    return result;
}

int stamp_check_answer(struct slice answer, struct slice request, STACK_OF(X509) *authorities, int64_t now, struct stamp *out,
                       struct error *e)
{
    const unsigned char *at = (const unsigned char *)request.data;
    TS_REQ *asked = request.size <= REQUEST_MAX ? d2i_TS_REQ(NULL, &at, (long)request.size) : NULL;
    struct stamp stamp = { 0 };
    int result = asked ? judge(answer, asked, authorities, &stamp, e) : error_set(e, ERROR_BUG, "no request of a time stamp");

    if (result == 0 && llabs(stamp.time - now) > STAMP_CLOCK_S)
        result = error_set(e, ERROR_CERTIFICATE, "the time of the stamp is %lld s away from this machine's", (long long)(stamp.time - now));
    if (result == 0)
        *out = stamp;
    TS_REQ_free(asked);
    ERR_clear_error();
    return result;
}

int stamp_check(struct slice answer, const unsigned char imprint[STAMP_IMPRINT_SIZE], STACK_OF(X509) *authorities, struct stamp *out,
                struct error *e)
{
    TS_REQ *asked = new_request(imprint, false);
    struct stamp stamp = { 0 };
    int result = judge(answer, asked, authorities, &stamp, e);

    if (result == 0)
        *out = stamp;
    TS_REQ_free(asked);
    return result;
}
