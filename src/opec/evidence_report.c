/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/evidence_report.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "opec/print.h"
#include "schedule/evidence.h"

enum { BUDGET = 1024 * 1024, LATE_S = 86400 };

struct judging {
    const char *dir;
    const struct config *config; /* NULL: nothing is wanted */
    struct evidence_judge by;
    struct arena *arena; /* of one manifest */
    struct evidence_report *report;
    int64_t now;
};

/* --- one -------------------------------------------------------------------------------------------------------------------- */

/* The first fault is kept. */
static void note_fault(struct judging *j, const char *manifest, enum ledger_evidence kind, const struct error *e)
{
    if (!*j->report->fault)
        snprintf(j->report->fault, sizeof j->report->fault, "%s%s: %.300s", manifest, ledger_evidence_endings[kind], e->text);
}

static void note_absent(struct judging *j, const char *manifest, enum ledger_evidence kind)
{
    int64_t closed;

    if (!j->config || !evidence_is_wanted(j->config, kind))
        return;
    closed = ledger_closed_at(j->dir, manifest);
    if (j->now - closed > LATE_S && j->report->of[kind].late++ == 0)
        j->report->of[kind].late_since = closed;
}

/* --- all -------------------------------------------------------------------------------------------------------------------- */

static int look_at(struct judging *j, const struct ledger_closed *file, enum ledger_evidence kind)
{
    struct evidence_finding found;
    struct slice manifest, evidence;
    struct error e = { 0 };
    int result;

    if (!file->has[kind]) {
        note_absent(j, file->manifest, kind);
        return 0;
    }
    arena_reset(j->arena);
    result = ledger_manifest_load(j->dir, file->manifest, j->arena, &manifest, &e);
    if (result == 0)
        result = ledger_evidence_load(j->dir, file->manifest, kind, j->arena, &evidence, &e);
    if (result == 0)
        result = evidence_judge(&j->by, kind, manifest, evidence, j->now, &found, &e);
    if (result == 0) {
        j->report->of[kind].count++;
        if (kind == LEDGER_SIGNATURE)
            text_copy(j->report->signer, sizeof j->report->signer, slice_of(found.signer));
    }
    if (result != 0 && result != ERROR_MEMORY)
        note_fault(j, file->manifest, kind, &e);
    return result == ERROR_MEMORY ? result : 0;
}

int evidence_report_folder(const char *dir, const struct evidence_settings *by, const struct config *config, int64_t now,
                           struct evidence_report *out, struct error *e)
{
    struct evidence_report report = { 0 };
    struct judging j = { .dir = dir, .config = config, .arena = arena_new(BUDGET), .report = &report, .now = now };
    struct ledger_closed_files closed = { 0 };
    int result = j.arena ? ledger_closed_read(dir, &closed, e) : error_set(e, ERROR_MEMORY, "out of memory");

    report.manifests = closed.count;
    evidence_judge_open(by, &j.by);
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++)
        text_copy(report.of[kind].unchecked, sizeof report.of[0].unchecked, slice_of(j.by.unchecked[kind]));
    for (size_t i = 0; i < closed.count && result == 0; i++)
        for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && result == 0; kind++)
            if ((result = look_at(&j, &closed.files[i], (enum ledger_evidence)kind)) != 0)
                error_set(e, result, "out of memory");
    if (result == 0)
        *out = report;
    evidence_judge_close(&j.by);
    ledger_closed_free(&closed);
    arena_free(&j.arena);
    return result;
}

int evidence_report_make(const struct config *config, int64_t now, struct evidence_report *out, struct error *e)
{
    const struct evidence_settings by = evidence_settings_of(config);

    return evidence_report_folder(config->log.legal_dir, &by, config, now, out, e);
}

/* --- warnings --------------------------------------------------------------------------------------------------------------- */

json_t *evidence_report_warnings(const struct evidence_report *report)
{
    static const char *const names[] = { [LEDGER_SIGNATURE] = "signature", [LEDGER_STAMP] = "time stamp" };
    static const char *const unchecked[] = { [LEDGER_SIGNATURE] = "signatures hold, their certificates were not",
                                             [LEDGER_STAMP] = "no time stamp was" };
    json_t *warnings = json_array();

    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        char words[500], since[PRINT_SIZE];

        if (report->of[kind].count && *report->of[kind].unchecked) {
            snprintf(words, sizeof words, "%s checked: %s", unchecked[kind], report->of[kind].unchecked);
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
