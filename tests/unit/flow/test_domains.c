/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which mailboxes are ours: the domains of the configuration and those of the store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/domains.h"

static void domains_of_both_are_ours_in_any_case(void **state)
{
    const char *configured[] = { "pec.example", "Alfa.Example" }, *stored[] = { "zeta.example", "alfa.example", "b.example" };
    struct domains *d = domains_new(configured, 2, stored, 3);
    static const struct {
        const char *domain;
        bool is_ours;
    } cases[] = {
        { "alfa.example", true },  { "ALFA.EXAMPLE", true },     { "pec.example", true },  { "zeta.example", true },
        { "b.example", true },     { "alfa.exampl", false },     { "alfa.examples", false }, { "lfa.example", false },
        { "x.alfa.example", false }, { "example", false },       { "", false },            { "alfa.example.", false },
    };

    (void)state;
    assert_non_null(d);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (domains_has(d, slice_of(cases[i].domain)) != cases[i].is_ours)
            fail_msg("\"%s\"", cases[i].domain);
    assert_false(domains_has(d, SLICE("alfa.example\0")));
    assert_false(domains_has(d, SLICE("alfa\0example")));
    assert_false(domains_has(d, (struct slice){ 0 }));
    domains_free(&d);
    assert_null(d);
}

static void a_mailbox_is_ours_if_its_domain_is(void **state)
{
    const char *configured[] = { "alfa.example" };
    struct domains *d = domains_new(configured, 1, NULL, 0);
    static const struct {
        const char *address;
        bool is_ours;
    } cases[] = {
        { "a@alfa.example", true },      { "a@Alfa.EXAMPLE", true },        { "\"a@beta.example\"@alfa.example", true },
        { "\"a@alfa.example\"@beta.example", false }, { "alfa.example", false }, { "a@", false },
        { "", false },                   { "@alfa.example.org", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (domains_is_home(d, cases[i].address) != cases[i].is_ours)
            fail_msg("\"%s\"", cases[i].address);
    domains_free(&d);
}

static void many_domains_are_found(void **state)
{
    enum { MANY = 2000, SIZE = 24 };
    static char names[MANY][SIZE];
    const char *stored[MANY];
    struct domains *d;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], SIZE, "d%zu.example", i * 7919 % MANY);
        stored[i] = names[i];
    }
    d = domains_new(NULL, 0, stored, MANY);
    assert_non_null(d);
    for (size_t i = 0; i < MANY; i++) {
        char longer[SIZE + 1];

        assert_true(domains_has(d, slice_of(names[i])));
        snprintf(longer, sizeof longer, "%.*sx", SIZE - 1, names[i]);
        assert_false(domains_has(d, slice_of(longer)));
    }
    domains_free(&d);
    domains_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_of_both_are_ours_in_any_case),
        cmocka_unit_test(a_mailbox_is_ours_if_its_domain_is),
        cmocka_unit_test(many_domains_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
