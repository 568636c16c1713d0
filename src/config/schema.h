/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one table of all keys: what may be written, what holds if it is not, within which bounds, and where it goes.
 */
#ifndef OPEC_CONFIG_SCHEMA_H
#define OPEC_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* How a value is written, and what it becomes in struct config. */
enum schema_type {
    SCHEMA_TEXT,     /* const char * */
    SCHEMA_PATH,     /* const char *, absolute */
    SCHEMA_EMAIL,    /* const char * */
    SCHEMA_DOMAIN,   /* const char *, in lower case */
    SCHEMA_DURATION, /* int64_t, seconds */
    SCHEMA_SIZE,     /* uint64_t, bytes */
    SCHEMA_COUNT,    /* unsigned */
    SCHEMA_PERCENT,  /* unsigned */
    SCHEMA_ADDRESS,  /* struct net_address; the word in `words` leaves it all zero */
    SCHEMA_CHOICE,   /* an enumeration: the position of the word in `words` */
    SCHEMA_SWITCH,   /* bool: the second of two words */
};

struct schema_row {
    const char *section, *name;
    enum schema_type type;
    const char *value;                                /* the default as it would be written; NULL: required */
    const char *least, *most;                         /* bounds of a number as they would be written */
    const char *words;                                /* with one blank between them */
    bool filled;                                      /* a text may not be empty */
    size_t place;                                     /* in struct config */
    size_t count_place;                               /* of a list (const char **): where its size_t stands; else 0 */
    int (*check)(const char *value, struct error *e); /* a form of its own; not asked about the empty text */
    const char *help;
};

enum { SCHEMA_ROWS_MAX = 80, SCHEMA_LIST_MAX = 1000, SCHEMA_TEXT_MAX = 1000 };

extern const struct schema_row schema_rows[];
extern const size_t schema_count;

/* The position of a key; schema_count if there is none. */
size_t schema_find(const char *section, const char *name);
/* The same for "SECTION.KEY". */
size_t schema_find_key(const char *key);

/* The word for its type: "duration", "list of domains". */
const char *schema_type_name(const struct schema_row *row);

#endif
