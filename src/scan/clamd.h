/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The antivirus: clamd's INSTREAM command over a socket (RFC 6109 2.2.2, 3.1.3, 3.2.3).
 *
 * What lies beyond clamd's own MaxScanSize and MaxFileSize it calls OK, unless its AlertExceedsMax is set.
 */
#ifndef OPEC_SCAN_CLAMD_H
#define OPEC_SCAN_CLAMD_H

#include <stdint.h>

#include "base/error.h"
#include "base/net.h"
#include "base/slice.h"

enum { SCAN_NAME_SIZE = 128 };

/* What the antivirus found; "" if the message is clean. Printable ASCII: it is quoted in receipts. */
struct scan_verdict {
    char virus[SCAN_NAME_SIZE];
};

/* Scan a message, over a connection of its own; its bytes are sent from where they are. Only "OK" is clean and only "FOUND" is a
 * virus, and only after clamd has taken the whole message; any other answer, "size limit exceeded" among them, is no verdict:
 * ERROR_PROTOCOL with clamd's words. ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_CLOSED. */
int scan_message(const struct net_address *clamd, struct slice message, int64_t deadline_ms, struct scan_verdict *out,
                 struct error *e);

/* Is it there (PING, PONG)? The same errors. */
int scan_ping(const struct net_address *clamd, int64_t deadline_ms, struct error *e);

#endif
