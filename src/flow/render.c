/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/render.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "sign/cms.h"

/* So many messages are made at once: enough to spare questions to the signer, few enough to spare memory. */
enum { BATCH = 16 };

/* What a batch may need: the certification data of 10,000 recipients in each, and attached messages that are taken apart. */
enum { BATCH_BUDGET = 64 * 1024 * 1024, BATCH_FACTOR = 4 };

int64_t work_deadline(const struct work *w, int64_t timeout_seconds)
{
    int64_t own = clock_monotonic_ms() + timeout_seconds * 1000;

    return own < w->deadline_ms ? own : w->deadline_ms;
}

/* The table keeps pace with the plan. */
static int make_room(struct work *w)
{
    size_t count = w->plan.step_count;
    struct rendered *grown;

    if (count <= w->rendered_count)
        return 0;
    count = count < 2 * w->rendered_count ? 2 * w->rendered_count : count;
    grown = arena_array(w->arena, count, sizeof *grown);
    if (!grown)
        return ERROR_BUDGET;
    if (w->rendered_count)
        memcpy(grown, w->rendered, w->rendered_count * sizeof *grown);
    w->rendered = grown;
    w->rendered_count = count;
    return 0;
}

/* The memory of the next batch is that of the last one. */
static int forget(struct work *w)
{
    for (size_t i = 0; i < w->rendered_count; i++)
        w->rendered[i].is_ready = false;
    if (w->batch)
        arena_reset(w->batch);
    else
        w->batch = arena_new(BATCH_BUDGET + BATCH_FACTOR * w->original.whole.size);
    return w->batch ? 0 : ERROR_MEMORY;
}

void render_end(struct work *w)
{
    arena_free(&w->batch);
}

/* A brief receipt of a message with more parts than we follow is a complete one: nothing of the proof is lost. */
static int compose(struct work *w, struct pec_message *message, struct composed *out)
{
    const struct pec_provider *provider = &w->services->provider;
    int result = message_compose(provider, &w->plan.about, message, &w->original, w->batch, out);

    if (result == ERROR_LIMIT && message->kind == KIND_DELIVERY_BRIEF) {
        message->kind = KIND_DELIVERY_COMPLETE;
        result = message_compose(provider, &w->plan.about, message, &w->original, w->batch, out);
    }
    return result;
}

static int request_of(struct work *w, const struct step *step, const struct composed *c, struct cms_request *out, const char **out_digest)
{
    char hex[DIGEST_HEX_MAX];
    int result = digest_rope(DIGEST_SHA256, &c->content, out->content_digest);

    if (result != 0)
        return result;
    out->signing_time = step->message.time;
    hex_write((struct slice){ (const char *)out->content_digest, SIGNED_DIGEST_SIZE }, hex);
    *out_digest = arena_text(w->arena, slice_of(hex));
    return *out_digest ? 0 : ERROR_BUDGET;
}

/* Steps of one message to several mailboxes share it. */
static const struct rendered *made_already(const struct work *w, size_t step)
{
    const char *id = w->plan.steps[step].message.id;

    for (size_t i = step; i-- > 0 && w->plan.steps[i].role == w->plan.steps[step].role;)
        if (w->rendered[i].is_ready && strcmp(w->plan.steps[i].message.id, id) == 0)
            return &w->rendered[i];
    return NULL;
}

static bool wants_making(const struct work *w, size_t step)
{
    const struct step *s = &w->plan.steps[step];

    return !s->is_done && role_rows[s->role].matter == MATTER_MADE && !w->rendered[step].is_ready && !made_already(w, step);
}

static int sign(struct work *w, struct cms_request *requests, size_t count, struct error *e)
{
    struct services *s = w->services;
    /* Two signers may be asked, one after the other. */
    int64_t patience = (2 * signer_patience_ms(s->config->signer.timeout, count) + 999) / 1000;
    enum phase before = phases_enter(&w->phases, PHASE_SIGN);
    int result = board_enter(s->board, DEP_SIGNER, s->slot, e);
    struct error words = { 0 };

    if (result == 0) {
        result = cms_sign(&s->chain, s->signer, w->plan.seed, requests, count, work_deadline(w, patience), w->batch, &words);
        board_leave(s->board, DEP_SIGNER, s->slot, result == ERROR_BUDGET ? 0 : result, words.text);
        if (result != 0)
            error_set(e, result, "signer: %s", words.text);
    }
    phases_leave(&w->phases, before);
    return result;
}

/* Make and sign the messages of `first` and of the open steps behind it. */
static int make_batch(struct work *w, size_t first, struct error *e)
{
    struct composed composed[BATCH];
    struct cms_request requests[BATCH] = { 0 };
    size_t steps[BATCH], count = 0;
    enum phase before = phases_enter(&w->phases, PHASE_COMPOSE);
    int result = forget(w);

    for (size_t i = first; i < w->plan.step_count && count < BATCH && result == 0; i++) {
        if (i > first && (!wants_making(w, i) || (count && strcmp(w->plan.steps[i].message.id, w->plan.steps[steps[count - 1]].message.id) == 0)))
            continue;
        result = compose(w, &w->plan.steps[i].message, &composed[count]);
        if (result == 0)
            result = request_of(w, &w->plan.steps[i], &composed[count], &requests[count], &w->rendered[i].digest);
        steps[count++] = i;
    }
    result = result ? error_set(e, result, "making a message: %s", error_row(result)->text) : sign(w, requests, count, e);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct rendered *r = &w->rendered[steps[i]];

        result = message_seal(&composed[i], requests[i].out_der, &r->rope);
        r->eight_bit = composed[i].eight_bit;
        r->is_ready = result == 0;
    }
    phases_leave(&w->phases, before);
    return result;
}

int render_step(struct work *w, size_t step, const struct rendered **out, struct error *e)
{
    const struct rendered *shared;
    int result = make_room(w);

    if (result != 0)
        return error_set(e, result, "making a message: %s", error_row(result)->text);
    shared = made_already(w, step);
    if (!shared && !w->rendered[step].is_ready)
        result = make_batch(w, step, e);
    if (result == 0)
        *out = shared ? shared : &w->rendered[step];
    return result;
}
