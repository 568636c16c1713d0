/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OpenSSL builds and judges the chain; faults of time are collected on the way, so that one look tells all. Revocation is looked
 * up here (crl.h): OpenSSL would prove the signature of each list again for each message, and knows no list that is too old to
 * acquit but good enough to refuse.
 */
#include "sign/trust.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "sign/certificate.h"
#include "sign/crl.h"
#include "sign/openssl.h"

/* Level 2 of OpenSSL: RSA 2048, P-256, no SHA-1 under a certificate. PEC began with RSA 1024 and SHA-1 (so is the example of RFC 6109 5.5.3);
 * by 2016 no public authority signed so any more. */
enum { SECURITY_LEVEL = 2, SECURITY_LEVEL_THEN = 0, DEPTH_MAX = 8 };
enum { STRONG_SINCE = 1451606400 /* 2016-01-01 */ };

struct trust {
    X509_STORE *store;
    STACK_OF(X509) *authorities;
    struct crl_folder lists;
    bool crl_required;
    bool sha1_accepted;
    bool historic;
};

void trust_close(struct trust **trust)
{
    struct trust *t = *trust;

    if (!t)
        return;
    X509_STORE_free(t->store);
    sk_X509_pop_free(t->authorities, X509_free);
    crl_folder_free(&t->lists);
    free(t);
    *trust = NULL;
}

/* Each certificate of the bundle ends a chain, also an intermediate (X509_V_FLAG_PARTIAL_CHAIN). */
static int fill_store(struct trust *t, const char *ca, struct error *e)
{
    X509_VERIFY_PARAM *parameters;

    t->store = X509_STORE_new();
    if (!t->store)
        return error_set(e, ERROR_MEMORY, "%s: no memory", ca);
    for (int i = 0; i < sk_X509_num(t->authorities); i++)
        if (X509_STORE_add_cert(t->store, sk_X509_value(t->authorities, i)) != 1)
            return openssl_failed(e, ERROR_CONFIG, "%s: certificate %d", ca, i + 1);
    parameters = X509_STORE_get0_param(t->store);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SMIME_SIGN);
    X509_VERIFY_PARAM_set_depth(parameters, DEPTH_MAX);
    return 0;
}

int trust_open(const struct trust_settings *settings, struct trust **out, struct error *e)
{
    struct trust *t = calloc(1, sizeof *t);
    int result;

    if (!t)
        return error_set(e, ERROR_MEMORY, "%s: no memory", settings->ca);
    t->crl_required = settings->crl_required;
    t->sha1_accepted = settings->sha1_accepted;
    t->historic = settings->historic;
    ERR_clear_error();
    result = certificate_read_file(settings->ca, &t->authorities, e);
    if (result == 0)
        result = fill_store(t, settings->ca, e);
    if (result == 0 && settings->crl_dir)
        result = crl_folder_read(settings->crl_dir, t->authorities, &t->lists, e);
    ERR_clear_error();
    if (result != 0)
        trust_close(&t);
    else
        *out = t;
    return result;
}

bool trust_accepts_sha1(const struct trust *trust)
{
    return trust->sha1_accepted;
}

size_t trust_crl_count(const struct trust *trust)
{
    return trust->lists.count;
}

void trust_crl_at(const struct trust *trust, size_t i, struct trust_crl *out)
{
    const struct crl *c = &trust->lists.lists[i];

    *out = (struct trust_crl){
        .file = c->file, .issuer = c->issuer, .this_update = c->this_update, .next_update = c->next_update, .fault = c->fault,
    };
}

static void answer(struct trust_answer *a, enum trust_verdict verdict, const char *words, const X509 *certificate)
{
    char name[sizeof a->why];

    *a = (struct trust_answer){ .verdict = verdict };
    snprintf(a->why, sizeof a->why, "%s: %s", words, openssl_name(X509_get_subject_name(certificate), name, sizeof name));
}

/* The first certificate out of its time, which is no reason to stop. */
struct time_fault {
    int fault; /* X509_V_OK: none */
    X509 *certificate;
};

static int on_fault(int fine, X509_STORE_CTX *context)
{
    struct time_fault *time = X509_STORE_CTX_get_app_data(context);
    int fault = X509_STORE_CTX_get_error(context);

    if (fine || (fault != X509_V_ERR_CERT_HAS_EXPIRED && fault != X509_V_ERR_CERT_NOT_YET_VALID))
        return fine;
    if (time->fault == X509_V_OK)
        *time = (struct time_fault){ fault, X509_STORE_CTX_get_current_cert(context) };
    return 1;
}

