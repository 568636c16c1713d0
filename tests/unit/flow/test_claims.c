/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/claims.h"

enum { ONE = 1, TWO = 2, NOBODY = 0, MANY = 300 };

static const unsigned char *key(unsigned number)
{
    static unsigned char keys[2][STORE_KEY_SIZE];
    static unsigned next;
    unsigned char *k = keys[next++ % 2];

    memset(k, 0, STORE_KEY_SIZE);
    memcpy(k, &number, sizeof number);
    return k;
}

/* Design 3: a second delivery of a key that is in hand is told so. */
static void a_message_is_in_one_hand(void **state)
{
    struct claims c = { 0 };

    (void)state;
    assert_true(claims_take(&c, key(1), ONE));
    assert_false(claims_take(&c, key(1), TWO));
    assert_true(claims_take(&c, key(1), ONE));
    assert_true(claims_take(&c, key(2), TWO));
    claims_drop(&c, key(1), TWO);
    assert_false(claims_take(&c, key(1), TWO));
    claims_drop(&c, key(1), ONE);
    assert_true(claims_take(&c, key(1), TWO));
    claims_free(&c);
}

static void nobody_takes_nothing_and_is_refused_nothing(void **state)
{
    struct claims c = { 0 };

    (void)state;
    assert_true(claims_take(&c, key(1), ONE));
    assert_true(claims_take(&c, key(1), NOBODY));
    assert_true(claims_take(&c, key(2), NOBODY));
    assert_true(claims_take(&c, key(2), TWO));
    claims_free(&c);
}

/* Those of a batch that failed are given back: who asked was never told. Older ones stay. */
static void claims_of_a_failed_batch_are_given_back(void **state)
{
    struct claims c = { 0 };

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_true(claims_take(&c, key(i), ONE));
    claims_settle(&c, true);
    for (unsigned i = 3; i < 6; i++)
        assert_true(claims_take(&c, key(i), ONE));
    assert_true(claims_take(&c, key(0), ONE)); /* taken again: it was its own before */
    claims_settle(&c, false);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(claims_take(&c, key(i), TWO), i >= 3);
    claims_free(&c);
}

static void what_a_client_held_is_free_when_it_has_gone(void **state)
{
    struct claims c = { 0 };

    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        assert_true(claims_take(&c, key(i), i % 2 ? ONE : TWO));
    claims_drop_all(&c, ONE);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(claims_take(&c, key(i), 3), i % 2);
    claims_free(&c);
    assert_true(claims_take(&c, key(0), ONE));
    claims_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_in_one_hand),
        cmocka_unit_test(nobody_takes_nothing_and_is_refused_nothing),
        cmocka_unit_test(claims_of_a_failed_batch_are_given_back),
        cmocka_unit_test(what_a_client_held_is_free_when_it_has_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
