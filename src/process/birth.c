/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The children of the master: what each needs when it is born, and what is to be done when it dies.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "process/channel.h"
#include "process/keeper_process.h"
#include "process/master_private.h"
#include "process/scheduler.h"
#include "process/signer_process.h"
#include "process/signer_tokens.h"
#include "process/worker.h"

enum { WATCH_US = 200000 };

/* What a child takes along: its own end of a pair, if it has one. */
struct cradle {
    struct master *master;
    int own_end;
};

/* --- lives (in the child) --------------------------------------------------------------------------------------------------- */

static int receiver_life(const struct cradle *cradle)
{
    struct master *m = cradle->master;
    const struct receiver_sockets sockets = { .access = m->listen_access, .incoming = m->listen_incoming,
                                              .metrics = m->listen_metrics, .notices = m->sockets[SOCKET_NOTICES],
                                              .master = cradle->own_end };

    return receiver_process(m->settings->config, m->board, &sockets);
}

static int live(void *arg, const struct child *child)
{
    const struct cradle *cradle = arg;
    struct master *m = cradle->master;
    const struct config *config = m->settings->config;

    log_open(config->log.system, config->log.level, NULL);
    switch (child->role) {
    case FAMILY_KEEPER:
        return keeper_process(config, m->board, m->sockets[SOCKET_KEEPER], m->ready[1]);
    case FAMILY_SIGNER:
        return signer_process(config, m->board, child->number, m->sockets[SOCKET_SIGNER], m->ready[1]);
    case FAMILY_SCHEDULER:
        return scheduler_process(config, m->board, m->ready[1]);
    case FAMILY_RECEIVER:
        return receiver_life(cradle);
    default:
        return worker_process(config, m->board, child->number, &m->settings->templates, cradle->own_end);
    }
}

/* --- births ----------------------------------------------------------------------------------------------------------------- */

/* Descriptors that are there. */
static size_t keep_list(int *out, const int *candidates, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (candidates[i] >= 0)
            out[n++] = candidates[i];
    return n;
}

static int bear_receiver(struct master *m, struct child *c, struct error *e)
{
    int pair[2], keep[6], result = channel_pair(pair, e);
    struct cradle cradle = { .master = m };

    if (result != 0)
        return result;
    cradle.own_end = pair[1];
    result = family_bear(
        c, live, &cradle, keep,
        keep_list(keep, (const int[]){ m->listen_access, m->listen_incoming, m->listen_metrics, m->sockets[SOCKET_NOTICES], pair[1], m->kin }, 6),
        e);
    file_close(&pair[1]);
    if (result == 0 && sd_event_add_io(m->loop, &m->line_source, pair[0], EPOLLIN, birth_on_line, m) < 0)
        result = error_set(e, ERROR_MEMORY, "event loop: out of memory");
    if (result != 0) {
        file_close(&pair[0]);
        return result;
    }
    m->line = pair[0];
    return 0;
}

static int bear_worker(struct master *m, struct child *c, struct error *e)
{
    char word[5] = { RECEIVER_WORKER, (char)(c->number >> 24), (char)(c->number >> 16), (char)(c->number >> 8), (char)c->number };
    struct cradle cradle = { .master = m };
    int pair[2], keep[2], result;

    if (!m->receiver_is_ready)
        return error_set(e, ERROR_OUT, "there is no receiver yet");
    result = channel_pair(pair, e);
    if (result != 0)
        return result;
    cradle.own_end = pair[1];
    result = family_bear(c, live, &cradle, keep, keep_list(keep, (const int[]){ pair[1], m->kin }, 2), e);
    if (result == 0) {
        result = channel_send_fd(m->line, word, sizeof word, pair[0], e);
        if (result != 0)
            m->receiver_is_ready = false; /* it is dead and not yet buried: no more children for it */
    }
    file_close(&pair[0]);
    file_close(&pair[1]);
    return result;
}

int birth(struct master *m, struct child *c, struct error *e)
{
    struct cradle cradle = { .master = m, .own_end = -1 };
    int keep[3];

    switch (c->role) {
    case FAMILY_KEEPER:
        return family_bear(c, live, &cradle, keep, keep_list(keep, (const int[]){ m->sockets[SOCKET_KEEPER], m->ready[1], m->kin }, 3), e);
    case FAMILY_SIGNER:
        return family_bear(c, live, &cradle, keep, keep_list(keep, (const int[]){ m->sockets[SOCKET_SIGNER], m->ready[1], m->kin }, 3), e);
    case FAMILY_SCHEDULER:
        return family_bear(c, live, &cradle, keep, keep_list(keep, (const int[]){ m->ready[1], m->kin }, 2), e);
    case FAMILY_RECEIVER:
        return bear_receiver(m, c, e);
    default:
        return bear_worker(m, c, e);
    }
}

void birth_name_tokens(struct master *m)
{
    const struct config *config = m->settings->config;
    const char **names = calloc(config->signer.token_count + 1, sizeof *names);

    if (names)
        board_name_tokens(m->board, names, signer_token_names(config, names));
    free(names);
}

