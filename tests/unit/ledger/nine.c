/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void nine_begin(struct nine *n)
{
    fixture_begin(&n->f);
    n->head = fixture_fill(&n->f, 9, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(fixture_name(&n->f, LEDGER_LOG, 3 * i + 1, n->log[i]));
    for (unsigned i = 0; i < 2; i++)
        assert_true(fixture_name(&n->f, LEDGER_MANIFEST, 3 * i + 1, n->manifest[i]));
}

struct ledger_report nine_verify_since(const struct nine *n, bool with_head, int64_t kept_since)
{
    struct ledger_report report = { 0 };
    struct error e = { 0 };

    if (ledger_verify(n->f.dir, with_head ? &n->head : NULL, kept_since, &report, &e) != 0)
        fail_msg("%s", e.text);
    return report;
}

struct ledger_report nine_verify(const struct nine *n, bool with_head)
{
    return nine_verify_since(n, with_head, 0);
}

void nine_expect(const struct nine *n, bool with_head, const char *file, unsigned line, const char *how)
{
    struct ledger_report report = nine_verify(n, with_head);
    char start[200];

    snprintf(start, sizeof start, "%s:%u: %s", file, line, how);
    if (strncmp(start, report.fault, strlen(start)) != 0)
        fail_msg("expected \"%s\", got \"%s\"", start, report.fault);
}

/* --- touching files by lines ------------------------------------------------------------------------------------------------ */

struct lines nine_read_lines(const struct nine *n, const char *name)
{
    struct slice content = fixture_read(&n->f, name), rest = content;
    struct lines lines = { .data = (char *)(uintptr_t)content.data };

    while (lines.count < LINES_MAX && slice_next_line(&rest, &lines.line[lines.count]))
        lines.count++;
    return lines;
}

void nine_write_lines(const struct nine *n, const char *name, struct lines *lines)
{
    struct buffer all = buffer_new(1000000);

    for (size_t i = 0; i < lines->count; i++)
        assert_int_equal(0, buffer_append(&all, lines->line[i]));
    fixture_write(&n->f, name, buffer_data(&all));
    buffer_free(&all);
    free(lines->data);
}
