/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "fixture.h"
#include "index/compile.h"

enum { BUDGET = 64 * 1024 * 1024, NOW = 1795500000 };

struct place {
    struct arena *arena;
    char path[FIXTURE_PATH_SIZE];
};

static int set_up(void **state)
{
    static struct place place;

    place.arena = arena_new(BUDGET);
    fixture_make_path(place.path);
    *state = &place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    fixture_remove(place->path);
    arena_free(&place->arena);
    return 0;
}

static const struct fixture_provider alfa = { "Alfa", NULL, "r@alfa.example", { "alfa.example", "shared.example" }, { 1, 2 } };
static const struct fixture_provider alfa_due = { "Alfa", "Due", "r@due.alfa.example", { "due.alfa.example" }, { 1 } };
static const struct fixture_provider beta = { "Beta", NULL, "r@beta.example", { "beta.example", "Shared.Example" }, { 3 } };

static struct slice three_records(struct arena *arena)
{
    struct rope text = rope_new(arena);

    fixture_write(&text, &alfa);
    fixture_write(&text, &alfa_due);
    fixture_write(&text, &beta);
    return rope_flat(&text);
}

static struct index *compile_and_open(const struct place *place, struct slice ldif, struct index_totals *totals)
{
    struct index *index = NULL;
    struct error e = { 0 };

    if (index_compile(ldif, "t", NOW, place->path, totals, &e) != 0 || index_open(place->path, &index, &e) != 0)
        fail_msg("%s", e.text);
    return index;
}

static void totals_count_different_things_once(void **state)
{
    struct place *place = *state;
    struct index_totals totals = { 0 };
    struct index *index = compile_and_open(place, three_records(place->arena), &totals);

    assert_int_equal(totals.providers, 3);
    assert_int_equal(totals.certificates, 3);
    assert_int_equal(totals.domains, 4);
    assert_int_equal(index_domain_count(index), 4);
    index_close(&index);
}

/* In the manner of RFC 6109 4.5.10: a root, a provider with a secondary environment under the same certificate, another one. */
static void a_directory_file_is_compiled(void **state)
{
    struct place *place = *state;
    struct index_totals totals = { 0 };
    unsigned char uno[INDEX_HASH_SIZE];
    struct index_provider p;
    struct slice ldif;
    struct index *index;

    assert_int_equal(file_read(INDEX_TEST_DATA "/example.ldif", BUDGET, place->arena, &ldif, NULL), 0);
    index = compile_and_open(place, ldif, &totals);
    assert_int_equal(totals.providers, 3);
    assert_int_equal(totals.certificates, 2);
    assert_int_equal(totals.domains, 6);
    assert_true(hex_read(SLICE("26f401c44f3f70e65f42e35568b93e8eee450cc8"), uno, sizeof uno));
    assert_true(index_find_signer(index, uno, SLICE("cert.azienda.example"), &p));
    assert_true(slice_is(p.name, "Posta Uno S.p.A.") && slice_is(p.mail_receipt, "ricevute@uno.example"));
    assert_true(slice_is(p.ldif_url, "https://uno.example/uno.ldif.p7m") && p.unit.size == 0);
    assert_true(index_find_signer(index, uno, SLICE("gestione.uno.example"), &p));
    assert_true(slice_is(p.unit, "Ambiente Secondario") && slice_is(p.mail_receipt, "ricevute@due.uno.example"));
    index_close(&index);
}

static void times_are_kept(void **state)
{
    struct place *place = *state;
    struct index_totals totals;
    struct index *index = compile_and_open(place, three_records(place->arena), &totals);

    assert_int_equal(index_source_time(index), NOW);
    assert_true(index_compiled_time(index) > 0);
    index_close(&index);
}

/* Others read it: the workers need not be the user that compiled it. */
static void everybody_may_read_a_snapshot(void **state)
{
    struct place *place = *state;
    mode_t before = umask(0);
    struct index_totals totals;
    struct index *index = compile_and_open(place, three_records(place->arena), &totals);
    struct stat st;

    umask(before);
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    index_close(&index);
}

struct refused_case {
    const char *name;
    const char *text;
    const char *words;
};

