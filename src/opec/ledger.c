/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log: find a message's life, prove that nothing was touched, close the file in use.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "ledger/verify.h"
#include "opec/evidence_report.h"
#include "opec/evidence_wait.h"
#include "opec/keeper_way.h"
#include "opec/log_search.h"
#include "opec/print.h"
#include "opec/verb.h"

enum { ASK_BUDGET = 1024 * 1024, EVIDENCE_MS = 15000, WORDS_SIZE = 900 };

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

/* What was found, and the evidence of it. */
struct verified {
    struct ledger_report log;
    struct evidence_report evidence;
    const char *head_from;
};

static json_t *verified_json(const struct verified *v)
{
    const struct ledger_report *log = &v->log;
    const char *fault = *log->fault ? log->fault : v->evidence.fault;
    char hash[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)log->head.hash, sizeof log->head.hash }, hash);
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s?, s:o, s:o}", "holds", !*fault, "lines", (json_int_t)log->lines,
                     "files", (json_int_t)log->files, "sealed", (json_int_t)log->sealed, "signed",
                     (json_int_t)v->evidence.of[LEDGER_SIGNATURE].count, "stamped", (json_int_t)v->evidence.of[LEDGER_STAMP].count,
                     "first", (json_int_t)log->first, "last", (json_int_t)log->head.count, "head", hash, "head_from", v->head_from,
                     "fault", *fault ? print_json_text(slice_of(fault)) : json_null(), "warnings", evidence_report_warnings(&v->evidence));
}

static void print_holds(const struct verified *v)
{
    const struct ledger_report *log = &v->log;
    const struct evidence_report *evidence = &v->evidence;
    char hash[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)log->head.hash, sizeof log->head.hash }, hash);
    printf("the legal log holds: %llu lines (from %llu) in %llu files, %llu of them sealed; last hash %s\n", (unsigned long long)log->lines,
           (unsigned long long)log->first, (unsigned long long)log->files, (unsigned long long)log->sealed, hash);
    printf("its end %s %s\n", v->head_from ? "is that which is known to" : "could not be compared with", v->head_from ? v->head_from : "the store");
    printf("of %llu manifests %llu are signed%s, %llu are stamped%s\n", (unsigned long long)evidence->manifests,
           (unsigned long long)evidence->of[LEDGER_SIGNATURE].count, *evidence->of[LEDGER_SIGNATURE].unchecked ? " (not checked)" : "",
           (unsigned long long)evidence->of[LEDGER_STAMP].count, *evidence->of[LEDGER_STAMP].unchecked ? " (not checked)" : "");
}

static void print_warnings(const struct evidence_report *evidence)
{
    json_t *warnings = evidence_report_warnings(evidence), *one;
    size_t i;

    json_array_foreach(warnings, i, one)
        fprintf(stderr, "opec: warning: %s\n", json_string_value(one));
    json_decref(warnings);
}

static int print_verified(const struct call *call, const struct verified *v)
{
    bool holds = !*v->log.fault && !*v->evidence.fault;

    if (call->json && print_json(stdout, verified_json(v)) != STATUS_DONE)
        return STATUS_FAILED;
    if (!call->json && holds)
        print_holds(v);
    print_warnings(&v->evidence);
    if (*v->log.fault)
        fprintf(stderr, "%s\n", v->log.fault);
    if (*v->evidence.fault)
        fprintf(stderr, "%s\n", v->evidence.fault);
    return holds ? STATUS_DONE : STATUS_FAILED;
}

static int verify(const struct call *call, const struct config *config)
{
    struct ledger_head head;
    struct verified v = { 0 };
    struct error e;

    if (is_without_store(config))
        fprintf(stderr, "opec: warning: there is no store: lines that are missing at the end of the log cannot be noticed\n");
    else if (ask_head(config, &head, &v.head_from, &e) != 0)
        fprintf(stderr, "opec: warning: lines that are missing at the end of the log cannot be noticed: %s\n", e.text);
    if (ledger_verify(config->log.legal_dir, v.head_from ? &head : NULL, clock_now() - config->log.retention, &v.log, &e) != 0 ||
        evidence_report_make(config, clock_now(), &v.evidence, &e) != 0)
        return call_failed("%s", e.text);
    return print_verified(call, &v);
}

