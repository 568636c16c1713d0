/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any PEC message, for lawyers, offices and support: no daemon and no rights are needed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "opec/arguments.h"
#include "opec/index_way.h"
#include "opec/print.h"
#include "opec/verb.h"
#include "opec/verify/extract.h"
#include "opec/verify/judge.h"
#include "opec/verify/mbox.h"
#include "opec/verify/print.h"
#include "opec/verify/source.h"

enum { BUDGET_EXTRA = 64 * 1024 * 1024 };

static const char legal_zone[] = "Europe/Rome"; /* RFC 6109 4.2; of a configuration, if there is one */

/* What was asked for, and what came out so far. */
struct verifying {
    const struct call *call;
    struct verify_sources by;
    enum language in;
    const char *folder; /* to extract into; NULL */
    bool is_full;       /* all about each message */
    bool are_many;      /* messages */
    struct verify_sum sum;
};

/* --- whom we trust ---------------------------------------------------------------------------------------------------------- */

/* With --ca alone nothing else of this machine is asked: the message may be judged anywhere. */
static int open_sources(const struct config *config, const char *ca, struct trust **out_trust, struct index **out_index, struct error *e)
{
    const struct trust_settings settings = { .ca = ca ? ca : config->trust.ca, .crl_dir = config ? config->trust.crl_dir : NULL,
                                             .sha1_accepted = true, .historic = true };
    int result = trust_open(&settings, out_trust, e);

    if (result == 0 && config) {
        result = index_way_open(config, out_index, e);
        if (result != 0)
            error_prefix(e, result, "the providers' index cannot be read");
    }
    return result;
}

/* --- a message -------------------------------------------------------------------------------------------------------------- */

/* A mailbox file quotes lines of the text: a signature that does not hold may hold without that. */
static int judge_unquoted(const struct verifying *v, struct slice message, struct arena *arena, struct verify_report *found, char **out_text,
                          struct error *e)
{
    struct verify_report other;
    size_t size;
    int result;

    *out_text = mbox_unquote(message, &size);
    if (!*out_text)
        return 0;
    result = verify_judge((struct slice){ *out_text, size }, &v->by, arena, &other, e);
    if (result == 0 && other.signer.signature == SIGNATURE_HOLDS) {
        *found = other;
        found->remarks[REMARK_QUOTED] = true;
    }
    return result;
}

static int print_report(const struct verifying *v, const char *source, const struct verify_report *found)
{
    if (v->call->json)
        return v->are_many ? print_json_line(stdout, verify_json(source, found)) : print_json(stdout, verify_json(source, found));
    if (v->are_many && !v->is_full)
        verify_print_line(stdout, source, found, v->in);
    else
        verify_print(stdout, source, found, v->in);
    return STATUS_DONE;
}

static void count(struct verify_sum *sum, const struct verify_report *found)
{
    if (found->finding == FINDING_HOLDS)
        sum->hold++;
    else if (found->is_pec)
        sum->hold_not++;
    else
        sum->ordinary++;
}

/* Why not goes to stderr as well, for one that asks about one message and reads nothing else. */
static int tell(struct verifying *v, const char *source, const struct verify_report *found, struct arena *arena)
{
    const char *why = found->finding == FINDING_HOLDS ? NULL : words_why(found, arena, v->in);

    if (print_report(v, source, found) != STATUS_DONE)
        return STATUS_FAILED;
    count(&v->sum, found);
    if (found->finding == FINDING_HOLDS)
        return STATUS_DONE;
    return v->are_many ? STATUS_FAILED : call_failed("%s: %s: %s", source, words_label(LABEL_HOLDS_NOT, v->in), why ? why : "");
}

static size_t number_of(const struct verify_sum *sum)
{
    return sum->hold + sum->hold_not + sum->ordinary + sum->failed + 1;
}

