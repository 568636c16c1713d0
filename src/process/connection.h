/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One client of a listener: its socket, its dialogue (smtp/session.h), the file of the message that it is sending.
 */
#ifndef OPEC_PROCESS_CONNECTION_H
#define OPEC_PROCESS_CONNECTION_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "flow/domains.h"
#include "process/pool.h"
#include "smtp/session.h"

/* What all connections share. Config and domains may be replaced between two calls. */
struct reception {
    sd_event *loop;
    struct board *board;
    struct pool *pool;
    const struct config *config;
    const struct domains *domains;
    struct connection *first; /* all of them */
    size_t count[POINT_COUNT];
    bool is_stopping;
};

struct connection;

/* Take over an accepted socket. On failure it is closed. */
void connection_new(struct reception *r, enum point point, int fd);

/* The configuration has changed. */
void connection_settings(struct connection *c);

/* No new mail is taken: end it now if nothing is in hand, else after its answer. */
void connection_stop(struct connection *c);

struct connection *connection_next(const struct connection *c);

#endif
