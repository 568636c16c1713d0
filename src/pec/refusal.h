/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why something could not be delivered, in the words of the law: `errore` and errore-esteso (RFC 6109 4.4) from an RFC 3463 status.
 */
#ifndef OPEC_PEC_REFUSAL_H
#define OPEC_PEC_REFUSAL_H

#include "base/arena.h"
#include "pec/certification.h"
#include "pec/message.h"

/* 5.1.2, 5.4.4: no-dominio; the rest of 5.1.*, and 5.2.1: no-dest; else altro. Without an enhanced code the SMTP code decides: 550 is
 * no-dest. */
enum certified_error refusal_error(const char *enhanced, int code);

/* "X.Y.Z - provider - description": Italian for what is known, else `text` as it came. NULL without budget. */
char *refusal_detail(const struct pec_provider *provider, const char *enhanced, int code, const char *text, struct arena *arena);

/* The same form with words of ours. */
char *refusal_words(const struct pec_provider *provider, const char *enhanced, const char *words, struct arena *arena);

#endif
