/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/log_verify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "config/units.h"
#include "ledger/verify.h"
#include "opec/arguments.h"
#include "opec/evidence_report.h"
#include "opec/keeper_way.h"
#include "opec/log_export.h"
#include "opec/log_nodes.h"
#include "opec/print.h"
#include "opec/span.h"

enum { ASK_BUDGET = 1024 * 1024, KEPT_MONTHS = 30 /* RFC 6109 2.3, where no configuration says more */ };

static const char legal_zone[] = "Europe/Rome"; /* RFC 6109 4.2; of a configuration, if there is one */

/* What was asked for. */
struct asked {
    const struct call *call;
    const struct config *config; /* NULL */
    const char *path;            /* NULL: the configuration's */
    struct span span;
    bool has_span;
    struct evidence_settings by;
};

/* --- what the store knows --------------------------------------------------------------------------------------------------- */

struct known {
    struct ledger_head head;    /* up to which line the store vouches for the log */
    const char *from;           /* who told it; NULL if nobody could */
    struct journal_node *nodes; /* the others, of the running daemon; in the arena */
    size_t node_count;
};

static int ask_running(const struct config *config, struct arena *arena, struct known *out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_LOG_HEAD };
    struct journal_response response;
    struct keeper_way way = { 0 };
    int result = keeper_way_open(config, &way, e);

    if (result == 0)
        result = keeper_way_ask(&way, &request, arena, &response, e);
    if (result == 0 && !hex_read(slice_of(response.text), out->head.hash, sizeof out->head.hash))
        result = error_set(e, ERROR_PROTOCOL, "the keeper's answer has no hash");
    if (result == 0) {
        out->head.count = response.status.log_lines;
        out->from = "the running daemon";
        out->nodes = response.nodes;
        out->node_count = response.node_count;
    }
    keeper_way_close(&way);
    return result;
}

static int ask_known(const struct config *config, struct arena *arena, struct known *out, struct error *e)
{
    int result = keeper_way_daemon(config, e);

    if (result == 0)
        return ask_running(config, arena, out, e);
    if (result == ERROR_STOPPED) {
        result = keeper_known_head(config->store_url, config->store_node, &out->head, e);
        out->from = result == 0 ? "the store" : NULL;
    }
    return result;
}

/* The files alone can be verified too, on another machine or years later: then a store is not made for it. */
static bool is_without_store(const struct config *config)
{
    return strncmp(config->store_url, "sqlite:", 7) == 0 && access(config->store_url + 7, F_OK) != 0 && errno == ENOENT;
}

/* --- printing --------------------------------------------------------------------------------------------------------------- */

/* What was found, and the evidence of it. */
struct verified {
    struct ledger_report log;
    struct evidence_report evidence;
    struct log_nodes nodes;
    const char *head_from;
};

static json_t *verified_json(const struct verified *v)
{
    const struct ledger_report *log = &v->log;
    const char *fault = *log->fault ? log->fault : v->evidence.fault;
    char hash[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)log->head.hash, sizeof log->head.hash }, hash);
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s?, s:o, s:o, s:o}", "holds",
                     !*fault && log_nodes_hold(&v->nodes), "lines", (json_int_t)log->lines,
                     "files", (json_int_t)log->files, "skipped", (json_int_t)log->skipped, "sealed", (json_int_t)log->sealed, "signed",
                     (json_int_t)v->evidence.of[LEDGER_SIGNATURE].count, "stamped", (json_int_t)v->evidence.of[LEDGER_STAMP].count,
                     "first", (json_int_t)log->first, "last", (json_int_t)log->head.count, "head", hash, "head_from", v->head_from,
                     "fault", *fault ? print_json_text(slice_of(fault)) : json_null(), "warnings", evidence_report_warnings(&v->evidence),
                     "nodes", log_nodes_json(&v->nodes));
}

static void print_holds(const struct verified *v)
{
    const struct ledger_report *log = &v->log;
    const struct evidence_report *evidence = &v->evidence;
    char hash[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)log->head.hash, sizeof log->head.hash }, hash);
    printf("the legal log holds: %llu lines (from %llu) in %llu files, %llu of them sealed; last hash %s\n", (unsigned long long)log->lines,
           (unsigned long long)log->first, (unsigned long long)log->files, (unsigned long long)log->sealed, hash);
    if (log->skipped)
        printf("of %llu files outside the span only the manifests were looked at\n", (unsigned long long)log->skipped);
    printf("its end %s %s\n", v->head_from ? "is that which is known to" : "could not be compared with", v->head_from ? v->head_from : "the store");
    printf("of %llu manifests %llu are signed%s, %llu are stamped%s\n", (unsigned long long)evidence->manifests,
           (unsigned long long)evidence->of[LEDGER_SIGNATURE].count, *evidence->of[LEDGER_SIGNATURE].unchecked ? " (their certificates were not checked)" : "",
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
    if (!call->json)
        log_nodes_print(&v->nodes);
    print_warnings(&v->evidence);
    if (*v->log.fault)
        fprintf(stderr, "%s\n", v->log.fault);
    if (*v->evidence.fault)
        fprintf(stderr, "%s\n", v->evidence.fault);
    return holds && log_nodes_hold(&v->nodes) ? STATUS_DONE : STATUS_FAILED;
}

