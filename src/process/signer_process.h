/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process that holds the key (RFC 6109 5.1, design 6.6). It reads digests of a fixed length and nothing else; it parses no mail, has
 * no network, cannot be traced and leaves no core.
 */
#ifndef OPEC_PROCESS_SIGNER_PROCESS_H
#define OPEC_PROCESS_SIGNER_PROCESS_H

#include "config/config.h"
#include "flow/board.h"

/* Serve until SIGTERM, or until there is no token that signs: the next process begins anew. The exit status. `listener` is the socket of
 * all signer processes, `number` the place among them. `ready` (see role_ready): the key is open, or known to be out. */
int signer_process(const struct config *config, struct board *board, unsigned number, int listener, int ready);

#endif
