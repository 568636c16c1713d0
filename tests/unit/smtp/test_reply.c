/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reply_case {
    const char *name;
    const char *input;
    enum smtp_reply_state state;
    int code;
    const char *enhanced;
    const char *text;
    const char *rest; /* not consumed */
};

static const struct reply_case cases[] = {
    /* RFC 5321 4.2 */
    { "a line is a reply", "250 Ok\r\n", SMTP_REPLY_WHOLE, 250, "", "Ok", "" },
    { "the text may lack", "250\r\n", SMTP_REPLY_WHOLE, 250, "", "", "" },
    { "the text may be empty", "250 \r\n", SMTP_REPLY_WHOLE, 250, "", "", "" },
    { "what follows stays", "250 Ok\r\n354 Go", SMTP_REPLY_WHOLE, 250, "", "Ok", "354 Go" },
    { "a reply of several lines", "250-mx\r\n250-SIZE 5\r\n250 DSN\r\n", SMTP_REPLY_WHOLE, 250, "", "mx\nSIZE 5\nDSN", "" },
    { "a line end without CR is taken", "250-a\n250 b\n", SMTP_REPLY_WHOLE, 250, "", "a\nb", "" },
    { "half a line is not enough", "250 O", SMTP_REPLY_MORE, 0, "", "", "250 O" },
    { "half a reply is not enough", "250-mx\r\n", SMTP_REPLY_MORE, 250, "", "mx", "" },
    { "the last line may be code alone", "250-a\r\n250\r\n", SMTP_REPLY_WHOLE, 250, "", "a\n", "" },
    /* RFC 2034, 3463 */
    { "the enhanced code is told apart", "550 5.1.1 Unknown\r\n", SMTP_REPLY_WHOLE, 550, "5.1.1", "Unknown", "" },
    { "it may stand alone", "250 2.0.0\r\n", SMTP_REPLY_WHOLE, 250, "2.0.0", "", "" },
    { "it stands on each line", "450-4.2.2 full\r\n450 4.2.2 very\r\n", SMTP_REPLY_WHOLE, 450, "4.2.2", "full\nvery", "" },
    { "it has up to three digits", "550 5.123.999 x\r\n", SMTP_REPLY_WHOLE, 550, "5.123.999", "x", "" },
    { "one of another class is text", "550 4.1.1 x\r\n", SMTP_REPLY_WHOLE, 550, "", "4.1.1 x", "" },
    { "a number of four digits is text", "550 5.1.1234 x\r\n", SMTP_REPLY_WHOLE, 550, "", "5.1.1234 x", "" },
    { "half a code is text", "550 5.1 x\r\n", SMTP_REPLY_WHOLE, 550, "", "5.1 x", "" },
    { "a code glued to text is text", "550 5.1.1x\r\n", SMTP_REPLY_WHOLE, 550, "", "5.1.1x", "" },
    { "controls and 8-bit octets become harmless", "250 a\tb\x01\xe8\x7f\r\n", SMTP_REPLY_WHOLE, 250, "", "a?b???", "" },
    { "a bare CR is no line end", "250 a\rb\r\n", SMTP_REPLY_WHOLE, 250, "", "a?b", "" },
    /* no reply at all */
    { "an empty line is none", "\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "letters are none", "HTTP/1.1 400 Bad\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "two digits are none", "25 Ok\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "four digits are none", "2500 Ok\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "a code below 200 is none", "150 Ok\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "a code above 599 is none", "650 Ok\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "a tab behind the code is none", "250\tOk\r\n", SMTP_REPLY_BAD, 0, "", "", NULL },
    { "codes that differ are none", "250-a\r\n550 b\r\n", SMTP_REPLY_BAD, 250, "", "a", NULL },
};

