/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log: find a message's life, prove that nothing was touched, close the file in use.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "ledger/search.h"
#include "ledger/verify.h"
#include "opec/keeper_way.h"
#include "opec/print.h"
#include "opec/timeline.h"
#include "opec/verb.h"

enum { ASK_BUDGET = 1024 * 1024 };

/* --- search ----------------------------------------------------------------------------------------------------------------- */

struct printing {
    bool json;
    size_t count;
    bool failed;
    struct timeline timeline;
};

/* A line is parsed and written anew, so that nothing that was put into a file of the log reaches the terminal as it is. */
static bool print_found(void *arg, struct slice line)
{
    struct printing *p = arg;
    json_t *event = json_loadb(line.data, line.size, JSON_REJECT_DUPLICATES, NULL);

    if (!event)
        return true;
    if (p->json) {
        fputs(p->count ? ",\n" : "[\n", stdout);
        p->failed = json_dumpf(event, stdout, JSON_COMPACT) != 0;
    } else {
        timeline_print(&p->timeline, event);
    }
    p->count++;
    json_decref(event);
    return !p->failed;
}

static int search(const struct call *call, const struct config *config)
{
    struct printing p = { .json = call->json, .timeline = { .out = stdout, .arena = arena_new(TIMELINE_BUDGET) } };
    struct error e;
    int result = p.timeline.arena ? ledger_search(config->log.legal_dir, call->words[1], print_found, &p, &e)
                                  : error_set(&e, ERROR_MEMORY, "out of memory");

    if (p.json)
        fputs(p.count ? "\n]\n" : "[]\n", stdout);
    timeline_end(&p.timeline);
    arena_free(&p.timeline.arena);
    if (result != 0)
        return call_failed("%s", e.text);
    if (p.failed)
        return call_failed("the answer cannot be written as JSON");
    return p.count ? STATUS_DONE : call_failed("the legal log has nothing about %s", call->words[1]);
}

/* --- verify ----------------------------------------------------------------------------------------------------------------- */

static int ask_running(const struct config *config, struct ledger_head *out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_LOG_HEAD };
    struct arena *arena = arena_new(ASK_BUDGET);
    struct journal_response response;
    struct keeper_way way = { 0 };
    int result = arena ? keeper_way_open(config, &way, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = keeper_way_ask(&way, &request, arena, &response, e);
    if (result == 0 && !hex_read(slice_of(response.text), out->hash, sizeof out->hash))
        result = error_set(e, ERROR_PROTOCOL, "the keeper's answer has no hash");
    if (result == 0)
        out->count = response.status.log_lines;
    keeper_way_close(&way);
    arena_free(&arena);
    return result;
}

/* Up to which line the store vouches for the log. *out_from says who told it; NULL if nobody could. */
static int ask_head(const struct config *config, struct ledger_head *out, const char **out_from, struct error *e)
{
    int result = keeper_way_daemon(config, e);

    if (result == 0) {
        result = ask_running(config, out, e);
        *out_from = result == 0 ? "the running daemon" : NULL;
    } else if (result == ERROR_STOPPED) {
        result = keeper_known_head(config->store_url, out, e);
        *out_from = result == 0 ? "the store" : NULL;
    }
    return result;
}

/* The files alone can be verified too, on another machine or years later: then a store is not made for it. */
static bool is_without_store(const struct config *config)
{
    return strncmp(config->store_url, "sqlite:", 7) == 0 && access(config->store_url + 7, F_OK) != 0 && errno == ENOENT;
}

static int print_verified(const struct call *call, const struct ledger_report *report, const char *head_from)
{
    char hash[2 * LEDGER_HASH_SIZE + 1];
    json_t *object;

    hex_write((struct slice){ (const char *)report->head.hash, sizeof report->head.hash }, hash);
    if (call->json) {
        object = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:s?, s:o}", "holds", !*report->fault, "lines",
                           (json_int_t)report->lines, "files", (json_int_t)report->files, "sealed", (json_int_t)report->sealed, "first",
                           (json_int_t)report->first, "last", (json_int_t)report->head.count, "head", hash, "head_from", head_from,
                           "fault", *report->fault ? print_json_text(slice_of(report->fault)) : json_null());
        if (print_json(stdout, object) != STATUS_DONE)
            return STATUS_FAILED;
    } else if (!*report->fault) {
        printf("the legal log holds: %llu lines (from %llu) in %llu files, %llu of them sealed; last hash %s\n",
               (unsigned long long)report->lines, (unsigned long long)report->first, (unsigned long long)report->files,
               (unsigned long long)report->sealed, hash);
        printf("its end %s %s\n", head_from ? "is that which is known to" : "could not be compared with",
               head_from ? head_from : "the store");
    }
    if (!*report->fault)
        return STATUS_DONE;
    fprintf(stderr, "%s\n", report->fault);
    return STATUS_FAILED;
}

static int verify(const struct call *call, const struct config *config)
{
    struct ledger_head head;
    struct ledger_report report;
    const char *head_from = NULL;
    struct error e;

    if (is_without_store(config))
        fprintf(stderr, "opec: warning: there is no store: lines that are missing at the end of the log cannot be noticed\n");
    else if (ask_head(config, &head, &head_from, &e) != 0)
        fprintf(stderr, "opec: warning: lines that are missing at the end of the log cannot be noticed: %s\n", e.text);
    if (ledger_verify(config->log.legal_dir, head_from ? &head : NULL, clock_now() - config->log.retention, &report, &e) != 0)
        return call_failed("%s", e.text);
    return print_verified(call, &report, head_from);
}

/* --- close ------------------------------------------------------------------------------------------------------------------ */

static int print_closed(const struct call *call, const char *path)
{
    if (call->json)
        return print_json(stdout, json_pack("{s:o}", "closed", *path ? print_json_text(slice_of(path)) : json_null()));
    if (*path)
        printf("closed %s\n", path);
    else
        printf("nothing to close\n");
    return STATUS_DONE;
}

static int close_file(const struct call *call, const struct config *config)
{
    const struct journal_request request = { .verb = JOURNAL_LOG_CLOSE };
    struct arena *arena = arena_new(ASK_BUDGET);
    struct journal_response response;
    struct keeper_way way = { 0 };
    struct error e;
    int result = arena ? keeper_way_open(config, &way, &e) : error_set(&e, ERROR_MEMORY, "out of memory"), status;

    if (result == 0)
        result = keeper_way_ask(&way, &request, arena, &response, &e);
    status = result ? call_failed("%s", e.text) : print_closed(call, response.text ? response.text : "");
    keeper_way_close(&way);
    arena_free(&arena);
    return status;
}

int verb_log(const struct call *call)
{
    int (*act)(const struct call *call, const struct config *config) = NULL;
    struct settings *settings;
    int status;

    if (call->word_count == 2 && strcmp(call->words[0], "search") == 0)
        act = search;
    else if (call->word_count == 1 && strcmp(call->words[0], "verify") == 0)
        act = verify;
    else if (call->word_count == 1 && strcmp(call->words[0], "close") == 0)
        act = close_file;
    if (!act)
        return call_misused("log");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    status = act(call, settings->config);
    settings_free(&settings);
    return status;
}
