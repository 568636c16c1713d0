/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which lines of the legal log the holder of a mailbox may see (RFC 6109 2.3: his data, for 30 months).
 *
 * A line cannot be cut without losing its proof, so one that names others as well is shown whole or not at all. To a sender: all that
 * name him as such. To a recipient: those of a message that was certified, whose recipients stand in the daticert.xml that each of them
 * got (4.4) and in To and Cc (3.1.1 allows no Bcc); those that name nobody else as a recipient; never what the access point refused, which
 * no recipient has seen.
 */
#ifndef OPEC_OPEC_EXPORT_HOLDER_H
#define OPEC_OPEC_EXPORT_HOLDER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/slice.h"

enum holder_view {
    HOLDER_NOT_NAMED,
    HOLDER_SHOWN,
    HOLDER_WITHHELD, /* names him, and others who are no affair of his */
};

/* False if the line surely does not name the address; costs no parsing. */
bool holder_may_be_named(struct slice address, struct slice line);

/* What a line that is parsed is for the holder of the address (address_same). */
enum holder_view holder_view(struct slice address, const json_t *event);

#endif
