/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/audit_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "opec/print.h"
#include "opec/verb.h"

enum { LINE_BUDGET = 64 * 1024 };

bool audit_agrees(const struct reconcile_result *result)
{
    return result->finding_count == 0 && result->unreadable == 0;
}

/* --- text ------------------------------------------------------------------------------------------------------------------- */

/* "PEC-ID u@x, since 24/11/2026 06:21:41 +0100: " */
static void print_whose(FILE *out, struct arena *arena, const char *pec_id, const char *recipient, int64_t since)
{
    char moment[PRINT_SIZE];

    arena_reset(arena);
    fprintf(out, "%s%s", print_line(arena, slice_of(pec_id)), recipient ? " " : "");
    fprintf(out, "%s, since %s: ", recipient ? print_line(arena, slice_of(recipient)) : "", print_moment(since, moment));
}

static void print_finding_lines(FILE *out, struct arena *arena, const struct reconcile_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        const struct reconcile_finding *f = &result->findings[i];

        print_whose(out, arena, f->pec_id, f->recipient, f->since);
        fprintf(out, "%s\n", finding_texts[f->kind]);
    }
    if (result->unlisted_findings)
        fprintf(out, "and %" PRIu64 " more of the kind\n", result->unlisted_findings);
    if (result->unreadable)
        fprintf(out, "%" PRIu64 " lines are no events; opec log verify names the first that was not written by us\n", result->unreadable);
}

static void print_open_lines(FILE *out, struct arena *arena, const struct reconcile_result *result)
{
    char moment[PRINT_SIZE];

    for (size_t i = 0; i < result->open_count; i++) {
        const struct reconcile_open *open = &result->open[i];

        print_whose(out, arena, open->pec_id, open->recipient, open->since);
        fprintf(out, "open, for %s", finding_texts[open->waits_for]);
        if (open->notice)
            fprintf(out, "; a first notice went on %s", print_moment(open->notice, moment));
        fprintf(out, "\n");
    }
    if (result->unlisted_open)
        fprintf(out, "and %" PRIu64 " more that are open\n", result->unlisted_open);
}

int audit_print_findings(FILE *out, const struct reconcile_result *result)
{
    struct arena *arena = arena_new(LINE_BUDGET);

    if (!arena)
        return call_failed("out of memory");
    print_finding_lines(out, arena, result);
    arena_free(&arena);
    return STATUS_DONE;
}

/* Headings of two lines, as wide as their numbers. */
static void print_table_head(FILE *out, const char *what)
{
    fprintf(out, "\n%-32s %9s %14s %9s %9s %9s %14s %9s %9s %7s %7s %7s %9s\n", "", "", "accepted", "not", "not, for", "envelopes", "envelope", "",
            "non-", "first", "second", "", "ordinary");
    fprintf(out, "%-32s %9s %14s %9s %9s %9s %14s %9s %9s %7s %7s %7s %9s\n", what, "accepted", "octets", "accepted", "virus", "received", "octets",
            "delivered", "delivered", "notices", "notices", "viruses", "mail");
}

static void print_row(FILE *out, struct arena *arena, const struct tally_row *row)
{
    static const int widths[COUNT_COUNT] = { 9, 14, 9, 9, 9, 14, 9, 9, 7, 7, 7, 9 };

    arena_reset(arena);
    fprintf(out, "%-32s", print_line(arena, slice_of(row->name)));
    for (int i = 0; i < COUNT_COUNT; i++)
        fprintf(out, " %*" PRIu64, widths[i], row->of[i]);
    fprintf(out, "\n");
}

static int print_table(FILE *out, struct arena *arena, const char *what, const struct tally *tally)
{
    struct tally_row **rows = tally_sorted(tally);

    if (!rows)
        return call_failed("out of memory");
    if (tally->count)
        print_table_head(out, what);
    for (size_t i = 0; i < tally->count; i++)
        print_row(out, arena, rows[i]);
    free(rows);
    return STATUS_DONE;
}

