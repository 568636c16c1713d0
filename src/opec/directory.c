/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the providers' directory and the authorities say: the index and the revocation lists.
 */
#include <string.h>

#include "base/clock.h"
#include "fetch/fetch.h"
#include "opec/directory_report.h"
#include "opec/index_export.h"
#include "opec/index_way.h"
#include "opec/keeper_way.h"
#include "opec/print.h"
#include "opec/verb.h"
#include "process/role.h"
#include "schedule/crl_fetch.h"
#include "schedule/index_fetch.h"
#include "schedule/mirror.h"
#include "schedule/refresh.h"

enum { CHANGE_BUDGET = 16 * 1024 };

static int show(const struct call *call, const struct config *config)
{
    struct index *index = NULL;
    struct error e;
    int status = STATUS_DONE;

    if (index_way_open(config, &index, &e) != 0)
        return call_failed("%s", e.text);
    if (call->json)
        status = print_json(stdout, directory_report_index_json(index));
    else
        directory_report_index(stdout, index);
    index_close(&index);
    return status;
}

static void print_change(void *arg, const struct index_change *change)
{
    struct arena *arena = arena_new(CHANGE_BUDGET);

    if (arena && !*(const bool *)arg)
        printf("%c %s%s%s%s%s\n", change->sign, print_line(arena, change->provider), change->unit.size ? ", " : "",
               print_line(arena, change->unit), change->domain.size ? ": " : "", print_line(arena, change->domain));
    arena_free(&arena);
}

/* As daemon.user, so that the daemon can replace what is written here. */
static int become_writer(const struct config *config, struct error *e)
{
    int result = role_make_folder(config, config->daemon.run_dir, e);

    if (result == 0)
        result = role_make_folder(config, config->daemon.spool_dir, e);
    if (result == 0)
        result = role_become(config, e);
    return result ? result : fetch_begin(e);
}

static int renew(const struct config *config, bool is_forced, bool is_quiet, struct index_totals *out, struct error *e)
{
    struct index_fetch_totals changes;
    bool changed;
    int result = become_writer(config, e);

    if (result == 0 && index_fetch_is_wanted(config))
        result = index_fetch(config, is_forced, print_change, &is_quiet, &changes, e);
    return result ? result : refresh_index(config, is_forced ? REFRESH_EVEN_IF_SHRUNK : REFRESH_ANYHOW, &changed, out, e);
}

/* The index is in force whatever becomes of its mirror. NULL if there is none. */
static json_t *update_mirror(const struct config *config)
{
    struct ldap_mirror_totals totals;
    struct error e;

    if (!mirror_is_wanted(config))
        return NULL;
    if (mirror_update(config, &totals, &e) != 0) {
        fprintf(stderr, "opec: the index is in force, but directory.mirror is not in step: %s; it is tried again later\n", e.text);
        return json_pack("{s:b, s:o}", "in_step", 0, "words", print_json_text(slice_of(e.text)));
    }
    return json_pack("{s:b, s:I, s:I, s:I}", "in_step", 1, "added", (json_int_t)totals.added, "changed", (json_int_t)totals.changed,
                     "removed", (json_int_t)totals.removed);
}

static void print_mirror(const char *url, const json_t *mirror)
{
    if (json_is_true(json_object_get(mirror, "in_step")))
        printf("%s: %lld entries added, %lld changed, %lld removed\n", url, (long long)json_integer_value(json_object_get(mirror, "added")),
               (long long)json_integer_value(json_object_get(mirror, "changed")),
               (long long)json_integer_value(json_object_get(mirror, "removed")));
}

static int update_index(const struct call *call, const struct config *config, bool is_forced)
{
    struct index_totals totals;
    struct error e;
    json_t *mirror;

    if (renew(config, is_forced, call->json, &totals, &e) != 0)
        return call_failed("%s; the index in force stays", e.text);
    if (keeper_way_tell(config, "index-changed", &e) != 0)
        return call_failed("the index is compiled, but the daemon did not take it up: %s", e.text);
    mirror = update_mirror(config);
    if (call->json)
        return print_json(stdout, json_pack("{s:I, s:I, s:I, s:o*}", "providers", (json_int_t)totals.providers, "certificates",
                                            (json_int_t)totals.certificates, "domains", (json_int_t)totals.domains, "mirror", mirror));
    print_mirror(config->directory.mirror, mirror);
    json_decref(mirror);
    printf("%zu records, %zu certificates, %zu domains\n", totals.providers, totals.certificates, totals.domains);
    return STATUS_DONE;
}

int verb_index(const struct call *call)
{
    bool shows = call->word_count == 1 && strcmp(call->words[0], "show") == 0;
    bool updates = call->word_count >= 1 && strcmp(call->words[0], "update") == 0;
    bool is_forced = call->word_count == 2 && strcmp(call->words[1], "--force") == 0;
    struct settings *settings;
    int status;

    if (call->word_count && strcmp(call->words[0], "export") == 0)
        return index_export(call);
    if (!shows && (!updates || call->word_count != 1u + is_forced))
        return call_misused("index");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    status = shows ? show(call, settings->config) : update_index(call, settings->config, is_forced);
    settings_free(&settings);
    return status;
}

/* --- revocation lists ------------------------------------------------------------------------------------------------------- */

static int judge_lists(const struct call *call, const struct config *config)
{
    const struct trust_settings settings = { .ca = config->trust.ca, .crl_dir = config->trust.crl_dir,
                                             .crl_required = config->trust.crl_required, .sha1_accepted = config->trust.sha1_accepted };
    struct trust *trust = NULL;
    struct error e;
    int status = STATUS_DONE;

    if (trust_open(&settings, &trust, &e) != 0)
        return call_failed("%s", e.text);
    if (call->json)
        status = print_json(stdout, directory_report_lists_json(trust, clock_now()));
    else
        directory_report_lists(stdout, trust, clock_now());
    if (trust_crl_count(trust) == 0)
        fprintf(stderr, "opec: there is no revocation list in %s\n", config->trust.crl_dir);
    trust_close(&trust);
    return status;
}

static void say_fault(void *arg, const char *words)
{
    (void)arg;
    fprintf(stderr, "opec: %s\n", words);
}

/* A list that cannot be fetched, or is bad, is named; the others are taken up all the same. */
static int update_lists(const struct call *call, const struct config *config)
{
    struct crl_fetch_totals totals;
    struct error e;
    int status;

    if (become_writer(config, &e) != 0 || crl_fetch(config, true, say_fault, NULL, &totals, &e) != 0)
        return call_failed("%s", e.text);
    status = judge_lists(call, config);
    if (status == STATUS_DONE && keeper_way_tell(config, "trust-changed", &e) != 0)
        return call_failed("the daemon did not take up the revocation lists: %s", e.text);
    return status;
}

int verb_crl(const struct call *call)
{
    struct settings *settings;
    int status;

    if (call->word_count != 1 || strcmp(call->words[0], "update") != 0)
        return call_misused("crl");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    status = update_lists(call, settings->config);
    settings_free(&settings);
    return status;
}
