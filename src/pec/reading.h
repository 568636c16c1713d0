/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What both points read from a message in the same way.
 */
#ifndef OPEC_PEC_READING_H
#define OPEC_PEC_READING_H

#include "pec/message.h"
#include "mime/address.h"

/* All of these that return an int: ERROR_BUDGET. */

/* Subject decoded to one line of UTF-8; NULL if there is none, or nothing in it. */
int read_subject(const struct header *h, struct arena *arena, const char **out);

/* Message-ID in one line as the client wrote it; NULL if there is none, or nothing in it. */
int read_message_id(const struct header *h, struct arena *arena, const char **out);

/* The bare addresses of Reply-To, joined by ", "; `otherwise` if there is none. ERROR_LIMIT as below. */
int read_reply_to(const struct header *h, const char *otherwise, struct arena *arena, const char **out);

/* X-TipoRicevuta (3.3.2): without regard to case and blanks; complete for anything else. */
int read_receipt_form(const struct header *h, struct arena *arena, enum receipt_form *out);

/* All mailboxes in all fields of that name. The first fault is kept in out->fault. ERROR_LIMIT for a field beyond ADDRESS_LIST_MAX. */
int read_addresses(const struct header *h, const char *name, struct arena *arena, struct address_list *out);

/* What somebody else wrote, to be shown: one line of UTF-8, cut between characters above `maximum` octets ("..." follows then). NULL
 * without budget. */
char *read_shown(struct slice text, size_t maximum, struct arena *arena);

#endif
