/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the master is asked over the control socket.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "process/channel.h"
#include "process/control.h"
#include "process/master_private.h"
#include "process/status.h"

enum { CLIENT_MS = 2000, RELOAD_US = 60 * 1000000, REQUEST_MAX = 4096 };

/* --- answers ---------------------------------------------------------------------------------------------------------------- */

static void answer(int *client, json_t *what)
{
    size_t size;
    char *line = control_write_answer(what, &size);

    if (line && *client >= 0)
        net_write(*client, (struct slice){ line, size }, clock_monotonic_ms() + CLIENT_MS, NULL);
    free(line);
    file_close(client);
}

/* --- reload ----------------------------------------------------------------------------------------------------------------- */

struct first_fault {
    char words[400];
};

static void keep_first(void *arg, const char *words)
{
    struct first_fault *f = arg;

    log_error("%s", words);
    if (!*f->words)
        text_copy(f->words, sizeof f->words, slice_of(words));
}

/* What only a start can change. */
static void warn_of_rest(const struct config *old, const struct config *new)
{
    if (strcmp(old->listen_access.text, new->listen_access.text) != 0 || strcmp(old->listen_incoming.text, new->listen_incoming.text) != 0 ||
        strcmp(old->daemon.run_dir, new->daemon.run_dir) != 0 || strcmp(old->daemon.user, new->daemon.user) != 0 ||
        old->daemon.workers != new->daemon.workers || old->signer.processes != new->signer.processes ||
        strcmp(old->metrics_listen, new->metrics_listen) != 0)
        log_warning("reload: listen, metrics.listen, daemon.run_dir, daemon.user, daemon.workers and signer.processes change at the next start only");
}

static bool keeper_changes(const struct config *old, const struct config *new)
{
    return strcmp(old->store_url, new->store_url) != 0 || strcmp(old->store_node, new->store_node) != 0 || strcmp(old->log.legal_dir, new->log.legal_dir) != 0 ||
           strcmp(old->antivirus.quarantine_dir, new->antivirus.quarantine_dir) != 0 || old->log.close != new->log.close ||
           old->log.close_size != new->log.close_size || old->log.retention != new->log.retention ||
           old->antivirus.retention != new->antivirus.retention ||
           strcmp(old->provider.name, new->provider.name) != 0;
}

/* The text goes to the receiver as it was read, so that both have the same. */
static int send_text(struct master *m, struct slice text, struct error *e)
{
    char word = RECEIVER_RELOAD;
    int fd = memfd_create("opec.conf", MFD_CLOEXEC), result;

    if (fd < 0)
        return error_set(e, ERROR_MEMORY, "memfd: %s", strerror(errno));
    result = file_write(fd, text, e);
    if (result == 0)
        result = channel_send_fd(m->line, &word, 1, fd, e);
    file_close(&fd);
    return result;
}

static int on_reload_late(sd_event_source *source, uint64_t usec, void *arg)
{
    (void)source;
    (void)usec;
    verbs_reloaded(arg, false);
    return 0;
}

int verbs_reload(struct master *m, struct error *e)
{
    struct first_fault fault = { 0 };
    struct settings *next;
    int result;

    if (m->next || m->line < 0 || !m->receiver_is_ready)
        return error_set(e, ERROR_BUSY, "another reload, or the start, is under way");
    next = settings_load(m->settings->config->path, keep_first, &fault);
    if (next && !m->options.is_fit(next->config, keep_first, &fault))
        settings_free(&next);
    if (!next)
        return error_set(e, ERROR_CONFIG, "%s", fault.words);
    warn_of_rest(m->settings->config, next->config);
    result = send_text(m, next->text, e);
    if (result != 0) {
        settings_free(&next);
        return result;
    }
    m->next = next;
    sd_event_add_time_relative(m->loop, &m->reload_timer, CLOCK_MONOTONIC, RELOAD_US, 0, on_reload_late, m);
    return 0;
}

