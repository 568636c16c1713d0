/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process that holds the key (RFC 6109 5.1, design 6.6). It reads digests of a fixed length and nothing else; it parses no mail, has
 * no network, cannot be traced and leaves no core.
 */
#ifndef OPEC_PROCESS_SIGNER_PROCESS_H
#define OPEC_PROCESS_SIGNER_PROCESS_H

#include "config/config.h"
#include "flow/board.h"

/* Serve until SIGTERM; the exit status. `listener` is the socket of all signer processes. `ready` (see role_ready): the key is open, or known
 * to be out. */
int signer_process(const struct config *config, struct board *board, int listener, int ready);

/* The settings of the key, whose PEM file (kind file) is `file`. */
struct key_settings;
void signer_key_settings(const struct config *config, const char *file, struct key_settings *out);

#endif
