/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 4.5. What is written is given to our own compiler, which holds every entry against 4.5.1 to 4.5.9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "index/compile.h"
#include "index/entry.h"
#include "index/ldif_write.h"

enum { BUDGET = 64 * 1024 * 1024, MANY = 2000 };

struct world {
    struct arena *arena;
    struct rope text;
    unsigned char der[2][FIXTURE_DER_SIZE];
    struct slice certificates[2];
    char path[FIXTURE_PATH_SIZE];
    struct index *index;
};

static const struct slice two_domains[] = { SLICE("alfa.example"), SLICE("mail.alfa.example") };

static int begin(void **state)
{
    static struct world w;

    w = (struct world){ .arena = arena_new(BUDGET) };
    w.text = rope_new(w.arena);
    for (unsigned i = 0; i < 2; i++) {
        fixture_certificate(i + 1, w.der[i]);
        w.certificates[i] = (struct slice){ (const char *)w.der[i], FIXTURE_DER_SIZE };
    }
    fixture_make_path(w.path);
    *state = &w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;

    index_close(&w->index);
    fixture_remove(w->path);
    arena_free(&w->arena);
    return 0;
}

static struct entry our_entry(const struct world *w)
{
    return (struct entry){ .name = SLICE("Alfa PEC S.p.A."), .mail_receipt = SLICE("ricevute@alfa.example"),
                           .ldif_url = SLICE("https://alfa.example/alfa.ldif.p7m"), .description = SLICE("Posta certificata"),
                           .certificates = w->certificates, .certificate_count = 1, .domains = two_domains, .domain_count = 2 };
}

/* Compile what has been written. */
static struct index *compile(struct world *w)
{
    struct index_totals totals;
    struct error e = { 0 };

    index_close(&w->index);
    if (index_compile(rope_flat(&w->text), "t", 0, w->path, &totals, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(index_open(w->path, &w->index, NULL), 0);
    return w->index;
}

static bool has_line(const struct world *w, const char *line)
{
    for (struct slice rest = rope_flat(&w->text), found; slice_next_line(&rest, &found);)
        if (slice_is(slice_trim(found), line))
            return true;
    return false;
}

static void an_entry_has_the_form_of_4_5_10(void **state)
{
    struct world *w = *state;
    struct entry entry = our_entry(w);
    char hash[2 * INDEX_HASH_SIZE + 1], hash_line[100];

    entry_write_base(&w->text);
    assert_int_equal(entry_write(&w->text, &entry), 0);
    assert_string_equal(arena_text(w->arena, (struct slice){ rope_flat(&w->text).data, 76 }),
                        "dn: o=postacert\nobjectClass: top\nobjectClass: organization\no: postacert\n\ndn:");
    fixture_hash_text(1, hash);
    snprintf(hash_line, sizeof hash_line, "providerCertificateHash: %s", hash);
    assert_true(has_line(w, "dn: providerName=Alfa PEC S.p.A.,o=postacert"));
    assert_true(has_line(w, "objectClass: provider"));
    assert_true(has_line(w, "providerName: Alfa PEC S.p.A."));
    assert_true(has_line(w, hash_line));
    assert_true(has_line(w, "mailReceipt: ricevute@alfa.example"));
    assert_true(has_line(w, "LDIFLocationURL: https://alfa.example/alfa.ldif.p7m"));
    assert_true(has_line(w, "managedDomains: alfa.example"));
    assert_true(has_line(w, "managedDomains: mail.alfa.example"));
    assert_true(has_line(w, "description: Posta certificata"));
}

static void our_compiler_reads_it(void **state)
{
    struct world *w = *state;
    struct entry entry = our_entry(w);
    unsigned char hash[INDEX_HASH_SIZE];
    struct index_provider p;
    struct index *index;

    entry.certificate_count = 2; /* 4.5: a renewal */
    entry_write_base(&w->text);
    assert_int_equal(entry_write(&w->text, &entry), 0);
    index = compile(w);
    assert_int_equal(index_provider_count(index), 1);
    for (unsigned i = 1; i <= 2; i++) {
        fixture_hash(i, hash);
        assert_true(index_find_signer(index, hash, SLICE("MAIL.alfa.example"), &p));
        assert_true(slice_is(p.name, "Alfa PEC S.p.A."));
        assert_true(slice_is(p.mail_receipt, "ricevute@alfa.example"));
        assert_true(slice_is(p.ldif_url, "https://alfa.example/alfa.ldif.p7m"));
    }
}

static void names_of_any_kind_come_back(void **state)
{
    static const struct slice names[] = { SLICE("Societ\xC3\xA0 di Posta, S.p.A."), SLICE("A + B \"C\" \\"), SLICE("#1=2") };
    struct world *w = *state;
    struct entry entry = our_entry(w);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        entry.name = names[i];
        assert_int_equal(entry_write(&w->text, &entry), 0);
    }
    compile(w);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct index_provider p;

        index_provider_at(w->index, i, &p);
        assert_true(slice_equal(p.name, names[i]));
    }
}

