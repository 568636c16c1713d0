/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/line.h"

enum { ANY_ID_OR_ADDRESS = LEDGER_TERM_ID | LEDGER_TERM_SENDER | LEDGER_TERM_RECIPIENT };

static bool is_plain(char c)
{
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '/';
}

/* JSON may escape any other character, so only such a run can be looked for in the text. */
static struct slice longest_plain_run(struct slice s)
{
    struct slice best = SLICE_NONE;

    for (size_t i = 0; i < s.size; i++) {
        size_t start = i;

        while (i < s.size && is_plain(s.data[i]))
            i++;
        if (i - start > best.size)
            best = (struct slice){ s.data + start, i - start };
    }
    return best;
}

/* --- making one ------------------------------------------------------------------------------------------------------------- */

static int want(struct ledger_query *q, unsigned kinds, struct slice normal, struct error *e)
{
    struct ledger_wanted *wanted = &q->wanted[q->wanted_count];

    if (q->wanted_count == LEDGER_WANTED_MAX)
        return error_set(e, ERROR_LIMIT, "more than %d words to search for", LEDGER_WANTED_MAX);
    *wanted = (struct ledger_wanted){ kinds, strndup(normal.data, normal.size) };
    if (!wanted->text)
        return error_set(e, ERROR_MEMORY, "no memory to search");
    q->wanted_count++;
    return 0;
}

static int want_address(struct ledger_query *q, unsigned kinds, const char *text, struct error *e)
{
    struct slice run;
    int result;

    if (!text)
        return 0;
    if (ledger_term_normal(slice_of(text), &q->scratch) != 0)
        return error_set(e, ERROR_MEMORY, "no memory to search");
    if (buffer_data(&q->scratch).size == 0)
        return error_set(e, ERROR_SYNTAX, "nothing to search for");
    result = want(q, kinds, buffer_data(&q->scratch), e);
    if (result != 0)
        return result;
    run = longest_plain_run(slice_of(q->wanted[q->wanted_count - 1].text));
    if (run.size > q->needle.size)
        q->needle = run;
    return 0;
}

static int want_words(struct ledger_query *q, const char *text, struct error *e)
{
    struct slice rest = slice_of(text ? text : "");
    size_t before = q->wanted_count;
    int result = 0, failed = 0;

    while (result == 0 && ledger_term_word(&rest, &q->scratch, &failed))
        result = want(q, LEDGER_TERM_WORD, buffer_data(&q->scratch), e);
    if (result == 0 && failed != 0)
        return error_set(e, failed, "no memory to search");
    if (result == 0 && text && q->wanted_count == before)
        return error_set(e, ERROR_SYNTAX, "no word to search for in a subject");
    return result;
}

int ledger_query_make(const struct ledger_asked *asked, struct ledger_query *out, struct error *e)
{
    struct ledger_query q = { .event = asked->event, .from = asked->from, .to = asked->to, .scratch = buffer_new(LEDGER_LINE_MAX) };
    int result = want_address(&q, ANY_ID_OR_ADDRESS, asked->term, e);

    if (result == 0)
        result = want_address(&q, LEDGER_TERM_SENDER, asked->sender, e);
    if (result == 0)
        result = want_address(&q, LEDGER_TERM_RECIPIENT, asked->recipient, e);
    if (result == 0)
        result = want_words(&q, asked->subject, e);
    if (result == 0 && q.wanted_count == 0 && !q.event && q.from == INT64_MIN && q.to == INT64_MAX)
        result = error_set(e, ERROR_SYNTAX, "nothing to search for");
    if (result == 0)
        *out = q;
    else
        ledger_query_free(&q);
    return result;
}

void ledger_query_free(struct ledger_query *query)
{
    for (size_t i = 0; i < query->wanted_count; i++)
        free(query->wanted[i].text);
    buffer_free(&query->scratch);
    *query = (struct ledger_query){ 0 };
}

/* --- matching --------------------------------------------------------------------------------------------------------------- */

bool ledger_query_may_match(struct ledger_query *query, struct slice line)
{
    size_t room = 0;
    char *copy;

    if (query->needle.size == 0)
        return true;
    buffer_consume(&query->scratch, buffer_data(&query->scratch).size);
    copy = buffer_reserve(&query->scratch, line.size, &room);
    if (!copy || room < line.size)
        return true;
    for (size_t i = 0; i < line.size; i++)
        copy[i] = line.data[i] >= 'A' && line.data[i] <= 'Z' ? (char)(line.data[i] + 32) : line.data[i];
    return slice_find((struct slice){ copy, line.size }, query->needle) < line.size;
}

struct matching {
    const struct ledger_query *query;
    bool met[LEDGER_WANTED_MAX];
};

static void meet(void *arg, enum ledger_term_kind kind, struct slice text)
{
    struct matching *m = arg;

    for (size_t i = 0; i < m->query->wanted_count; i++)
        if (m->query->wanted[i].kinds & kind && slice_is(text, m->query->wanted[i].text))
            m->met[i] = true;
}

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcasecmp(json_string_value(value), text) == 0;
}

static bool has_event(const struct ledger_query *query, const json_t *event)
{
    return !query->event || is_text(json_object_get(event, "event"), query->event) ||
           is_text(json_object_get(event, "message"), query->event);
}

static bool is_within(const struct ledger_query *query, const json_t *event)
{
    int64_t time = ledger_event_time(event);

    return time >= query->from && (time < query->to || query->to == INT64_MAX);
}

int ledger_query_match(struct ledger_query *query, const json_t *event, bool *out_matches)
{
    struct matching m = { .query = query };
    int result;

    *out_matches = false;
    if (!has_event(query, event) || !is_within(query, event))
        return 0;
    result = ledger_terms_of(event, &query->scratch, meet, &m);
    *out_matches = result == 0;
    for (size_t i = 0; i < query->wanted_count; i++)
        *out_matches &= m.met[i];
    return result;
}

int64_t ledger_event_time(const json_t *event)
{
    const json_t *utc = json_object_get(event, "utc");
    int64_t seconds;

    return json_is_string(utc) && clock_read_utc(json_string_value(utc), &seconds) ? seconds : INT64_MIN;
}
