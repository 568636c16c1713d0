/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/debug.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/flow.h"
#include "flow/keeper.h"
#include "flow/own_certificate.h"
#include "mime/init.h"
#include "process/connection.h"
#include "process/keeper_process.h"
#include "process/role.h"
#include "process/signer_tokens.h"
#include "schedule/refresh.h"

enum { TICK_US = 500000, DUE_AT_ONCE = 16, TICK_BUDGET = 1024 * 1024, JOURNAL_MS = 10000 };

struct debugging {
    const struct config *config;
    struct reception reception;
    struct services services;
    struct keeper *keeper;
    struct journal *journal;
    struct signer *signer;
    int listen_access, listen_incoming;
    struct arena *arena; /* of a tick */
};

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct debugging *d = arg;
    int on = 1, client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)source;
    (void)revents;
    if (client < 0)
        return 0;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection_new(&d->reception, fd == d->listen_access ? POINT_ACCESS : POINT_INCOMING, client);
    return 0;
}

static void refresh(struct debugging *d)
{
    struct index_totals totals;
    struct error e;
    bool changed;

    if (refresh_index(d->config, REFRESH_IF_CHANGED, &changed, &totals, &e) != 0)
        log_error("index: %s", e.text);
    else if (changed)
        atomic_fetch_add(&d->reception.board->index_generation, 1);
}

/* What the scheduler does, in turn. */
static int on_tick(sd_event_source *source, uint64_t usec, void *arg)
{
    struct debugging *d = arg;
    const struct journal_request request = { .verb = JOURNAL_DUE, .time = clock_now(), .number = DUE_AT_ONCE };
    struct journal_response due;
    struct error e;

    (void)usec;
    arena_reset(d->arena);
    refresh(d);
    if (d->journal->ask(d->journal, &request, d->arena, &due, clock_monotonic_ms() + JOURNAL_MS, &e) == 0)
        for (size_t i = 0; i < due.task_count; i++)
            flow_notice(&d->services, &due.tasks[i], &e);
    sd_event_source_set_time_relative(source, TICK_US);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int open_key(struct debugging *d, struct error *e)
{
    struct own_certificate own;
    struct key_settings settings;
    struct key *key = NULL;
    int result;

    result = own_certificate_at(d->config, clock_now(), &own, e);
    if (result != 0)
        return result;
    signer_key_settings(d->config, own.key, &settings);
    result = key_open(&settings, &key, e);
    if (result == 0 && !(d->signer = signer_of_key(key))) {
        key_close(&key);
        result = error_set(e, ERROR_MEMORY, "out of memory");
    }
    return result;
}

static int open_keeper(struct debugging *d, struct error *e)
{
    const struct keeper_settings settings = keeper_settings_of(d->config);
    int result = keeper_open(&settings, &d->keeper, e);

    if (result == 0 && !(d->journal = journal_of_keeper(d->keeper, 1)))
        result = error_set(e, ERROR_MEMORY, "out of memory");
    return result;
}

static int make_folders(const struct config *c, struct error *e)
{
    const char *const paths[] = { c->daemon.run_dir, c->daemon.spool_dir, c->log.legal_dir, c->antivirus.quarantine_dir };
    int result = 0;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && result == 0; i++)
        result = role_make_folder(c, paths[i], e);
    return result;
}

static int open_debugging(struct debugging *d, const struct settings *settings, struct error *e)
{
    int result;

    mime_init();
    d->arena = arena_new(TICK_BUDGET);
    d->reception.board = board_new(1);
    if (!d->arena || !d->reception.board)
        return error_set(e, ERROR_MEMORY, "out of memory");
    if ((result = make_folders(d->config, e)) != 0 || (result = open_keeper(d, e)) != 0 || (result = open_key(d, e)) != 0)
        return result;
    refresh(d);
    d->services = (struct services){ .config = d->config, .board = d->reception.board, .templates = &settings->templates,
                                     .journal = d->journal, .signer = d->signer };
    result = services_open(&d->services, e);
    d->reception.config = d->config;
    d->reception.domains = d->services.domains;
    return result;
}

static int open_loop(struct debugging *d, struct error *e)
{
    sd_event **loop = &d->reception.loop;
    sigset_t blocked;
    int result;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    if ((result = net_listen(&d->config->listen_access, 0600, &d->listen_access, e)) != 0 ||
        (result = net_listen(&d->config->listen_incoming, 0600, &d->listen_incoming, e)) != 0)
        return result;
    if (sd_event_new(loop) < 0 || !(d->reception.pool = pool_new_local(*loop, d->reception.board, &d->services)) ||
        sd_event_add_signal(*loop, NULL, SIGTERM, NULL, NULL) < 0 || sd_event_add_signal(*loop, NULL, SIGINT, NULL, NULL) < 0 ||
        sd_event_add_io(*loop, NULL, d->listen_access, EPOLLIN, on_accept, d) < 0 ||
        sd_event_add_io(*loop, NULL, d->listen_incoming, EPOLLIN, on_accept, d) < 0 ||
        sd_event_add_time_relative(*loop, NULL, CLOCK_MONOTONIC, TICK_US, 0, on_tick, d) < 0)
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    return 0;
}

static void close_debugging(struct debugging *d)
{
    pool_free(&d->reception.pool);
    services_close(&d->services);
    journal_close(&d->journal);
    keeper_close(&d->keeper);
    signer_close(&d->signer);
    board_free(&d->reception.board);
    arena_free(&d->arena);
    file_close(&d->listen_access);
    file_close(&d->listen_incoming);
    sd_event_unref(d->reception.loop);
}

int debug_run(struct settings *settings)
{
    struct debugging d = { .config = settings->config, .listen_access = -1, .listen_incoming = -1 };
    struct error e = { 0 };
    int result;

    log_open("stderr", LEVEL_DEBUG, NULL);
    log_role("debug");
    result = open_debugging(&d, settings, &e);
    if (result == 0)
        result = open_loop(&d, &e);
    if (result == 0) {
        log_info("serving in one process; SIGINT ends it");
        sd_event_loop(d.reception.loop);
    } else {
        log_error("%s", e.text);
    }
    close_debugging(&d);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
