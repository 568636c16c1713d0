/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What verbs print: text for people, and JSON for programs.
 *
 * Much of it was written by strangers (subjects, addresses, the words of servers): it goes through print_line or print_json_text, so
 * that no message can send commands to a terminal, turn the order of its characters, or break a line.
 */
#ifndef OPEC_OPEC_PRINT_H
#define OPEC_OPEC_PRINT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/slice.h"

/* One line of valid UTF-8 without controls, those of writing direction among them. Never NULL: without budget, a word that says so. */
const char *print_line(struct arena *arena, struct slice foreign);

/* Any bytes as a JSON text: invalid UTF-8 becomes U+FFFD. NULL without memory. */
json_t *print_json_text(struct slice bytes);

/* The value in readable form, with a line end; it is taken over. Returns STATUS_DONE, or STATUS_FAILED with a line on stderr. */
int print_json(FILE *out, json_t *value);
/* The same in one line, of a value among others. */
int print_json_line(FILE *out, json_t *value);

enum { PRINT_SIZE = 48 };

/* "24/11/2026 06:21:41 +0100", legal time. Returns `out`, as the next one does. */
const char *print_moment(int64_t seconds, char out[PRINT_SIZE]);

/* "1 GB", "1500 kB": the largest unit in which it is whole. */
const char *print_size(uint64_t bytes, char out[PRINT_SIZE]);

/* RFC 3339 in UTC, for JSON; JSON null for 0. */
json_t *print_json_moment(int64_t seconds);

#endif
