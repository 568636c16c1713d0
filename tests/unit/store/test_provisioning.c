/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "fixture.h"

/* --- domains ---------------------------------------------------------------------------------------------------------------- */

static void expect_domains(struct fixture *f, size_t count, const char *const *wanted)
{
    const char **names = NULL;
    size_t found = 77;

    EXPECT(f, 0, store_domain_list(f->store, f->arena, &names, &found, &f->error));
    assert_int_equal(count, found);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(wanted[i], names[i]);
}

static void test_domains(void **state)
{
    struct fixture *f = *state;

    expect_domains(f, 0, NULL);
    EXPECT(f, 0, store_domain_add(f->store, "beta.example", 1, &f->error));
    EXPECT(f, 0, store_domain_add(f->store, "Alfa.Example", 2, &f->error));
    fixture_next_batch(f);
    expect_domains(f, 2, (const char *const[]){ "alfa.example", "beta.example" });
    EXPECT(f, ERROR_EXISTS, store_domain_add(f->store, "ALFA.example", 3, &f->error));
    assert_non_null(strstr(f->error.text, "alfa.example"));
    EXPECT(f, 0, store_domain_remove(f->store, "Beta.example", &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_domain_remove(f->store, "beta.example", &f->error));
    expect_domains(f, 1, (const char *const[]){ "alfa.example" });
    EXPECT(f, 0, store_domain_add(f->store, "beta.example", 4, &f->error));
}

static void test_domain_names(void **state)
{
    struct fixture *f = *state;
    static char endless[2000];

    memset(endless, 'a', sizeof endless - 1);
    EXPECT(f, ERROR_SYNTAX, store_domain_add(f->store, "", 1, &f->error));
    EXPECT(f, ERROR_SYNTAX, store_domain_add(f->store, endless, 1, &f->error));
    EXPECT(f, ERROR_SYNTAX, store_domain_remove(f->store, "", &f->error));
    expect_domains(f, 0, NULL);
}

/* --- accounts --------------------------------------------------------------------------------------------------------------- */

static struct stored_account anna(void)
{
    return (struct stored_account){ .address = "Anna.Rossi@Alfa.example", .password = "$6$salt$hash", .quota = 1000000000,
                                    .active = true, .created = 1795500000 };
}

static struct stored_account find(struct fixture *f, const char *address)
{
    struct stored_account a = { 0 };

    EXPECT(f, 0, store_account_find(f->store, address, f->arena, &a, &f->error));
    return a;
}

static void test_account(void **state)
{
    struct fixture *f = *state;
    struct stored_account a = anna(), none = { .quota = 77 };

    EXPECT(f, 0, store_account_add(f->store, &a, &f->error));
    fixture_next_batch(f);
    EXPECT(f, ERROR_EXISTS, store_account_add(f->store, &a, &f->error));
    a = find(f, "ANNA.rossi@alfa.example");
    assert_string_equal("anna.rossi@alfa.example", a.address);
    assert_string_equal("$6$salt$hash", a.password);
    assert_int_equal(1000000000, a.quota);
    assert_true(a.active);
    assert_int_equal(1795500000, a.created);
    EXPECT(f, ERROR_NOT_FOUND, store_account_find(f->store, "aldo@alfa.example", f->arena, &none, &f->error));
    assert_int_equal(77, none.quota);
    EXPECT(f, 0, store_account_remove(f->store, "Anna.Rossi@alfa.example", &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_account_remove(f->store, "anna.rossi@alfa.example", &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_account_find(f->store, "anna.rossi@alfa.example", f->arena, &none, &f->error));
}

static void test_set(void **state)
{
    struct fixture *f = *state;
    struct stored_account a = anna(), change = { .address = "ANNA.rossi@alfa.example", .quota = -1, .active = false };

    EXPECT(f, ERROR_NOT_FOUND, store_account_set(f->store, &change, &f->error));
    EXPECT(f, 0, store_account_add(f->store, &a, &f->error));
    EXPECT(f, 0, store_account_set(f->store, &change, &f->error));
    a = find(f, "anna.rossi@alfa.example");
    assert_string_equal("$6$salt$hash", a.password);
    assert_int_equal(1000000000, a.quota);
    assert_false(a.active);
    change = (struct stored_account){ .address = "anna.rossi@alfa.example", .password = "$6$other", .quota = 0, .active = true };
    EXPECT(f, 0, store_account_set(f->store, &change, &f->error));
    a = find(f, "anna.rossi@alfa.example");
    assert_string_equal("$6$other", a.password);
    assert_int_equal(0, a.quota);
    assert_true(a.active);
    assert_int_equal(1795500000, a.created);
}

static void test_account_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const addresses[] = { "", "anna", "@alfa.example", "anna@" };
    struct stored_account a = anna();

    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        a.address = addresses[i];
        EXPECT(f, ERROR_SYNTAX, store_account_add(f->store, &a, &f->error));
    }
    a = anna();
    a.password = NULL;
    EXPECT(f, ERROR_SYNTAX, store_account_add(f->store, &a, &f->error));
}

static void expect_accounts(struct fixture *f, const char *domain, size_t count, const char *const *wanted)
{
    struct stored_account *accounts = NULL;
    size_t found = 77;

    EXPECT(f, 0, store_account_list(f->store, domain, f->arena, &accounts, &found, &f->error));
    assert_int_equal(count, found);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(wanted[i], accounts[i].address);
}

static void test_list(void **state)
{
    struct fixture *f = *state;
    static const char *const addresses[] = { "bice@alfa.example", "anna@beta.example", "aldo@alfa.example", "a@b@alfa.example" };
    struct stored_account a = anna();

    expect_accounts(f, NULL, 0, NULL);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        a.address = addresses[i];
        EXPECT(f, 0, store_account_add(f->store, &a, &f->error));
    }
    expect_accounts(f, NULL, 4, (const char *const[]){ "a@b@alfa.example", "aldo@alfa.example", "anna@beta.example", "bice@alfa.example" });
    expect_accounts(f, "Alfa.example", 3, (const char *const[]){ "a@b@alfa.example", "aldo@alfa.example", "bice@alfa.example" });
    expect_accounts(f, "beta.example", 1, (const char *const[]){ "anna@beta.example" });
    expect_accounts(f, "gamma.example", 0, NULL);
}

static void test_account_outlives_domain(void **state)
{
    struct fixture *f = *state;
    struct stored_account a = anna();

    EXPECT(f, 0, store_domain_add(f->store, "alfa.example", 1, &f->error));
    EXPECT(f, 0, store_account_add(f->store, &a, &f->error));
    EXPECT(f, 0, store_domain_remove(f->store, "alfa.example", &f->error));
    assert_true(find(f, a.address).active);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("domains are added once, listed in order, removed", test_domains, fixture_setup_batch),
        CASE("what cannot be a domain is refused", test_domain_names, fixture_setup_batch),
        CASE("an account is added once, found in any case, removed", test_account, fixture_setup_batch),
        CASE("only the given fields of an account are set", test_set, fixture_setup_batch),
        CASE("what cannot be an account is refused", test_account_refused, fixture_setup_batch),
        CASE("accounts are listed in order, all or of a domain", test_list, fixture_setup_batch),
        CASE("an account stays when its domain goes", test_account_outlives_domain, fixture_setup_batch),
    };

    return cmocka_run_group_tests_name("store provisioning", tests, NULL, NULL);
}
