/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the store, and how a database of an older program gets those of this one.
 */
#ifndef OPEC_STORE_SCHEMA_H
#define OPEC_STORE_SCHEMA_H

#include "store/database.h"

/* Bring the schema up to date, durably, all of it or nothing; several nodes may do it at once. ERROR_CORRUPT for a schema of a newer program. */
int schema_update(struct database *d, struct error *e);

/* Is it the schema of this program? ERROR_CORRUPT if it is another, older or newer; ERROR_NOT_FOUND if there is none. */
int schema_check(struct database *d, struct error *e);

#endif
