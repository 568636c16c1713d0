/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes behind DATA: its end, its dots, what is odd in it (RFC 5321 2.3.8, 4.1.1.4, 4.5.2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session_kit.h"

#define BEGIN "HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"

struct data_case {
    const char *name;
    const char *input;   /* with its end mark */
    const char *content; /* as the owner gets it */
};

static const struct data_case cases[] = {
    { "a message is what stands before the dot", "a\r\nb\r\n.\r\n", "a\r\nb\r\n" },
    { "a dot at once is an empty message", ".\r\n", "" },
    { "an empty line is one", "\r\n.\r\n", "\r\n" },
    { "a stuffed dot at the very start", "..\r\n.\r\n", ".\r\n" },
    { "a stuffed dot on a line", "a\r\n..b\r\n.\r\n", "a\r\n.b\r\n" },
    { "a stuffed dot alone on a line", "a\r\n..\r\n.\r\n", "a\r\n.\r\n" },
    { "one dot alone is taken off", "a\r\n...\r\n.\r\n", "a\r\n..\r\n" },
    { "a single dot before text is taken off", ".a\r\n.b\r\n.\r\n", "a\r\nb\r\n" },
    { "a dot inside a line stays", "a.b.\r\n.\r\n", "a.b.\r\n" },
    { "lines of dots", "..\r\n..\r\n..\r\n.\r\n", ".\r\n.\r\n.\r\n" },
    /* None of these is the end; only behind CRLF is a dot taken off. */
    { "LF dot LF is content", "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n" },
    { "LF dot CRLF is content", "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n" },
    { "CRLF dot LF is content", "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n" },
    { "CR dot CR is content", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n" },
    { "CR dot CRLF is content", "a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n" },
    { "CRLF dot CR is content", "a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n" },
    { "CRLF dot CR CRLF is content", "a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\r\nb\r\n" },
    { "LF CR dot CRLF is content", "a\n\r.\r\nb\r\n.\r\n", "a\n\r.\r\nb\r\n" },
    { "CRLF dot blank CRLF is content", "a\r\n. \r\nb\r\n.\r\n", "a\r\n \r\nb\r\n" },
    { "LF dot dot keeps its dots", "a\n..b\r\n.\r\n", "a\n..b\r\n" },
    { "dot LF at the start is content", ".\n\r\n.\r\n", "\n\r\n" },
    { "dot CR at the start is content", ".\r.\r\n.\r\n", "\r.\r\n" },
    { "a CRLF behind a bare CR ends a line", "a\r\r\n.\r\n", "a\r\r\n" },
};

static void run_case(const struct data_case *c, size_t step)
{
    struct session_kit kit = { 0 };

    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN);
    session_kit_said(&kit);
    session_kit_feed(&kit, slice_of(c->input), step);
    if (kit.status != SMTP_WAITING || buffer_data(&kit.in).size)
        fail_msg("%s, %zu at a time: the end was not found at the end", c->name, step);
    if (!slice_is(buffer_data(&kit.content), c->content))
        fail_msg("%s, %zu at a time: got \"%.*s\"", c->name, step, SLICE_ARGS(buffer_data(&kit.content)));
    assert_int_equal(kit.size, strlen(c->content));
    smtp_session_answer(kit.session, "250 2.0.0 Taken");
    session_kit_text(&kit, "NOOP\r\n");
    assert_string_equal(session_kit_said(&kit), "250 2.0.0 Taken\r\n250 2.0.0 Ok\r\n");
    session_kit_close(&kit);
}

static void only_crlf_dot_crlf_ends_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 0; step < 6; step++)
            run_case(&cases[i], step);
}

struct flag_case {
    const char *content;
    bool bare_cr, bare_lf, eight_bit;
};

