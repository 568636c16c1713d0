/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong with a configuration file: gathered while it is read, told in the order of its lines.
 */
#ifndef OPEC_CONFIG_FAULTS_H
#define OPEC_CONFIG_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { FAULTS_MAX = 100 };

struct fault {
    struct fault *next;
    unsigned line;
    const char *words;
};

struct faults {
    struct arena *arena;
    struct fault *first; /* by line, then in the order in which they were found */
    size_t count;        /* all that were found */
    bool failed;         /* there was no memory for one of them */
};

/* None yet; those to come are made in the arena. */
struct faults faults_new(struct arena *arena);

/* A fault on a line. Its words become one line of UTF-8, whatever was quoted in them, and are cut at some 400 bytes. Only the first
 * FAULTS_MAX are kept; the others are counted. */
void faults_add(struct faults *f, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Tell each as "FILE:LINE: words", and then how many there were beyond FAULTS_MAX. */
void faults_tell(const struct faults *f, const char *path, void (*fault)(void *arg, const char *words), void *arg);

#endif
