/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two providers with all that they keep (store, legal log, quarantine) below one folder that can be set aside and brought back, and the
 * engine run on one message at a time, in a process that may die on its way. What fails here ends the test.
 */
#ifndef OPEC_TESTS_FLOW_WORLD_H
#define OPEC_TESTS_FLOW_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"
#include "flow/keeper.h"
#include "sink.h"

enum site { ALFA, BETA, SITE_COUNT };

enum { WORLD_START = 1795500000 /* 2026-11-24T06:00:00Z */, WORLD_RECORDED_MAX = 32, WORLD_CRASHES_MAX = 3 };

struct world {
    const struct config *configs[SITE_COUNT];
    struct sinks sinks;
    struct arena *arena; /* for a test; emptied by world_begin_test */
};

extern struct world world;

/* Make the world, by world.sh, and take it away: cmocka's setup and teardown of a group. */
int world_begin(void **state);
int world_end(void **state);

/* Say what cannot be, and end the test. */
_Noreturn void world_give_up(const char *what);

/* Both providers as they are on their first day; nothing has been delivered. Fits cmocka's setup. */
int world_begin_test(void **state);

/* Set aside what all keep, bring it back, and forget what was delivered. */
void world_keep(void);
void world_restore(void);
void world_forget_deliveries(void);

/* A message, as the receiver has it. */
struct mail {
    enum point point;
    const char *sender, **recipients;
    size_t recipient_count;
    const char *ident;
    struct slice bytes;
    bool bare_cr, bare_lf; /* as the receiver found them */
};

/* The key of its plan. */
void world_key(enum site site, const struct mail *mail, unsigned char out[STORE_KEY_SIZE]);

/* How the engine is run on it. */
struct journey {
    enum site site;
    const struct mail *mail; /* NULL: carry out the notices that are due */
    int64_t now;             /* what the clock says, all the way */
    unsigned die_at;         /* the boundary, counted from 1, at which the process is killed; 0: none */
    unsigned fail_commit;    /* the commit, counted from 1, that the disk refuses; 0: none */
    bool refuses_ordinary;   /* incoming.ordinary_mail = "reject" */
    bool is_in_other_hands;  /* somebody else has claimed it */
};

/* What came of it. */
struct journey_end {
    bool died;
    bool has_begun;                /* the plan was on the disk */
    bool is_refused_a_commit;      /* fail_commit was reached */
    unsigned boundaries, commits;  /* that were reached */
    enum boundary last;            /* the boundary at which it died */
    char reply[FLOW_REPLY_SIZE];   /* of a message; "" if the process died */
    int result;                    /* of the last notice */
    size_t recorded_count;         /* what was recorded: "SERVER RECIPIENT <MESSAGE-ID>", with "-" for what goes on as it came */
    char recorded[WORLD_RECORDED_MAX][160];
};

struct journey_end world_run(const struct journey *journey);

/* A mail with one recipient after the other; NULL ends them. */
struct mail world_mail(enum point point, const char *sender, struct slice bytes, ...) __attribute__((sentinel));
/* Lines that end with LF, with CRLF in its place. */
struct slice world_text(const char *text);
/* Carry a mail through, undisturbed, at WORLD_START; the test fails unless the answer is 250. */
void world_pass(enum site site, const struct mail *mail);

/* What has been delivered. */
struct delivery *world_deliveries(size_t *out_count);
/* The only one to that recipient whose header field `name` has that value; the test fails if there is none or several. */
struct slice world_delivered(const char *recipient, const char *name, const char *value);

/* The value of a header field of a message, NULL without one. */
const char *world_field(struct slice message, const char *name);

/* Ask a site's keeper something. */
struct journal_response world_ask(enum site site, const struct journal_request *request);

/* The lines of a site's legal log, which is verified first. */
struct slice *world_log(enum site site, size_t *out_count);

/* How many messages are in quarantine; the bytes of the last one. */
size_t world_quarantine(enum site site, struct slice *out_message);

#endif
