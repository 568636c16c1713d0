/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sockets of a running daemon, below run_dir. The master listens on all of them for as long as it lives, so that the death of a child
 * refuses nobody: what was asked meanwhile waits for its successor.
 */
#ifndef OPEC_PROCESS_LAYOUT_H
#define OPEC_PROCESS_LAYOUT_H

#include "base/net.h"
#include "config/config.h"

enum daemon_socket { SOCKET_CONTROL, SOCKET_KEEPER, SOCKET_SIGNER, SOCKET_NOTICES, SOCKET_COUNT };

/* Its address. ERROR_CONFIG if run_dir is too long for a socket's name. */
int layout_socket(const struct config *config, enum daemon_socket which, struct net_address *out, struct error *e);

#endif