/* --- verifying -------------------------------------------------------------------------------------------------------------- */

/* A copy of the files has no store: where it ends is for the manifests to say, and for who made it. */
static void find_known(const struct asked *a, struct arena *arena, struct known *out)
{
    struct error e;

    if (a->path)
        return;
    if (is_without_store(a->config))
        fprintf(stderr, "opec: warning: there is no store: lines that are missing at the end of the log cannot be noticed\n");
    else if (ask_known(a->config, arena, out, &e) != 0)
        fprintf(stderr, "opec: warning: lines that are missing at the end of the log cannot be noticed: %s\n", e.text);
}

static int verify_all(const struct asked *a, const char *dir, struct arena *arena, struct verified *v, struct error *e)
{
    int64_t retention = a->config ? a->config->log.retention : (int64_t)KEPT_MONTHS * UNITS_MONTH_DAYS * UNITS_DAY_SECONDS;
    struct ledger_scope scope = { .kept_since = clock_now() - retention, .from = a->span.from, .to = a->span.to };
    struct known known = { 0 };
    int result;

    find_known(a, arena, &known);
    v->head_from = known.from;
    scope.known = known.from ? &known.head : NULL;
    result = ledger_verify_scope(dir, &scope, &v->log, e);
    if (result == 0)
        result = evidence_report_folder(dir, &a->by, a->path ? NULL : a->config, clock_now(), &v->evidence, e);
    if (result == 0)
        result = log_nodes_read(dir, known.nodes, known.node_count, arena, &v->nodes, e);
    if (result == 0)
        log_nodes_verify(&v->nodes, scope.kept_since);
    return result;
}

static int verify_folder(const struct asked *a)
{
    struct arena *arena = arena_new(ASK_BUDGET);
    struct verified v = { 0 };
    struct error e;
    int status;

    if (!arena)
        return call_failed("out of memory");
    status = verify_all(a, a->path ? a->path : a->config->log.legal_dir, arena, &v, &e) == 0 ? print_verified(a->call, &v) :
                                                                                             call_failed("%s", e.text);
    arena_free(&arena);
    return status;
}

static int verify_path(const struct asked *a)
{
    struct stat st;

    if (a->path && stat(a->path, &st) != 0)
        return call_failed("%s: %s", a->path, strerror(errno));
    if (a->path && !S_ISDIR(st.st_mode)) {
        /* Another provider's export is verified here as well as one of ours. */
        struct evidence_settings by = a->by;

        by.address = NULL;
        return a->has_span ? call_misused("log") : log_export_verify(a->call, a->path, &by);
    }
    return verify_folder(a);
}

/* --- the call --------------------------------------------------------------------------------------------------------------- */

/* A word that is no time is a path, and stands first: what looks like a day is reached as ./2026-11-24. */
static bool read_words(struct asked *a, const struct arguments *words, struct error *e)
{
    struct span span;
    size_t at = 1;

    if (words->word_count > 1 && span_read(words->words[1], NULL, NULL, &span, NULL) != 0)
        a->path = words->words[at++];
    if (words->word_count > at + 2)
        return false;
    a->has_span = words->word_count > at;
    return span_read(words->word_count > at ? words->words[at] : NULL, words->word_count > at + 1 ? words->words[at + 1] : NULL,
                     a->config ? a->config->provider.timezone : legal_zone, &a->span, e) == 0;
}

static bool wants_config(const struct call *call, const struct arguments *words)
{
    struct span span;
    bool has_path = words->word_count > 1 && span_read(words->words[1], NULL, NULL, &span, NULL) != 0;

    return call->config_given || !has_path || (!arguments_value(words, "--ca") && access(call->config_path, F_OK) == 0);
}

static int verify(struct asked *a, const struct arguments *words)
{
    const char *ca = arguments_value(words, "--ca"), *tsa_ca = arguments_value(words, "--tsa-ca");
    struct error e = { 0 };

    if (!read_words(a, words, &e)) {
        if (*e.text)
            call_failed("%s", e.text);
        return call_misused("log");
    }
    if (a->config)
        a->by = evidence_settings_of(a->config);
    if (ca)
        a->by = (struct evidence_settings){ .ca = ca, .tsa_ca = a->by.tsa_ca, .crl_dir = a->by.crl_dir };
    if (tsa_ca)
        a->by.tsa_ca = tsa_ca;
    return verify_path(a);
}

int log_verify(const struct call *call)
{
    struct argument_option options[] = { { .name = "--ca", .takes_value = true }, { .name = "--tsa-ca", .takes_value = true } };
    struct arguments words = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct asked a = { .call = call };
    struct settings *settings = NULL;
    int status;

    if (!arguments_read(&words, call->words, call->word_count))
        return call_misused("log");
    if (wants_config(call, &words)) {
        settings = call_settings(call);
        if (!settings)
            return STATUS_FAILED;
        a.config = settings->config;
    }
    status = verify(&a, &words);
    settings_free(&settings);
    return status;
}
