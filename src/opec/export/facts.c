/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/facts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/record.h"

static void visit(struct record *r, struct export_facts *f)
{
    record_text(r, "address", &f->address);
    record_text(r, "provider", &f->provider);
    record_text(r, "from", &f->from);
    record_text(r, "to", &f->to);
    record_text(r, "made", &f->made);
    record_i64(r, "sealed", &f->sealed);
    record_i64(r, "open", &f->open);
    record_i64(r, "withheld", &f->withheld);
    record_i64(r, "files", &f->files);
}

char *export_facts_write(const struct export_facts *facts, struct arena *arena)
{
    struct export_facts copy = *facts;
    struct record r = record_writer();

    visit(&r, &copy);
    return record_finish(&r, arena);
}

int export_facts_read(struct slice text, struct arena *arena, struct export_facts *out, struct error *e)
{
    struct export_facts facts = { 0 };
    struct record r = record_reader(text, arena);

    visit(&r, &facts);
    if (!record_drop(&r) || !facts.address || !facts.provider || !facts.made)
        return error_set(e, ERROR_SYNTAX, "not the facts of an export");
    *out = facts;
    return 0;
}

int export_gap_write(struct buffer *out, const struct export_gap *gap)
{
    char line[512];
    int size = snprintf(line, sizeof line, "{\"file\":\"%s\",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"tree\":\"%s\"}\n", gap->file, gap->from, gap->to,
                        gap->tree);

    return size > 0 && (size_t)size < sizeof line ? buffer_append(out, (struct slice){ line, (size_t)size }) : ERROR_LIMIT;
}
