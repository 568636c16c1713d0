/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include "config/faults.h"

static void faults_are_told_in_the_order_of_lines(void **state)
{
    struct arena *arena = arena_new(100000);
    struct faults f = faults_new(arena);
    static struct said said;

    (void)state;
    faults_add(&f, 9, "last");
    faults_add(&f, 2, "first of %d", 2);
    faults_add(&f, 2, "second of %d", 2);
    faults_add(&f, 1, "begin");
    faults_tell(&f, "/etc/a.conf", hear, &said);
    assert_string_equal(said.text,
                        "/etc/a.conf:1: begin\n/etc/a.conf:2: first of 2\n/etc/a.conf:2: second of 2\n/etc/a.conf:9: last\n");
    assert_int_equal(f.count, 4);
    arena_free(&arena);
}

static void a_fault_is_one_line_whatever_it_quotes(void **state)
{
    struct arena *arena = arena_new(100000);
    struct faults f = faults_new(arena);
    static struct said said;
    char big[2000];

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    faults_add(&f, 1, "a\nb\r\n\tc \x1b[0m \xff");
    faults_add(&f, 2, "%s", big);
    faults_tell(&f, "a.conf", hear, &said);
    assert_int_equal(said.count, 2);
    assert_true(strncmp(said.text, "a.conf:1: a b c [0m \xef\xbf\xbd\na.conf:2: xxx", 37) == 0);
    assert_true(strlen(said.text) < 500);
    arena_free(&arena);
}

static void many_faults_are_counted_and_not_kept(void **state)
{
    struct arena *arena = arena_new(100000);
    struct faults f = faults_new(arena);
    static struct said said;

    (void)state;
    for (unsigned i = 0; i < FAULTS_MAX + 7; i++)
        faults_add(&f, i + 1, "wrong");
    faults_tell(&f, "a.conf", hear, &said);
    assert_int_equal(said.count, FAULTS_MAX + 1);
    assert_non_null(strstr(said.text, "a.conf: 7 more faults are not shown\n"));
    assert_false(f.failed);
    arena_free(&arena);
}

static void a_fault_without_memory_is_not_forgotten(void **state)
{
    struct arena *arena = arena_new(10);
    struct faults f = faults_new(arena);

    (void)state;
    faults_add(&f, 1, "wrong");
    assert_true(f.failed);
    assert_int_equal(f.count, 1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_in_the_order_of_lines),
        cmocka_unit_test(a_fault_is_one_line_whatever_it_quotes),
        cmocka_unit_test(many_faults_are_counted_and_not_kept),
        cmocka_unit_test(a_fault_without_memory_is_not_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
