/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is drawn by lot for each message of the day (day.h).
 */
#ifndef OPEC_TEST_PEC_DAY_DRAW_H
#define OPEC_TEST_PEC_DAY_DRAW_H

#include "day.h"

enum { PARTIES_MAX = 4, DAY_SIZE = 5000 /* octets of a message */, DAY_LENGTH = 24 * 60 /* minutes */ };

enum matter { SUBMITTED, SUBMITTED_BADLY, SUBMITTED_INFECTED, ENVELOPE_IN, ENVELOPE_IN_INFECTED, ORDINARY_IN, ORDINARY_IN_INFECTED };

/* What becomes of one recipient. */
enum lot {
    HOME_TAKES, HOME_REFUSES, HOME_TAKES_LATE /* its receipts go by the queue and come around */,
    BETA_TAKES, BETA_REFUSES, BETA_IS_SILENT, BETA_CHARGES_ONLY, BETA_IS_LATE, BETA_FINDS_A_VIRUS, RELAY_REFUSES, RELAY_RETURNS,
    EXTERNAL_TAKES, EXTERNAL_RETURNS,
};

struct drawn {
    size_t number;
    enum matter matter;
    unsigned minute, sender;
    bool is_infected; /* as the incoming point finds what the access point did not */
    size_t count;
    enum lot lots[PARTIES_MAX];
    unsigned users[PARTIES_MAX];
};

/* The same for the same number: so nothing of a message need be kept until its receipts come. */
struct drawn day_draw(size_t number, size_t messages);

bool day_is_home(enum lot lot);
bool day_is_external(enum lot lot);
/* By the take-charge that beta sends for all of them together. */
bool day_is_charged_at_once(enum lot lot);
/* Does it come from beta, as an envelope? */
bool day_is_beta_sender(const struct drawn *d);
/* Does the incoming point find a virus in it? */
bool day_is_infected(const struct drawn *d);

#endif
