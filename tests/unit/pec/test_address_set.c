/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <string.h>

#include "pec/address_set.h"

static struct address_set set_of(struct arena *arena, const char *const *addresses, size_t count)
{
    struct address_list list = { .items = arena_array(arena, count + 1, sizeof *list.items), .count = count };
    struct address_set set;

    for (size_t i = 0; i < count; i++)
        list.items[i].address = addresses[i];
    assert_int_equal(address_set_make(&list, arena, &set), 0);
    return set;
}

/* Each against each: the set says what address_same says. */
static void test_it_agrees_with_address_same(void **state)
{
    static const char *const addresses[] = {
        "a@b.example",   "A@B.example",     "a@b.example2",    "aa@b.example",      "a@bb.example",      "\"a\"@b.example", "\"\\a\"@B.EXAMPLE",
        "\"a b\"@b.example", "\"a\\ b\"@b.example", "a.b@b.example", "\"a.b\"@b.example", "\"a@b\"@b.example", "a@[192.0.2.1]", "a@[192.0.2.2]",
        "\"a\\\"b\"@x",  "ab@x",            "a-b@x",           "a_b@x",             "a+b@x",             "@x",              "a@",
        "a",             "",                "A",
    };

    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct address_set one = set_of(*state, &addresses[i], 1);

        for (size_t j = 0; j < COUNT(addresses); j++)
            if (address_set_has(&one, addresses[j]) != address_same(slice_of(addresses[i]), slice_of(addresses[j])))
                fail_msg("%s and %s", addresses[i], addresses[j]);
    }
}

static void test_all_of_a_list_are_found_and_no_others(void **state)
{
    const char *addresses[300];
    struct address_set set;

    for (size_t i = 0; i < COUNT(addresses); i++)
        addresses[i] = arena_printf(*state, "Utente.%zu@%c.example", i * 7919 % 300, (char)('a' + i % 26));
    set = set_of(*state, addresses, COUNT(addresses));
    for (size_t i = 0; i < COUNT(addresses); i++) {
        assert_true(address_set_has(&set, addresses[i]));
        assert_false(address_set_has(&set, arena_printf(*state, "x%s", addresses[i])));
        assert_false(address_set_has(&set, arena_printf(*state, "%s.it", addresses[i])));
    }
}

static void test_an_empty_set_has_nothing(void **state)
{
    struct address_set set = set_of(*state, NULL, 0);

    assert_false(address_set_has(&set, "a@b.example"));
    assert_false(address_set_has(&set, ""));
}

static void test_many_look_ups_take_no_time(void **state)
{
    enum { MANY = 20000 };
    const char **addresses = arena_array(*state, MANY, sizeof *addresses);
    struct address_set set;
    double before;

    for (size_t i = 0; i < MANY; i++)
        addresses[i] = arena_printf(*state, "stesso.inizio.per.tutti.%zu@dominio.example", i);
    before = fixture_seconds();
    set = set_of(*state, addresses, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_true(address_set_has(&set, addresses[i]));
    assert_true(fixture_seconds() - before < 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_agrees_with_address_same, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_all_of_a_list_are_found_and_no_others, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_empty_set_has_nothing, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_look_ups_take_no_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec address set", tests, NULL, NULL);
}
