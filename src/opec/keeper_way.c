/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/keeper_way.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "process/control.h"
#include "process/keeper_client.h"
#include "process/keeper_process.h"
#include "process/role.h"

enum { ASK_MS = 30000, ALIVE_MS = 10000, TELL_MS = 90000, PATIENCE_MS = 5000 };

int keeper_way_daemon(const struct config *config, struct error *e)
{
    json_t *answer = NULL;
    int result = control_ask(config, "status", clock_monotonic_ms() + ALIVE_MS, &answer, e);

    /* It closed the connection without a word: it has just ended. */
    if (result == 0 && !answer)
        result = error_set(e, ERROR_STOPPED, "the daemon is not running");
    json_decref(answer);
    return result;
}

static int open_own(const struct config *config, struct keeper_way *way, struct error *e)
{
    const struct keeper_settings settings = keeper_settings_of(config);
    int result = role_make_folder(config, config->log.legal_dir, e);

    if (result == 0)
        result = role_become(config, e);
    if (result == 0)
        result = keeper_open(&settings, &way->keeper, e);
    if (result == ERROR_BUSY)
        return error_set(e, ERROR_BUSY, "no daemon answers, and yet another process writes to the store (a daemon that starts or ends, "
                                        "opec debug, another verb): try again when it is done");
    if (result == 0 && !(way->journal = journal_of_keeper(way->keeper, 0)))
        result = error_set(e, ERROR_MEMORY, "out of memory");
    return result;
}

int keeper_way_open(const struct config *config, struct keeper_way *out, struct error *e)
{
    struct keeper_way way = { 0 };
    int result = keeper_way_daemon(config, e);

    way.daemon_runs = result == 0;
    if (result == 0)
        result = keeper_client_new(config, &way.journal, e);
    else if (result == ERROR_STOPPED)
        result = open_own(config, &way, e);
    if (result != 0) {
        keeper_way_close(&way);
        return result;
    }
    *out = way;
    return 0;
}

void keeper_way_close(struct keeper_way *way)
{
    journal_close(&way->journal);
    keeper_close(&way->keeper);
}

int keeper_way_ask(struct keeper_way *way, const struct journal_request *request, struct arena *arena, struct journal_response *out,
                   struct error *e)
{
    struct journal_request now = *request;

    now.time = clock_now();
    return way->journal->ask(way->journal, &now, arena, out, clock_monotonic_ms() + ASK_MS, e);
}

/* A daemon that is busy (another reload) is asked again, a few times. */
int keeper_way_tell(const struct config *config, const char *verb, struct error *e)
{
    const struct timespec pause = { .tv_sec = 1 };
    int64_t now = clock_monotonic_ms(), deadline = now + TELL_MS, patience = now + PATIENCE_MS;
    int result;

    for (;;) {
        json_t *answer = NULL;

        result = control_ask(config, verb, deadline, &answer, e);
        json_decref(answer);
        if (result != ERROR_BUSY || clock_left_ms(patience) == 0)
            break;
        nanosleep(&pause, NULL);
    }
    return result == ERROR_STOPPED ? 0 : result;
}