static const struct flag_case flags[] = {
    { "a\r\nb\r\n.\r\n", false, false, false },
    { "a\nb\r\n.\r\n", false, true, false },
    { "a\rb\r\n.\r\n", true, false, false },
    { "a\r\r\n.\r\n", true, false, false },
    { "a\xe8\r\n.\r\n", false, false, true },
    /* The dot that was taken off does not hide what it stood before. */
    { "a\r\n.\nb\r\n.\r\n", false, true, false },
    { "a\r\n.\rb\r\n.\r\n", true, false, false },
    { ".\n\r\n.\r\n", false, true, false },
};

static void what_is_odd_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        for (size_t step = 0; step < 3; step++) {
            struct session_kit kit = { 0 };

            session_kit_open(&kit);
            session_kit_text(&kit, BEGIN);
            session_kit_feed(&kit, slice_of(flags[i].content), step);
            assert_int_equal(kit.status, SMTP_WAITING);
            assert_int_equal(kit.bare_cr, flags[i].bare_cr);
            assert_int_equal(kit.bare_lf, flags[i].bare_lf);
            assert_int_equal(kit.eight_bit, flags[i].eight_bit);
            assert_false(kit.nul);
            assert_false(kit.long_line);
            session_kit_close(&kit);
        }
    }
}

static void a_nul_is_handed_on_and_told(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN);
    session_kit_feed(&kit, SLICE("a\0b\r\n.\r\n"), 0);
    assert_true(kit.nul);
    assert_true(slice_equal(buffer_data(&kit.content), SLICE("a\0b\r\n")));
    session_kit_close(&kit);
}

/* RFC 5321 4.5.3.1.6: the stuffed dot does not count. */
static void a_long_line_is_told(void **state)
{
    char text[1100];

    (void)state;
    for (size_t length = 997; length < 1001; length++) {
        for (size_t step = 0; step < 2; step++) {
            struct session_kit kit = { 0 };

            session_kit_open(&kit);
            session_kit_text(&kit, BEGIN);
            memset(text, '.', sizeof text);
            memcpy(text + 1 + length, "\r\n.\r\n", 5);
            session_kit_feed(&kit, (struct slice){ text, 1 + length + 5 }, step);
            assert_int_equal(kit.size, length + 2);
            assert_int_equal(kit.long_line, length > 998);
            session_kit_close(&kit);
        }
    }
}

static void flags_are_of_one_message(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN "a\nb\rc\xe8\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\na\r\n.\r\n");
    assert_int_equal(kit.messages, 2);
    assert_false(kit.bare_cr || kit.bare_lf || kit.eight_bit || kit.nul || kit.long_line);
    assert_int_equal(kit.size, 3);
    session_kit_close(&kit);
}

static void a_message_comes_in_as_few_pieces_as_it_was_fed(void **state)
{
    struct session_kit kit = { 0 };
    size_t size = 100000;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 80 == 78 ? '\r' : i % 80 == 79 ? '\n' : 'x';
    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN);
    session_kit_feed(&kit, (struct slice){ text, size }, 0);
    assert_int_equal(kit.slices, 1);
    assert_true(slice_equal(buffer_data(&kit.content), (struct slice){ text, size }));
    free(text);
    session_kit_close(&kit);
}

/* Nothing but lines with a dot in front: the owner writes what it is given, and must not be made to write for each line. */
static void lines_of_dots_come_in_few_pieces(void **state)
{
    enum { LINES = 10000 };
    struct session_kit kit = { 0 };
    char input[LINES * 4], content[LINES * 3];

    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        memcpy(input + i * 4, "..\r\n", 4);
        memcpy(content + i * 3, ".\r\n", 3);
    }
    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN);
    session_kit_feed(&kit, (struct slice){ input, sizeof input }, 0);
    assert_int_equal(buffer_data(&kit.content).size, sizeof content);
    assert_memory_equal(buffer_data(&kit.content).data, content, sizeof content);
    assert_true(kit.slices <= sizeof content / 1000);
    session_kit_text(&kit, ".\r\n");
    assert_int_equal(kit.size, sizeof content);
    session_kit_close(&kit);
}