static void thousands_of_domains_come_back(void **state)
{
    struct slice *domains;
    struct world *w = *state;
    struct entry entry = our_entry(w);

    domains = arena_array(w->arena, MANY, sizeof *domains);
    for (size_t i = 0; i < MANY; i++)
        domains[i] = slice_of(arena_printf(w->arena, "a-domain-of-a-name-so-long-that-its-line-must-be-folded-somewhere-%zu.example", i));
    entry.domains = domains;
    entry.domain_count = MANY;
    assert_int_equal(entry_write(&w->text, &entry), 0);
    assert_int_equal(index_domain_count(compile(w)), MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_true(index_is_certified(w->index, domains[i]));
}

/* 4.5: the provider's file tells of all its environments. 4.5.6: no secondary one has an LDIFLocationURL; 4.5.7: their names. */
static void secondary_environments_go_along(void **state)
{
    struct world *w = *state;
    struct entry entry = our_entry(w), unit = our_entry(w), other = our_entry(w);
    static const struct slice unit_domain = SLICE("unit.alfa.example");
    struct index_provider p;

    unit.unit = SLICE("Ambiente, secondario");
    unit.domains = &unit_domain;
    unit.domain_count = 1;
    other.name = SLICE("Beta PEC S.r.l.");
    other.unit = SLICE("di altri");
    assert_int_equal(entry_write(&w->text, &entry), 0);
    assert_int_equal(entry_write(&w->text, &unit), 0);
    assert_int_equal(entry_write(&w->text, &other), 0);
    compile(w);
    assert_true(slice_is(entry_find_url(w->index, SLICE("alfa pec S.P.A.")), "https://alfa.example/alfa.ldif.p7m"));
    assert_int_equal(entry_find_url(w->index, SLICE("Gamma")).size, 0);

    w->text = rope_new(w->arena);
    assert_int_equal(entry_write_units(&w->text, w->index, SLICE("ALFA PEC S.p.A.")), 0);
    assert_true(has_line(w, "dn: providerUnit=Ambiente\\, secondario,providerName=Alfa PEC S.p.A.,o=postac"));
    assert_true(has_line(w, "providerUnit: Ambiente, secondario"));
    compile(w);
    assert_int_equal(index_provider_count(w->index), 1);
    index_provider_at(w->index, 0, &p);
    assert_int_equal(p.ldif_url.size, 0);
    assert_int_equal(p.certificate_count, 1);
    assert_true(index_is_certified(w->index, unit_domain));
    assert_false(index_is_certified(w->index, SLICE("alfa.example")));
}

static void without_budget_it_fails(void **state)
{
    struct world *w = *state;
    struct arena *small = arena_new(600);
    struct rope r = rope_new(small);
    struct entry entry = our_entry(w);

    assert_int_equal(entry_write(&r, &entry), ERROR_BUDGET);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_entry_has_the_form_of_4_5_10, begin, end),
        cmocka_unit_test_setup_teardown(our_compiler_reads_it, begin, end),
        cmocka_unit_test_setup_teardown(names_of_any_kind_come_back, begin, end),
        cmocka_unit_test_setup_teardown(thousands_of_domains_come_back, begin, end),
        cmocka_unit_test_setup_teardown(secondary_environments_go_along, begin, end),
        cmocka_unit_test_setup_teardown(without_budget_it_fails, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
