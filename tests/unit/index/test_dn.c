/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 4514: the same name, written otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "index/dn.h"

enum { BUDGET = 1 << 16 };

static const struct {
    const char *name, *a, *b;
    bool same;
} names[] = {
    { "as it is", "o=postacert", "o=postacert", true },
    { "another case", "providerName=Alfa S.p.A.,o=postacert", "PROVIDERNAME=ALFA s.p.a.,O=PostaCert", true },
    { "an escape and its octet", "providerName=Alfa\\, S.p.A.,o=postacert", "providerName=Alfa\\2C S.p.A.,o=postacert", true },
    { "UTF-8 and its octets", "providerName=Societ\xC3\xA0,o=x", "providerName=Societ\\C3\\A0,o=x", true },
    { "blanks", "providerName = Alfa  S.p.A. , o=x", "providerName=Alfa S.p.A.,o=x", true },
    { "a blank that is escaped at the end", "o=x\\ ", "o=x", true },
    { "a comma that separates and one that does not", "o=a\\,b=c", "o=a,b=c", false },
    { "a plus that separates and one that does not", "o=a\\+b=c", "o=a+b=c", false },
    { "another value", "o=a", "o=b", false },
    { "a part more", "o=a", "ou=b,o=a", false },
    { "a backslash at the end", "o=a\\", "o=a", false },
    { "nothing", "", "", true },
};

static void two_names_are_the_same_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena *arena = arena_new(BUDGET);
        struct dn a, b;

        print_message("  %s\n", names[i].name);
        assert_int_equal(dn_read(slice_of(names[i].a), arena, &a), 0);
        assert_int_equal(dn_read(slice_of(names[i].b), arena, &b), 0);
        assert_int_equal(slice_equal(a.key, b.key), names[i].same);
        arena_free(&arena);
    }
}

static void parts_are_counted(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct dn dn;

    (void)state;
    assert_int_equal(dn_read(SLICE("providerUnit=a\\,b,providerName=c+o=d,o=postacert"), arena, &dn), 0);
    assert_int_equal(dn.depth, 3);
    assert_int_equal(dn_read(SLICE(""), arena, &dn), 0);
    assert_int_equal(dn.depth, 0);
    arena_free(&arena);
}

static void a_budget_that_is_used_up_is_told(void **state)
{
    struct arena *arena = arena_new(1);
    struct dn dn;

    (void)state;
    assert_int_equal(dn_read(SLICE("o=a long name, and another"), arena, &dn), ERROR_BUDGET);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_names_are_the_same_or_not),
        cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(a_budget_that_is_used_up_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