static void a_message_of_the_largest_size_is_taken(void **state)
{
    (void)state;
    for (size_t step = 0; step < 2; step++) {
        struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

        session_kit_open(&kit);
        kit.settings.size_max = 10;
        smtp_session_settings(kit.session, &kit.settings);
        session_kit_text(&kit, BEGIN);
        session_kit_feed(&kit, SLICE("..2345678\r\n.\r\n"), step);
        assert_int_equal(kit.messages, 1);
        assert_int_equal(kit.size, 10);
        session_kit_close(&kit);
    }
}

static void a_larger_one_is_read_to_its_end_and_refused(void **state)
{
    (void)state;
    for (size_t step = 0; step < 2; step++) {
        struct session_kit kit = { 0 };

        session_kit_open(&kit);
        kit.settings.size_max = 10;
        smtp_session_settings(kit.session, &kit.settings);
        session_kit_text(&kit, BEGIN);
        session_kit_said(&kit);
        session_kit_feed(&kit, SLICE("123456789\r\n"), step);
        assert_true(smtp_session_in_data(kit.session));
        assert_string_equal(session_kit_said(&kit), "");
        assert_int_equal(kit.resets, 1);
        session_kit_feed(&kit, SLICE("more\r\n..\r\n.\r\nNOOP\r\n"), step);
        assert_string_equal(session_kit_said(&kit), "552 5.3.4 Message too large\r\n250 2.0.0 Ok\r\n");
        assert_string_equal(session_kit_events(&kit), "sender() recipient(a@b.example) begin reset ");
        assert_true(buffer_data(&kit.content).size <= 10);
        session_kit_close(&kit);
    }
}

static void a_message_that_the_owner_gives_up_is_read_to_its_end(void **state)
{
    struct session_kit kit = { 0 };
    char answer[] = "452 4.3.1 Disk full";

    (void)state;
    session_kit_open(&kit);
    kit.bytes_answer = answer;
    session_kit_text(&kit, BEGIN);
    session_kit_said(&kit);
    session_kit_text(&kit, "a\r\n");
    memset(answer, 'x', sizeof answer - 1);
    session_kit_text(&kit, "b\r\n");
    assert_string_equal(session_kit_said(&kit), "");
    assert_true(slice_is(buffer_data(&kit.content), "a\r\n"));
    session_kit_text(&kit, ".\r\n");
    assert_string_equal(session_kit_said(&kit), "452 4.3.1 Disk full\r\n");
    assert_string_equal(session_kit_events(&kit), "sender() recipient(a@b.example) begin reset ");
    session_kit_close(&kit);
}

static void data_without_end_take_no_memory(void **state)
{
    struct session_kit kit = { 0 };
    char piece[1000];

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, BEGIN);
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 10000; i++) {
        session_kit_feed(&kit, (struct slice){ piece, sizeof piece }, 0);
        assert_int_equal(buffer_data(&kit.in).size, 0);
    }
    assert_true(buffer_data(&kit.content).size <= kit.settings.size_max);
    session_kit_text(&kit, "\r\n.\r\n");
    assert_non_null(strstr(session_kit_said(&kit), "552 5.3.4"));
    session_kit_close(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_crlf_dot_crlf_ends_the_data),
        cmocka_unit_test(what_is_odd_is_told),
        cmocka_unit_test(a_nul_is_handed_on_and_told),
        cmocka_unit_test(a_long_line_is_told),
        cmocka_unit_test(flags_are_of_one_message),
        cmocka_unit_test(a_message_comes_in_as_few_pieces_as_it_was_fed),
        cmocka_unit_test(lines_of_dots_come_in_few_pieces),
        cmocka_unit_test(a_message_of_the_largest_size_is_taken),
        cmocka_unit_test(a_larger_one_is_read_to_its_end_and_refused),
        cmocka_unit_test(a_message_that_the_owner_gives_up_is_read_to_its_end),
        cmocka_unit_test(data_without_end_take_no_memory),
    };

    return cmocka_run_group_tests_name("smtp session data", tests, NULL, NULL);
}
