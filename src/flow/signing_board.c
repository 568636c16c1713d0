/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/signing_board.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/board.h"

enum {
    ASK_AGAIN_MS = 1000,       /* a token that fails */
    HANG_FIRST_MS = 1000,      /* one that hangs costs a process each time: it is asked less and less often */
    HANG_LONGEST_MS = 5000,
};

void board_name_tokens(struct board *b, const char *const *names, size_t count)
{
    struct signing_board *s = &b->signing;

    s->tokens = count < BOARD_TOKENS_MAX ? (unsigned)count : BOARD_TOKENS_MAX;
    atomic_store(&s->shut_out, 0); /* the module may be another one */
    for (unsigned i = 0; i < s->tokens; i++) {
        struct token_state *t = &s->token[i];

        if (strncmp(t->name, names[i], sizeof t->name - 1) == 0)
            continue;
        memset(t, 0, sizeof *t);
        text_copy(t->name, sizeof t->name, slice_of(names[i]));
    }
}

void board_call_begin(struct board *b, unsigned slot, unsigned token, int64_t milliseconds)
{
    struct signer_slot *s = &b->signing.slot[slot];

    atomic_store(&s->asking, (int)token + 1);
    atomic_store(&s->ends_by, clock_monotonic_ms() + milliseconds);
}

void board_call_end(struct board *b, unsigned slot)
{
    struct signer_slot *s = &b->signing.slot[slot];

    atomic_store(&s->ends_by, 0);
    atomic_store(&s->asking, 0);
}

bool board_token_claim(struct board *b, unsigned token)
{
    struct token_state *t = &b->signing.token[token];
    int64_t now = clock_monotonic_ms(), after = atomic_load(&t->ask_after);

    if (atomic_load(&t->out_since) == 0)
        return true;
    /* Who moves the hand asks; until he knows, or is gone, nobody else does. */
    return now >= after && atomic_compare_exchange_strong(&t->ask_after, &after, now + ASK_AGAIN_MS);
}

bool board_token_signed(struct board *b, unsigned token, uint64_t microseconds)
{
    struct token_state *t = &b->signing.token[token];

    if (microseconds) {
        atomic_fetch_add(&t->signatures, 1);
        histogram_add(&t->latency, microseconds);
    }
    if (!atomic_load(&t->has_answered))
        atomic_store(&t->has_answered, true);
    if (atomic_load(&t->hangs))
        atomic_store(&t->hangs, 0);
    return atomic_load(&t->out_since) && atomic_exchange(&t->out_since, 0);
}

static bool failed(struct token_state *t, const char *words, int64_t pause_ms)
{
    int64_t never = 0;

    text_copy(t->words, sizeof t->words, slice_of(words));
    atomic_fetch_add(&t->failures, 1);
    atomic_store(&t->ask_after, clock_monotonic_ms() + pause_ms);
    return atomic_compare_exchange_strong(&t->out_since, &never, clock_now());
}

bool board_token_failed(struct board *b, unsigned token, const char *words)
{
    return failed(&b->signing.token[token], words, ASK_AGAIN_MS);
}

void board_token_stumbled(struct board *b, unsigned token)
{
    atomic_fetch_add(&b->signing.token[token].failures, 1);
}

unsigned board_signers_with_token(const struct board *b)
{
    unsigned n = 0;

    for (unsigned i = 0; i < BOARD_SIGNERS_MAX; i++)
        n += atomic_load(&b->signing.slot[i].token) != 0;
    return n;
}

/* The words of a token that is out; the last one that failed has no better reason than the others. */
static const char *reason(const struct board *b)
{
    for (unsigned i = 0; i < b->signing.tokens; i++)
        if (atomic_load(&b->signing.token[i].out_since))
            return b->signing.token[i].words;
    return "no process has a key that signs";
}

void board_signer_has(struct board *b, unsigned slot, int token)
{
    atomic_store(&b->signing.slot[slot].token, token + 1);
    if (board_signers_with_token(b))
        board_report(b, DEP_SIGNER, 0, "");
    else if (!board_is_out(b, DEP_SIGNER))
        board_report(b, DEP_SIGNER, ERROR_OUT, reason(b));
}

bool board_signer_hangs(const struct board *b, unsigned slot, const char **out_token)
{
    const struct signer_slot *s = &b->signing.slot[slot];
    int64_t ends_by = atomic_load(&s->ends_by);
    int asking = atomic_load(&s->asking);

    if (ends_by == 0 || clock_monotonic_ms() <= ends_by)
        return false;
    *out_token = asking ? b->signing.token[asking - 1].name : "";
    return true;
}

void board_signer_gone(struct board *b, unsigned slot, bool hung, bool crashed)
{
    struct signer_slot *s = &b->signing.slot[slot];
    int asking = atomic_exchange(&s->asking, 0);

    atomic_store(&s->ends_by, 0);
    if (asking && (hung || crashed)) {
        struct token_state *t = &b->signing.token[asking - 1];
        int64_t pause = HANG_FIRST_MS;

        for (uint32_t i = hung ? atomic_fetch_add(&t->hangs, 1) : 0; i > 0 && pause < HANG_LONGEST_MS; i--)
            pause *= 2;
        failed(t, hung ? "its module did not come back from a call" : "its module crashed",
               !hung ? 0 : pause < HANG_LONGEST_MS ? pause : HANG_LONGEST_MS);
    }
    /* One that ends as it should has a successor at once. */
    if (hung || crashed)
        board_signer_has(b, slot, -1);
    else
        atomic_store(&s->token, 0);
}
