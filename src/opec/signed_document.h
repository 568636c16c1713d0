/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A document signed by this provider (RFC 6109 4.5: file, signature and certificate in one structure, DER, ".p7m").
 */
#ifndef OPEC_OPEC_SIGNED_DOCUMENT_H
#define OPEC_OPEC_SIGNED_DOCUMENT_H

#include "config/config.h"

/* Sign `content` with the certificate in use, in the arena: by the signer of the running daemon, else with the key itself, as whoever
 * may read it; this process leaves no core and cannot be traced from then on. ERROR_CONFIG for a key that cannot be opened or is not that of
 * the certificate, ERROR_OUT and ERROR_TIMEOUT when the signer does not answer, ERROR_BUDGET. */
int signed_document(const struct config *config, struct slice content, struct arena *arena, struct slice *out_der, struct error *e);

#endif
