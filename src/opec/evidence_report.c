/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/evidence_report.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "opec/print.h"
#include "schedule/evidence.h"
#include "sign/certificate.h"
#include "sign/stamp.h"
#include "sign/verify.h"

enum { BUDGET = 1024 * 1024, LATE_S = 86400 };

struct judging {
    const struct config *config;
    struct trust *trust;         /* NULL: signatures are not judged */
    STACK_OF(X509) *authorities; /* NULL: stamps are not judged */
    struct arena *arena;         /* of one manifest */
    struct evidence_report *report;
    int64_t now;
};

/* --- by whom ---------------------------------------------------------------------------------------------------------------- */

/* A log of years ago is read on any machine: a list that is missing there says nothing. */
static void open_trust(struct judging *j)
{
    const struct trust_settings settings = { .ca = j->config->trust.ca, .crl_dir = j->config->trust.crl_dir };
    struct error e;

    if (trust_open(&settings, &j->trust, &e) != 0)
        text_copy(j->report->of[LEDGER_SIGNATURE].unchecked, sizeof j->report->of[0].unchecked, slice_of(e.text));
}

static void open_authorities(struct judging *j)
{
    struct error e;

    if (!*j->config->tsa.ca)
        error_set(&e, ERROR_CONFIG, "tsa.ca is not set");
    else if (certificate_read_file(j->config->tsa.ca, &j->authorities, &e) == 0)
        return;
    text_copy(j->report->of[LEDGER_STAMP].unchecked, sizeof j->report->of[0].unchecked, slice_of(e.text));
}

/* --- one -------------------------------------------------------------------------------------------------------------------- */

static int judge_signer(const struct judging *j, const struct signature *signature, struct error *e)
{
    int64_t at = signature_time(signature);
    struct trust_answer answer;
    int result;

    if (!certificate_has_address(signature_certificate(signature), j->config->provider.address))
        return error_set(e, ERROR_CERTIFICATE, "signed by somebody else than %s", j->config->provider.address);
    result = signature_trust(signature, j->trust, at ? at : j->now, &answer, e);
    if (result == 0 && answer.verdict != TRUST_GOOD)
        result = error_set(e, ERROR_CERTIFICATE, "the certificate of the signature was not good when it signed: %s", answer.why);
    return result;
}

static int judge_signature(const struct judging *j, struct slice manifest, struct slice der, struct error *e)
{
    struct signature *signature = NULL;
    int result = signature_read(der, j->trust, &signature, e);

    if (result == 0 && signature_holds(signature, manifest, NULL) != 0)
        result = error_set(e, ERROR_SIGNATURE, "the signature does not hold over the manifest");
    if (result == 0)
        result = judge_signer(j, signature, e);
    signature_free(&signature);
    return result;
}

static int judge_stamp(const struct judging *j, struct slice manifest, struct slice answer, struct error *e)
{
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct stamp stamp;

    if (digest_slice(DIGEST_SHA256, manifest, imprint) != 0)
        return error_set(e, ERROR_MEMORY, "out of memory");
    return stamp_check(answer, imprint, j->authorities, &stamp, e);
}

static int judge(const struct judging *j, enum ledger_evidence kind, struct slice manifest, struct slice evidence, struct error *e)
{
    if (*j->report->of[kind].unchecked)
        return 0;
    return kind == LEDGER_SIGNATURE ? judge_signature(j, manifest, evidence, e) : judge_stamp(j, manifest, evidence, e);
}

/* The first fault is kept. */
static void note_fault(struct judging *j, const char *manifest, enum ledger_evidence kind, const struct error *e)
{
    if (!*j->report->fault)
        snprintf(j->report->fault, sizeof j->report->fault, "%s%s: %.300s", manifest, ledger_evidence_endings[kind], e->text);
}

static void note_absent(struct judging *j, const char *manifest, enum ledger_evidence kind)
{
    int64_t closed;

    if (!evidence_is_wanted(j->config, kind))
        return;
    closed = ledger_closed_at(j->config->log.legal_dir, manifest);
    if (j->now - closed > LATE_S && j->report->of[kind].late++ == 0)
        j->report->of[kind].late_since = closed;
}

/* --- all -------------------------------------------------------------------------------------------------------------------- */

static int look_at(struct judging *j, const struct ledger_closed *file, enum ledger_evidence kind)
{
    const char *dir = j->config->log.legal_dir;
    struct slice manifest, evidence;
    struct error e = { 0 };
    int result;

    if (!file->has[kind]) {
        note_absent(j, file->manifest, kind);
        return 0;
    }
    arena_reset(j->arena);
    result = ledger_manifest_load(dir, file->manifest, j->arena, &manifest, &e);
    if (result == 0)
        result = ledger_evidence_load(dir, file->manifest, kind, j->arena, &evidence, &e);
    if (result == 0)
        result = judge(j, kind, manifest, evidence, &e);
    if (result == 0)
        j->report->of[kind].count++;
    else if (result != ERROR_MEMORY)
        note_fault(j, file->manifest, kind, &e);
    return result == ERROR_MEMORY ? result : 0;
}

int evidence_report_make(const struct config *config, int64_t now, struct evidence_report *out, struct error *e)
{
    struct evidence_report report = { 0 };
    struct judging j = { .config = config, .arena = arena_new(BUDGET), .report = &report, .now = now };
    struct ledger_closed_files closed = { 0 };
    int result = j.arena ? ledger_closed_read(config->log.legal_dir, &closed, e) : error_set(e, ERROR_MEMORY, "out of memory");

    report.manifests = closed.count;
    open_trust(&j);
    open_authorities(&j);
    for (size_t i = 0; i < closed.count && result == 0; i++)
        for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && result == 0; kind++)
            if ((result = look_at(&j, &closed.files[i], (enum ledger_evidence)kind)) != 0)
                error_set(e, result, "out of memory");
    if (result == 0)
        *out = report;
    trust_close(&j.trust);
    sk_X509_pop_free(j.authorities, X509_free);
    ledger_closed_free(&closed);
    arena_free(&j.arena);
    return result;
}

/* --- warnings --------------------------------------------------------------------------------------------------------------- */

json_t *evidence_report_warnings(const struct evidence_report *report)
{
    static const char *const names[] = { [LEDGER_SIGNATURE] = "signature", [LEDGER_STAMP] = "time stamp" };
    json_t *warnings = json_array();

    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        char words[500], since[PRINT_SIZE];

        if (report->of[kind].count && *report->of[kind].unchecked) {
            snprintf(words, sizeof words, "no %s was checked: %s", names[kind], report->of[kind].unchecked);
            json_array_append_new(warnings, print_json_text(slice_of(words)));
        }
        if (report->of[kind].late) {
            snprintf(words, sizeof words, "manifests without a %s a day after they were closed: %llu, the oldest of %s", names[kind],
                     (unsigned long long)report->of[kind].late, print_moment(report->of[kind].late_since, since));
            json_array_append_new(warnings, print_json_text(slice_of(words)));
        }
    }
    return warnings;
}
