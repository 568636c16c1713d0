/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A keeper on a store and a legal log in a folder of their own, asked as workers ask it. What fails here ends the test.
 */
#ifndef OPEC_TESTS_FLOW_KEEPER_KIT_H
#define OPEC_TESTS_FLOW_KEEPER_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/keeper.h"

enum { KIT_START = 1795500000, KIT_ALICE = 1, KIT_BOB = 2, KIT_CRASHES_MAX = 3, KIT_KEPT = 1000 };

struct kit {
    char folder[200], url[256], legal[256];
    struct keeper_settings settings;
    struct keeper *keeper;
    struct arena *arena;
};

/* For cmocka_unit_test_setup_teardown: an open keeper. */
int kit_set_up(void **state);
int kit_tear_down(void **state);

/* One on a store of its own (`url` NULL), or on a server's with others; both last as long as the kit. Nothing of it is on the heap. */
void kit_make(struct kit *k, const char *url, const char *node);
void kit_unmake(struct kit *k);

void kit_open(struct kit *k);
/* As after its death; what was not synced stays, as it does when a process dies. */
void kit_open_again(struct kit *k);

/* Ask in a batch of one. */
struct journal_response kit_ask(struct kit *k, keeper_client client, const struct journal_request *request);

/* Ask, and expect this state; or this error. */
void kit_expect_state(struct kit *k, keeper_client client, const struct journal_request *request, enum journal_state state);
void kit_expect_error(struct kit *k, keeper_client client, const struct journal_request *request, int error);

/* Requests about the plan with that key: all 32 bytes are `byte`. */
struct journal_request kit_about(enum journal_verb verb, unsigned char byte);
/* A begun plan, claimed by alice. */
void kit_begin(struct kit *k, unsigned char byte);
/* An outcome, or the end, with one line for the log. */
struct journal_request kit_outcome(unsigned char byte, uint32_t number, const char *line_id);
struct journal_request kit_end(unsigned char byte, const char *answer, const char *line_id);

/* The ids in the legal log, with blanks between them. It must verify; `is_all_known`: the store knows its last line. */
char *kit_log(struct kit *k, bool *is_all_known);

/* Write one word over another of the same length in the first file of the log. */
void kit_change_log(struct kit *k, const char *from, const char *to);
/* When that file was begun, by its name. */
int64_t kit_first_line_time(struct kit *k);

/* The next commits of this process fail with ERROR_FULL. */
extern unsigned kit_commits_to_fail;

/* What went to the disk since it was emptied: 'l' the log was synced, 'c' a commit, 'C' a durable one. */
extern char kit_trace[64];

#endif
