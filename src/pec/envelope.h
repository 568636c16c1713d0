/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The header of envelopes: what they inherit unmodified from the message that they wrap and what is put in its place
 * (RFC 6109 2.1, 2.1.1.2, 3.1.5, 3.2.2), and the original message under its PEC id (2.2.1).
 */
#ifndef OPEC_PEC_ENVELOPE_H
#define OPEC_PEC_ENVELOPE_H

#include "pec/message.h"

/* The fields of a transport or anomaly envelope, up to MIME-Version. */
void envelope_head(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *message,
                   const struct original *original, struct rope *out);

/* postacert.eml of a transport envelope: every byte as submitted, but that Message-ID and X-Riferimento-Message-ID give way to the PEC
 * id and the client's id, which come last in the header (2.2.1). */
void envelope_original(const struct original *original, const struct transaction *about, struct rope *out);

/* X-Riferimento-Message-ID: the client's id as it stands (2.2.1), if there is one; as encoded words if it could not stand in a header. */
void envelope_reference(const struct transaction *about, struct rope *out);

/* "Date: " of an event. */
void envelope_date(int64_t time, struct rope *out);

/* "Subject: " with the prefix of the kind and the original subject: its own bytes where they may stand in a header as they are, else
 * the decoded text encoded anew. `field` may be NULL. */
void envelope_subject(const char *prefix, const struct field *field, const char *decoded, struct rope *out);

#endif
