/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "day_draw.h"

/* splitmix64, seeded by the message. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t draw_among(uint64_t *state, const unsigned *weights, size_t count)
{
    unsigned all = 0, at;
    size_t i = 0;

    for (size_t k = 0; k < count; k++)
        all += weights[k];
    at = (unsigned)(draw(state) % all);
    while (at >= weights[i])
        at -= weights[i++];
    return i;
}

struct drawn day_draw(size_t number, size_t messages)
{
    static const unsigned matters[] = { 55, 4, 2, 24, 2, 11, 2 }, lots[] = { 26, 3, 2, 38, 4, 3, 3, 3, 2, 2, 2, 10, 2 };
    uint64_t state = number * 7919 + 1;
    struct drawn d = { .number = number, .matter = (enum matter)draw_among(&state, matters, 7),
                       .minute = (unsigned)(number * DAY_LENGTH / messages), .sender = (unsigned)(draw(&state) % DAY_USERS) };
    bool is_to_us = d.matter >= ENVELOPE_IN;

    d.is_infected = draw(&state) % 50 == 0;
    d.count = 1 + draw(&state) % PARTIES_MAX;
    for (size_t i = 0; i < d.count; i++) {
        d.lots[i] = (enum lot)draw_among(&state, lots, is_to_us ? 2 : 13);
        d.users[i] = (unsigned)((draw(&state) % (DAY_USERS / PARTIES_MAX)) * PARTIES_MAX + i); /* each one other */
    }
    return d;
}

bool day_is_home(enum lot lot)
{
    return lot <= HOME_TAKES_LATE;
}

bool day_is_external(enum lot lot)
{
    return lot >= EXTERNAL_TAKES;
}

bool day_is_charged_at_once(enum lot lot)
{
    return lot == BETA_TAKES || lot == BETA_REFUSES || lot == BETA_FINDS_A_VIRUS || lot == BETA_CHARGES_ONLY;
}

bool day_is_beta_sender(const struct drawn *d)
{
    return d->matter == ENVELOPE_IN || d->matter == ENVELOPE_IN_INFECTED;
}

bool day_is_infected(const struct drawn *d)
{
    return d->matter == ENVELOPE_IN_INFECTED || d->matter == ORDINARY_IN_INFECTED || (d->matter == SUBMITTED && d->is_infected);
}
