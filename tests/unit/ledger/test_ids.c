/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/ids.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct ledger_id_key key_of(unsigned number)
{
    struct ledger_id_key key;
    char text[32];

    snprintf(text, sizeof text, "id %u", number);
    assert_int_equal(0, ledger_id_key(slice_of(text), &key));
    return key;
}

static void a_set_knows_what_was_added_and_nothing_else(void **state)
{
    struct ledger_ids ids = { 0 };
    struct ledger_id_key key = key_of(0);

    (void)state;
    assert_false(ledger_ids_has(&ids, &key));
    for (unsigned i = 0; i < 5000; i++) {
        key = key_of(i);
        assert_int_equal(0, ledger_ids_reserve(&ids));
        ledger_ids_add(&ids, &key);
    }
    assert_int_equal(5000, ids.count);
    for (unsigned i = 0; i < 10000; i++) {
        key = key_of(i);
        assert_int_equal(i < 5000, ledger_ids_has(&ids, &key));
    }
    ledger_ids_free(&ids);
    assert_false(ledger_ids_has(&ids, &key));
}

static void what_is_added_twice_counts_once(void **state)
{
    struct ledger_id_key key = key_of(1);
    struct ledger_ids ids = { 0 };

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(0, ledger_ids_reserve(&ids));
        ledger_ids_add(&ids, &key);
    }
    assert_int_equal(1, ids.count);
    assert_int_equal(64, ids.capacity);
    ledger_ids_free(&ids);
}

/* FIPS 180-2, the message "abc". */
static void a_key_is_half_of_the_sha256(void **state)
{
    static const unsigned char expected[LEDGER_ID_KEY_SIZE] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                                                0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23 };
    struct ledger_id_key key;

    (void)state;
    assert_int_equal(0, ledger_id_key(SLICE("abc"), &key));
    assert_memory_equal(expected, key.bytes, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_knows_what_was_added_and_nothing_else),
        cmocka_unit_test(what_is_added_twice_counts_once),
        cmocka_unit_test(a_key_is_half_of_the_sha256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
