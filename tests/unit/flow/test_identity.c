/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which message is the same (design 3): what the key of a plan is made of, and what not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/identity.h"

#define HEAD "From: a@x.example\r\nSubject: s\r\n"
#define PEC "X-Trasporto: posta-certificata\r\n"

enum { RECIPIENTS_MAX = 4 };

struct variant {
    const char *name;
    enum point point;
    const char *sender, *recipients[RECIPIENTS_MAX], *ident, *text;
    bool is_same; /* as the first of its table */
};

static void key_of(const struct variant *v, unsigned char out[STORE_KEY_SIZE])
{
    struct arena *arena = arena_new(1 << 16);
    const char *recipients[RECIPIENTS_MAX];
    struct spooled s = { .point = v->point, .ident = v->ident, .arrival = { .sender = v->sender, .bytes = slice_of(v->text) } };

    while (s.arrival.recipient_count < RECIPIENTS_MAX && v->recipients[s.arrival.recipient_count]) {
        recipients[s.arrival.recipient_count] = v->recipients[s.arrival.recipient_count];
        s.arrival.recipient_count++;
    }
    s.arrival.recipients = recipients;
    assert_int_equal(identity_of_message(&s, arena, out), 0);
    arena_free(&arena);
}

static void check(const struct variant *variants, size_t count)
{
    unsigned char first[STORE_KEY_SIZE], key[STORE_KEY_SIZE];

    key_of(&variants[0], first);
    for (size_t i = 0; i < count; i++) {
        key_of(&variants[i], key);
        if ((memcmp(first, key, sizeof key) == 0) != variants[i].is_same)
            fail_msg("%s", variants[i].name);
    }
}

static void at_the_access_point(void **state)
{
    static const struct variant variants[] = {
        { "itself", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "Q1", HEAD "\r\nt\r\n", true },
        { "recipients in another order", POINT_ACCESS, "a@x", { "c@z", "b@y" }, "Q1", HEAD "\r\nt\r\n", true },
        { "a recipient twice", POINT_ACCESS, "a@x", { "c@z", "b@y", "c@z" }, "Q1", HEAD "\r\nt\r\n", true },
        { "the other point", POINT_INCOMING, "a@x", { "b@y", "c@z" }, "Q1", HEAD "\r\nt\r\n", false },
        { "another sender", POINT_ACCESS, "A@x", { "b@y", "c@z" }, "Q1", HEAD "\r\nt\r\n", false },
        { "no sender", POINT_ACCESS, "", { "b@y", "c@z" }, "Q1", HEAD "\r\nt\r\n", false },
        { "a recipient less", POINT_ACCESS, "a@x", { "b@y" }, "Q1", HEAD "\r\nt\r\n", false },
        { "another recipient", POINT_ACCESS, "a@x", { "b@y", "d@z" }, "Q1", HEAD "\r\nt\r\n", false },
        { "recipients run together", POINT_ACCESS, "a@x", { "b@yc@z" }, "Q1", HEAD "\r\nt\r\n", false },
        { "another queue id", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "Q2", HEAD "\r\nt\r\n", false },
        { "no queue id", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "", HEAD "\r\nt\r\n", false },
        { "another byte", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "Q1", HEAD "\r\nT\r\n", false },
        { "another trace", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "Q1", "Received: r\r\n" HEAD "\r\nt\r\n", false },
        { "PEC mail", POINT_ACCESS, "a@x", { "b@y", "c@z" }, "Q1", PEC HEAD "\r\nt\r\n", false },
    };

    (void)state;
    check(variants, sizeof variants / sizeof variants[0]);
}

/* The queue id and the trace tell two identical submissions apart, whatever they claim to be. */
static void what_a_user_submits_is_never_taken_for_pec_mail(void **state)
{
    static const struct variant variants[] = {
        { "itself", POINT_ACCESS, "a@x", { "b@y" }, "Q1", PEC HEAD "\r\nt\r\n", true },
        { "another queue id", POINT_ACCESS, "a@x", { "b@y" }, "Q2", PEC HEAD "\r\nt\r\n", false },
        { "another trace", POINT_ACCESS, "a@x", { "b@y" }, "Q1", "Received: r\r\n" PEC HEAD "\r\nt\r\n", false },
    };

    (void)state;
    check(variants, sizeof variants / sizeof variants[0]);
}

