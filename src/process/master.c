/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "process/master_private.h"
#include "process/role.h"

enum { START_MS = 30000, END_MS = 10000, PREDECESSORS_MS = 15000, LOOK_US = 10000, SOCKET_MODE = 0600 };

/* --- folders and sockets ---------------------------------------------------------------------------------------------------- */

static int make_folders(const struct config *config, struct error *e)
{
    const char *const paths[] = { config->daemon.run_dir, config->daemon.spool_dir, config->log.legal_dir, config->antivirus.quarantine_dir };
    int result = 0;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && result == 0; i++)
        result = role_make_folder(config, paths[i], e);
    return result;
}

/* One daemon for a run_dir. The lock goes with the process, however it ends. */
static int lock_run_dir(struct master *m, struct error *e)
{
    char path[4096], pid[32];

    snprintf(path, sizeof path, "%s/opec.pid", m->settings->config->daemon.run_dir);
    m->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (m->lock < 0)
        return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    if (flock(m->lock, LOCK_EX | LOCK_NB) != 0) {
        file_close(&m->lock); /* the file is the other daemon's */
        return error_set(e, ERROR_BUSY, "%s: a daemon is running already", path);
    }
    snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(m->lock, 0) != 0)
        return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    return file_write(m->lock, slice_of(pid), e);
}

/* A master that was killed has children that are still about to die, and hold its ports, its store and its legal log until they are gone.
 * They have this lock with it, which ends with the last of them. */
static int wait_for_predecessors(struct master *m, struct error *e)
{
    const char *path = m->settings->config->daemon.run_dir;
    int64_t deadline = clock_monotonic_ms() + PREDECESSORS_MS;

    m->kin = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m->kin < 0)
        return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    while (flock(m->kin, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
        if (clock_left_ms(deadline) == 0)
            return error_set(e, ERROR_BUSY, "%s: processes of a daemon that was killed do not end", path);
        usleep(LOOK_US);
    }
    return 0;
}

static int listen_on(const struct net_address *address, int *out, struct error *e)
{
    return net_listen(address, SOCKET_MODE, out, e);
}

/* What is below run_dir may be used by the daemon's user. */
static int open_socket(struct master *m, enum daemon_socket which, struct error *e)
{
    const struct config *config = m->settings->config;
    struct net_address address;
    unsigned uid, gid;
    int result = layout_socket(config, which, &address, e);

    if (result == 0)
        unlink(address.path); /* ours by the lock; nobody alive listens there */
    if (result == 0)
        result = listen_on(&address, &m->sockets[which], e);
    if (result == 0)
        result = role_identity(config, &uid, &gid, e);
    if (result == 0 && chown(address.path, uid, gid) != 0)
        result = error_set(e, ERROR_FILE, "%s: %s", address.path, strerror(errno));
    return result;
}

static int open_metrics(struct master *m, struct error *e)
{
    struct net_address address;
    int result;

    if (!*m->settings->config->metrics_listen)
        return 0;
    result = net_address_read(m->settings->config->metrics_listen, &address, e);
    if (result == 0)
        result = listen_on(&address, &m->listen_metrics, e);
    return result ? error_prefix(e, result, "metrics.listen") : 0;
}

static int open_sockets(struct master *m, struct error *e)
{
    int result = listen_on(&m->settings->config->listen_access, &m->listen_access, e);

    if (result == 0)
        result = listen_on(&m->settings->config->listen_incoming, &m->listen_incoming, e);
    if (result == 0)
        result = open_metrics(m, e);
    for (int i = 0; i < SOCKET_COUNT && result == 0; i++)
        result = open_socket(m, (enum daemon_socket)i, e);
    return result;
}

/* --- signals ---------------------------------------------------------------------------------------------------------------- */

static int on_child(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
    (void)source;
    (void)info;
    birth_reap(arg);
    return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
    (void)source;
    (void)info;
    verbs_stop(arg);
    return 0;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
    struct error e;

    (void)source;
    (void)info;
    if (verbs_reload(arg, &e) != 0)
        log_error("reload failed: %s", e.text);
    return 0;
}

static int open_loop(struct master *m, struct error *e)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (sd_event_new(&m->loop) < 0 || sd_event_add_signal(m->loop, NULL, SIGCHLD, on_child, m) < 0 ||
        sd_event_add_signal(m->loop, NULL, SIGTERM, on_stop, m) < 0 || sd_event_add_signal(m->loop, NULL, SIGINT, on_stop, m) < 0 ||
        sd_event_add_signal(m->loop, NULL, SIGHUP, on_hangup, m) < 0 ||
        sd_event_add_io(m->loop, NULL, m->sockets[SOCKET_CONTROL], EPOLLIN, verbs_on_control, m) < 0)
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    return 0;
}

/* --- start and end ---------------------------------------------------------------------------------------------------------- */

/* Bear the children of a role and wait until each is ready. */
static int begin_role(struct master *m, enum family_role role, bool waits, struct error *e)
{
    int64_t deadline = clock_monotonic_ms() + START_MS;
    int result = 0;

    for (size_t i = 0; i < m->family.count && result == 0; i++) {
        struct child *c = &m->family.children[i];

        if (c->role != role)
            continue;
        result = birth(m, c, e);
        if (result == 0 && waits)
            result = birth_wait_ready(m, c, deadline, e);
        /* A module that hangs or crashes is out, as a token that is not there is; it may come back. */
        if (result != 0 && role == FAMILY_SIGNER && (c->hung || c->crashed)) {
            result = 0;
            waits = false;
        }
    }
    return result;
}