/* --- close ------------------------------------------------------------------------------------------------------------------ */

/* "signed and stamped", "signed; the time stamp follows: http://tsa.example/: timed out". Returns `out`. */
static const char *say_evidence(const struct config *config, const struct evidence_wait *w, char out[WORDS_SIZE])
{
    const char *signature = w->missing[LEDGER_SIGNATURE], *stamp = w->missing[LEDGER_STAMP];

    if (*signature && *stamp)
        snprintf(out, WORDS_SIZE, "the signature follows: %s; the time stamp follows: %s", signature, stamp);
    else if (*signature)
        snprintf(out, WORDS_SIZE, "%sthe signature follows: %s", w->has[LEDGER_STAMP] ? "stamped; " : "", signature);
    else if (*stamp)
        snprintf(out, WORDS_SIZE, "signed; the time stamp follows: %s", stamp);
    else
        snprintf(out, WORDS_SIZE, "%s", w->has[LEDGER_STAMP] ? "signed and stamped" : *config->tsa.url ? "signed" :
                                        "signed, and without a time stamp: tsa.url is not set");
    return out;
}

static int print_closed(const struct call *call, const struct config *config, const char *path, const struct evidence_wait *w)
{
    bool is_missing = *w->missing[LEDGER_SIGNATURE] || *w->missing[LEDGER_STAMP];
    struct arena *arena = arena_new(ASK_BUDGET);
    char words[WORDS_SIZE];
    int status = STATUS_DONE;

    if (!arena)
        return call_failed("out of memory");
    if (call->json)
        status = print_json(stdout, json_pack("{s:o, s:b, s:b, s:o}", "closed", *path ? print_json_text(slice_of(path)) : json_null(), "signed",
                                              (int)w->has[LEDGER_SIGNATURE], "stamped", (int)w->has[LEDGER_STAMP], "words",
                                              is_missing ? print_json_text(slice_of(say_evidence(config, w, words))) : json_null()));
    else if (*path)
        printf("closed %s\n%s\n", path, print_line(arena, slice_of(say_evidence(config, w, words))));
    else
        printf("nothing to close\n");
    arena_free(&arena);
    return status;
}

/* A file that was closed without a daemon has nobody who could sign it: what is wanted then waits for the next start. */
static void wait_for_evidence(const struct config *config, const char *path, int64_t since, bool daemon_runs, struct evidence_wait *out)
{
    int64_t deadline = clock_monotonic_ms() + (daemon_runs ? EVIDENCE_MS : 0);

    *out = (struct evidence_wait){ 0 };
    if (!*path)
        return;
    evidence_wait(config, path, since, deadline, out);
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && !daemon_runs; kind++)
        if (*out->missing[kind])
            snprintf(out->missing[kind], sizeof out->missing[kind], "the daemon is not running");
}

static int close_file(const struct call *call, const struct config *config)
{
    const struct journal_request request = { .verb = JOURNAL_LOG_CLOSE };
    struct arena *arena = arena_new(ASK_BUDGET);
    int64_t since = clock_now();
    struct journal_response response;
    struct keeper_way way = { 0 };
    struct evidence_wait waited;
    struct error e;
    int result = arena ? keeper_way_open(config, &way, &e) : error_set(&e, ERROR_MEMORY, "out of memory"), status;

    if (result == 0)
        result = keeper_way_ask(&way, &request, arena, &response, &e);
    if (result == 0) {
        const char *path = response.text ? response.text : "";

        wait_for_evidence(config, path, since, way.daemon_runs, &waited);
        status = print_closed(call, config, path, &waited);
    } else {
        status = call_failed("%s", e.text);
    }
    keeper_way_close(&way);
    arena_free(&arena);
    return status;
}

int verb_log(const struct call *call)
{
    int (*act)(const struct call *call, const struct config *config) = NULL;
    struct settings *settings;
    int status;

    if (call->word_count && strcmp(call->words[0], "search") == 0)
        act = log_search;
    else if (call->word_count && strcmp(call->words[0], "index") == 0)
        act = log_index;
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
