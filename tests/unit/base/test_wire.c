/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wire.h"

enum { BUDGET = 1024 * 1024, OUT_MAX = 64 * 1024, COLOURS = 3 };

struct pair {
    const char *name;
    uint32_t number;
};

/* Every type at once. */
struct everything {
    uint8_t u8;
    uint32_t u32;
    uint64_t u64;
    int64_t i64;
    int whole;
    bool yes, no;
    size_t size;
    int colour;
    struct slice slice;
    unsigned char bytes[4];
    const char *text, *empty, *absent;
    struct pair *pairs;
    size_t pair_count;
    const char **texts;
    size_t text_count;
};

static void pair_visit(struct wire *w, void *item)
{
    struct pair *p = item;

    wire_text(w, &p->name);
    wire_u32(w, &p->number);
}

static void everything_visit(struct wire *w, struct everything *x)
{
    void *pairs = x->pairs;

    wire_u8(w, &x->u8);
    wire_u32(w, &x->u32);
    wire_u64(w, &x->u64);
    wire_i64(w, &x->i64);
    wire_int(w, &x->whole);
    wire_bool(w, &x->yes);
    wire_bool(w, &x->no);
    wire_size(w, &x->size);
    wire_enum(w, &x->colour, COLOURS);
    wire_slice(w, &x->slice);
    wire_bytes(w, x->bytes, sizeof x->bytes);
    wire_text(w, &x->text);
    wire_text(w, &x->empty);
    wire_text(w, &x->absent);
    wire_list(w, &pairs, &x->pair_count, sizeof *x->pairs, pair_visit);
    x->pairs = pairs;
    wire_texts(w, &x->texts, &x->text_count);
}

static struct everything sample(void)
{
    static struct pair pairs[] = { { "one", 1 }, { NULL, UINT32_MAX } };
    static const char *texts[] = { "a", "", NULL };

    return (struct everything){
        .u8 = 0xFE, .u32 = 0xDEADBEEF, .u64 = UINT64_MAX - 1, .i64 = INT64_MIN, .whole = -2, .yes = true, .size = SIZE_MAX, .colour = 2,
        .slice = SLICE("sl\0ice"), .bytes = "abcd", .text = "text", .empty = "", .pairs = pairs, .pair_count = 2, .texts = texts,
        .text_count = 3,
    };
}

static struct buffer write_sample(void)
{
    struct buffer out = buffer_new(OUT_MAX);
    struct wire w = wire_writer(&out);
    struct everything x = sample();

    assert_false(wire_reads(&w));
    everything_visit(&w, &x);
    assert_true(wire_ok(&w));
    return out;
}

static void every_type_goes_there_and_back(void **state)
{
    struct buffer out = write_sample();
    struct arena *a = arena_new(BUDGET);
    struct wire w = wire_reader(buffer_data(&out), a);
    struct everything x = { 0 }, s = sample();

    (void)state;
    assert_true(wire_reads(&w));
    everything_visit(&w, &x);
    assert_true(wire_done(&w));
    assert_int_equal(x.u8, s.u8);
    assert_int_equal(x.u32, s.u32);
    assert_int_equal(x.u64, s.u64);
    assert_true(x.i64 == s.i64 && x.whole == s.whole && x.yes && !x.no && x.size == s.size && x.colour == s.colour);
    assert_true(slice_equal(x.slice, s.slice));
    assert_memory_equal(x.bytes, s.bytes, 4);
    assert_string_equal(x.text, "text");
    assert_string_equal(x.empty, "");
    assert_null(x.absent);
    assert_int_equal(x.pair_count, 2);
    assert_string_equal(x.pairs[0].name, "one");
    assert_null(x.pairs[1].name);
    assert_int_equal(x.pairs[1].number, UINT32_MAX);
    assert_int_equal(x.text_count, 3);
    assert_string_equal(x.texts[1], "");
    assert_null(x.texts[2]);
    arena_free(&a);
    buffer_free(&out);
}

