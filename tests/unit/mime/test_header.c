/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "mime/header.h"

struct expected_field {
    const char *name, *value, *raw;
};

static const struct {
    const char *name, *entity;
    struct expected_field fields[4];
    const char *malformed, *raw, *body;
} cases[] = {
    { "fields and body", "A: 1\r\nB: 2\r\n\r\nbody\r\n", { { "A", " 1", "A: 1\r\n" }, { "B", " 2", "B: 2\r\n" } }, "",
      "A: 1\r\nB: 2\r\n", "body\r\n" },
    { "RFC 5322 2.2.3: a folded field is one, as it stands", "A: 1\r\n 2\r\n\t3\r\nB:\r\n\r\n",
      { { "A", " 1\r\n 2\r\n\t3", "A: 1\r\n 2\r\n\t3\r\n" }, { "B", "", "B:\r\n" } }, "", "A: 1\r\n 2\r\n\t3\r\nB:\r\n", "" },
    { "a continuation of blanks alone does not end the header", "A: 1\r\n \r\nB: 2\r\n\r\nx",
      { { "A", " 1\r\n ", "A: 1\r\n \r\n" }, { "B", " 2", "B: 2\r\n" } }, "", "A: 1\r\n \r\nB: 2\r\n", "x" },
    { "no empty line: no body", "A: 1\r\nB: 2\r\n", { { "A", " 1", "A: 1\r\n" }, { "B", " 2", "B: 2\r\n" } }, "",
      "A: 1\r\nB: 2\r\n", "" },
    { "no line end at the end", "A: 1\r\nB: 2", { { "A", " 1", "A: 1\r\n" }, { "B", " 2", "B: 2" } }, "", "A: 1\r\nB: 2", "" },
    { "an empty line at the front: no header", "\r\nA: 1\r\n", { { 0 } }, "", "", "A: 1\r\n" },
    { "a body that begins with a blank continues nothing", "A: 1\r\n\r\n x\r\n", { { "A", " 1", "A: 1\r\n" } }, "", "A: 1\r\n",
      " x\r\n" },
    { "nothing at all", "", { { 0 } }, "", "", "" },
    { "RFC 5322 4.5: blanks before the colon", "A \t: 1\r\n\r\n", { { "A", " 1", "A \t: 1\r\n" } }, "", "A \t: 1\r\n", "" },
    { "a value with colons", "A:b:c\r\n\r\n", { { "A", "b:c", "A:b:c\r\n" } }, "", "A:b:c\r\n", "" },
    { "a line without a colon is malformed, reading goes on", "A: 1\r\nnonsense\r\nB: 2\r\n\r\n",
      { { "A", " 1", "A: 1\r\n" }, { "B", " 2", "B: 2\r\n" } }, "nonsense", "A: 1\r\nnonsense\r\nB: 2\r\n", "" },
    { "what continues a malformed line belongs to it", "nonsense\r\n A: 1\r\nB: 2\r\n\r\n", { { "B", " 2", "B: 2\r\n" } },
      "nonsense\r\n A: 1", "nonsense\r\n A: 1\r\nB: 2\r\n", "" },
    { "the first of two malformed lines is told", "one\r\ntwo\r\n\r\n", { { 0 } }, "one", "one\r\ntwo\r\n", "" },
    { "a continuation of nothing is malformed", " x: 1\r\nA: 1\r\n\r\n", { { "A", " 1", "A: 1\r\n" } }, " x: 1",
      " x: 1\r\nA: 1\r\n", "" },
    { "a field without a name is malformed", ": 1\r\n\r\n", { { 0 } }, ": 1", ": 1\r\n", "" },
    { "the line that mailbox files begin with is malformed", "From a@b Mon Jan  1 10:00:00\r\nA: 1\r\n\r\n",
      { { "A", " 1", "A: 1\r\n" } }, "From a@b Mon Jan  1 10:00:00", "From a@b Mon Jan  1 10:00:00\r\nA: 1\r\n", "" },
    { "an 8-bit byte in a name is malformed", "N\xC3\xA9: 1\r\n\r\n", { { 0 } }, "N\xC3\xA9: 1", "N\xC3\xA9: 1\r\n", "" },
    { "a control in a name is malformed", "A\x01: 1\r\n\r\n", { { 0 } }, "A\x01: 1", "A\x01: 1\r\n", "" },
    { "DEL in a name is malformed", "A\x7F: 1\r\n\r\n", { { 0 } }, "A\x7F: 1", "A\x7F: 1\r\n", "" },
    { "8-bit bytes in a value stay", "A: \xE8\r\n\r\n", { { "A", " \xE8", "A: \xE8\r\n" } }, "", "A: \xE8\r\n", "" },
    { "a bare LF begins no field", "A: 1\nBcc: x\r\n\r\n",
      { { "A", " 1\nBcc: x", "A: 1\nBcc: x\r\n" } }, "", "A: 1\nBcc: x\r\n", "" },
    { "two bare LFs end no header", "A: 1\n\nB: 2\r\n\r\n",
      { { "A", " 1\n\nB: 2", "A: 1\n\nB: 2\r\n" } }, "", "A: 1\n\nB: 2\r\n", "" },
    { "a bare CR begins no field", "A: 1\rBcc: x\r\n\r\n",
      { { "A", " 1\rBcc: x", "A: 1\rBcc: x\r\n" } }, "", "A: 1\rBcc: x\r\n", "" },
    { "RFC 5322 3.6.8: any visible character may stand in a name", "X-!~{}: 1\r\n\r\n", { { "X-!~{}", " 1", "X-!~{}: 1\r\n" } }, "",
      "X-!~{}: 1\r\n", "" },
};

