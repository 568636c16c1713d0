/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A document with its signature around it (CMS SignedData with content, a .p7m file), as the index is published (RFC 6109 4.5).
 */
#ifndef OPEC_SIGN_P7M_H
#define OPEC_SIGN_P7M_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* The document, in the arena, if the signature holds and its certificate hangs below an authority of `ca` (a PEM bundle) today. DER, or the
 * same in base64 with or without PEM lines. ERROR_SYNTAX, ERROR_SIGNATURE, ERROR_CERTIFICATE, ERROR_CONFIG for the bundle, ERROR_BUDGET. */
int p7m_open(struct slice bytes, const char *ca, struct arena *arena, struct slice *out, struct error *e);

#endif
