/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/flow.h"
#include "mime/init.h"
#include "process/channel.h"
#include "process/keeper_client.h"
#include "process/role.h"
#include "process/signer_client.h"

enum { JOB_BUDGET = 64 * 1024, WAIT_MS = 1000, JOURNAL_MS = 30000 };

struct life {
    struct services services;
    struct journal *journal;
    struct signer *signer;
    struct arena *arena;
    int channel;
    unsigned served;
    int64_t began_ms;
};

/* The predecessor in this slot died over a message: it is counted, so that a message that kills each time is stopped. */
static void report_crash(struct life *l)
{
    struct worker_slot *slot = &l->services.board->slots[l->services.slot];
    struct journal_request request = { .verb = JOURNAL_CRASHED, .time = clock_now() };
    struct journal_response response;
    struct error e;

    if (!atomic_exchange(&slot->has_crashed, false))
        return;
    memcpy(request.key, slot->key, sizeof request.key);
    if (l->journal->ask(l->journal, &request, l->arena, &response, clock_monotonic_ms() + JOURNAL_MS, &e) != 0)
        log_error("crash not recorded: %s", e.text);
    else
        log_error("a worker crashed over a message, time %u", response.number);
}

static int open_life(struct life *l, struct error *e)
{
    int result;

    l->arena = arena_new(JOB_BUDGET);
    if (!l->arena)
        return error_set(e, ERROR_MEMORY, "out of memory");
    if ((result = keeper_client_new(l->services.config, &l->journal, e)) != 0 ||
        (result = signer_client_new(l->services.config, &l->signer, e)) != 0)
        return result;
    l->services.journal = l->journal;
    l->services.signer = l->signer;
    mime_init();
    report_crash(l);
    return services_open(&l->services, e);
}

static void close_life(struct life *l)
{
    services_close(&l->services);
    journal_close(&l->journal);
    signer_close(&l->signer);
    arena_free(&l->arena);
    file_close(&l->channel);
}

/* Has it lived long enough? */
static bool is_over(const struct life *l)
{
    const struct config *c = l->services.config;

    return l->served >= c->daemon.worker_messages || clock_monotonic_ms() - l->began_ms >= c->daemon.worker_age * 1000;
}

static int do_job(struct life *l, const struct channel_job *job, int fd, struct error *e)
{
    struct channel_result result = { .is_answer = true };
    struct error words = { 0 };

    if (job->is_notice) {
        services_refresh(&l->services);
        result.error = flow_notice(&l->services, &job->task, &words);
        snprintf(result.reply, sizeof result.reply, "%s", words.text);
    } else {
        flow_message(&l->services, fd, (size_t)job->message_size, result.reply);
    }
    l->served++;
    result.is_last = is_over(l) || role_is_ending();
    return channel_send_result(l->channel, &result, e);
}

/* Until the receiver closes the channel: a worker that wants to go says so and waits for it, since a job may be on its way. */
static int loop(struct life *l, struct error *e)
{
    bool has_asked = false;

    for (;;) {
        struct channel_job job;
        int fd = -1, result;

        arena_reset(l->arena);
        result = channel_receive_job(l->channel, l->arena, &job, &fd, clock_monotonic_ms() + WAIT_MS, e);
        if (result == ERROR_TIMEOUT || (result != 0 && result != ERROR_CLOSED && role_is_ending())) {
            if (!has_asked && (is_over(l) || role_is_ending())) {
                const struct channel_result leave = { .is_last = true };

                has_asked = channel_send_result(l->channel, &leave, NULL) == 0;
            }
            continue;
        }
        if (result == 0)
            result = do_job(l, &job, fd, e);
        file_close(&fd);
        if (result != 0)
            return result == ERROR_CLOSED ? 0 : result;
    }
}

int worker_process(const struct config *config, struct board *board, unsigned slot, const struct templates *templates, int channel)
{
    struct life l = { .services = { .config = config, .board = board, .slot = slot, .templates = templates }, .channel = channel,
                      .began_ms = clock_monotonic_ms() };
    struct error e = { 0 };
    char name[16];
    int result;

    snprintf(name, sizeof name, "opec-worker-%u", slot % 1000);
    role_begin(name);
    atomic_store(&board->slots[slot].pid, getpid());
    result = role_become(config, &e);
    if (result == 0)
        result = open_life(&l, &e);
    if (result == 0) {
        board_idle(board, slot);
        result = loop(&l, &e);
    }
    if (result != 0)
        log_error("worker: %s", e.text);
    close_life(&l);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
