/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the verbs `domain` and `account` share: the configuration, the way to the keeper, and the names in lower case.
 */
#ifndef OPEC_OPEC_PROVISIONING_H
#define OPEC_OPEC_PROVISIONING_H

#include "opec/keeper_way.h"
#include "opec/verb.h"

struct provisioning {
    const struct call *call;
    const struct config *config;
    struct arena *arena;
    struct keeper_way way; /* journal NULL until it is opened */
};

/* One of the words behind the verb; `run` gives the exit status. */
struct provisioning_act {
    const char *word;
    size_t least, most; /* arguments behind the word */
    int (*run)(struct provisioning *p, const char **words, size_t count);
};

/* Find the act that the first word names, and do it. */
int provisioning_run(const struct call *call, const char *verb, const struct provisioning_act *acts, size_t count);

/* keeper_way_ask; the way is opened at the first question, so that wrong arguments touch nothing. */
int provisioning_ask(struct provisioning *p, const struct journal_request *request, struct journal_response *out, struct error *e);

/* Is the domain one of those in the configuration? */
bool provisioning_is_configured(const struct provisioning *p, const char *domain);

#endif
