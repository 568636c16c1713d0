/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/log_search.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/indexing.h"
#include "ledger/line.h"
#include "ledger/search.h"
#include "opec/arguments.h"
#include "opec/event_csv.h"
#include "opec/log_nodes.h"
#include "opec/print.h"
#include "opec/span.h"
#include "opec/timeline.h"

/* --- search: what is printed ------------------------------------------------------------------------------------------------ */

enum { NODES_BUDGET = 1024 * 1024 };

enum form { FORM_TIMELINE, FORM_JSON, FORM_CSV };

struct printing {
    enum form form;
    size_t count;
    bool failed;
    struct timeline timeline;
    struct buffer csv;
};

static int print_csv(struct printing *p, const json_t *event)
{
    int result = p->count ? 0 : event_csv_names(&p->csv);
    struct slice record;

    if (result == 0)
        result = event_csv_write(&p->csv, event);
    record = buffer_data(&p->csv);
    fwrite(record.data, 1, record.size, stdout);
    buffer_consume(&p->csv, record.size);
    return result;
}

static int print_event(struct printing *p, const json_t *event)
{
    switch (p->form) {
    case FORM_JSON:
        fputs(p->count ? ",\n" : "[\n", stdout);
        return json_dumpf(event, stdout, JSON_COMPACT);
    case FORM_CSV:
        return print_csv(p, event);
    default:
        timeline_print(&p->timeline, event);
        return 0;
    }
}

/* A line is parsed and written anew, so that nothing that was put into a file of the log reaches the terminal as it is. */
static bool print_found(void *arg, struct slice line)
{
    struct printing *p = arg;
    json_t *event = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);

    if (!event)
        return true;
    p->failed = print_event(p, event) != 0;
    p->count++;
    json_decref(event);
    return !p->failed;
}

/* Of our own log, and of the copies of other nodes' logs. */
static int search_all(const char *legal_dir, struct ledger_query *query, enum ledger_search_way way, struct printing *p, struct error *e)
{
    struct arena *arena = arena_new(NODES_BUDGET);
    struct log_nodes nodes = { 0 };
    int result = arena ? log_nodes_read(legal_dir, NULL, 0, arena, &nodes, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = ledger_search(legal_dir, query, way, print_found, p, e);
    for (size_t i = 0; result == 0 && !p->failed && i < nodes.count; i++)
        result = ledger_search(nodes.nodes[i].copy, query, way, print_found, p, e);
    arena_free(&arena);
    return result;
}

static int print_all(const struct config *config, struct ledger_query *query, enum ledger_search_way way, struct printing *p, struct error *e)
{
    int result = 0;

    p->csv = buffer_new(2 * LEDGER_LINE_MAX);
    p->timeline = (struct timeline){ .out = stdout, .arena = arena_new(TIMELINE_BUDGET) };
    if (!p->timeline.arena)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = search_all(config->log.legal_dir, query, way, p, e);
    if (p->form == FORM_JSON)
        fputs(p->count ? "\n]\n" : "[]\n", stdout);
    timeline_end(&p->timeline);
    arena_free(&p->timeline.arena);
    buffer_free(&p->csv);
    return result;
}

/* --- search: what is asked -------------------------------------------------------------------------------------------------- */

enum { SENDER, RECIPIENT, SUBJECT, EVENT, FROM, TO, CSV, FILES, OPTIONS };

static const char *const option_names[OPTIONS] = { "--sender", "--recipient", "--subject", "--event", "--from", "--to", "--csv", "--files" };

static bool read_options(const struct call *call, struct argument_option options[OPTIONS], struct arguments *out)
{
    for (int i = 0; i < OPTIONS; i++)
        options[i] = (struct argument_option){ .name = option_names[i], .takes_value = i < CSV };
    *out = (struct arguments){ .options = options, .option_count = OPTIONS };
    return arguments_read(out, call->words + 1, call->word_count - 1) && out->word_count <= 1;
}

int log_search(const struct call *call, const struct config *config)
{
    struct argument_option options[OPTIONS];
    struct printing p = { .form = FORM_TIMELINE };
    struct arguments arguments;
    struct ledger_query query;
    struct ledger_asked asked;
    struct span span;
    struct error e;
    int result;

    if (!read_options(call, options, &arguments) || (call->json && options[CSV].is_given))
        return call_misused("log");
    p.form = call->json ? FORM_JSON : options[CSV].is_given ? FORM_CSV : FORM_TIMELINE;
    result = span_read(options[FROM].value, options[TO].value, config->provider.timezone, &span, &e);
    asked = (struct ledger_asked){ arguments.word_count ? arguments.words[0] : NULL, options[SENDER].value, options[RECIPIENT].value,
                                   options[SUBJECT].value, options[EVENT].value, span.from, span.to };
    if (result == 0)
        result = ledger_query_make(&asked, &query, &e);
    if (result != 0)
        return call_failed("log search: %s", e.text);
    result = print_all(config, &query, options[FILES].is_given ? LEDGER_SEARCH_FILES : LEDGER_SEARCH_INDEX, &p, &e);
    ledger_query_free(&query);
    if (result != 0)
        return call_failed("%s", e.text);
    if (p.failed)
        return call_failed("what was found cannot be written");
    return p.count ? STATUS_DONE : call_failed("the legal log has nothing about %s", asked.term ? asked.term : "what was asked for");
}

/* --- index ------------------------------------------------------------------------------------------------------------------ */

int log_index(const struct call *call, const struct config *config)
{
    struct argument_option options[] = { { .name = "--rebuild" } };
    struct arguments arguments = { .options = options, .option_count = 1 };
    int64_t begun = clock_monotonic_ms();
    struct ledger_indexed made;
    struct error e;
    int result = 0;

    if (!arguments_read(&arguments, call->words + 1, call->word_count - 1) || arguments.word_count)
        return call_misused("log");
    if (options[0].is_given)
        result = ledger_index_remove(config->log.legal_dir, &e);
    if (result == 0)
        result = ledger_index_update(config->log.legal_dir, &made, &e);
    if (result != 0)
        return call_failed("%s", e.text);
    if (call->json)
        return print_json(stdout, json_pack("{s:I, s:I}", "files", (json_int_t)made.pieces, "bytes", (json_int_t)made.bytes));
    printf("indexed %llu bytes of the legal log in %llu files, in %.1f s\n", (unsigned long long)made.bytes,
           (unsigned long long)made.pieces, (double)(clock_monotonic_ms() - begun) / 1000);
    return STATUS_DONE;
}
