/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fetching a document by HTTP or HTTPS (libcurl): the index, revocation lists, time stamps. Never on the way of a message.
 */
#ifndef OPEC_FETCH_FETCH_H
#define OPEC_FETCH_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

struct fetch_request {
    const char *url;                /* http://, https:// */
    const char *ca;                 /* PEM bundle for https; "" or NULL: that of the system */
    const char *client_certificate; /* PEM file shown to the server; "" or NULL: none */
    const char *client_key;         /* of it */
    int64_t deadline_ms;            /* on the monotonic clock */
    const char *type;               /* media type of `body`, which is posted; NULL: there is none, and the document is got */
    struct slice body;
};

/* Once in each process that fetches, before its first fetch. ERROR_MEMORY. */
int fetch_begin(struct error *e);

/* Is it an address that fetch_document can fetch? */
bool fetch_can(const char *url);

/* The whole document (to a body that is posted, the answer) appended to `out`, whose maximum is the most that is taken. ERROR_UNREACHABLE (no connection, TLS refused),
 * ERROR_TIMEOUT, ERROR_LIMIT, ERROR_REFUSED (the server answered 4xx), ERROR_DEFERRED (5xx, or cut short), ERROR_UNSUPPORTED (another kind of
 * address), ERROR_MEMORY. The words name the URL. */
int fetch_document(const struct fetch_request *request, struct buffer *out, struct error *e);

#endif
