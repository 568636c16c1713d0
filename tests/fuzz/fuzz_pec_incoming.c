/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a message from outside, as if their signature held: read, judged, decided, each step answered, and all that is made of it
 * composed. A header of ours is clean, and a verifier finds the bytes that were signed. The first byte chooses facts and answers.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "mime/part.h"
#include "pec/incoming.h"

enum { BUDGET = 64 * 1024 * 1024, ANSWERS_MAX = 50 };

static const struct pec_provider provider = { .name = "Alfa", .address = "posta@alfa.example", .service_mailbox = "ricevute@alfa.example",
                                              .id_domain = "alfa.example" };

static bool is_home(const void *arg, const char *address)
{
    (void)address;
    return *(const uint8_t *)arg & 1;
}

static bool signer_manages(const void *arg, const char *address)
{
    (void)address;
    return *(const uint8_t *)arg & 2;
}

static void check_head(struct slice head)
{
    size_t column = 0;

    for (size_t i = 0; i < head.size; i++) {
        char b = head.data[i];
        int is_lone = b == '\n' ? i == 0 || head.data[i - 1] != '\r' : b == '\r' && (i + 1 == head.size || head.data[i + 1] != '\n');

        column = b == '\n' ? 0 : column + (b != '\r');
        if ((b & 0x80) || b == '\0' || column > 998 || is_lone)
            abort();
    }
}

static void compose(const struct plan *plan, const struct step *step, const struct original *original, struct arena *arena)
{
    struct composed c;
    struct rope sealed;
    struct part p;

    if (role_rows[step->role].matter != MATTER_MADE || message_compose(&provider, &plan->about, &step->message, original, arena, &c) != 0 ||
        message_seal(&c, SLICE("signature"), &sealed) != 0)
        return;
    check_head(rope_flat(&c.head));
    if (part_read(rope_flat(&sealed), &(struct part_limits){ .depth = 1, .parts = 10 }, arena, &p) != 0)
        return;
    if (p.child_count != 2 || !slice_equal(p.children[0].raw, rope_flat(&c.content)))
        abort();
}

static void answer(struct plan *plan, size_t step, uint8_t choice, struct arena *arena)
{
    const struct step *s = &plan->steps[step];
    size_t count = role_rows[s->role].way == WAY_FILE ? 1 : s->recipient_count;
    struct answer *answers = arena_array(arena, count, sizeof *answers);
    struct outcome outcome = { .step = step, .time = 1768473000, .answers = answers, .answer_count = count };
    struct effects effects;

    for (size_t i = 0; answers && i < count; i++)
        answers[i] = (struct answer){ .address = s->recipient_count ? s->recipients[i] : "", .fate = choice & 4 ? FATE_REFUSED : FATE_TAKEN,
                                      .code = 550, .text = "x" };
    if (answers && plan_apply(&provider, plan, &outcome, arena, &effects) == ERROR_CORRUPT)
        abort();
}

static void run(const struct arrival *a, const uint8_t *choice, struct arena *arena)
{
    struct signer_facts signer = { .has_from = true, .is_listed = true, .name = "Beta", .mail_receipt = "ricevute@beta.example" };
    const struct incoming_facts facts = { .signer = &signer, .virus = *choice & 8 ? "Virus" : NULL, .now = 1768473000, .seed = "0123",
                                          .is_home = is_home, .signer_manages = signer_manages, .arg = choice };
    const struct original *original;
    struct incoming in;
    struct judgement j;
    struct plan plan;

    if (incoming_read(a, arena, &in) != 0)
        return;
    signer.state = in.is_signed ? SIGNER_GOOD : SIGNER_ABSENT;
    if (incoming_judge(&in, &signer, arena, &j) != 0 || incoming_decide(&provider, &in, &j, &facts, arena, &plan) != 0)
        return;
    original = j.verdict == VERDICT_ENVELOPE ? &j.postacert : &in.original;
    for (size_t i = 0; i < plan.step_count && i < ANSWERS_MAX; i++) {
        compose(&plan, &plan.steps[i], original, arena);
        answer(&plan, i, *choice, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *recipients[] = { "b@y.example", "c@z.example" };
    struct arena *arena = arena_new(BUDGET);

    if (arena && size) {
        struct arrival a = { .sender = data[0] & 16 ? "" : "a@x.example", .recipients = recipients, .recipient_count = data[0] & 32 ? 2 : 1,
                             .bytes = { (const char *)data + 1, size - 1 } };

        a.eight_bit = !text_is_ascii(a.bytes);
        run(&a, data, arena);
    }
    arena_free(&arena);
    return 0;
}
