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
#include "index/difference.h"

static struct arena *arena;

static struct index *compile(const struct fixture_provider *providers, size_t count)
{
    struct rope text = rope_new(arena);
    char path[FIXTURE_PATH_SIZE];
    struct index_totals totals;
    struct index *index = NULL;

    for (size_t i = 0; i < count; i++)
        fixture_write(&text, &providers[i]);
    fixture_make_path(path);
    assert_int_equal(index_compile(rope_flat(&text), "t", 0, path, &totals, NULL), 0);
    assert_int_equal(index_open(path, &index, NULL), 0);
    fixture_remove(path);
    return index;
}

static char told[2048];

static void tell(void *arg, const struct index_change *c)
{
    size_t at = strlen(told);

    (void)arg;
    snprintf(told + at, sizeof told - at, "%c%.*s/%.*s/%.*s\n", c->sign, (int)c->provider.size, c->provider.data, (int)c->unit.size,
             c->unit.data, (int)c->domain.size, c->domain.data);
}

static const struct fixture_provider before_records[] = {
    { "Delta", NULL, "r@d.example", { "d.example" }, { 4 } },
    { "Alfa", NULL, "r@a.example", { "a.example", "gone.example", "stays.example" }, { 1 } },
    { "Alfa", "Due", "r@due.example", { "due.example" }, { 1 } },
    { "Beta", NULL, "r@b.example", { "b.example" }, { 2 } },
};

static const struct fixture_provider after_records[] = {
    { "Alfa", "Due", "r@altra.example", { "due.example" }, { 1 } },
    { "Alfa", NULL, "r@a.example", { "stays.example", "new.example", "a.example" }, { 1, 5 } },
    { "Charlie", NULL, "r@c.example", { "z.example", "c.example", "c.example" }, { 3 } },
    { "Delta", NULL, "r@d.example", { "d.example" }, { 4 } },
};

static void each_change_is_told_in_order(void **state)
{
    struct index *before = compile(before_records, 4), *after = compile(after_records, 4);

    (void)state;
    *told = '\0';
    assert_int_equal(index_difference(before, after, tell, NULL, NULL), 0);
    assert_string_equal(told, "~Alfa//\n"
                              "-Alfa//gone.example\n"
                              "+Alfa//new.example\n"
                              "~Alfa/Due/\n"
                              "-Beta//\n"
                              "-Beta//b.example\n"
                              "+Charlie//\n"
                              "+Charlie//c.example\n"
                              "+Charlie//z.example\n");
    index_close(&before);
    index_close(&after);
}

static void the_first_index_is_all_new(void **state)
{
    struct index *after = compile(before_records, 1);

    (void)state;
    *told = '\0';
    assert_int_equal(index_difference(NULL, after, tell, NULL, NULL), 0);
    assert_string_equal(told, "+Delta//\n+Delta//d.example\n");
    index_close(&after);
}

static void the_same_index_changes_nothing(void **state)
{
    struct index *index = compile(before_records, 4);

    (void)state;
    *told = '\0';
    assert_int_equal(index_difference(index, index, tell, NULL, NULL), 0);
    assert_string_equal(told, "");
    index_close(&index);
}

static void a_loss_beyond_the_share_is_noticed(void **state)
{
    struct index *six = compile(before_records, 4), *five = compile(before_records + 1, 3);

    (void)state;
    assert_int_equal(index_domain_count(six), 6);
    assert_int_equal(index_domain_count(five), 5);
    assert_false(index_has_shrunk(six, six, 0));
    assert_false(index_has_shrunk(five, six, 0));
    assert_true(index_has_shrunk(six, five, 0));
    assert_true(index_has_shrunk(six, five, 16));
    assert_false(index_has_shrunk(six, five, 17));
    assert_false(index_has_shrunk(six, five, 100));
    index_close(&six);
    index_close(&five);
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return arena == NULL;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_in_order),
        cmocka_unit_test(the_first_index_is_all_new),
        cmocka_unit_test(the_same_index_changes_nothing),
        cmocka_unit_test(a_loss_beyond_the_share_is_noticed),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
