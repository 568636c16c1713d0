/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server in a thread that says and expects what a script tells, or does what a function does. Each string of a script is a
 * step, told by its first character:
 *
 *     S text   say it                          C text   wait for exactly that from the client
 *     s text   say it byte by byte             W        wait until the client closes
 *     X        close, take the next client     R        reset the connection, take the next client
 *     L        stop listening                  Q        the client says nothing for a moment
 *
 * The end of the script closes. What goes against it is a failure at scripted_server_end.
 */
#ifndef OPEC_TEST_SCRIPTED_SERVER_H
#define OPEC_TEST_SCRIPTED_SERVER_H

#include <pthread.h>

#include "smtp/client.h"

struct scripted_server {
    struct smtp_client_settings settings; /* how a client reaches it; kind and times may be changed */
    int listener;
    pthread_t thread;
    const char *const *script; /* NULL-terminated */
    void (*serve)(int fd, void *arg);
    void *arg;
    char fault[1000];
};

void scripted_server_start(struct scripted_server *server, const char *const *script);
/* One client, served by a function; the connection is closed when it returns. */
void scripted_server_start_function(struct scripted_server *server, void (*serve)(int fd, void *arg), void *arg);
void scripted_server_end(struct scripted_server *server);

#endif
