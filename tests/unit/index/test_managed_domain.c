/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "index/managed_domain.h"

struct domain_case {
    const char *text;
    bool valid;
};

/* RFC 6109 4.5.5, RFC 5322 3.2.3. */
static const struct domain_case cases[] = {
    { "alfa.example", true },
    { "ALFA.Example", true },
    { "localhost", true },
    { "a.b.c.d.e", true },
    { "xn--citt-5na.example", true },
    { "1.2", true },
    { "under_score.example", true },
    { "!#$%&'*+-/=?^_`{|}~", true },
    { "", false },
    { ".", false },
    { ".alfa.example", false },
    { "alfa.example.", false },
    { "alfa..example", false },
    { "alfa example", false },
    { "alfa@example", false },
    { "[127.0.0.1]", false },
    { "\"alfa\".example", false },
    { "alfa.example(comment)", false },
    { "alfa.example\n", false },
    { "citt\xC3\xA0.example", false },
    { "alfa\x7f.example", false },
};

static void domains_are_dot_atoms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (managed_domain_is_valid(slice_of(cases[i].text)) != cases[i].valid)
            fail_msg("\"%s\"", cases[i].text);
    assert_false(managed_domain_is_valid(SLICE("a\0b")));
}

static void domains_have_at_most_255_octets(void **state)
{
    char text[MANAGED_DOMAIN_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof text);
    assert_true(managed_domain_is_valid((struct slice){ text, MANAGED_DOMAIN_MAX }));
    assert_false(managed_domain_is_valid((struct slice){ text, MANAGED_DOMAIN_MAX + 1 }));
}

static void only_letters_become_lower(void **state)
{
    struct slice text = SLICE("@AZ[`az{\xC3\x80.");
    char lower[11];

    (void)state;
    managed_domain_lower(text, lower);
    assert_int_equal(text.size, sizeof lower);
    assert_memory_equal(lower, "@az[`az{\xC3\x80.", sizeof lower);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_dot_atoms),
        cmocka_unit_test(domains_have_at_most_255_octets),
        cmocka_unit_test(only_letters_become_lower),
    };

    return cmocka_run_group_tests_name("managed domain", tests, NULL, NULL);
}