static const struct refused_case refused_cases[] = {
    { "an empty text", "", "t:0: the text ends, and no provider was in it" },
    { "only the root", "dn: o=postacert\nobjectClass: organization\no: postacert\n", "t:3: the text ends, and no provider was in it" },
    { "a broken line", "dn: o=postacert\nnonsense\n", "t:2: \"nonsense\" is no attribute with its value" },
    { "a provider without all", "\ndn: providerName=x,o=postacert\nobjectClass: provider\n",
      "t:2: this provider has no providerName (RFC 6109 4.5.9)" },
};

static void a_refused_text_leaves_the_old_snapshot(void **state)
{
    struct place *place = *state;
    struct index_totals totals = { 0 }, untouched = { 7, 7, 7 };
    struct index *index = compile_and_open(place, three_records(place->arena), &totals);
    char beside[FIXTURE_PATH_SIZE + 8];

    index_close(&index);
    snprintf(beside, sizeof beside, "%s.new", place->path);
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        struct error e = { 0 };
        int result = index_compile(slice_of(c->text), "t", NOW, place->path, &untouched, &e);

        if (result != ERROR_SYNTAX || strcmp(e.text, c->words) != 0)
            fail_msg("%s: %d \"%s\"", c->name, result, e.text);
        assert_int_equal(untouched.providers, 7);
        assert_int_equal(index_open(place->path, &index, NULL), 0);
        assert_int_equal(index_provider_count(index), 3);
        index_close(&index);
        assert_int_equal(access(beside, F_OK), -1);
    }
}

static void a_fault_in_the_last_of_many_records_is_found(void **state)
{
    struct place *place = *state;
    struct rope text = rope_new(place->arena);
    struct index_totals totals;
    struct error e = { 0 };

    rope_add(&text, three_records(place->arena));
    rope_text(&text, "dn: providerName=x,o=postacert\nobjectClass: provider\nproviderName: x\n");
    assert_int_equal(index_compile(rope_flat(&text), "t", NOW, place->path, &totals, &e), ERROR_SYNTAX);
    assert_non_null(strstr(e.text, "no mailReceipt"));
    assert_int_equal(access(place->path, F_OK), -1);
}

static void a_place_that_cannot_be_written_is_said(void **state)
{
    struct place *place = *state;
    struct index_totals totals;
    struct error e = { 0 };

    assert_int_equal(index_compile(three_records(place->arena), "t", NOW, "/nonexistent/folder/snapshot", &totals, &e),
                     ERROR_NOT_FOUND);
    assert_non_null(strstr(e.text, "/nonexistent/folder/snapshot"));
}

/* The same domain in each of many records, and one certificate in all of them: lists grow, nothing else does. */
static void what_all_share_stays_small(void **state)
{
    enum { PROVIDERS = 3000 };
    struct place *place = *state;
    struct rope text = rope_new(place->arena);
    struct fixture_provider p = { "Many", NULL, "r@many.example", { "many.example" }, { 9 } };
    struct index_totals totals = { 0 };
    struct index_provider found;
    unsigned char hash[INDEX_HASH_SIZE];
    struct index *index;

    for (size_t i = 0; i < PROVIDERS; i++)
        fixture_write(&text, &p);
    index = compile_and_open(place, rope_flat(&text), &totals);
    assert_int_equal(totals.providers, PROVIDERS);
    assert_int_equal(totals.domains, 1);
    assert_int_equal(totals.certificates, 1);
    fixture_hash(9, hash);
    assert_true(index_find_signer(index, hash, SLICE("many.example"), &found));
    index_close(&index);
}

/* The shortest attributes need the most memory for their size; they end at the budget or below it, not in a crash. */
static void a_text_of_tiny_attributes_is_bounded(void **state)
{
    enum { LINES = 300000 };
    struct place *place = *state;
    struct rope text = rope_new(place->arena);
    struct index_totals totals;
    char *tiny = arena_alloc(place->arena, 3 * LINES + 1), *end = tiny;

    for (size_t i = 0; i < LINES; i++)
        end = stpcpy(end, "a:\n");
    rope_text(&text, "dn: o=x\n");
    rope_add(&text, slice_between(tiny, end));
    rope_text(&text, "\n");
    rope_add(&text, three_records(place->arena));
    assert_int_equal(index_compile(rope_flat(&text), "t", NOW, place->path, &totals, NULL), 0);
    assert_int_equal(totals.providers, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(totals_count_different_things_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_file_is_compiled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everybody_may_read_a_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_text_leaves_the_old_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_in_the_last_of_many_records_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_place_that_cannot_be_written_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_all_share_stays_small, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_of_tiny_attributes_is_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
