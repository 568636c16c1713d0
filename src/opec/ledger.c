/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log: find a message's life, prove that nothing was touched, give a holder what is his, close the file in use.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "opec/evidence_wait.h"
#include "opec/keeper_way.h"
#include "opec/log_export.h"
#include "opec/log_search.h"
#include "opec/log_verify.h"
#include "opec/print.h"
#include "opec/reconcile.h"
#include "opec/verb.h"

enum { ASK_BUDGET = 1024 * 1024, EVIDENCE_MS = 15000, WORDS_SIZE = 900 };

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
    else if (call->word_count && strcmp(call->words[0], "export") == 0)
        act = log_export;
    else if (call->word_count == 1 && strcmp(call->words[0], "close") == 0)
        act = close_file;
    else if (call->word_count && strcmp(call->words[0], "verify") == 0)
        return log_verify(call); /* works without a configuration too */
    else if (call->word_count >= 1 && strcmp(call->words[0], "reconcile") == 0)
        act = log_reconcile;
    if (!act)
        return call_misused("log");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    status = act(call, settings->config);
    settings_free(&settings);
    return status;
}
