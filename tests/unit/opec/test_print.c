/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "base/clock.h"
#include "opec/print.h"

struct text_case {
    const char *name, *given, *wanted;
};

static const struct text_case line_cases[] = {
    { "plain text stays", "Fattura n. 12", "Fattura n. 12" },
    { "letters with accents stay", "perch\xC3\xA9", "perch\xC3\xA9" },
    { "a terminal gets no escape", "a\x1B[2Jb", "a [2Jb" },
    { "nor the C1 form of it", "a\xC2\x9B" "2Jb", "a 2Jb" },
    { "a line is not broken", "a\r\nopec: ok", "a opec: ok" },
    { "nor by a Unicode separator", "a\xE2\x80\xA8" "b", "a b" },
    { "an override of direction goes", "fattura\xE2\x80\xAE" "fdp.exe", "fatturafdp.exe" },
    { "an isolate goes", "\xE2\x81\xA6" "a\xE2\x81\xA9", "a" },
    { "the marks go", "\xE2\x80\x8E" "a\xE2\x80\x8F\xD8\x9C", "a" },
    { "invalid bytes are replaced", "a\xFF", "a\xEF\xBF\xBD" },
    { "nothing is nothing", "", "" },
};

static void a_line_is_safe_for_a_terminal(void **state)
{
    struct arena *arena = arena_new(100000);

    (void)state;
    for (size_t i = 0; i < COUNT(line_cases); i++) {
        const char *line = print_line(arena, slice_of(line_cases[i].given));

        if (strcmp(line, line_cases[i].wanted) != 0)
            fail_msg("%s: \"%s\"", line_cases[i].name, line);
    }
    arena_free(&arena);
}

static void a_line_without_budget_says_so(void **state)
{
    struct arena *arena = arena_new(16);

    (void)state;
    assert_has(print_line(arena, SLICE("a text that does not fit")), "too long");
    arena_free(&arena);
}

static void any_bytes_become_a_json_text(void **state)
{
    json_t *valid = print_json_text(SLICE("perch\xC3\xA9\x1B")), *invalid = print_json_text(SLICE("a\xFF\xC3"));
    json_t *nothing = print_json_text(SLICE_NONE);

    (void)state;
    assert_string_equal(json_string_value(valid), "perch\xC3\xA9\x1B");
    assert_string_equal(json_string_value(invalid), "a\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_string_equal(json_string_value(nothing), "");
    json_decref(valid);
    json_decref(invalid);
    json_decref(nothing);
}

static void json_is_written_as_an_object_and_a_line_end(void **state)
{
    struct printed p;

    (void)state;
    printed_begin(&p);
    assert_int_equal(print_json(p.out, json_pack("{s:i}", "a", 1)), 0);
    printed_end(&p);
    assert_string_equal(p.text, "{\n  \"a\": 1\n}\n");
    free(p.text);
}

static void json_that_could_not_be_made_is_a_failure(void **state)
{
    struct printed p;

    (void)state;
    printed_begin(&p);
    assert_int_equal(print_json(p.out, NULL), 1);
    printed_end(&p);
    assert_string_equal(p.text, "");
    free(p.text);
}

struct number_case {
    int64_t given;
    const char *wanted;
};

static void sizes_have_the_largest_whole_unit(void **state)
{
    static const struct number_case cases[] = {
        { 0, "0 B" },           { 1, "1 B" },          { 1001, "1001 B" },       { 1000, "1 kB" },
        { 1500000, "1500 kB" }, { 2000000000, "2 GB" }, { 30000000, "30 MB" },
    };
    char out[PRINT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(print_size((uint64_t)cases[i].given, out), cases[i].wanted);
}

/* RFC 6109 4.2 */
static void moments_are_in_legal_time(void **state)
{
    char out[PRINT_SIZE];
    json_t *json;

    (void)state;
    assert_int_equal(clock_set_zone("Europe/Rome"), 0);
    assert_string_equal(print_moment(1795497701, out), "24/11/2026 06:21:41 +0100");
    json = print_json_moment(1795497701);
    assert_string_equal(json_string_value(json), "2026-11-24T05:21:41Z");
    json_decref(json);
    json = print_json_moment(0);
    assert_true(json_is_null(json));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_safe_for_a_terminal),
        cmocka_unit_test(a_line_without_budget_says_so),
        cmocka_unit_test(any_bytes_become_a_json_text),
        cmocka_unit_test(json_is_written_as_an_object_and_a_line_end),
        cmocka_unit_test(json_that_could_not_be_made_is_a_failure),
        cmocka_unit_test(sizes_have_the_largest_whole_unit),
        cmocka_unit_test(moments_are_in_legal_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