static void numbers_stand_in_network_order(void **state)
{
    struct buffer out = buffer_new(100);
    struct wire w = wire_writer(&out);
    uint32_t number = 0x01020304;
    struct slice s = SLICE("ab");

    (void)state;
    wire_u32(&w, &number);
    wire_slice(&w, &s);
    assert_int_equal(buffer_data(&out).size, 10);
    assert_memory_equal(buffer_data(&out).data, "\x01\x02\x03\x04\x00\x00\x00\x02"
                                                "ab",
                        10);
    buffer_free(&out);
}

/* Cut at every length: never done, never read beyond the end. */
static void a_message_that_is_cut_is_never_whole(void **state)
{
    struct buffer out = write_sample();
    struct slice whole = buffer_data(&out);

    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        struct arena *a = arena_new(BUDGET);
        char *cut = malloc(size ? size : 1);
        struct wire w = wire_reader((struct slice){ cut, size }, a);
        struct everything x = { 0 };

        memcpy(cut, whole.data, size);
        everything_visit(&w, &x);
        if (wire_done(&w))
            fail_msg("done after %zu of %zu bytes", size, whole.size);
        free(cut);
        arena_free(&a);
    }
    buffer_free(&out);
}

static void what_is_left_behind_is_a_fault(void **state)
{
    struct buffer out = write_sample();
    struct arena *a = arena_new(BUDGET);
    struct everything x = { 0 };
    struct wire w;

    (void)state;
    buffer_append(&out, SLICE("x"));
    w = wire_reader(buffer_data(&out), a);
    everything_visit(&w, &x);
    assert_true(wire_ok(&w));
    assert_false(wire_done(&w));
    arena_free(&a);
    buffer_free(&out);
}

/* Every byte changed to every value that matters: no crash, no read beyond the end (for the sanitizers), bounded memory. */
static void a_damaged_message_does_no_harm(void **state)
{
    static const unsigned char values[] = { 0, 1, 2, 3, 0x7F, 0x80, 0xFF };
    struct buffer out = write_sample();
    struct slice whole = buffer_data(&out);
    char *damaged = malloc(whole.size);

    (void)state;
    for (size_t i = 0; i < whole.size * sizeof values; i++) {
        struct arena *a = arena_new(BUDGET);
        struct everything x = { 0 };
        struct wire w = wire_reader((struct slice){ damaged, whole.size }, a);

        memcpy(damaged, whole.data, whole.size);
        damaged[i / sizeof values] = (char)values[i % sizeof values];
        everything_visit(&w, &x);
        arena_free(&a);
    }
    free(damaged);
    buffer_free(&out);
}

static void read_raw(struct slice in, void (*visit)(struct wire *, void *), void *out, bool expected)
{
    struct arena *a = arena_new(BUDGET);
    struct wire w = wire_reader(in, a);

    visit(&w, out);
    assert_int_equal(wire_done(&w), expected);
    arena_free(&a);
}

static void visit_bool(struct wire *w, void *out)
{
    wire_bool(w, out);
}

static void visit_colour(struct wire *w, void *out)
{
    wire_enum(w, out, COLOURS);
}

static void visit_text(struct wire *w, void *out)
{
    wire_text(w, out);
}

static void values_that_a_type_does_not_have_are_refused(void **state)
{
    const char *text = "untouched";
    bool yes = false;
    int colour = 1;

    (void)state;
    read_raw(SLICE("\x01"), visit_bool, &yes, true);
    assert_true(yes);
    read_raw(SLICE("\x02"), visit_bool, &yes, false);
    read_raw(SLICE("\0\0\0\x02"), visit_colour, &colour, true);
    assert_int_equal(colour, 2);
    read_raw(SLICE("\0\0\0\x03"), visit_colour, &colour, false);
    read_raw(SLICE("\xFF\xFF\xFF\xFF"), visit_colour, &colour, false);
    assert_int_equal(colour, 2);
    read_raw(SLICE("\x01\0\0\0\x03"
                   "a\0b"),
             visit_text, &text, false);
    read_raw(SLICE("\x01\xFF\xFF\xFF\xFF"), visit_text, &text, false);
}

