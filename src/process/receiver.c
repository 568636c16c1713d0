/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/receiver.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "process/channel.h"
#include "process/connection.h"
#include "process/keeper_client.h"
#include "process/metrics.h"
#include "process/notices.h"
#include "process/role.h"

enum {
    CONFIG_BUDGET = 16 * 1024 * 1024,
    DOMAINS_BUDGET = 64 * 1024 * 1024,
    DOMAINS_MS = 20000,
    ACCEPT_AT_ONCE = 64,
    STOP_CHECK_US = 50000,
};

struct receiver {
    struct reception reception;
    struct receiver_sockets sockets;
    struct journal *journal; /* for the list of domains */
    struct domains *domains;
    struct arena *arena; /* of a configuration that was reloaded; NULL before */
    struct notices *notices;
    struct metrics_door *metrics; /* NULL: nobody asks */
    sd_event_source *listeners[2];
};

/* --- configuration and domains ---------------------------------------------------------------------------------------------- */

static int load_domains(struct receiver *r, const struct config *config, struct domains **out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST, .time = clock_now() };
    struct journal_response response;
    struct arena *arena = arena_new(DOMAINS_BUDGET);
    int result = arena ? r->journal->ask(r->journal, &request, arena, &response, clock_monotonic_ms() + DOMAINS_MS, e)
                       : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0) {
        *out = domains_new(config->provider.domains, config->provider.domain_count, response.names, response.name_count);
        if (!*out)
            result = error_set(e, ERROR_MEMORY, "out of memory");
    }
    arena_free(&arena);
    return result;
}

static void ignore_fault(void *arg, const char *words)
{
    (void)arg;
    (void)words;
}

/* The master has read this text without fault. */
static int reload(struct receiver *r, int fd, struct error *e)
{
    struct arena *arena = arena_new(CONFIG_BUDGET);
    struct slice text = SLICE_NONE;
    const struct config *config;
    struct domains *domains = NULL;
    int result = arena ? file_map(fd, &text, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = config_read(text, r->reception.config->path, arena, &config, ignore_fault, NULL);
    file_unmap(&text);
    if (result == 0)
        result = load_domains(r, config, &domains, e);
    if (result != 0) {
        arena_free(&arena);
        return result;
    }
    domains_free(&r->domains);
    r->domains = domains;
    r->reception.domains = domains;
    r->reception.config = config;
    for (struct connection *c = r->reception.first; c; c = connection_next(c))
        connection_settings(c);
    pool_retire_all(r->reception.pool);
    arena_free(&r->arena);
    r->arena = arena;
    return 0;
}

/* --- listening -------------------------------------------------------------------------------------------------------------- */

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct receiver *r = arg;
    int on = 1;

    (void)source;
    (void)revents;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (client < 0) {
            if (errno == EMFILE || errno == ENFILE)
                log_error("no descriptors left for new connections; raise the limit of open files (LimitNOFILE, ulimit -n)");
            return 0;
        }
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection_new(&r->reception, fd == r->sockets.access ? POINT_ACCESS : POINT_INCOMING, client);
    }
    return 0;
}

/* --- the master's words ----------------------------------------------------------------------------------------------------- */

static void say(const struct receiver *r, enum receiver_answer answer)
{
    char byte = (char)answer;

    channel_send_fd(r->sockets.master, &byte, 1, -1, NULL);
}