void verbs_reloaded(struct master *m, bool is_good)
{
    struct settings *old = m->settings;

    m->reload_timer = sd_event_source_disable_unref(m->reload_timer);
    if (!m->next)
        return;
    if (!is_good) {
        log_error("reload failed; the running configuration stays in force");
        settings_free(&m->next);
        answer(&m->reload_client, control_failure(ERROR_TIMEOUT, "the receiver did not take up the configuration (see the log)"));
        birth_revive(m);
        return;
    }
    m->settings = m->next;
    m->next = NULL;
    birth_name_tokens(m);
    log_open(m->settings->config->log.system, m->settings->config->log.level, NULL);
    /* Workers are let go by the receiver. The others are born again with what is in force now. */
    family_signal(&m->family, FAMILY_SIGNER, SIGTERM);
    family_signal(&m->family, FAMILY_SCHEDULER, SIGTERM);
    if (keeper_changes(old->config, m->settings->config))
        family_signal(&m->family, FAMILY_KEEPER, SIGTERM);
    settings_free(&old);
    log_info("configuration reloaded");
    answer(&m->reload_client, control_done());
    birth_revive(m);
}

/* --- the other verbs -------------------------------------------------------------------------------------------------------- */

void verbs_stop(struct master *m)
{
    char word = RECEIVER_STOP;

    if (m->is_stopping)
        return;
    log_info("stopping");
    m->is_stopping = true;
    atomic_store(&m->board->stopping, true);
    if (m->line < 0 || channel_send_fd(m->line, &word, 1, -1, NULL) != 0)
        sd_event_exit(m->loop, EXIT_SUCCESS);
}

static void verb_status(struct master *m, int *client)
{
    answer(client, status_of(m->settings->config, m->board, &m->family));
}

static void verb_pause(struct master *m, int *client)
{
    atomic_store(&m->board->paused, true);
    log_info("paused");
    answer(client, control_done());
}

static void verb_resume(struct master *m, int *client)
{
    atomic_store(&m->board->paused, false);
    log_info("resumed");
    answer(client, control_done());
}

static void verb_reload(struct master *m, int *client)
{
    struct error e;

    int result = verbs_reload(m, &e);

    if (result != 0) {
        answer(client, control_failure(result, e.text));
        return;
    }
    m->reload_client = *client;
    *client = -1;
}

/* Answered by the end of the connection, which is the end of the daemon. */
static void verb_stop(struct master *m, int *client)
{
    *client = -1;
    verbs_stop(m);
}

static void verb_index_changed(struct master *m, int *client)
{
    atomic_fetch_add(&m->board->index_generation, 1);
    answer(client, control_done());
}

static void verb_trust_changed(struct master *m, int *client)
{
    atomic_fetch_add(&m->board->trust_generation, 1);
    answer(client, control_done());
}

static const struct {
    const char *name;
    void (*act)(struct master *m, int *client); /* leaves -1 in *client if it keeps it */
} control_verbs[] = {
    { "status", verb_status }, { "pause", verb_pause },
    { "resume", verb_resume }, { "reload", verb_reload },
    { "stop", verb_stop },     { "index-changed", verb_index_changed },
    { "trust-changed", verb_trust_changed },
};

static void act(struct master *m, const char *verb, int *client)
{
    for (size_t i = 0; i < sizeof control_verbs / sizeof control_verbs[0]; i++) {
        if (strcmp(control_verbs[i].name, verb) == 0) {
            control_verbs[i].act(m, client);
            return;
        }
    }
    answer(client, control_failure(ERROR_UNSUPPORTED, "an unknown verb"));
}

/* The socket is ours and root's alone: who uses it says its line at once, or is let go. */
int verbs_on_control(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct buffer in = buffer_new(REQUEST_MAX);
    int64_t deadline = clock_monotonic_ms() + CLIENT_MS;
    char verb[CONTROL_VERB_SIZE];

    (void)source;
    (void)revents;
    while (client >= 0 && slice_find_byte(buffer_data(&in), '\n') == buffer_data(&in).size)
        if (net_fill(client, &in, deadline, NULL) != 0)
            file_close(&client);
    if (client >= 0 && control_read_verb(buffer_data(&in).data, buffer_data(&in).size, verb))
        act(arg, verb, &client);
    file_close(&client);
    buffer_free(&in);
    return 0;
}
