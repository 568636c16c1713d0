/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Why something could not be delivered, in the words of the law: `errore` and errore-esteso (RFC 6109 4.4) from an RFC 3463 status.
 *
 * What is refused is refused for good: a status of class 4, as a mail system gives it when it stops trying, counts as the one of class 5.
 */
#ifndef OPEC_PEC_REFUSAL_H
#define OPEC_PEC_REFUSAL_H

#include "base/arena.h"
#include "pec/certification.h"
#include "pec/message.h"

/* 5.1.2, 5.4.4: no-dominio; the rest of 5.1.*, and 5.2.1: no-dest; else altro. Without an enhanced code (NULL) the SMTP code decides: 550
 * is no-dest. */
enum certified_error refusal_error(const char *enhanced, int code);

/* "X.Y.Z - provider - description", as live providers write it: Italian for what is known, else `text` as it came, in one line and not
 * all of it if it is long. NULL without budget. */
char *refusal_detail(const struct pec_provider *provider, const char *enhanced, int code, const char *text, struct arena *arena);

/* The same form with words of ours. */
char *refusal_words(const struct pec_provider *provider, const char *enhanced, const char *words, struct arena *arena);

/* The same form for a virus, whose name may be NULL. */
char *refusal_virus(const struct pec_provider *provider, const char *virus, struct arena *arena);

/* errore-esteso of another provider's virus notice: as it came where it begins with a status, else as the name of the virus in the same
 * form. NULL or "": a virus without a name. */
const char *refusal_virus_told(const struct pec_provider *provider, const char *detail, struct arena *arena);

#endif
