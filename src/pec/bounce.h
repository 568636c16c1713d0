/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Delivery status reports (RFC 3464) about envelopes of ours: the mail system's bounce becomes a non-delivery notification for the
 * sender (RFC 6109 2.2.2, 3.3.3).
 */
#ifndef OPEC_PEC_BOUNCE_H
#define OPEC_PEC_BOUNCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"
#include "mime/header.h"

struct bounced {
    const char *address;    /* Final-Recipient */
    const char *original;   /* Original-Recipient; NULL */
    const char *status;     /* "5.4.4" */
    const char *diagnostic; /* the words of Diagnostic-Code; "" if there are none */
    bool failed;            /* Action: failed; else delayed, relayed, ... */
};

struct bounce {
    const char *envid; /* Original-Envelope-Id; NULL: no such report */
    struct bounced *recipients;
    size_t recipient_count;
};

/* Is the message a delivery status report with an envelope id? out->envid is NULL if it is not. ERROR_BUDGET. */
int bounce_read(struct slice message, struct arena *arena, struct bounce *out);

#endif
