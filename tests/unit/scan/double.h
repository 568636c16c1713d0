/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A scripted clamd in a process of its own, for what the real one will not do on demand.
 */
#ifndef OPEC_TESTS_SCAN_DOUBLE_H
#define OPEC_TESTS_SCAN_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/net.h"

enum double_place { DOUBLE_UNIX, DOUBLE_TCP };

struct double_clamd {
    pid_t pid;
    struct net_address address;
    char folder[200];
};

/* What it does with its one connection, which is blocking; the process ends with the connection after it. */
typedef void double_script(int fd, const void *argument);

/* Start it; it listens when this returns. End it with double_stop, which works on one that has ended too. */
void double_start(struct double_clamd *d, enum double_place place, double_script *script, const void *argument);
void double_stop(struct double_clamd *d);

/* For scripts. Read the command up to its NUL; false unless it is the expected one. */
bool double_read_command(int fd, const char *expected);

/* Read a chunk; its size, 0 for the end of the stream, -1 if there is none or it is larger than `room`. */
long double_read_chunk(int fd, char *out, size_t room);

/* Write all of it; what cannot be written is forgotten. */
void double_write(int fd, const char *data, size_t size);

#endif