/* Everything in hand is finished, and nobody is left. */
static int on_stop_check(sd_event_source *source, uint64_t usec, void *arg)
{
    struct receiver *r = arg;

    (void)usec;
    for (struct connection *c = r->reception.first, *next; c; c = next) {
        next = connection_next(c);
        connection_stop(c);
    }
    if (pool_load(r->reception.pool) == 0)
        return sd_event_exit(r->reception.loop, EXIT_SUCCESS);
    sd_event_source_set_time_relative(source, STOP_CHECK_US);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void stop(struct receiver *r)
{
    if (r->reception.is_stopping)
        return;
    r->reception.is_stopping = true;
    for (int i = 0; i < 2; i++)
        r->listeners[i] = sd_event_source_disable_unref(r->listeners[i]);
    sd_event_add_time_relative(r->reception.loop, NULL, CLOCK_MONOTONIC, 0, 0, on_stop_check, r);
}

static int add_worker(struct receiver *r, struct slice arguments, int fd, struct error *e)
{
    unsigned slot = 0;

    if (arguments.size != 4 || fd < 0)
        return error_set(e, ERROR_PROTOCOL, "a malformed word of the master");
    for (size_t i = 0; i < 4; i++)
        slot = slot << 8 | (unsigned char)arguments.data[i];
    return pool_add(r->reception.pool, slot, fd, e);
}

static void obey(struct receiver *r, enum receiver_word word, struct slice arguments, int fd)
{
    struct error e = { 0 };
    int result = 0;

    switch (word) {
    case RECEIVER_WORKER:
        result = add_worker(r, arguments, fd, &e);
        if (result == 0)
            return; /* the descriptor is the pool's now */
        break;
    case RECEIVER_RELOAD:
        result = reload(r, fd, &e);
        say(r, result ? RECEIVER_NOT_RELOADED : RECEIVER_RELOADED);
        break;
    case RECEIVER_STOP:
        stop(r);
        break;
    }
    if (result != 0)
        log_error("receiver: %s", e.text);
    file_close(&fd);
}

static int on_master(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct receiver *r = arg;

    (void)source;
    (void)revents;
    for (;;) {
        char bytes[64];
        size_t size;
        int passed = -1, result = channel_receive_fd(fd, bytes, sizeof bytes, &size, &passed, NULL);

        if (result == ERROR_BUSY)
            return 0;
        if (result != 0) /* the master is gone, and so are we */
            return sd_event_exit(r->reception.loop, EXIT_FAILURE);
        obey(r, (enum receiver_word)bytes[0], (struct slice){ bytes + 1, size - 1 }, passed);
    }
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

/* What is in the workers' hands, or waits for one. */
static size_t in_hand(const void *arg)
{
    const struct receiver *r = arg;

    return pool_load(r->reception.pool);
}

static int open_receiver(struct receiver *r, struct error *e)
{
    struct reception *s = &r->reception;
    int result;

    if (sd_event_new(&s->loop) < 0 || !(s->pool = pool_new(s->loop, s->board)))
        return error_set(e, ERROR_MEMORY, "out of memory");
    if ((result = keeper_client_new(s->config, &r->journal, e)) != 0 || (result = load_domains(r, s->config, &r->domains, e)) != 0 ||
        (result = notices_new(s->loop, s->pool, r->sockets.notices, &r->notices, e)) != 0)
        return result;
    s->domains = r->domains;
    if (sd_event_add_io(s->loop, &r->listeners[0], r->sockets.access, EPOLLIN, on_accept, r) < 0 ||
        sd_event_add_io(s->loop, &r->listeners[1], r->sockets.incoming, EPOLLIN, on_accept, r) < 0 ||
        sd_event_add_io(s->loop, NULL, r->sockets.master, EPOLLIN, on_master, r) < 0)
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    return r->sockets.metrics < 0 ? 0 : metrics_door_new(s->loop, r->sockets.metrics, s->board, in_hand, r, &r->metrics, e);
}

int receiver_process(const struct config *config, struct board *board, const struct receiver_sockets *sockets)
{
    struct receiver r = { .reception = { .board = board, .config = config }, .sockets = *sockets };
    struct error e = { 0 };
    int status = EXIT_FAILURE, result;

    role_begin("opec-receiver");
    result = role_become(config, &e);
    if (result == 0)
        result = open_receiver(&r, &e);
    if (result != 0) {
        log_error("receiver: %s", e.text);
        return EXIT_FAILURE;
    }
    say(&r, RECEIVER_READY);
    status = sd_event_loop(r.reception.loop);
    /* The process ends here, and with it everything it holds: clients that are left have no message in hand. */
    return status < 0 ? EXIT_FAILURE : status;
}
