/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/decide.h"

#include "base/clock.h"
#include "base/random.h"
#include "scan/clamd.h"

enum { SEED_BYTES = 8 };

const char *decide_seed(struct arena *arena)
{
    char hex[2 * SEED_BYTES + 1];

    random_hex(hex, SEED_BYTES);
    return arena_text(arena, slice_of(hex));
}

int64_t decide_number(void)
{
    uint64_t number;

    random_bytes(&number, sizeof number);
    return (int64_t)(number >> 1);
}

static int ask_antivirus(struct work *w, struct scan_verdict *out, struct error *e)
{
    struct services *s = w->services;
    enum phase before = phases_enter(&w->phases, PHASE_SCAN);
    struct error words = { 0 };
    int result = board_enter(s->board, DEP_ANTIVIRUS, s->slot, e);

    if (result == 0) {
        result = scan_message(&s->config->antivirus.clamd, w->spooled->arrival.bytes, work_deadline(w, s->config->antivirus.timeout), out,
                              &words);
        board_leave(s->board, DEP_ANTIVIRUS, s->slot, result, words.text);
        if (result != 0)
            error_set(e, result, "antivirus: %s", words.text);
    }
    phases_leave(&w->phases, before);
    return result;
}

int decide_scan(struct work *w, const char **out_virus, struct error *e)
{
    struct scan_verdict verdict = { 0 };
    int result;

    *out_virus = NULL;
    if (!w->services->config->antivirus.enabled)
        return 0;
    result = ask_antivirus(w, &verdict, e);
    if (result != 0)
        return result;
    if (!*verdict.virus)
        return 0;
    *out_virus = arena_text(w->arena, slice_of(verdict.virus));
    return *out_virus ? 0 : error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
}

/* 2.2.1: is each recipient's domain in the index? */
static int look_up_recipients(struct work *w, const bool **out, struct error *e)
{
    const struct arrival *a = &w->spooled->arrival;
    bool *certified = arena_array(w->arena, a->recipient_count, sizeof *certified);

    if (!certified)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    if (!w->services->index)
        return error_set(e, ERROR_OUT, "the providers' index is out");
    for (size_t i = 0; i < a->recipient_count; i++)
        certified[i] = index_is_certified(w->services->index, address_domain(slice_of(a->recipients[i])));
    *out = certified;
    return 0;
}

/* 3.1.1: the message, and what is formally wrong with it. */
static int read_submission(struct work *w, struct submission *out, struct access_facts *facts)
{
    const struct access_limits limits = {
        .message_size = w->services->config->limits.message_size,
        .recipients = w->services->config->limits.recipients,
    };
    enum phase before = phases_enter(&w->phases, PHASE_PARSE);
    int result = access_read(&w->spooled->arrival, w->arena, out);

    if (result == 0)
        result = access_check(out, &limits, w->arena, &facts->fault);
    phases_leave(&w->phases, before);
    return result;
}

int decide_access(struct work *w, struct error *e)
{
    struct access_facts facts = { .now = clock_now(), .seed = decide_seed(w->arena), .number = decide_number() };
    struct submission submission;
    int result = read_submission(w, &submission, &facts);

    if (result != 0 || !facts.seed)
        return error_set(e, result ? result : ERROR_BUDGET, "%s", error_row(result ? result : ERROR_BUDGET)->text);
    result = look_up_recipients(w, &facts.certified, e);
    if (result == 0 && !facts.fault)
        result = decide_scan(w, &facts.virus, e);
    if (result != 0)
        return result;
    w->original = submission.original;
    result = access_decide(&w->services->provider, &submission, &facts, w->arena, &w->plan);
    return result ? error_set(e, result, "%s", error_row(result)->text) : 0;
}

/* An envelope's receipts attach its postacert.eml; everything else is about the message itself. */
int decide_reread(struct work *w, struct error *e)
{
    struct incoming in;
    struct submission submission;
    enum phase before;
    int result;

    if (!w->spooled)
        return 0;
    before = phases_enter(&w->phases, PHASE_PARSE);
    if (w->plan.point == POINT_ACCESS) {
        result = access_read(&w->spooled->arrival, w->arena, &submission);
        w->original = submission.original;
    } else {
        result = incoming_read(&w->spooled->arrival, w->arena, &in);
        w->original = in.original;
        if (result == 0 && w->plan.verdict == VERDICT_ENVELOPE)
            result = incoming_postacert(&in, w->arena, &w->original);
    }
    phases_leave(&w->phases, before);
    return result ? error_set(e, result, "reading the message again: %s", error_row(result)->text) : 0;
}
