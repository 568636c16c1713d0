/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/member.h"

#include <string.h>

#include "ledger/line.h"

enum { STEP = 64 * 1024 };

static int damaged(const struct member *m, const char *what, struct error *e)
{
    return error_set(e, ERROR_CORRUPT, "%.200s:%llu: %s", m->name, (unsigned long long)m->line + 1, what);
}

int member_open(zip_t *zip, const char *name, bool is_optional, struct member *out, struct error *e)
{
    struct member m = { .name = name, .buffer = buffer_new(LEDGER_LINE_MAX) };
    zip_int64_t at = zip_name_locate(zip, name, 0);

    if (at < 0 && !is_optional)
        return error_set(e, ERROR_CORRUPT, "%.200s: removed: it is missing", name);
    if (at >= 0) {
        m.file = zip_fopen_index(zip, (zip_uint64_t)at, 0);
        if (!m.file)
            return error_set(e, ERROR_CORRUPT, "%.200s: it cannot be unpacked: %s", name, zip_strerror(zip));
    }
    m.at_end = at < 0;
    *out = m;
    return 0;
}

void member_close(struct member *m)
{
    if (m->file)
        zip_fclose(m->file);
    m->file = NULL;
    buffer_free(&m->buffer);
}

static int fill(struct member *m, struct error *e)
{
    size_t room;
    char *at = buffer_reserve(&m->buffer, STEP, &room);
    zip_int64_t n;

    if (!at)
        return buffer_data(&m->buffer).size == LEDGER_LINE_MAX ? damaged(m, "changed: a line does not end", e)
                                                                : error_set(e, ERROR_MEMORY, "out of memory");
    n = zip_fread(m->file, at, room);
    if (n < 0)
        return damaged(m, "changed: it cannot be unpacked", e);
    buffer_commit(&m->buffer, (size_t)n);
    m->at_end = n == 0;
    return 0;
}

int member_next(struct member *m, struct slice *out_line, struct error *e)
{
    for (;;) {
        struct slice data = buffer_data(&m->buffer), fresh = slice_skip(data, m->searched);
        size_t at = slice_find_byte(fresh, '\n');
        int result;

        if (at < fresh.size) {
            *out_line = (struct slice){ data.data, m->searched + at + 1 };
            buffer_consume(&m->buffer, out_line->size); /* its bytes stay where they are until the next read */
            m->searched = 0;
            m->line++;
            return 0;
        }
        m->searched = data.size;
        if (m->at_end && data.size)
            return damaged(m, "cut short: half a line", e);
        if (m->at_end) {
            *out_line = SLICE_NONE;
            return 0;
        }
        result = fill(m, e);
        if (result != 0)
            return result;
    }
}

int member_expect(struct member *m, struct slice text, struct error *e)
{
    while (text.size) {
        struct slice data = buffer_data(&m->buffer);
        size_t size = data.size < text.size ? data.size : text.size;
        int result;

        if (size && memcmp(data.data, text.data, size) != 0)
            return damaged(m, "changed: it does not say what the lines of the log say", e);
        buffer_consume(&m->buffer, size);
        text = slice_skip(text, size);
        if (text.size == 0)
            break;
        if (m->at_end)
            return damaged(m, "cut short", e);
        result = fill(m, e);
        if (result != 0)
            return result;
    }
    m->line++;
    return 0;
}

int member_expect_end(struct member *m, struct error *e)
{
    while (!m->at_end && buffer_data(&m->buffer).size == 0) {
        int result = fill(m, e);

        if (result != 0)
            return result;
    }
    return buffer_data(&m->buffer).size ? damaged(m, "added: more than belongs there", e) : 0;
}

int member_load(zip_t *zip, const char *name, size_t maximum, struct arena *arena, struct slice *out, struct error *e)
{
    struct member m = { 0 };
    int result = member_open(zip, name, false, &m, e);
    struct slice data;

    while (result == 0 && !m.at_end && buffer_data(&m.buffer).size <= maximum)
        result = fill(&m, e);
    data = buffer_data(&m.buffer);
    if (result == 0 && data.size > maximum)
        result = damaged(&m, "too large", e);
    if (result == 0) {
        *out = data.size ? arena_copy(arena, data) : (struct slice){ "", 0 };
        if (!out->data)
            result = error_set(e, ERROR_MEMORY, "out of memory");
    }
    member_close(&m);
    return result;
}