struct list {
    void *items;
    size_t count;
};

static void visit_pairs(struct wire *w, void *out)
{
    struct list *l = out;

    wire_list(w, &l->items, &l->count, sizeof(struct pair), pair_visit);
}

static void visit_nothing(struct wire *w, void *out)
{
    (void)w;
    (void)out;
}

static void visit_large(struct wire *w, void *out)
{
    struct list *l = out;

    wire_list(w, &l->items, &l->count, 100000, visit_nothing);
}

/* A short message cannot ask for a long array, nor an honest length for more than the arena has. */
static void a_list_is_no_longer_than_what_is_left(void **state)
{
    struct list l = { 0 };
    char claims[1000] = "\0\0\x03\xE4"; /* 996 */

    (void)state;
    read_raw(SLICE("\xFF\xFF\xFF\xFF"), visit_pairs, &l, false);
    read_raw(SLICE("\0\0\0\x02\0"), visit_pairs, &l, false);
    assert_int_equal(l.count, 0);
    read_raw(SLICE("\0\0\0\0"), visit_pairs, &l, true);
    assert_null(l.items);
    read_raw((struct slice){ claims, sizeof claims }, visit_large, &l, false);
    assert_int_equal(l.count, 0);
}

static void what_does_not_fit_the_buffer_is_a_failure(void **state)
{
    (void)state;
    for (size_t maximum = 0; maximum < 100; maximum++) {
        struct buffer out = buffer_new(maximum);
        struct wire w = wire_writer(&out);
        struct everything x = sample();

        everything_visit(&w, &x);
        assert_false(wire_ok(&w));
        assert_true(buffer_data(&out).size <= maximum);
        buffer_free(&out);
    }
}

static void a_list_or_slice_beyond_32_bits_cannot_be_said(void **state)
{
    struct buffer out = buffer_new(OUT_MAX);
    struct wire w = wire_writer(&out);
    struct slice huge = { "x", (size_t)UINT32_MAX + 1 };
    struct list l = { .count = (size_t)UINT32_MAX + 1 };

    (void)state;
    visit_pairs(&w, &l);
    assert_false(wire_ok(&w));
    w = wire_writer(&out);
    wire_slice(&w, &huge);
    assert_false(wire_ok(&w));
    buffer_free(&out);
}

static void the_visitor_may_find_a_fault_of_its_own(void **state)
{
    struct buffer out = buffer_new(100);
    struct wire w = wire_writer(&out);
    uint32_t number = 7;

    (void)state;
    wire_fail(&w);
    wire_u32(&w, &number);
    assert_false(wire_ok(&w));
    assert_int_equal(buffer_data(&out).size, 0);
    w = wire_reader(SLICE("\0\0\0\x01"), NULL);
    wire_fail(&w);
    wire_u32(&w, &number);
    assert_int_equal(number, 7);
    assert_false(wire_done(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_goes_there_and_back),
        cmocka_unit_test(numbers_stand_in_network_order),
        cmocka_unit_test(a_message_that_is_cut_is_never_whole),
        cmocka_unit_test(what_is_left_behind_is_a_fault),
        cmocka_unit_test(a_damaged_message_does_no_harm),
        cmocka_unit_test(values_that_a_type_does_not_have_are_refused),
        cmocka_unit_test(a_list_is_no_longer_than_what_is_left),
        cmocka_unit_test(what_does_not_fit_the_buffer_is_a_failure),
        cmocka_unit_test(a_list_or_slice_beyond_32_bits_cannot_be_said),
        cmocka_unit_test(the_visitor_may_find_a_fault_of_its_own),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
