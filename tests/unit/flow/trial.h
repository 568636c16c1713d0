/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One message on its way, disturbed at every place where it can be, and sent again: whatever happened, the end is the same (design 3, 6.1
 * to 6.5). What is not as it should be ends the test.
 */
#ifndef OPEC_TESTS_FLOW_TRIAL_H
#define OPEC_TESTS_FLOW_TRIAL_H

#include "world.h"

enum { TRIAL_LIST_MAX = 16 };

/* A kind of message, and what the law has follow from it. Lists end with NULL; their order does not count. */
struct kind {
    enum site site;
    int64_t now;
    const char *deliveries[TRIAL_LIST_MAX]; /* "SERVER KIND RECIPIENT" */
    const char *events[TRIAL_LIST_MAX];     /* "EVENT MESSAGE RECIPIENT...", in the order of the alphabet */
    const char *reply;                /* how it begins */
    size_t quarantined;
    size_t waiting;                   /* recipients for whom a notice is due some day */
    bool refuses_ordinary;
};

/* Kill the process at each boundary of the message's way in turn. Each time it must come to the same effects, with the same ids and times,
 * at most one of them twice and then with the same bytes, and every event once. `mail` NULL: what the schedule has due at that time. */
void crash_everywhere(const struct kind *kind, const struct mail *mail);

/* And with the disk full at each commit in turn. */
void disturb_everywhere(const struct kind *kind, const struct mail *mail);

#endif
