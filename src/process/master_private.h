/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The master's state, for its own files: master.c (its life), birth.c (its children), verbs.c (what it is asked).
 */
#ifndef OPEC_PROCESS_MASTER_PRIVATE_H
#define OPEC_PROCESS_MASTER_PRIVATE_H

#include <systemd/sd-event.h>

#include "flow/board.h"
#include "process/family.h"
#include "process/layout.h"
#include "process/master.h"
#include "process/receiver.h"

struct master {
    struct master_options options;
    struct settings *settings; /* in force */
    struct settings *next;     /* of a reload that is under way */
    struct board *board;
    struct family family;
    sd_event *loop;
    sd_event_source *revival;      /* when the next child is to be born */
    sd_event_source *watch;        /* over the signers */
    int listen_access, listen_incoming;
    int listen_metrics; /* -1: metrics.listen is empty */
    int sockets[SOCKET_COUNT];
    int line;                      /* to the receiver; -1 without one */
    sd_event_source *line_source;
    bool receiver_is_ready;
    bool is_stopping;
    int reload_client;             /* who waits for a reload; -1: nobody (SIGHUP) */
    sd_event_source *reload_timer;
    int ready[2];                  /* a pipe on which a child says that it is ready; -1 after the start */
    int lock;                      /* of run_dir */
    int kin;                       /* run_dir, locked by the master and all its children together */
};

/* --- birth.c */

/* Bear one child; ERROR_OUT when it has to wait for another. */
int birth(struct master *m, struct child *c, struct error *e);

/* Bear all that are not there and may be. */
void birth_revive(struct master *m);

/* Bury the dead, after SIGCHLD. */
void birth_reap(struct master *m);

/* Tell the board which tokens there are: before signers are born, and again when the configuration has changed. */
void birth_name_tokens(struct master *m);

/* From now on, kill signers whose module does not come back from a call. ERROR_MEMORY. */
int birth_watch_signers(struct master *m, struct error *e);

/* Wait for the byte that a child writes when it is ready. ERROR_TIMEOUT, also of a signer whose module hangs (it is killed); ERROR_STOPPED
 * if it died instead. */
int birth_wait_ready(struct master *m, struct child *c, int64_t deadline_ms, struct error *e);

/* The receiver's line has something to say. */
int birth_on_line(sd_event_source *source, int fd, uint32_t revents, void *arg);

/* --- verbs.c */

int verbs_on_control(sd_event_source *source, int fd, uint32_t revents, void *arg);

/* Begin to take up the configuration again. ERROR_CONFIG with the first fault. */
int verbs_reload(struct master *m, struct error *e);

/* The receiver has answered a reload. */
void verbs_reloaded(struct master *m, bool is_good);

/* Begin to stop. */
void verbs_stop(struct master *m);

#endif
