/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What clamd says at the end of a stream.
 */
#ifndef OPEC_SCAN_ANSWER_H
#define OPEC_SCAN_ANSWER_H

#include "base/error.h"
#include "base/slice.h"
#include "scan/clamd.h"

/* Read an answer without its end. "stream: OK" is clean; "stream: NAME FOUND" is a virus, whose name is made fit to be quoted
 * (clamd.h). ERROR_PROTOCOL with the words of any other. */
int scan_answer_read(struct slice answer, struct scan_verdict *out, struct error *e);

#endif
