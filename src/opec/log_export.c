/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/log_export.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "mime/address.h"
#include "opec/arguments.h"
#include "opec/export/bundle.h"
#include "opec/export/check.h"
#include "opec/print.h"

enum { PATH_SIZE = 400, WORDS_BUDGET = 64 * 1024 };

/* --- export ----------------------------------------------------------------------------------------------------------------- */

/* ADDRESS-DATE.zip; what a shell or a file system takes in another way becomes "_". */
static void default_name(const char *address, int64_t now, char out[PATH_SIZE])
{
    char today[CLOCK_DATE_SIZE];
    size_t size = 0;

    clock_utc_text(now, today);
    for (; address[size] && size < PATH_SIZE - 32; size++) {
        char c = address[size];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '@' || c == '_' ||
                        (size && (c == '.' || c == '-' || c == '+'));

        out[size] = is_plain ? c : '_';
    }
    snprintf(out + size, PATH_SIZE - size, "-%.10s.zip", today);
}

static json_t *export_json(const char *path, const struct extract_counts *counts)
{
    return json_pack("{s:o, s:I, s:I, s:I, s:I}", "file", print_json_text(slice_of(path)), "lines", (json_int_t)counts->sealed, "open",
                     (json_int_t)counts->open, "withheld", (json_int_t)counts->withheld, "manifests", (json_int_t)counts->files);
}

static int print_export(const struct call *call, const char *path, const struct extract_counts *counts)
{
    int status = STATUS_DONE;

    if (call->json)
        status = print_json(stdout, export_json(path, counts));
    else
        printf("%s: %" PRIu64 " lines, proved by %" PRIu64 " manifests\n", path, counts->sealed, counts->files);
    if (counts->open)
        fprintf(stderr, "opec: warning: %" PRIu64 " lines are of the file in use and are not proved: run opec log close first, then export anew\n",
                counts->open);
    if (counts->withheld)
        fprintf(stderr, "opec: warning: %" PRIu64 " lines were left out: they name others, who were no party to a certified message\n",
                counts->withheld);
    return status;
}

static int write_export(const struct call *call, const struct config *config, const char *address, const struct span *span, const char *out)
{
    const struct extract_settings settings = { .dir = config->log.legal_dir, .address = address, .span = *span };
    struct export_facts facts = { .address = address, .provider = config->provider.name };
    char made[CLOCK_DATE_SIZE], from[CLOCK_DATE_SIZE], to[CLOCK_DATE_SIZE], path[PATH_SIZE];
    struct extract_counts counts = { 0 };
    int64_t now = clock_now();
    struct error e;

    clock_utc_text(now, made);
    facts.made = made;
    if (span->from != INT64_MIN)
        clock_utc_text(span->from, from);
    if (span->to != INT64_MAX)
        clock_utc_text(span->to, to);
    facts.from = span->from != INT64_MIN ? from : NULL;
    facts.to = span->to != INT64_MAX ? to : NULL;
    if (!out)
        default_name(address, now, path);
    if (bundle_write(out ? out : path, &settings, &facts, &counts, &e) != 0)
        return call_failed("%s", e.text);
    return print_export(call, out ? out : path, &counts);
}

int log_export(const struct call *call, const struct config *config)
{
    struct argument_option options[] = { { .name = "--out", .takes_value = true } };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct span span;
    struct error e;

    if (!arguments_read(&a, call->words, call->word_count) || a.word_count < 2 || a.word_count > 4)
        return call_misused("log");
    if (!address_valid(slice_of(a.words[1]))) {
        call_failed("%.320s: not an address", a.words[1]);
        return call_misused("log");
    }
    if (span_read(a.word_count > 2 ? a.words[2] : NULL, a.word_count > 3 ? a.words[3] : NULL, config->provider.timezone, &span, &e) != 0) {
        call_failed("%s", e.text);
        return call_misused("log");
    }
    return write_export(call, config, a.words[1], &span, arguments_value(&a, "--out"));
}

