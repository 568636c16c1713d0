/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the daemon does: the master's board, the keeper's counts, what lies about in the spool.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "opec/evidence_status.h"
#include "opec/index_way.h"
#include "opec/own_certificates.h"
#include "opec/print.h"
#include "opec/status_report.h"
#include "opec/verb.h"
#include "process/control.h"
#include "process/keeper_client.h"
#include "process/keeper_process.h"
#include "schedule/index_fetch.h"
#include "schedule/mirror.h"

enum { ANSWER_MS = 10000, KEEPER_MS = 2000, KEEPER_BUDGET = 1024 * 1024, POISONED_MAX = 1000, ALARM_AGE_S = 86400 };

/* A keeper that does not answer is news, no failure: out->log_damage is then NULL. */
static json_t *ask_keeper(const struct config *config, struct arena *arena, struct journal_status *out)
{
    const struct journal_request request = { .verb = JOURNAL_STATUS, .time = clock_now() };
    struct journal_response response;
    struct journal *journal = NULL;
    struct error e;
    json_t *answer;
    int result = keeper_client_new(config, &journal, &e);

    *out = (struct journal_status){ .next_task = INT64_MAX };
    if (result == 0)
        result = journal->ask(journal, &request, arena, &response, clock_monotonic_ms() + KEEPER_MS, &e);
    journal_close(&journal);
    if (result != 0)
        return json_pack("{s:o}", "words", print_json_text(slice_of(e.text)));
    *out = response.status;
    answer = status_report_keeper(out);
    if (response.node_count)
        json_object_set_new(answer, "nodes", status_report_nodes(response.nodes, response.node_count));
    return answer;
}

static int is_poisoned(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return strncmp(entry->d_name, "poisoned-", 9) == 0 && size > 4 && strcmp(entry->d_name + size - 4, ".eml") == 0;
}

/* Messages that crashed worker after worker: their copies, by name. */
static json_t *poisoned(const struct config *config)
{
    json_t *list = json_array();
    struct dirent **entries = NULL;
    int count = scandir(config->daemon.spool_dir, &entries, is_poisoned, alphasort);

    for (int i = 0; i < count; i++) {
        if (i < POISONED_MAX)
            json_array_append_new(list, json_sprintf("%s/%s", config->daemon.spool_dir, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return list;
}

/* Looked at here, for it needs nobody's key. */
static json_t *certificates(const struct config *config)
{
    struct index *index = NULL;
    json_t *all;

    if (index_way_open(config, &index, NULL) != 0)
        index = NULL;
    all = own_certificates(config, index, clock_now());
    if (index)
        index_close(&index);
    return all;
}

/* An index that comes from elsewhere has an age: {"fetched": ..., "age": seconds}, null if it was never fetched from there. One that is a
 * day older than directory.refresh allows is an alarm; the one in force is used all the same. */
static void add_index(const struct config *config, json_t *status, json_t *alarms, int64_t now)
{
    int64_t fetched = index_fetch_time(config), age = fetched ? now - fetched : 0;
    char since[PRINT_SIZE];

    if (!index_fetch_is_wanted(config))
        return;
    json_object_set_new(status, "index", json_pack("{s:o, s:o}", "fetched", print_json_moment(fetched), "age",
                                                   fetched ? json_integer((json_int_t)age) : json_null()));
    if (!fetched)
        json_array_append_new(alarms, json_string("the providers' index has never been fetched from where the configuration says"));
    else if (age > config->directory.refresh + ALARM_AGE_S)
        json_array_append_new(alarms, json_sprintf("the providers' index was last fetched on %s", print_moment(fetched, since)));
}

/* The LDAP server of directory.mirror: {"server": ..., "in_step": moment or null, "tried": moment or null, "words": text or null}. */
static void add_mirror(const struct config *config, json_t *status, json_t *alarms, int64_t now)
{
    struct mirror_state s;
    char since[PRINT_SIZE];

    if (!mirror_is_wanted(config))
        return;
    mirror_state_read(config, &s);
    json_object_set_new(status, "mirror", json_pack("{s:s, s:o, s:o, s:o}", "server", config->directory.mirror, "in_step",
                                                    print_json_moment(s.in_step), "tried", print_json_moment(s.tried), "words",
                                                    *s.words ? print_json_text(slice_of(s.words)) : json_null()));
    if (s.in_step && now - s.in_step > config->directory.refresh + ALARM_AGE_S)
        json_array_append_new(alarms, json_sprintf("the mirror of the providers' index was last in step on %s",
                                                   print_moment(s.in_step, since)));
}

/* Complete what the master said. */
static void add_rest(const struct config *config, json_t *status, struct arena *arena)
{
    struct journal_status keeper;
    json_t *answer = ask_keeper(config, arena, &keeper), *kept = poisoned(config), *alarms;

    if (!keeper.log_damage)
        keeper.log_damage = "";
    json_object_del(status, "done");
    json_object_set_new(status, "keeper", answer);
    json_object_set_new(status, "certificates", certificates(config));
    alarms = status_report_alarms(&keeper, kept, clock_now(), keeper_settings_of(config).finished_kept);
    add_index(config, status, alarms, clock_now());
    add_mirror(config, status, alarms, clock_now());
    evidence_status(config, status, alarms, clock_now());
    json_object_set_new(status, "alarms", alarms);
    json_object_set_new(status, "poisoned", kept);
}

static int report(const struct call *call, const struct config *config, json_t *status)
{
    struct arena *arena = arena_new(KEEPER_BUDGET);
    int result = STATUS_DONE;

    if (!arena)
        return call_failed("out of memory");
    add_rest(config, status, arena);
    if (call->json)
        result = print_json(stdout, json_incref(status));
    else
        status_report_print(stdout, status);
    arena_free(&arena);
    return result;
}

int verb_status(const struct call *call)
{
    struct settings *settings;
    json_t *status = NULL;
    struct error e;
    int result;

    if (call->word_count)
        return call_misused("status");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    result = control_ask(settings->config, "status", clock_monotonic_ms() + ANSWER_MS, &status, &e);
    if (result == ERROR_STOPPED || (result == 0 && !status)) {
        if (call->json)
            print_json(stdout, json_pack("{s:s}", "state", "stopped"));
        result = call_failed("the daemon is not running");
    } else if (result != 0) {
        result = call_failed("%s", e.text);
    } else {
        result = report(call, settings->config, status);
    }
    json_decref(status);
    settings_free(&settings);
    return result;
}