static int verify_one(struct verifying *v, const struct verify_message *message)
{
    /* Parts are decoded at most three times, and a message of a mailbox file may be judged twice. */
    struct arena *arena = arena_new(8 * message->bytes.size + BUDGET_EXTRA);
    const char *prefix = arena && v->are_many ? arena_printf(arena, "%06zu-", number_of(&v->sum)) : "";
    struct verify_report found;
    char *unquoted = NULL;
    struct error e;
    int result = arena && prefix ? verify_judge(message->bytes, &v->by, arena, &found, &e) : error_set(&e, ERROR_MEMORY, "out of memory");
    int status;

    if (result == 0 && message->is_of_mbox && found.signer.signature == SIGNATURE_BROKEN)
        result = judge_unquoted(v, message->bytes, arena, &found, &unquoted, &e);
    if (result == 0 && v->folder)
        result = verify_extract(v->folder, prefix, arena, &found, &e);
    if (result != 0) {
        v->sum.failed++;
        status = call_failed("%s: %s", message->name, e.text);
    } else {
        status = tell(v, message->name, &found, arena);
    }
    arena_free(&arena);
    free(unquoted);
    return status;
}

/* --- the verb --------------------------------------------------------------------------------------------------------------- */

static int verify_path(struct verifying *v, const char *path)
{
    struct verify_source *source = NULL;
    struct verify_message message;
    int status = STATUS_DONE, result;
    struct error e;

    if (verify_source_open(path, &source, &e) != 0)
        return call_failed("%s: %s", path, e.text);
    v->are_many |= verify_source_is_many(source);
    while (verify_source_next(source, &message, &result, &e)) {
        if (result != 0) {
            v->sum.failed++;
            status = call_failed("%s: %s", message.name, e.text);
        } else if (verify_one(v, &message) != STATUS_DONE) {
            status = STATUS_FAILED;
        }
    }
    verify_source_close(&source);
    return status;
}

static int verify_all(struct verifying *v, const struct arguments *a)
{
    int status = STATUS_DONE;

    v->are_many = a->word_count > 1;
    if (a->word_count == 0)
        status = verify_path(v, "-");
    for (size_t i = 0; i < a->word_count; i++)
        if (verify_path(v, a->words[i]) != STATUS_DONE)
            status = STATUS_FAILED;
    if (v->are_many && !v->call->json)
        verify_print_sum(stdout, &v->sum, v->in);
    return status;
}

static int run(struct verifying *v, const struct config *config, const struct arguments *a)
{
    struct trust *trust = NULL;
    struct index *index = NULL;
    struct error e;
    int status;

    if (open_sources(config, arguments_value(a, "--ca"), &trust, &index, &e) != 0) {
        status = call_failed("%s", e.text);
    } else {
        v->by = (struct verify_sources){ .trust = trust, .index = index, .now = clock_now() };
        status = verify_all(v, a);
    }
    index_close(&index);
    trust_close(&trust);
    return status;
}

int verb_verify(const struct call *call)
{
    struct argument_option options[] = { { .name = "--full" }, { .name = "--ca", .takes_value = true },
                                         { .name = "--extract", .takes_value = true }, { .name = "--lang", .takes_value = true } };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct verifying v = { .call = call };
    struct settings *settings = NULL;
    const char *ca;
    int status;

    if (!arguments_read(&a, call->words, call->word_count) || !words_language(arguments_value(&a, "--lang"), &v.in))
        return call_misused("verify");
    ca = arguments_value(&a, "--ca");
    v.folder = arguments_value(&a, "--extract");
    v.is_full = options[0].is_given;
    if (!ca || call->config_given) {
        settings = call_settings(call);
        if (!settings)
            return ca ? STATUS_FAILED : call_failed("without a configuration, --ca FILE names the authorities to trust");
    } else {
        clock_set_zone(legal_zone); /* a machine that lacks it shows its own */
    }
    status = run(&v, settings ? settings->config : NULL, &a);
    settings_free(&settings);
    return status;
}
