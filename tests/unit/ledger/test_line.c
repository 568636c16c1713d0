/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two lines below were made outside the project, from the grammar in line.h.
 */
#include "ledger/line.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define HASH1 "2b9e5cc26e3e4fc0bd26b66e792ca49e3931ae471a28d9c76e71d0498bb10cba"
#define HASH2 "7b35752276a1a4f3daf8a5e8e885787645802db20fa61a4ff739d9342efad931"
#define EVENT1 "{\"event\":\"acceptance\",\"sender\":\"anna@alfa.example\"}"
#define EVENT2 "{ \"subject\" : \"a, \\\"b\\\"\" }"
#define LINE1                                                                                                                   \
    "{\"event\":\"acceptance\",\"sender\":\"anna@alfa.example\",\"id\":\"a1:0\",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 \
    "\"}\n"
#define LINE2 "{ \"subject\" : \"a, \\\"b\\\"\" ,\"id\":\"a1:1\",\"n\":2,\"previous\":\"" HASH1 "\",\"hash\":\"" HASH2 "\"}\n"

static void a_line_is_the_event_with_four_fields_more(void **state)
{
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    struct ledger_head head = { 0 };

    (void)state;
    assert_int_equal(0, ledger_line_write(&out, SLICE(EVENT1), "a1:0", &head, NULL));
    assert_int_equal(0, ledger_line_write(&out, SLICE(EVENT2), "a1:1", &head, NULL));
    assert_true(slice_is(buffer_data(&out), LINE1 LINE2));
    assert_int_equal(2, head.count);
    assert_int_equal(0x7b, head.hash[0]);
    assert_int_equal(0x31, head.hash[31]);
    buffer_free(&out);
}

static void a_line_is_taken_apart(void **state)
{
    struct ledger_line line;

    (void)state;
    assert_true(ledger_line_read(SLICE(LINE2), &line));
    assert_true(slice_is(line.id, "a1:1"));
    assert_int_equal(2, line.n);
    assert_true(slice_is(line.previous, HASH1));
    assert_true(slice_is(line.hash, HASH2));
    assert_int_equal(strlen(LINE2) - strlen(",\"hash\":\"" HASH2 "\"}\n"), line.text.size);
}

struct refused_event {
    const char *name, *event, *id;
    int code;
};

static const struct refused_event refused_events[] = {
    { "an empty text", "", "i", ERROR_SYNTAX },
    { "an empty object", "{}", "i", ERROR_SYNTAX },
    { "a list", "[1]", "i", ERROR_SYNTAX },
    { "a number", "7", "i", ERROR_SYNTAX },
    { "no JSON", "{\"a\":1", "i", ERROR_SYNTAX },
    { "something behind the object", "{\"a\":1}}", "i", ERROR_SYNTAX },
    { "two lines", "{\"a\":1,\n\"b\":2}", "i", ERROR_SYNTAX },
    { "a CR inside", "{\"a\":1,\r\"b\":2}", "i", ERROR_SYNTAX },
    { "not UTF-8", "{\"a\":\"\xE8\"}", "i", ERROR_SYNTAX },
    { "a field twice", "{\"a\":1,\"a\":2}", "i", ERROR_SYNTAX },
    { "a hash of its own", "{\"a\":1,\"hash\":\"x\"}", "i", ERROR_SYNTAX },
    { "a number of its own", "{\"n\":1}", "i", ERROR_SYNTAX },
    { "an id of its own", "{\"id\":\"x\"}", "i", ERROR_SYNTAX },
    { "a previous of its own", "{\"previous\":null}", "i", ERROR_SYNTAX },
    { "no id", "{\"a\":1}", "", ERROR_SYNTAX },
    { "an id with a quote", "{\"a\":1}", "a\"b", ERROR_SYNTAX },
    { "an id with a backslash", "{\"a\":1}", "a\\b", ERROR_SYNTAX },
    { "an id with a line end", "{\"a\":1}", "a\nb", ERROR_SYNTAX },
    { "an id that is not ASCII", "{\"a\":1}", "\xC3\xA8", ERROR_SYNTAX },
};

static void events_that_are_no_line_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_events / sizeof refused_events[0]; i++) {
        const struct refused_event *c = &refused_events[i];
        struct buffer out = buffer_new(LEDGER_LINE_MAX);
        struct ledger_head head = { 0 };
        struct error e = { 0 };

        if (ledger_line_write(&out, slice_of(c->event), c->id, &head, &e) != c->code || e.code != c->code || head.count != 0)
            fail_msg("%s: %s", c->name, e.text);
        buffer_free(&out);
    }
}

static void an_id_has_at_most_255_characters(void **state)
{
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    struct ledger_head head = { 0 };
    struct ledger_line line;
    char id[LEDGER_ID_MAX + 2];

    (void)state;
    memset(id, 'x', sizeof id);
    id[LEDGER_ID_MAX] = '\0';
    assert_int_equal(0, ledger_line_write(&out, SLICE(EVENT1), id, &head, NULL));
    assert_true(ledger_line_read(buffer_data(&out), &line));
    assert_true(slice_is(line.id, id));
    id[LEDGER_ID_MAX] = 'x';
    id[LEDGER_ID_MAX + 1] = '\0';
    assert_int_equal(ERROR_SYNTAX, ledger_line_write(&out, SLICE(EVENT1), id, &head, NULL));
    buffer_free(&out);
}