int audit_print_text(FILE *out, const struct reconcile_result *result, int64_t now)
{
    struct arena *arena = arena_new(LINE_BUDGET);
    char moment[PRINT_SIZE];
    int status;

    if (!arena)
        return call_failed("out of memory");
    print_finding_lines(out, arena, result);
    print_open_lines(out, arena, result);
    fprintf(out, "the legal log %s as of %s: %" PRIu64 " transactions, %" PRIu64 " recipients to answer for; %" PRIu64 " findings, %" PRIu64 " open\n",
            audit_agrees(result) ? "agrees" : "does not agree", print_moment(now, moment), result->transactions, result->recipients,
            result->finding_count + result->unlisted_findings + result->unreadable, result->open_count + result->unlisted_open);
    status = print_table(out, arena, "day", &result->days);
    if (status == STATUS_DONE)
        status = print_table(out, arena, "mailbox", &result->mailboxes);
    arena_free(&arena);
    return status;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------- */

static json_t *recipient_json(const char *recipient)
{
    return recipient ? print_json_text(slice_of(recipient)) : json_null();
}

static json_t *findings_json(const struct reconcile_result *result)
{
    json_t *list = json_array();

    for (size_t i = 0; i < result->finding_count; i++) {
        const struct reconcile_finding *f = &result->findings[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "finding", finding_names[f->kind], "words", finding_texts[f->kind],
                                              "pec_id", print_json_text(slice_of(f->pec_id)), "recipient", recipient_json(f->recipient),
                                              "since", print_json_moment(f->since)));
    }
    return list;
}

static json_t *open_json(const struct reconcile_result *result)
{
    json_t *list = json_array();

    for (size_t i = 0; i < result->open_count; i++) {
        const struct reconcile_open *open = &result->open[i];

        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "waits_for", finding_names[open->waits_for], "pec_id",
                                              print_json_text(slice_of(open->pec_id)), "recipient", recipient_json(open->recipient), "since",
                                              print_json_moment(open->since), "first_notice", print_json_moment(open->notice)));
    }
    return list;
}

static json_t *row_json(const char *what, const struct tally_row *row)
{
    json_t *one = json_pack("{s:o}", what, print_json_text(slice_of(row->name)));

    for (int i = 0; i < COUNT_COUNT; i++)
        json_object_set_new(one, count_names[i], json_integer((json_int_t)row->of[i]));
    return one;
}

/* NULL without memory. */
static json_t *tally_json(const char *what, const struct tally *tally)
{
    struct tally_row **rows = tally_sorted(tally);
    json_t *list = rows ? json_array() : NULL;

    for (size_t i = 0; rows && i < tally->count; i++)
        json_array_append_new(list, row_json(what, rows[i]));
    free(rows);
    return list;
}

int audit_print_json(FILE *out, const struct reconcile_result *result, int64_t now)
{
    return print_json(out, json_pack("{s:b, s:o, s:I, s:I, s:o, s:I, s:I, s:o, s:I, s:o, s:o}", "agrees", (int)audit_agrees(result), "judged",
                                     print_json_moment(now), "transactions", (json_int_t)result->transactions, "recipients",
                                     (json_int_t)result->recipients, "findings", findings_json(result), "unlisted_findings",
                                     (json_int_t)result->unlisted_findings, "unreadable_lines", (json_int_t)result->unreadable, "open",
                                     open_json(result), "unlisted_open", (json_int_t)result->unlisted_open, "days",
                                     tally_json("day", &result->days), "mailboxes", tally_json("mailbox", &result->mailboxes)));
}

/* --- CSV -------------------------------------------------------------------------------------------------------------------- */

/* RFC 4180: quoted, a quote doubled. What a table program would take for a formula gets an apostrophe. */
static void print_quoted(FILE *out, const char *text)
{
    fprintf(out, "\"%s", strchr("=+-@", *text) && *text ? "'" : "");
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', out);
}

static int print_csv_rows(FILE *out, struct arena *arena, const char *what, const struct tally *tally)
{
    struct tally_row **rows = tally_sorted(tally);

    if (!rows)
        return call_failed("out of memory");
    for (size_t i = 0; i < tally->count; i++) {
        arena_reset(arena);
        fprintf(out, "%s,", what);
        print_quoted(out, print_line(arena, slice_of(rows[i]->name)));
        for (int k = 0; k < COUNT_COUNT; k++)
            fprintf(out, ",%" PRIu64, rows[i]->of[k]);
        fputs("\r\n", out);
    }
    free(rows);
    return STATUS_DONE;
}

int audit_print_csv(FILE *out, const struct reconcile_result *result)
{
    struct arena *arena = arena_new(LINE_BUDGET);
    int status;

    if (!arena)
        return call_failed("out of memory");
    fputs("of,name", out);
    for (int i = 0; i < COUNT_COUNT; i++)
        fprintf(out, ",%s", count_names[i]);
    fputs("\r\n", out);
    status = print_csv_rows(out, arena, "day", &result->days);
    if (status == STATUS_DONE)
        status = print_csv_rows(out, arena, "mailbox", &result->mailboxes);
    arena_free(&arena);
    return status;
}
