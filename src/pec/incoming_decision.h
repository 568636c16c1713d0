/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A decision of the incoming point in the making; for the files of incoming_decide() alone.
 */
#ifndef OPEC_PEC_INCOMING_DECISION_H
#define OPEC_PEC_INCOMING_DECISION_H

#include "pec/incoming.h"

struct decision {
    const struct pec_provider *provider;
    const struct incoming *in;
    const struct judgement *judgement;
    const struct incoming_facts *facts;
    struct arena *arena;
    struct plan plan;
};

/* All that return an int: ERROR_BUDGET. */

bool decision_is_home(const struct decision *d, const char *address);

/* A receipt or notice of ours, to one address: straight to a mailbox of ours, else by the relay. */
int decision_notify(struct decision *d, enum message_kind kind, const char *to, struct step **out);

/* What came, unchanged, to a mailbox. */
int decision_add_mailbox(struct decision *d, enum step_role role, const char *address, struct step **out);

int decision_add_quarantine(struct decision *d);

/* Room for so many releases, before the first of them. */
int decision_reserve_releases(struct decision *d, size_t count);
void decision_release(struct decision *d, const char *address, bool is_final);

/* 3.2.4: the sender's provider tells its user. `detail` is that of the virus detection notice. Takes a release. */
int decision_tell_virus(struct decision *d, const char *recipient, const char *virus, const char *detail);

/* What is done about a correct envelope, about an infected one, about a correct receipt, about a bounce of ours. */
int incoming_envelope(struct decision *d);
int incoming_infected(struct decision *d);
int incoming_receipt(struct decision *d);
int incoming_bounce(struct decision *d);

#endif
