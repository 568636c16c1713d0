/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server has and what the index has, as LDIF; the plan between them, a line for each part of each change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rope.h"
#include "index/mirror_plan.h"

enum { BUDGET = 1 << 20 };

#define ROOT "dn: o=postacert\nobjectClass: top\nobjectClass: organization\no: postacert\n\n"
#define HEAD(dn, name) "dn: " dn "\nobjectClass: top\nobjectClass: provider\nproviderName: " name "\n"
#define REST "providerCertificateHash: AA\nproviderCertificate;binary:: MAIBAA==\nmailReceipt: r@a.example\n"
#define ALFA_HEAD HEAD("providerName=Alfa,o=postacert", "Alfa")
#define BETA_HEAD HEAD("providerName=Beta,o=postacert", "Beta")
#define ALFA ALFA_HEAD REST "managedDomains: a.example\n\n"

/* "kind DN: verb attribute [value] [value]; ..." */
static const char *text_of(const struct mirror_plan *plan, struct arena *arena)
{
    static const char *const kinds[] = { "add", "change", "remove" }, *const verbs[] = { "=", "+", "-" };
    struct rope r = rope_new(arena);

    for (size_t i = 0; i < plan->count; i++) {
        const struct mirror_change *c = &plan->changes[i];

        rope_printf(&r, "%s %s", kinds[c->kind], c->dn);
        for (size_t p = 0; c->kind == MIRROR_CHANGE && p < c->count; p++) {
            rope_printf(&r, "; %s%s", verbs[c->parts[p].verb], c->parts[p].attribute);
            for (size_t v = 0; v < c->parts[p].count; v++)
                rope_printf(&r, " %.*s", SLICE_ARGS(c->parts[p].values[v]));
        }
        rope_text(&r, "\n");
    }
    return arena_text(arena, rope_flat(&r));
}

static const struct {
    const char *name, *wanted, *found, *plan;
} cases[] = {
    { "in step", ROOT ALFA, ROOT ALFA, "" },
    { "an empty server", ROOT ALFA, "", "add o=postacert\nadd providerName=Alfa,o=postacert\n" },
    { "an index without its base", ALFA, "", "add o=postacert\nadd providerName=Alfa,o=postacert\n" },
    { "an index without its base, which the server has", ALFA, ROOT, "add providerName=Alfa,o=postacert\n" },
    { "a provider that is gone; the base stays", ALFA, ROOT ALFA BETA_HEAD REST "managedDomains: b.example\n\n",
      "remove providerName=Beta,o=postacert\n" },
    { "written otherwise", ROOT ALFA,
      ROOT "dn: PROVIDERNAME=alfa,O=postacert\nobjectClass: TOP\nobjectClass: provider\nproviderName: Alfa\n"
           "providerCertificateHash: aa\nproviderCertificate;binary:: MAIBAA==\nmailReceipt: r@a.example\nmanagedDomains: A.example\n\n",
      "" },
    { "a domain twice", ROOT ALFA_HEAD REST "managedDomains: a.example\nmanagedDomains: A.EXAMPLE\n\n",
      ROOT ALFA, "" },
    { "domains one by one", ROOT ALFA_HEAD REST "managedDomains: a.example\nmanagedDomains: c.example\n\n",
      ROOT ALFA_HEAD REST "managedDomains: a.example\nmanagedDomains: b.example\n\n",
      "change providerName=Alfa,o=postacert; +managedDomains c.example; -managedDomains b.example\n" },
    { "a name in another case is written anew, under the name that the server knows",
      ROOT HEAD("providerName=ALFA,o=postacert", "ALFA") REST "managedDomains: a.example\n\n", ROOT ALFA,
      "change providerName=Alfa,o=postacert; =providerName ALFA\n" },
    { "a description more, and one less", ROOT ALFA BETA_HEAD REST "managedDomains: b.example\ndescription: b\n\n",
      ROOT ALFA_HEAD REST "managedDomains: a.example\ndescription: a\n\n"
           BETA_HEAD REST "managedDomains: b.example\n\n",
      "change providerName=Alfa,o=postacert; =description\nchange providerName=Beta,o=postacert; =description b\n" },
    { "another mailbox", ROOT ALFA,
      ROOT ALFA_HEAD "providerCertificateHash: AA\nproviderCertificate;binary:: MAIBAA==\n"
                                                         "mailReceipt: s@a.example\nmanagedDomains: a.example\n\n",
      "change providerName=Alfa,o=postacert; =mailReceipt r@a.example\n" },
    { "the base has more classes, and an address less", "dn: o=postacert\nobjectClass: organization\nobjectClass: LDIFLocationURLObject\n"
      "o: postacert\nLDIFLocationURL: https://i.example/\n\n" ALFA,
      "dn: o=postacert\nobjectClass: top\nobjectClass: organization\nobjectClass: dcObject\no: postacert\n\n" ALFA,
      "change o=postacert; +objectClass LDIFLocationURLObject; =LDIFLocationURL https://i.example/\n" },
    { "what is no provider is left alone", ROOT ALFA, ROOT ALFA "dn: cn=writer,o=postacert\nobjectClass: organizationalRole\n\n", "" },
    { "environments go before their provider and come after it",
      ROOT HEAD("providerName=Alfa2,o=postacert", "Alfa2") REST "managedDomains: a.example\n\n"
           HEAD("providerUnit=u,providerName=Alfa2,o=postacert", "Alfa2") "providerUnit: u\n" REST "managedDomains: u.example\n\n",
      ROOT ALFA HEAD("providerUnit=u,providerName=Alfa,o=postacert", "Alfa") "providerUnit: u\n" REST "managedDomains: u.example\n\n",
      "remove providerUnit=u,providerName=Alfa,o=postacert\nremove providerName=Alfa,o=postacert\n"
      "add providerName=Alfa2,o=postacert\nadd providerUnit=u,providerName=Alfa2,o=postacert\n" },
    { "an entry that the index has twice counts once", ROOT ALFA ALFA, ROOT ALFA, "" },
};

