/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a signer process may no longer ask of the kernel, for good: to run programs, to look into other processes, to load code into the
 * kernel, to change what it sees of the machine; and, where the token's library can do without, to speak to a network.
 *
 * It is a list of what is denied, since the library is the vendor's and nobody knows all that it calls. Whether it needs the network is
 * found out, not configured: see signer_process.c.
 */
#ifndef OPEC_PROCESS_SANDBOX_H
#define OPEC_PROCESS_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

/* For all threads of the process, after role_become. ERROR_UNSUPPORTED where the kernel or the machine has no such thing. */
int sandbox_enter(bool with_network, struct error *e);

/* Has this process a socket that is not local? */
bool sandbox_has_network(void);

#endif
