/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers.h"

struct answer answer_taken(const char *address)
{
    return (struct answer){ .address = address, .fate = FATE_TAKEN, .code = 250, .enhanced = "2.0.0", .text = "Ok" };
}

struct answer answer_refused(const char *address, int code, const char *enhanced, const char *text)
{
    return (struct answer){ .address = address, .fate = FATE_REFUSED, .code = code, .enhanced = enhanced, .text = text };
}

struct effects answers_apply(struct plan *plan, size_t step, struct answer *answers, size_t count, struct arena *arena)
{
    const struct outcome o = { .step = step, .time = ANSWERS_LATER, .answers = answers, .answer_count = count };
    struct effects effects;

    assert_int_equal(plan_apply(&fixture_provider, plan, &o, arena, &effects), 0);
    assert_true(plan->steps[step].is_done);
    return effects;
}
