/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/evidence_judge.h"

#include "base/digest.h"
#include "base/text.h"
#include "sign/stamp.h"
#include "sign/verify.h"

enum { BUDGET = 64 * 1024 };

struct evidence_settings evidence_settings_of(const struct config *config)
{
    return (struct evidence_settings){ .ca = config->trust.ca, .crl_dir = config->trust.crl_dir,
                                       .tsa_ca = *config->tsa.ca ? config->tsa.ca : NULL, .address = config->provider.address };
}

/* A log of years ago is read on any machine: a list that is missing there says nothing. */
static void open_trust(const struct evidence_settings *settings, struct evidence_judge *j)
{
    const struct trust_settings trust = { .ca = settings->ca, .crl_dir = settings->crl_dir };
    struct error e;

    if (!settings->ca)
        error_set(&e, ERROR_CONFIG, "no authorities are given (--ca FILE)");
    else if (trust_open(&trust, &j->trust, &e) == 0)
        return;
    text_copy(j->unchecked[LEDGER_SIGNATURE], sizeof j->unchecked[0], slice_of(e.text));
}

static void open_authorities(const struct evidence_settings *settings, struct evidence_judge *j)
{
    struct error e;

    if (!settings->tsa_ca)
        error_set(&e, ERROR_CONFIG, "no authorities are given (tsa.ca, --tsa-ca FILE)");
    else if (certificate_read_file(settings->tsa_ca, &j->authorities, &e) == 0)
        return;
    text_copy(j->unchecked[LEDGER_STAMP], sizeof j->unchecked[0], slice_of(e.text));
}

void evidence_judge_open(const struct evidence_settings *settings, struct evidence_judge *out)
{
    *out = (struct evidence_judge){ .address = settings->address };
    open_trust(settings, out);
    open_authorities(settings, out);
}

void evidence_judge_close(struct evidence_judge *judge)
{
    trust_close(&judge->trust);
    sk_X509_pop_free(judge->authorities, X509_free);
    judge->authorities = NULL;
}

static int read_signer(const struct signature *signature, struct evidence_finding *out, struct error *e)
{
    struct arena *arena = arena_new(BUDGET);
    const char **addresses;
    size_t count = 0;

    if (!arena || certificate_addresses(signature_certificate(signature), arena, &addresses, &count) != 0) {
        arena_free(&arena);
        return error_set(e, ERROR_MEMORY, "out of memory");
    }
    if (count)
        text_copy(out->signer, sizeof out->signer, slice_of(addresses[0]));
    arena_free(&arena);
    return 0;
}

static int judge_signer(const struct evidence_judge *j, const struct signature *signature, int64_t now, struct error *e)
{
    int64_t at = signature_time(signature);
    struct trust_answer answer;
    int result;

    if (j->address && !certificate_has_address(signature_certificate(signature), j->address))
        return error_set(e, ERROR_CERTIFICATE, "signed by somebody else than %s", j->address);
    if (!j->trust)
        return 0;
    result = signature_trust(signature, j->trust, at ? at : now, &answer, e);
    if (result == 0 && answer.verdict != TRUST_GOOD)
        result = error_set(e, ERROR_CERTIFICATE, "the certificate of the signature was not good when it signed: %s", answer.why);
    return result;
}

static int judge_signature(const struct evidence_judge *j, struct slice manifest, struct slice der, int64_t now, struct evidence_finding *out,
                           struct error *e)
{
    struct signature *signature = NULL;
    int result = signature_read(der, j->trust, &signature, e);

    if (result == 0 && signature_holds(signature, manifest, NULL) != 0)
        result = error_set(e, ERROR_SIGNATURE, "the signature does not hold over the manifest");
    if (result == 0)
        result = judge_signer(j, signature, now, e);
    if (result == 0)
        result = read_signer(signature, out, e);
    if (result == 0)
        out->time = signature_time(signature);
    signature_free(&signature);
    return result;
}

static int judge_stamp(const struct evidence_judge *j, struct slice manifest, struct slice answer, struct evidence_finding *out, struct error *e)
{
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct stamp stamp = { 0 };
    int result;

    if (*j->unchecked[LEDGER_STAMP])
        return 0;
    if (digest_slice(DIGEST_SHA256, manifest, imprint) != 0)
        return error_set(e, ERROR_MEMORY, "out of memory");
    result = stamp_check(answer, imprint, j->authorities, &stamp, e);
    out->time = stamp.time;
    return result;
}

int evidence_judge(const struct evidence_judge *judge, enum ledger_evidence kind, struct slice manifest, struct slice evidence, int64_t now,
                   struct evidence_finding *out, struct error *e)
{
    struct evidence_finding found = { 0 };
    int result = kind == LEDGER_SIGNATURE ? judge_signature(judge, manifest, evidence, now, &found, e)
                                          : judge_stamp(judge, manifest, evidence, &found, e);

    if (result == 0)
        *out = found;
    return result;
}