static void an_event_over_the_limit_is_refused(void **state)
{
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    char *event = malloc(LEDGER_LINE_MAX);
    struct ledger_head head = { 0 };

    (void)state;
    memset(event, 'x', LEDGER_LINE_MAX);
    memcpy(event, "{\"a\":\"", 6);
    memcpy(event + LEDGER_LINE_MAX - 2, "\"}", 2);
    assert_int_equal(ERROR_LIMIT, ledger_line_write(&out, (struct slice){ event, LEDGER_LINE_MAX }, "i", &head, NULL));
    assert_int_equal(0, head.count);
    free(event);
    buffer_free(&out);
}

/* An event cannot pass for the fields that follow it. */
static void fields_are_read_from_behind(void **state)
{
    static const char event[] = "{\"subject\":\"\\\",\\\"id\\\":\\\"forged\\\",\\\"n\\\":9,\\\"previous\\\":\\\"" ZEROS "\\\"\"}";
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    struct ledger_head head = { .count = 41 };
    struct ledger_line line;

    (void)state;
    assert_int_equal(0, ledger_line_write(&out, slice_of(event), "true", &head, NULL));
    assert_true(ledger_line_read(buffer_data(&out), &line));
    assert_true(slice_is(line.id, "true"));
    assert_int_equal(42, line.n);
    buffer_free(&out);
}

static const char *const no_lines[] = {
    "", "\n", "{}\n", "\"}\n", EVENT1 "\n", ",\"hash\":\"" HASH1 "\"}\n", ",\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    "\",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"\",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":01,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":99999999999999999999,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":1 ,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":1,\"previous\":\"0" ZEROS "\",\"hash\":\"" HASH1 "\"}\n",
    ",\"id\":\"i\",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}",
    ",\"id\":\"i\",\"n\":1,\"previous\":\"" ZEROS "\",\"hash\":\"" HASH1 "\"}\r\n",
};

static void other_forms_are_no_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_lines / sizeof no_lines[0]; i++) {
        size_t size = strlen(no_lines[i]);
        char *copy = malloc(size ? size : 1); /* so that reading beyond it is seen */
        struct ledger_line line;

        memcpy(copy, no_lines[i], size);
        if (ledger_line_read((struct slice){ copy, size }, &line))
            fail_msg("taken for a line: %s", no_lines[i]);
        free(copy);
    }
}

static void a_chain_takes_its_lines_in_order(void **state)
{
    static const struct ledger_head none = { 0 };
    struct ledger_chain chain;
    struct ledger_line line;

    (void)state;
    assert_int_equal(0, ledger_chain_begin(&chain, &none, NULL));
    assert_int_equal(LEDGER_MISPLACED, ledger_chain_next(&chain, SLICE(LINE2), &line));
    assert_int_equal(LEDGER_GOOD, ledger_chain_next(&chain, SLICE(LINE1), &line));
    assert_int_equal(LEDGER_MISPLACED, ledger_chain_next(&chain, SLICE(LINE1), &line));
    assert_int_equal(LEDGER_GOOD, ledger_chain_next(&chain, SLICE(LINE2), &line));
    assert_int_equal(2, ledger_chain_head(&chain).count);
    assert_int_equal(0x7b, ledger_chain_head(&chain).hash[0]);
    ledger_chain_end(&chain);
}

static void a_line_behind_another_one_is_not_linked(void **state)
{
    static const struct ledger_head other = { .count = 1, .hash = { 1 } };
    struct ledger_chain chain;
    struct ledger_line line;

    (void)state;
    assert_int_equal(0, ledger_chain_begin(&chain, &other, NULL));
    assert_int_equal(LEDGER_UNLINKED, ledger_chain_next(&chain, SLICE(LINE2), &line));
    ledger_chain_end(&chain);
}

static void every_flipped_bit_of_a_line_is_found(void **state)
{
    static const struct ledger_head none = { 0 };
    char text[] = LINE1;
    struct ledger_chain chain;
    struct ledger_line line;

    (void)state;
    assert_int_equal(0, ledger_chain_begin(&chain, &none, NULL));
    for (size_t at = 0; at < sizeof text - 1; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text[at] = (char)(text[at] ^ 1 << bit);
            if (ledger_chain_next(&chain, (struct slice){ text, sizeof text - 1 }, &line) != LEDGER_CHANGED)
                fail_msg("byte %zu, bit %u", at, bit);
            text[at] = (char)(text[at] ^ 1 << bit);
        }
    }
    assert_int_equal(LEDGER_GOOD, ledger_chain_next(&chain, SLICE(LINE1), &line));
    ledger_chain_end(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_the_event_with_four_fields_more),
        cmocka_unit_test(a_line_is_taken_apart),
        cmocka_unit_test(events_that_are_no_line_are_refused),
        cmocka_unit_test(an_id_has_at_most_255_characters),
        cmocka_unit_test(an_event_over_the_limit_is_refused),
        cmocka_unit_test(fields_are_read_from_behind),
        cmocka_unit_test(other_forms_are_no_lines),
        cmocka_unit_test(a_chain_takes_its_lines_in_order),
        cmocka_unit_test(a_line_behind_another_one_is_not_linked),
        cmocka_unit_test(every_flipped_bit_of_a_line_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