static void assert_case(const struct reply_case *c, enum smtp_reply_state state, const struct smtp_reply *r, struct slice rest)
{
    if (state != c->state)
        fail_msg("%s: state %d", c->name, state);
    if (r->code != c->code || strcmp(r->enhanced, c->enhanced) != 0 || strcmp(r->text, c->text) != 0)
        fail_msg("%s: %d \"%s\" \"%s\"", c->name, r->code, r->enhanced, r->text);
    if (c->rest && !slice_is(rest, c->rest))
        fail_msg("%s: left \"%.*s\"", c->name, SLICE_ARGS(rest));
}

static void replies_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer in = buffer_new(100000);
        struct smtp_reply reply = { 0 };
        enum smtp_reply_state got;

        assert_int_equal(buffer_append(&in, slice_of(cases[i].input)), 0);
        got = smtp_reply_take(&reply, &in);
        assert_case(&cases[i], got, &reply, buffer_data(&in));
        buffer_free(&in);
    }
}

static void replies_may_come_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer in = buffer_new(100000);
        struct smtp_reply reply = { 0 };
        enum smtp_reply_state got = SMTP_REPLY_MORE;

        for (const char *at = cases[i].input; *at; at++) {
            assert_int_equal(buffer_append(&in, (struct slice){ at, 1 }), 0);
            if (got == SMTP_REPLY_MORE)
                got = smtp_reply_take(&reply, &in);
        }
        assert_case(&cases[i], got, &reply, buffer_data(&in));
        buffer_free(&in);
    }
}

static enum smtp_reply_state take_lines(size_t lines, size_t length, struct smtp_reply *reply)
{
    struct buffer in = buffer_new(4000000);
    char line[10000];
    enum smtp_reply_state state;

    memset(line, 'x', sizeof line);
    memcpy(line, "250-", 4);
    line[length] = '\n';
    for (size_t i = 0; i + 1 < lines; i++)
        assert_int_equal(buffer_append(&in, (struct slice){ line, length + 1 }), 0);
    line[3] = ' ';
    assert_int_equal(buffer_append(&in, (struct slice){ line, length + 1 }), 0);
    *reply = (struct smtp_reply){ 0 };
    state = smtp_reply_take(reply, &in);
    buffer_free(&in);
    return state;
}

static void lines_and_their_number_have_limits(void **state)
{
    struct smtp_reply reply;

    (void)state;
    assert_int_equal(take_lines(100, 20, &reply), SMTP_REPLY_WHOLE);
    assert_int_equal(take_lines(101, 20, &reply), SMTP_REPLY_BAD);
    assert_int_equal(take_lines(1, SMTP_REPLY_LINE_MAX, &reply), SMTP_REPLY_WHOLE);
    assert_int_equal(take_lines(1, SMTP_REPLY_LINE_MAX + 1, &reply), SMTP_REPLY_BAD);
    assert_int_equal(take_lines(100, 4000, &reply), SMTP_REPLY_WHOLE);
    assert_int_equal(reply.text_size, SMTP_REPLY_TEXT_SIZE - 1);
    assert_int_equal(strlen(reply.text), SMTP_REPLY_TEXT_SIZE - 1);
}

static void a_line_that_never_ends_is_bad(void **state)
{
    struct buffer in = buffer_new(100000);
    struct smtp_reply reply = { 0 };
    enum smtp_reply_state got = SMTP_REPLY_MORE;
    size_t i;

    (void)state;
    for (i = 0; i < 100000 && got == SMTP_REPLY_MORE; i++) {
        assert_int_equal(buffer_append(&in, SLICE("2")), 0);
        got = smtp_reply_take(&reply, &in);
    }
    assert_int_equal(got, SMTP_REPLY_BAD);
    assert_true(i <= SMTP_REPLY_LINE_MAX + 1);
    buffer_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_read),
        cmocka_unit_test(replies_may_come_byte_by_byte),
        cmocka_unit_test(lines_and_their_number_have_limits),
        cmocka_unit_test(a_line_that_never_ends_is_bad),
    };

    return cmocka_run_group_tests_name("smtp reply", tests, NULL, NULL);
}
