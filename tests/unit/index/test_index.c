/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "index/compile.h"

enum { ALFA_OLD = 1, ALFA_NEW = 2, BETA = 3, GAMMA = 4, NOBODY = 99 };

/* Alfa renews its certificate (4.5) and has a secondary environment under the old one (4.5.7); Beta claims a domain of Alfa;
 * Gamma signs for nothing of theirs. */
static const struct fixture_provider providers[] = {
    { "Alfa", NULL, "r@alfa.example", { "alfa.example", "pec.alfa.example", "both.example" }, { ALFA_OLD, ALFA_NEW } },
    { "Alfa", "Due", "r@due.alfa.example", { "due.alfa.example", "both.example" }, { ALFA_OLD } },
    { "Beta", NULL, "r@beta.example", { "Maiuscolo.Beta.Example", "both.example", "beta.example", "beta.example" }, { BETA } },
    { "Gamma", NULL, "r@gamma.example", { "gamma.example" }, { GAMMA } },
};

enum { PROVIDERS = sizeof providers / sizeof providers[0] };

static struct index *opened;

static int open_example(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct rope text = rope_new(arena);
    char path[FIXTURE_PATH_SIZE];
    struct index_totals totals;
    int result;

    (void)state;
    for (size_t i = 0; i < PROVIDERS; i++)
        fixture_write(&text, &providers[i]);
    fixture_make_path(path);
    result = index_compile(rope_flat(&text), "t", 0, path, &totals, NULL);
    if (result == 0)
        result = index_open(path, &opened, NULL);
    /* What is mapped stays, whatever becomes of the file's name. */
    fixture_remove(path);
    arena_free(&arena);
    return result;
}

static int close_example(void **state)
{
    (void)state;
    index_close(&opened);
    return opened != NULL;
}

struct domain_case {
    const char *domain;
    bool certified;
};

static const struct domain_case domain_cases[] = {
    { "alfa.example", true },
    { "ALFA.EXAMPLE", true },
    { "Pec.Alfa.Example", true },
    { "maiuscolo.beta.example", true },
    { "MAIUSCOLO.beta.example", true },
    { "example", false },
    { "sub.alfa.example", false },
    { "lfa.example", false },
    { "alfa.exampl", false },
    { "alfa.example.", false },
    { " alfa.example", false },
    { "r@alfa.example", false },
    { "", false },
};

/* RFC 6109 2.2.1: "a case-insensitive search of the recipients' domains". */
static void domains_are_matched_exactly_without_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof domain_cases / sizeof domain_cases[0]; i++)
        if (index_is_certified(opened, slice_of(domain_cases[i].domain)) != domain_cases[i].certified)
            fail_msg("\"%s\"", domain_cases[i].domain);
    assert_false(index_is_certified(opened, SLICE("alfa.example\0")));
    assert_false(index_is_certified(opened, SLICE_NONE));
}

static void a_domain_beyond_255_octets_is_unknown(void **state)
{
    char text[70000];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t size = 250; size < 260; size++)
        assert_false(index_is_certified(opened, (struct slice){ text, size }));
    assert_false(index_is_certified(opened, (struct slice){ text, sizeof text }));
}

/* RFC 6109 2.2.2, "signature origin". */
static void certificates_are_known_by_their_hash(void **state)
{
    static const unsigned known[] = { ALFA_OLD, ALFA_NEW, BETA, GAMMA };
    unsigned char hash[INDEX_HASH_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        fixture_hash(known[i], hash);
        assert_true(index_knows_certificate(opened, hash));
        hash[INDEX_HASH_SIZE - 1] ^= 1;
        assert_false(index_knows_certificate(opened, hash));
    }
    fixture_hash(NOBODY, hash);
    assert_false(index_knows_certificate(opened, hash));
}

struct signer_case {
    unsigned certificate;
    const char *domain;
    int provider; /* -1: none */
};

static const struct signer_case signer_cases[] = {
    { ALFA_OLD, "alfa.example", 0 },
    { ALFA_NEW, "pec.alfa.example", 0 },
    { ALFA_OLD, "due.alfa.example", 1 },
    { ALFA_OLD, "DUE.alfa.example", 1 },
    { ALFA_NEW, "due.alfa.example", -1 }, /* the new one is not yet listed there */
    { ALFA_OLD, "both.example", 0 },
    { BETA, "both.example", 2 },
    { GAMMA, "both.example", -1 },
    { BETA, "alfa.example", -1 },
    { BETA, "maiuscolo.beta.example", 2 },
    { GAMMA, "gamma.example", 3 },
    { GAMMA, "nowhere.example", -1 },
    { NOBODY, "gamma.example", -1 },
    { ALFA_OLD, "", -1 },
};

/* RFC 6109 2.2.2; 4.5.7: each environment has its own attributes. */
static void a_signer_is_who_holds_the_certificate_and_manages_the_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signer_cases / sizeof signer_cases[0]; i++) {
        const struct signer_case *c = &signer_cases[i];
        unsigned char hash[INDEX_HASH_SIZE];
        struct index_provider p;
        bool found;

        fixture_hash(c->certificate, hash);
        found = index_find_signer(opened, hash, slice_of(c->domain), &p);
        if (found != (c->provider >= 0) || index_signer_manages(opened, hash, slice_of(c->domain)) != found)
            fail_msg("%u for \"%s\"", c->certificate, c->domain);
        if (found)
            assert_true(slice_is(p.mail_receipt, providers[c->provider].mail_receipt));
    }
}

