/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One value: from what is written in the file to its place in struct config.
 */
#ifndef OPEC_CONFIG_VALUE_H
#define OPEC_CONFIG_VALUE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include "config/schema.h"

/* Read the text of a key. A list gets one element more, none if the text is empty, and refuses one that it has already. The words
 * of an error begin with the value: `"9h" is too much; write at most 1h`. ERROR_SYNTAX, ERROR_LIMIT, ERROR_BUDGET. */
int value_read(const struct schema_row *row, const char *text, struct arena *arena, struct config *config, struct error *e);

/* Before a key is read: its text is "", its list has room for `count` elements and none yet. ERROR_BUDGET. */
int value_begin(const struct schema_row *row, size_t count, struct arena *arena, struct config *config);

/* How many elements a list has. */
size_t value_list_count(const struct schema_row *row, const struct config *config);

#endif