/* Another MTA's second sending, a retry or a replay of PEC mail finds the first plan. */
static void pec_mail_at_the_incoming_point(void **state)
{
    static const struct variant variants[] = {
        { "itself", POINT_INCOMING, "a@x", { "b@y" }, "Q1", HEAD PEC "\r\nt\r\n", true },
        { "another queue id", POINT_INCOMING, "a@x", { "b@y" }, "Q2", HEAD PEC "\r\nt\r\n", true },
        { "no queue id", POINT_INCOMING, "a@x", { "b@y" }, "", HEAD PEC "\r\nt\r\n", true },
        { "a trace", POINT_INCOMING, "a@x", { "b@y" }, "Q1", "Received: from r\r\n\tby s; now\r\n" HEAD PEC "\r\nt\r\n", true },
        { "all kinds of trace", POINT_INCOMING, "a@x", { "b@y" }, "Q1",
          "Return-Path: <a@x>\r\nX-Original-To: b@y\r\nDelivered-To: b@y\r\nreceived: from r\r\n by s\r\n by t\r\n" HEAD PEC "\r\nt\r\n", true },
        { "what is below the trace", POINT_INCOMING, "a@x", { "b@y" }, "Q1", HEAD PEC "Received: r\r\n\r\nt\r\n", false },
        { "another field on top", POINT_INCOMING, "a@x", { "b@y" }, "Q1", "X-Received: r\r\n" HEAD PEC "\r\nt\r\n", false },
        { "another sender", POINT_INCOMING, "", { "b@y" }, "Q1", HEAD PEC "\r\nt\r\n", false },
        { "other recipients", POINT_INCOMING, "a@x", { "b@y", "c@y" }, "Q1", HEAD PEC "\r\nt\r\n", false },
        { "another byte", POINT_INCOMING, "a@x", { "b@y" }, "Q1", HEAD PEC "\r\nT\r\n", false },
    };

    (void)state;
    check(variants, sizeof variants / sizeof variants[0]);
}

static void what_makes_pec_mail_of_it(void **state)
{
    static const struct {
        const char *name, *text;
        bool is_pec;
    } cases[] = {
        { "an envelope", "X-Trasporto: posta-certificata\r\n\r\n", true },
        { "a receipt", HEAD "X-Ricevuta: accettazione\r\n\r\n", true },
        { "any case", HEAD "x-RICEVUTA: accettazione\r\n\r\n", true },
        { "behind a folded field", "Subject: s\r\n X-Trasporto\r\nX-Trasporto: errore\r\n\r\n", true },
        { "without a body", HEAD "X-Trasporto: errore\r\n", true },
        { "no such field", HEAD "\r\n", false },
        { "in the body alone", HEAD "\r\nX-Trasporto: posta-certificata\r\n", false },
        { "in a folded line alone", "Subject: s\r\n\tX-Trasporto: posta-certificata\r\n\r\n", false },
        { "a longer name", "X-TrasportoX: posta-certificata\r\n\r\n", false },
        { "nothing", "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct variant one = { "", POINT_INCOMING, "a@x", { "b@y" }, "Q1", cases[i].text, true }, two = one;
        unsigned char a[STORE_KEY_SIZE], b[STORE_KEY_SIZE];

        two.ident = "Q2";
        key_of(&one, a);
        key_of(&two, b);
        if ((memcmp(a, b, sizeof a) == 0) != cases[i].is_pec)
            fail_msg("%s", cases[i].name);
    }
}

/* 3.1.6: a notice for each recipient and hour of each transaction; none may be taken for another that is done. */
static void notices_have_keys_of_their_own(void **state)
{
    char long_one[1000], long_two[1000];
    const struct {
        uint64_t transaction;
        const char *address;
        int kind;
    } tasks[] = { { 1, "a@x", 0 }, { 1, "a@x", 1 }, { 2, "a@x", 0 }, { 1, "b@x", 0 }, { 17, "a@x", 0 }, { 1, long_one, 0 }, { 1, long_two, 0 } };
    unsigned char keys[sizeof tasks / sizeof tasks[0]][STORE_KEY_SIZE];

    (void)state;
    memset(long_one, 'a', sizeof long_one);
    long_one[sizeof long_one - 1] = '\0';
    memcpy(long_two, long_one, sizeof long_one);
    long_two[sizeof long_two - 2] = 'b';
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        unsigned char again[STORE_KEY_SIZE];

        assert_int_equal(identity_of_task(tasks[i].transaction, tasks[i].address, tasks[i].kind, keys[i]), 0);
        assert_int_equal(identity_of_task(tasks[i].transaction, tasks[i].address, tasks[i].kind, again), 0);
        assert_memory_equal(keys[i], again, sizeof again);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], sizeof again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_access_point),
        cmocka_unit_test(what_a_user_submits_is_never_taken_for_pec_mail),
        cmocka_unit_test(pec_mail_at_the_incoming_point),
        cmocka_unit_test(what_makes_pec_mail_of_it),
        cmocka_unit_test(notices_have_keys_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