/* The receiver says that it is ready over its line; its workers are born then. */
static int wait_for_receiver(struct master *m, struct error *e)
{
    int64_t deadline = clock_monotonic_ms() + START_MS;

    while (!m->receiver_is_ready) {
        if (sd_event_run(m->loop, 50000) < 0 || clock_left_ms(deadline) == 0)
            return error_set(e, ERROR_TIMEOUT, "the receiver is not ready in time");
        if (m->is_stopping)
            return error_set(e, ERROR_STOPPED, "stopped while it started");
    }
    return 0;
}

static int begin(struct master *m, struct error *e)
{
    const struct config *config = m->settings->config;
    int result;

    if ((result = make_folders(config, e)) != 0 || (result = lock_run_dir(m, e)) != 0 || (result = wait_for_predecessors(m, e)) != 0 ||
        (result = open_sockets(m, e)) != 0 || (result = open_loop(m, e)) != 0 ||
        (result = family_new(&m->family, config->signer.processes, config->daemon.workers, e)) != 0)
        return result;
    if (pipe2(m->ready, O_CLOEXEC) != 0)
        return error_set(e, ERROR_MEMORY, "pipe: %s", strerror(errno));
    if ((result = begin_role(m, FAMILY_KEEPER, true, e)) != 0 || (result = begin_role(m, FAMILY_SIGNER, true, e)) != 0 ||
        (result = begin_role(m, FAMILY_SCHEDULER, true, e)) != 0 || (result = birth_watch_signers(m, e)) != 0)
        return result;
    file_close(&m->ready[0]);
    file_close(&m->ready[1]);
    if ((result = begin_role(m, FAMILY_RECEIVER, false, e)) != 0)
        return result;
    return wait_for_receiver(m, e);
}

/* The keeper goes last: whoever still has something to record needs it. */
static void end(struct master *m)
{
    static const enum family_role order[] = { FAMILY_RECEIVER, FAMILY_WORKER, FAMILY_SCHEDULER, FAMILY_SIGNER, FAMILY_KEEPER };
    int64_t deadline = clock_monotonic_ms() + END_MS;

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (order[i] == FAMILY_RECEIVER)
            family_signal(&m->family, order[i], SIGKILL);
        family_signal(&m->family, order[i], SIGTERM);
        family_wait_gone(&m->family, order[i], deadline);
    }
}

static void clean_up(struct master *m)
{
    char path[4096];

    for (int i = 0; i < SOCKET_COUNT; i++) {
        struct net_address address;

        if (m->sockets[i] >= 0 && layout_socket(m->settings->config, (enum daemon_socket)i, &address, NULL) == 0)
            unlink(address.path);
        file_close(&m->sockets[i]);
    }
    if (m->lock >= 0) {
        snprintf(path, sizeof path, "%s/opec.pid", m->settings->config->daemon.run_dir);
        unlink(path);
    }
    file_close(&m->listen_access);
    file_close(&m->listen_incoming);
    file_close(&m->listen_metrics);
    file_close(&m->line);
    file_close(&m->reload_client);
    file_close(&m->lock);
    file_close(&m->kin);
    sd_event_source_disable_unref(m->line_source);
    sd_event_source_disable_unref(m->revival);
    sd_event_source_disable_unref(m->watch);
    sd_event_source_disable_unref(m->reload_timer);
    sd_event_unref(m->loop);
    family_free(&m->family);
    board_free(&m->board);
    settings_free(&m->next);
    settings_free(&m->settings);
}

int master_run(const struct master_options *options)
{
    struct master m = { .options = *options, .settings = options->settings, .listen_access = -1, .listen_incoming = -1, .listen_metrics = -1,
                        .line = -1, .reload_client = -1, .ready = { -1, -1 }, .lock = -1, .kin = -1 };
    struct error e = { 0 };
    int status = EXIT_FAILURE, result;

    for (int i = 0; i < SOCKET_COUNT; i++)
        m.sockets[i] = -1;
    role_be_parent();
    prctl(PR_SET_NAME, "opec-master");
    log_role("opec-master");
    m.board = board_new(m.settings->config->daemon.workers);
    result = m.board ? 0 : error_set(&e, ERROR_MEMORY, "out of memory");
    if (result == 0) {
        atomic_store(&m.board->suspends, options->suspends);
        birth_name_tokens(&m);
        result = begin(&m, &e);
    }
    if (result != 0) {
        dprintf(options->errors, "opec: %s\n", e.text);
        status = m.is_stopping ? EXIT_SUCCESS : EXIT_FAILURE; /* told to stop before it served: no fault of its own */
    } else {
        log_info("started: version=%s provider=\"%s\" workers=%u", OPEC_VERSION, m.settings->config->provider.name, m.board->workers);
        options->serves(options->arg);
        sd_notify(0, "READY=1");
        status = sd_event_loop(m.loop);
        log_info("stopped");
    }
    m.is_stopping = true;
    sd_notify(0, "STOPPING=1");
    end(&m);
    clean_up(&m);
    return status < 0 ? EXIT_FAILURE : status;
}