/* --- verify ----------------------------------------------------------------------------------------------------------------- */

static json_t *verified_json(const struct export_report *r, const struct evidence_judge *by)
{
    const char *fault = r->fault;

    return json_pack("{s:b, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:b, s:b, s:s, s:s, s:o}", "holds", !*fault, "address",
                     print_json_text(slice_of(r->address)), "provider", print_json_text(slice_of(r->provider)), "lines", (json_int_t)r->sealed,
                     "open", (json_int_t)r->open, "manifests", (json_int_t)r->files, "signed", (json_int_t)r->of[LEDGER_SIGNATURE], "stamped",
                     (json_int_t)r->of[LEDGER_STAMP], "signer", print_json_text(slice_of(r->signer)), "certificates_checked",
                     !*by->unchecked[LEDGER_SIGNATURE], "stamps_checked", !*by->unchecked[LEDGER_STAMP], "first_closed", r->first_closed,
                     "last_closed", r->last_closed, "fault", *fault ? print_json_text(slice_of(fault)) : json_null());
}

static void print_verified(const struct export_report *r, const struct evidence_judge *by, struct arena *arena)
{
    printf("the export holds: %" PRIu64 " lines of %s\n", r->sealed, print_line(arena, slice_of(r->address)));
    printf("proved by %" PRIu64 " manifests of %s, closed from %s to %s\n", r->files, print_line(arena, slice_of(r->provider)), r->first_closed,
           r->last_closed);
    printf("%" PRIu64 " are signed%s%s%s\n", r->of[LEDGER_SIGNATURE], *r->signer ? " by " : "", print_line(arena, slice_of(r->signer)),
           r->of[LEDGER_SIGNATURE] && *by->unchecked[LEDGER_SIGNATURE] ? " (the certificate was not checked)" : "");
    printf("%" PRIu64 " are stamped%s\n", r->of[LEDGER_STAMP],
           r->of[LEDGER_STAMP] && *by->unchecked[LEDGER_STAMP] ? " (not checked)" : "");
    if (r->open)
        printf("%" PRIu64 " more lines are of a file that was in use, and are not proved\n", r->open);
}

static void print_warnings(const struct export_report *r, const struct evidence_judge *by)
{
    if (r->of[LEDGER_SIGNATURE] < r->files)
        fprintf(stderr, "opec: warning: %" PRIu64 " manifests are not signed\n", r->files - r->of[LEDGER_SIGNATURE]);
    if (r->of[LEDGER_SIGNATURE] && *by->unchecked[LEDGER_SIGNATURE])
        fprintf(stderr, "opec: warning: whose certificates these are was not checked: %s\n", by->unchecked[LEDGER_SIGNATURE]);
    if (r->of[LEDGER_STAMP] && *by->unchecked[LEDGER_STAMP])
        fprintf(stderr, "opec: warning: no time stamp was checked: %s\n", by->unchecked[LEDGER_STAMP]);
}

int log_export_verify(const struct call *call, const char *path, const struct evidence_settings *by)
{
    struct arena *arena = arena_new(WORDS_BUDGET);
    struct evidence_judge judge;
    struct export_report report = { 0 };
    struct error e;
    int status;

    evidence_judge_open(by, &judge);
    if (!arena || export_check(path, &judge, clock_now(), &report, &e) != 0) {
        status = call_failed("%s", arena ? e.text : "out of memory");
    } else {
        status = *report.fault ? STATUS_FAILED : STATUS_DONE;
        if (call->json && print_json(stdout, verified_json(&report, &judge)) != STATUS_DONE)
            status = STATUS_FAILED;
        if (!call->json && !*report.fault)
            print_verified(&report, &judge, arena);
        print_warnings(&report, &judge);
        if (*report.fault)
            fprintf(stderr, "%s\n", print_line(arena, slice_of(report.fault)));
    }
    evidence_judge_close(&judge);
    arena_free(&arena);
    return status;
}