static void all_records_are_listed_in_their_order(void **state)
{
    static const size_t domain_counts[PROVIDERS] = { 3, 2, 3, 1 }, certificate_counts[PROVIDERS] = { 2, 1, 1, 1 };

    (void)state;
    assert_int_equal(index_provider_count(opened), PROVIDERS);
    for (size_t i = 0; i < PROVIDERS; i++) {
        struct index_provider p;

        index_provider_at(opened, i, &p);
        assert_true(slice_is(p.name, providers[i].name) && slice_is(p.mail_receipt, providers[i].mail_receipt));
        assert_true(slice_equal(p.unit, slice_of(providers[i].unit)));
        assert_int_equal(p.ldif_url.size == 0, providers[i].unit != NULL);
        assert_int_equal(p.domain_count, domain_counts[i]);
        assert_int_equal(p.certificate_count, certificate_counts[i]);
    }
}

static void domains_are_listed_in_their_order_and_in_lower_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVIDERS; i++) {
        struct index_provider p;

        index_provider_at(opened, i, &p);
        for (size_t j = 0; j < p.domain_count; j++)
            assert_true(slice_is_nocase(index_domain_at(opened, i, j), providers[i].domains[j]));
    }
    assert_true(slice_is(index_domain_at(opened, 2, 0), "maiuscolo.beta.example"));
}

static void certificates_are_listed_whole(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned char hash[INDEX_HASH_SIZE], der[FIXTURE_DER_SIZE], sha1[INDEX_HASH_SIZE];
        struct slice found = index_certificate_at(opened, 0, i, sha1);
        unsigned number = ALFA_OLD;

        fixture_hash(number, hash);
        if (memcmp(hash, sha1, sizeof hash) != 0)
            fixture_hash(number = ALFA_NEW, hash);
        assert_memory_equal(hash, sha1, sizeof hash);
        fixture_certificate(number, der);
        assert_int_equal(found.size, sizeof der);
        assert_memory_equal(found.data, der, sizeof der);
        seen |= number;
    }
    assert_int_equal(seen, ALFA_OLD | ALFA_NEW);
}

static void a_missing_snapshot_is_not_found(void **state)
{
    struct index *index = NULL;
    struct error e = { 0 };

    (void)state;
    assert_int_equal(index_open("/nonexistent/snapshot", &index, &e), ERROR_NOT_FOUND);
    assert_string_equal(e.text, "/nonexistent/snapshot: No such file or directory");
    assert_null(index);
    index_close(&index);
}

static void a_folder_is_no_snapshot(void **state)
{
    struct index *index = NULL;

    (void)state;
    assert_int_equal(index_open("/", &index, NULL), ERROR_FILE);
    assert_null(index);
}

static void an_empty_file_is_damaged(void **state)
{
    struct index *index = NULL;
    struct error e = { 0 };

    (void)state;
    assert_int_equal(index_open("/dev/null", &index, &e), ERROR_CORRUPT);
    assert_string_equal(e.text, "/dev/null: not a compiled index");
}

/* As many domains as the directory ever had, and more: each is found, its neighbours are not. */
static void many_domains_are_all_found(void **state)
{
    enum { PROVIDER_COUNT = 50, DOMAINS = 400 };
    struct arena *arena = arena_new(16 * 1024 * 1024);
    struct rope text = rope_new(arena);
    char path[FIXTURE_PATH_SIZE], domain[64];
    struct index_totals totals = { 0 };
    struct index *index = NULL;

    (void)state;
    for (unsigned p = 1; p <= PROVIDER_COUNT; p++) {
        rope_printf(&text, "dn: providerName=P%u,o=postacert\nobjectClass: provider\nproviderName: P%u\n", p, p);
        rope_printf(&text, "mailReceipt: r@p%u.example\n", p);
        fixture_write_certificate(&text, p);
        for (unsigned d = 0; d < DOMAINS; d++)
            rope_printf(&text, "managedDomains: d%u.P%u.example\n", d, p);
        rope_text(&text, "\n");
    }
    fixture_make_path(path);
    assert_int_equal(index_compile(rope_flat(&text), "t", 0, path, &totals, NULL), 0);
    assert_int_equal(totals.domains, PROVIDER_COUNT * DOMAINS);
    assert_int_equal(index_open(path, &index, NULL), 0);
    for (unsigned p = 1; p <= PROVIDER_COUNT; p++) {
        unsigned char hash[INDEX_HASH_SIZE];

        fixture_hash(p, hash);
        for (unsigned d = 0; d <= DOMAINS; d++) {
            snprintf(domain, sizeof domain, "D%u.p%u.example", d, p);
            assert_int_equal(index_is_certified(index, slice_of(domain)), d < DOMAINS);
            assert_int_equal(index_signer_manages(index, hash, slice_of(domain)), d < DOMAINS);
        }
    }
    index_close(&index);
    fixture_remove(path);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_matched_exactly_without_case),
        cmocka_unit_test(a_domain_beyond_255_octets_is_unknown),
        cmocka_unit_test(certificates_are_known_by_their_hash),
        cmocka_unit_test(a_signer_is_who_holds_the_certificate_and_manages_the_domain),
        cmocka_unit_test(all_records_are_listed_in_their_order),
        cmocka_unit_test(domains_are_listed_in_their_order_and_in_lower_case),
        cmocka_unit_test(certificates_are_listed_whole),
        cmocka_unit_test(a_missing_snapshot_is_not_found),
        cmocka_unit_test(a_folder_is_no_snapshot),
        cmocka_unit_test(an_empty_file_is_damaged),
        cmocka_unit_test(many_domains_are_all_found),
    };

    return cmocka_run_group_tests_name("index", tests, open_example, close_example);
}