/* A module that hangs takes its process with it, and no message: whoever waits for the process is told by its death, and asks another. */
static bool kill_if_hanging(struct master *m, struct child *c)
{
    const char *token = "";

    if (c->role != FAMILY_SIGNER || c->pid == 0 || c->hung || !board_signer_hangs(m->board, c->number, &token))
        return false;
    log_error("signer %u does not come back from a call to token %s; it is killed", c->number, token);
    c->hung = true;
    kill(c->pid, SIGKILL);
    return true;
}

static int on_watch(sd_event_source *source, uint64_t usec, void *arg)
{
    struct master *m = arg;

    (void)usec;
    for (size_t i = 0; i < m->family.count; i++)
        kill_if_hanging(m, &m->family.children[i]);
    sd_event_source_set_time_relative(source, WATCH_US);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int birth_watch_signers(struct master *m, struct error *e)
{
    if (sd_event_add_time_relative(m->loop, &m->watch, CLOCK_MONOTONIC, WATCH_US, WATCH_US / 4, on_watch, m) < 0)
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    return 0;
}

static void log_death(const struct child *c, int status)
{
    if (WIFSIGNALED(status))
        log_error("%s %u died of signal %d (%s); it is started again", family_names[c->role], c->number, WTERMSIG(status),
                  strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        log_error("%s %u ended with status %d; it is started again", family_names[c->role], c->number, WEXITSTATUS(status));
}

static void bury(struct master *m, struct child *c, int status)
{
    if (!m->is_stopping)
        log_death(c, status);
    family_bury(c, status);
    if (c->role == FAMILY_WORKER)
        board_absent(m->board, c->number, c->crashed);
    if (c->role == FAMILY_SIGNER)
        board_signer_gone(m->board, c->number, c->hung, c->crashed);
}

int birth_wait_ready(struct master *m, struct child *c, int64_t deadline_ms, struct error *e)
{
    for (;;) {
        struct pollfd p = { .fd = m->ready[0], .events = POLLIN };
        int n = poll(&p, 1, 20), status;
        char words[sizeof e->text];
        ssize_t size = n > 0 ? read(m->ready[0], words, sizeof words) : 0;

        if (size > 0 && words[0] == '\0')
            return 0;
        if (size > 0)
            return error_set(e, ERROR_STOPPED, "%s: %.*s", family_names[c->role], (int)size, words);
        if (waitpid(c->pid, &status, WNOHANG) == c->pid) {
            bury(m, c, status);
            return error_set(e, ERROR_STOPPED, "the %s did not start", family_names[c->role]);
        }
        if (kill_if_hanging(m, c) || clock_left_ms(deadline_ms) == 0)
            return error_set(e, ERROR_TIMEOUT, "the %s is not ready in time", family_names[c->role]);
    }
}

/* --- deaths ----------------------------------------------------------------------------------------------------------------- */

static int on_revival(sd_event_source *source, uint64_t usec, void *arg)
{
    (void)source;
    (void)usec;
    birth_revive(arg);
    return 0;
}

void birth_revive(struct master *m)
{
    int64_t now = clock_monotonic_ms(), next = INT64_MAX;

    if (m->is_stopping)
        return;
    for (size_t i = 0; i < m->family.count; i++) {
        struct child *c = &m->family.children[i];
        struct error e;
        int result;

        /* Workers wait for the end of a reload, or they would live with the configuration before it. */
        if (c->pid || (m->next && c->role == FAMILY_WORKER))
            continue;
        if (c->wanted_ms > now) {
            next = c->wanted_ms < next ? c->wanted_ms : next;
            continue;
        }
        result = birth(m, c, &e);
        if (result != 0 && result != ERROR_OUT) {
            log_error("%s: %s", family_names[c->role], e.text);
            c->wanted_ms = now + 1000;
            next = c->wanted_ms < next ? c->wanted_ms : next;
        }
    }
    if (next == INT64_MAX)
        return;
    sd_event_source_disable_unref(m->revival);
    m->revival = NULL;
    sd_event_add_time_relative(m->loop, &m->revival, CLOCK_MONOTONIC, (uint64_t)(next - now) * 1000, 0, on_revival, m);
}

static void receiver_gone(struct master *m)
{
    m->line_source = sd_event_source_disable_unref(m->line_source);
    file_close(&m->line);
    m->receiver_is_ready = false;
    if (m->next)
        verbs_reloaded(m, false);
    if (m->is_stopping)
        sd_event_exit(m->loop, EXIT_SUCCESS);
}

void birth_reap(struct master *m)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *c = family_find_pid(&m->family, pid);

        if (c)
            bury(m, c, status);
        if (c && c->role == FAMILY_RECEIVER)
            receiver_gone(m);
    }
    birth_revive(m);
}

int birth_on_line(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct master *m = arg;
    char byte;
    size_t size;
    int passed = -1, result = channel_receive_fd(fd, &byte, 1, &size, &passed, NULL);

    (void)source;
    (void)revents;
    file_close(&passed);
    if (result == ERROR_BUSY)
        return 0;
    if (result != 0) {
        m->line_source = sd_event_source_disable_unref(m->line_source); /* its death is on its way */
        return 0;
    }
    if (byte == RECEIVER_READY) {
        m->receiver_is_ready = true;
        birth_revive(m);
    } else {
        verbs_reloaded(m, byte == RECEIVER_RELOADED);
    }
    return 0;
}
