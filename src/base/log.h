/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The system log: one line for a fact, written by the top level of each process and by nobody below it.
 *
 * A line is `what: key=value key="value with blanks"`. Text that comes from outside is passed through log_quote first, so
 * that no line can be forged.
 */
#ifndef OPEC_BASE_LOG_H
#define OPEC_BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/* Where lines go: "syslog", "stderr" or "file:/path". May be called again; ERROR_CONFIG for another word, ERROR_FILE when the
 * file cannot be opened (the old target stays). Until the first call lines go to stderr. */
int log_open(const char *target, enum error_level level, struct error *e);

/* Let go of the target: lines go to stderr until log_open is called again. For a child that closes what it inherited. */
void log_close(void);

/* The name of this process in its lines: "worker 3". At most 31 characters are kept. */
void log_role(const char *role);

/* Is a line of this level written at all? */
bool log_wants(enum error_level level);

/* Controls that have come to stand in a line become blanks. */
void log_write(enum error_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LEVEL_DEBUG, __VA_ARGS__)

enum { LOG_QUOTED_SIZE = 160 };

/* Foreign text, between quotes, with controls (C0, DEL, C1), bytes that are no UTF-8, quotes and backslashes escaped, cut to fit behind
 * a whole character. Returns `out`. */
const char *log_quote(struct slice s, char out[LOG_QUOTED_SIZE]);

#endif