static enum trust_verdict verdict_of(int fault)
{
    switch (fault) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
        return TRUST_NO_CHAIN;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TRUST_NOT_YET;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TRUST_EXPIRED;
    default:
        return TRUST_UNFIT;
    }
}

static X509 *authority_above(const struct trust *trust, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(trust->authorities); i++)
        if (X509_check_issued(sk_X509_value(trust->authorities, i), certificate) == X509_V_OK)
            return sk_X509_value(trust->authorities, i);
    return NULL;
}

/* Every certificate below the anchor is asked for. The anchor needs no list, but if it is an intermediate that its own issuer,
 * an authority too, has revoked, that counts. The first one revoked, else (if no list speaks for one) CRL_SILENT with that one. */
static enum crl_answer ask_lists(const struct trust *trust, STACK_OF(X509) *chain, int64_t at, X509 **out_certificate)
{
    enum crl_answer worst = CRL_GOOD;
    int anchor = sk_X509_num(chain) - 1;

    for (int i = 0; i <= anchor; i++) {
        X509 *certificate = sk_X509_value(chain, i);
        X509 *issuer = i < anchor ? sk_X509_value(chain, i + 1) : authority_above(trust, certificate);
        enum crl_answer one = issuer ? crl_folder_ask(&trust->lists, certificate, issuer, at) : CRL_SILENT;

        if (one == CRL_REVOKED) {
            *out_certificate = certificate;
            return CRL_REVOKED;
        }
        if (one == CRL_SILENT && i < anchor && worst == CRL_GOOD) {
            *out_certificate = certificate;
            worst = CRL_SILENT;
        }
    }
    return worst;
}

/* The chain stands; what of its certificates' use, revocation and time? */
static void judge_chain(const struct trust *trust, STACK_OF(X509) *chain, const struct time_fault *time, int64_t at,
                        struct trust_answer *out)
{
    X509 *leaf = sk_X509_value(chain, 0), *named = leaf;
    enum crl_answer revocation = ask_lists(trust, chain, at, &named);

    if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
        answer(out, TRUST_UNFIT, "keyUsage without digitalSignature", leaf);
    else if (revocation == CRL_REVOKED)
        answer(out, TRUST_REVOKED, "certificate revoked", named);
    else if (time->fault != X509_V_OK)
        answer(out, verdict_of(time->fault), X509_verify_cert_error_string(time->fault), time->certificate);
    else if (revocation == CRL_SILENT && trust->crl_required)
        answer(out, TRUST_NO_CRL, "no fresh revocation list for", named);
    else
        *out = (struct trust_answer){ .verdict = TRUST_GOOD, .is_unlisted = revocation == CRL_SILENT };
}

static int check_at_level(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others, int64_t at, int level,
                          struct trust_answer *out, struct error *e)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    struct time_fault time = { 0 };
    int result = 0, fault;

    ERR_clear_error();
    if (!context || X509_STORE_CTX_init(context, trust->store, certificate, others) != 1) {
        result = openssl_failed(e, ERROR_MEMORY, "judging a certificate");
        goto out;
    }
    X509_STORE_CTX_set_app_data(context, &time);
    X509_STORE_CTX_set_verify_cb(context, on_fault);
    X509_STORE_CTX_set_time(context, 0, (time_t)at);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), level);
    if (X509_verify_cert(context) == 1) {
        judge_chain(trust, X509_STORE_CTX_get0_chain(context), &time, at, out);
        goto out;
    }
    fault = X509_STORE_CTX_get_error(context);
    if (fault == X509_V_ERR_OUT_OF_MEM) {
        result = error_set(e, ERROR_MEMORY, "no memory to judge a certificate");
        goto out;
    }
    answer(out, verdict_of(fault), X509_verify_cert_error_string(fault),
           X509_STORE_CTX_get_current_cert(context) ? X509_STORE_CTX_get_current_cert(context) : certificate);
out:
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return result;
}

int trust_check(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others, int64_t at, struct trust_answer *out,
                struct error *e)
{
    int result = check_at_level(trust, certificate, others, at, SECURITY_LEVEL, out, e);
    struct trust_answer then;

    if (result != 0 || !trust->historic || at >= STRONG_SINCE || out->verdict != TRUST_UNFIT)
        return result;
    result = check_at_level(trust, certificate, others, at, SECURITY_LEVEL_THEN, &then, e);
    if (result == 0 && then.verdict != TRUST_UNFIT) {
        *out = then;
        out->is_weak = true;
    }
    return result;
}
