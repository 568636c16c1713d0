/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a submission: read, checked, decided; all that is made of it is mail in 7 bits with lines of at most 998 octets.
 * The first byte chooses the limits and whether a virus was found.
 */
#include <stdint.h>
#include <stdlib.h>

#include "pec/access.h"

enum { BUDGET = 64 * 1024 * 1024 };

static const struct pec_provider provider = { .name = "Alfa", .address = "posta@alfa.example", .service_mailbox = "ricevute@alfa.example",
                                              .id_domain = "alfa.example" };

static void look_at(struct arrival *a)
{
    size_t column = 0;

    for (size_t i = 0; i < a->bytes.size; i++) {
        char c = a->bytes.data[i];

        column = c == '\n' ? 0 : column + (c != '\r');
        a->long_line = a->long_line || column > 998;
        a->eight_bit = a->eight_bit || (c & 0x80);
        a->nul = a->nul || c == '\0';
        a->bare_cr = a->bare_cr || (c == '\r' && (i + 1 == a->bytes.size || a->bytes.data[i + 1] != '\n'));
        if (c == '\n' && (i == 0 || a->bytes.data[i - 1] != '\r'))
            a->bare_cr = true; /* SMTP refuses a bare LF: here it is a fault as well */
    }
}

static void check_made(const struct composed *c)
{
    struct rope sealed;
    struct slice all;
    size_t column = 0;

    if (message_seal(c, SLICE("signature"), &sealed) != 0)
        return;
    all = rope_flat(&sealed);
    for (size_t i = 0; i < all.size; i++) {
        char b = all.data[i];
        int is_lone = b == '\n' ? i == 0 || all.data[i - 1] != '\r' : b == '\r' && (i + 1 == all.size || all.data[i + 1] != '\n');

        column = b == '\n' ? 0 : column + (b != '\r');
        if ((b & 0x80) || b == '\0' || column > 998 || is_lone)
            abort();
    }
}

static void run(struct arrival *a, uint8_t choice, struct arena *arena)
{
    const struct access_limits limits = { .message_size = choice & 1 ? 1000 : 100000, .recipients = choice & 2 ? 1 : 10 };
    const bool certified[] = { true, false };
    struct access_facts facts = { .virus = choice & 4 ? "Virus" : NULL, .certified = certified, .now = 1768473000, .seed = "0123" };
    struct submission s;
    struct plan plan;

    if (access_read(a, arena, &s) != 0 || access_check(&s, &limits, arena, &facts.fault) != 0 ||
        access_decide(&provider, &s, &facts, arena, &plan) != 0)
        return;
    for (size_t i = 0; i < plan.step_count; i++) {
        struct composed c;

        if (role_rows[plan.steps[i].role].matter == MATTER_MADE &&
            message_compose(&provider, &plan.about, &plan.steps[i].message, &s.original, arena, &c) == 0)
            check_made(&c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *recipients[] = { "b@y.example", "c@z.example" };
    struct arena *arena = arena_new(BUDGET);

    if (arena && size) {
        struct arrival a = { .sender = "a@x.example", .recipients = recipients, .recipient_count = data[0] & 8 ? 2 : 1,
                             .bytes = { (const char *)data + 1, size - 1 } };

        look_at(&a);
        run(&a, data[0], arena);
    }
    arena_free(&arena);
    return 0;
}
