/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The part of the board that speaks of signing: each token (a key in a file counts as one), and each signer process.
 *
 * Signers say what they find; the master says which of them had to be killed or crashed. A token that is out is asked by one process at
 * a time and not too often, so that a module that hangs costs one process and not all of them. A token is out when the last that was
 * heard of it was a failure; the dependency `signer` is out when no process has a token that signs.
 */
#ifndef OPEC_FLOW_SIGNING_BOARD_H
#define OPEC_FLOW_SIGNING_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

enum { BOARD_TOKENS_MAX = 16 /* SIGNER_TOKENS_MAX */, BOARD_SIGNERS_MAX = 64, BOARD_TOKEN_NAME_SIZE = 64, BOARD_TOKEN_WORDS_SIZE = 160 };

struct token_state {
    char name[BOARD_TOKEN_NAME_SIZE];
    _Atomic bool has_answered;
    _Atomic int64_t out_since;     /* seconds since 1970; 0: it signs, or was never asked */
    _Atomic int64_t ask_after;     /* monotonic ms, while it is out */
    _Atomic uint32_t hangs;        /* in a row */
    _Atomic uint64_t signatures, failures;
    struct histogram latency;      /* of signatures, microseconds */
    char words[BOARD_TOKEN_WORDS_SIZE]; /* of the last failure; may be read while it changes */
};

struct signer_slot {
    _Atomic int token;           /* that it signs with, counted from 1; 0: none */
    _Atomic int asking;          /* the one that a call is under way to, from 1; 0: none */
    _Atomic int64_t ends_by;     /* monotonic ms: a call that is not back by then is hanging; 0: no call */
};

enum { SIGNING_SHUT_OUT = 2 };

struct signing_board {
    unsigned tokens; /* in use */
    /* Signers in a row that signed, and signed no more once the network was denied: from SIGNING_SHUT_OUT on the module is taken to need it
     * (process/sandbox.h). One alone may have met a fault of the token's own. */
    _Atomic unsigned shut_out;
    struct token_state token[BOARD_TOKENS_MAX];
    struct signer_slot slot[BOARD_SIGNERS_MAX];
};

struct board;

/* Before the signers are born: the tokens' names, in the order of the configuration. What was counted of one that keeps its place and
 * name stays. */
void board_name_tokens(struct board *b, const char *const *names, size_t count);

/* --- the signers (`token` counts from 0) ------------------------------------------------------------------------------------- */

/* A call to a token begins, and is to end within so many milliseconds; it has ended. */
void board_call_begin(struct board *b, unsigned slot, unsigned token, int64_t milliseconds);
void board_call_end(struct board *b, unsigned slot);

/* May this process ask the token? Always if it is not out; else one process may, from time to time. */
bool board_token_claim(struct board *b, unsigned token);

/* It has signed, in so many microseconds (0: a signature for nobody, which is not counted). True if it was out until now: worth a line
 * in the log. */
bool board_token_signed(struct board *b, unsigned token, uint64_t microseconds);

/* It has failed. True if it was not out until now. */
bool board_token_failed(struct board *b, unsigned token, const char *words);

/* It has failed and is not out: it was helped, or a new process is to find out. */
void board_token_stumbled(struct board *b, unsigned token);

/* The process has opened a token, or (-1) has none now. */
void board_signer_has(struct board *b, unsigned slot, int token);

/* Processes with a token that signs. */
unsigned board_signers_with_token(const struct board *b);

/* --- the master -------------------------------------------------------------------------------------------------------------- */

/* Has a call of this process not come back in time? *out_token: the name of the token. */
bool board_signer_hangs(const struct board *b, unsigned slot, const char **out_token);

/* The process is no more; if a call was under way, it was that token's module that took it down: `hung`, or by a crash of its own. */
void board_signer_gone(struct board *b, unsigned slot, bool hung, bool crashed);

#endif