static void check_fields(const char *name, const struct header *h, const struct expected_field *wanted)
{
    size_t count = 0;

    while (count < 4 && wanted[count].name)
        count++;
    if (h->count != count)
        fail_msg("%s: %zu fields instead of %zu", name, h->count, count);
    for (size_t i = 0; i < count; i++) {
        fixture_same(name, h->fields[i].name, slice_of(wanted[i].name));
        fixture_same(name, h->fields[i].value, slice_of(wanted[i].value));
        fixture_same(name, h->fields[i].raw, slice_of(wanted[i].raw));
    }
}

static void test_split(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice entity = slice_of(cases[i].entity), body;
        char *copy = fixture_exact(entity);
        struct header h;

        entity.data = copy;
        assert_int_equal(header_split(entity, *state, &h, &body), 0);
        check_fields(cases[i].name, &h, cases[i].fields);
        fixture_same(cases[i].name, h.malformed, slice_of(cases[i].malformed));
        fixture_same(cases[i].name, h.raw, slice_of(cases[i].raw));
        fixture_same(cases[i].name, body, slice_of(cases[i].body));
        free(copy);
    }
}

/* Header, empty line and body make up the entity, wherever it is cut. */
static void test_every_prefix_keeps_its_bytes(void **state)
{
    struct slice text = SLICE("A: 1\r\n 2\r\nnonsense\r\nB: 3\r\n\r\nbody\r\n");

    for (size_t size = 0; size <= text.size; size++) {
        char *copy = fixture_exact((struct slice){ text.data, size });
        struct header h;
        struct slice body;
        size_t held;

        assert_int_equal(header_split((struct slice){ copy, size }, *state, &h, &body), 0);
        held = h.raw.size + body.size;
        assert_true(held == size || (held + 2 == size && memcmp(copy + h.raw.size, "\r\n", 2) == 0));
        free(copy);
    }
}

static void test_look_up(void **state)
{
    struct header h;
    struct slice body;
    const char *text;
    const struct field *f;

    assert_int_equal(header_split(SLICE("To: a\r\nSubject: x\r\n y\r\nTO: b\r\nto : c\r\n\r\n"), *state, &h, &body), 0);
    f = header_find(&h, "to");
    assert_ptr_equal(f, &h.fields[0]);
    f = header_next(&h, f, "To");
    assert_ptr_equal(f, &h.fields[2]);
    f = header_next(&h, f, "To");
    assert_ptr_equal(f, &h.fields[3]);
    assert_null(header_next(&h, f, "To"));
    assert_null(header_find(&h, "T"));
    assert_null(header_find(&h, "Too"));
    assert_int_equal(header_count(&h, "tO"), 3);
    assert_int_equal(header_count(&h, "Cc"), 0);
    assert_int_equal(header_text(&h, "subject", *state, &text), 0);
    assert_string_equal(text, "x y");
    assert_int_equal(header_text(&h, "Cc", *state, &text), 0);
    assert_null(text);
}

static void test_four_thousand_fields_and_no_more(void **state)
{
    struct slice fields = fixture_repeat(*state, "a: b\r\n", HEADER_FIELDS_MAX + 1), body = SLICE("untouched");
    struct header h = { .count = 77 };

    assert_int_equal(header_split(fields, *state, &h, &body), ERROR_LIMIT);
    assert_int_equal(h.count, 77);
    fixture_same("failure", body, SLICE("untouched"));
    fields.size -= 6;
    assert_int_equal(header_split(fields, *state, &h, &body), 0);
    assert_int_equal(h.count, HEADER_FIELDS_MAX);
    assert_int_equal(header_count(&h, "A"), HEADER_FIELDS_MAX);
}

static void test_no_budget(void **state)
{
    struct arena *small = arena_new(100);
    struct header h = { .count = 77 };
    struct slice body;

    (void)state;
    assert_int_equal(header_split(SLICE("a: b\r\n\r\n"), small, &h, &body), ERROR_BUDGET);
    assert_int_equal(h.count, 77);
    arena_free(&small);
}

static void test_hostile_headers_take_linear_time(void **state)
{
    static const char *const pieces[] = { "x", "\n", "\r", "\r\n ", ":", "x\r\n", "\r\r\n" };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct slice entity = fixture_repeat(*state, pieces[i], 1000 * 1000), body;
        struct header h;

        assert_int_equal(header_split(entity, *state, &h, &body), 0);
        for (size_t j = 0; j < h.count; j++)
            assert_non_null(field_text(&h.fields[j], *state));
    }
    assert_true(fixture_seconds() - start < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_split, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_prefix_keeps_its_bytes, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_look_up, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_four_thousand_fields_and_no_more, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test_setup_teardown(test_hostile_headers_take_linear_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