static void a_plan_makes_one_into_the_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new(BUDGET);
        struct mirror_plan plan;
        struct error e = { 0 };

        print_message("  %s\n", cases[i].name);
        if (mirror_plan(slice_of(cases[i].wanted), slice_of(cases[i].found), arena, &plan, &e) != 0)
            fail_msg("%s", e.text);
        assert_string_equal(text_of(&plan, arena), cases[i].plan);
        arena_free(&arena);
    }
}

static void an_entry_is_added_with_all_that_4_5_knows(void **state)
{
    static const char provider[] = ALFA_HEAD REST "managedDomains: a.example\nunknown: x\n\n";
    static const char *const attributes[] = { "objectClass", "providerName", "providerCertificateHash", "providerCertificate;binary",
                                              "mailReceipt", "managedDomains" };
    struct arena *arena = arena_new(BUDGET);
    struct mirror_plan plan;

    (void)state;
    assert_int_equal(mirror_plan(SLICE(provider), SLICE(ROOT), arena, &plan, NULL), 0);
    assert_int_equal(plan.count, 1);
    assert_int_equal(plan.changes[0].count, sizeof attributes / sizeof attributes[0]);
    for (size_t i = 0; i < plan.changes[0].count; i++) {
        assert_string_equal(plan.changes[0].parts[i].attribute, attributes[i]);
        assert_int_equal(plan.changes[0].parts[i].verb, MIRROR_ADD_VALUES);
    }
    assert_true(slice_equal(plan.changes[0].parts[3].values[0], SLICE("0\x02\x01\0")));
    arena_free(&arena);
}

static void what_is_no_ldif_is_refused(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct mirror_plan plan;
    struct error e;

    (void)state;
    assert_int_equal(mirror_plan(SLICE("x"), SLICE(""), arena, &plan, &e), ERROR_SYNTAX);
    assert_non_null(strstr(e.text, "the index:1: "));
    assert_int_equal(mirror_plan(SLICE(""), SLICE("x"), arena, &plan, &e), ERROR_SYNTAX);
    assert_non_null(strstr(e.text, "what the server has:1: "));
    arena_free(&arena);
}

static void a_budget_that_is_used_up_is_told(void **state)
{
    (void)state;
    for (size_t budget = 1; budget < 4000; budget += 97) {
        struct arena *arena = arena_new(budget);
        struct mirror_plan plan;

        assert_int_equal(mirror_plan(SLICE(ROOT ALFA), SLICE(ROOT), arena, &plan, NULL), ERROR_BUDGET);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_makes_one_into_the_other),
        cmocka_unit_test(an_entry_is_added_with_all_that_4_5_knows),
        cmocka_unit_test(what_is_no_ldif_is_refused),
        cmocka_unit_test(a_budget_that_is_used_up_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
