/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "double.h"
#include "scan/clamd.h"

enum { CHUNK_MAX = 256 * 1024, PATIENCE_MS = 20000, SHORT_MS = 300, LARGE = 24 * 1024 * 1024 };

static const enum double_place places[] = { DOUBLE_UNIX, DOUBLE_TCP };

static int64_t in_ms(int ms)
{
    return clock_monotonic_ms() + ms;
}

/* The byte that stands there in every message of these tests. */
static char byte_at(size_t i)
{
    return (char)(i * 31 + i / 251);
}

static struct slice make_message(size_t size)
{
    char *bytes = malloc(size ? size : 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(i);
    return (struct slice){ bytes, size };
}

static void free_message(struct slice *message)
{
    free((void *)(uintptr_t)message->data);
    *message = SLICE_NONE;
}

/* Read the whole stream; its size, or -1 if it breaks the protocol or is not made of byte_at. */
static long read_stream(int fd, unsigned pause_us)
{
    static char chunk[CHUNK_MAX];
    long total = 0, size;

    if (!double_read_command(fd, "zINSTREAM"))
        return -1;
    while ((size = double_read_chunk(fd, chunk, sizeof chunk)) > 0) {
        for (long i = 0; i < size; i++)
            if (chunk[i] != byte_at((size_t)(total + i)))
                return -1;
        total += size;
        if (pause_us)
            usleep(pause_us);
    }
    return size == 0 ? total : -1;
}

static void answer_by_size(int fd, const void *expected_size)
{
    bool right = read_stream(fd, 0) == *(const long *)expected_size;
    struct slice answer = right ? SLICE("stream: OK\0") : SLICE("stream: broken FOUND\0");

    double_write(fd, answer.data, answer.size);
}

/* Take all of the stream, then say the text that is the argument. */
static void answer_text(int fd, const void *text)
{
    const struct slice *answer = text;

    read_stream(fd, 0);
    double_write(fd, answer->data, answer->size);
}

static void answer_byte_by_byte(int fd, const void *text)
{
    const struct slice *answer = text;

    read_stream(fd, 0);
    for (size_t i = 0; i < answer->size; i++) {
        double_write(fd, answer->data + i, 1);
        usleep(1000);
    }
}

static void read_slowly(int fd, const void *text)
{
    const struct slice *answer = text;

    read_stream(fd, 5000);
    double_write(fd, answer->data, answer->size);
}

/* Take one chunk, say something (or nothing), and close with the rest unread. */
static void stop_in_the_stream(int fd, const void *text)
{
    static char chunk[CHUNK_MAX];
    const struct slice *answer = text;

    if (!double_read_command(fd, "zINSTREAM") || double_read_chunk(fd, chunk, sizeof chunk) <= 0)
        return;
    double_write(fd, answer->data, answer->size);
}

static void say_nothing(int fd, const void *unused)
{
    (void)unused;
    read_stream(fd, 0);
    pause();
    (void)fd;
}

static void read_nothing(int fd, const void *unused)
{
    (void)fd, (void)unused;
    pause();
}

/* Say something at once and read nothing, but stay. */
static void say_and_read_nothing(int fd, const void *text)
{
    const struct slice *answer = text;

    double_write(fd, answer->data, answer->size);
    pause();
}

static void drip_for_ever(int fd, const void *unused)
{
    (void)unused;
    read_stream(fd, 0);
    for (;;) {
        double_write(fd, "x", 1);
        usleep(20000);
    }
}

static void pong(int fd, const void *text)
{
    const struct slice *answer = text;

    if (double_read_command(fd, "zPING"))
        double_write(fd, answer->data, answer->size);
}

struct meeting {
    double_script *script;
    struct slice text; /* for the script */
    size_t message_size;
    int patience_ms;
};

static int scan_with(const struct meeting *m, enum double_place place, struct scan_verdict *v, struct error *e)
{
    struct slice message = make_message(m->message_size);
    struct double_clamd d;
    int result;

    double_start(&d, place, m->script, &m->text);
    result = scan_message(&d.address, message, in_ms(m->patience_ms), v, e);
    double_stop(&d);
    free_message(&message);
    return result;
}

/* Lengths are right, bytes are right, the end comes: the double counts and compares. */
static void a_message_of_any_size_arrives_whole(void **state)
{
    static const size_t sizes[] = { 0, 1, CHUNK_MAX - 1, CHUNK_MAX, CHUNK_MAX + 1, 2 * CHUNK_MAX, 30 * CHUNK_MAX, 30 * CHUNK_MAX + 7,
                                    31 * CHUNK_MAX, 32 * CHUNK_MAX + 1, 70 * CHUNK_MAX + 5 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t p = 0; p < 2; p++) {
            struct slice message = make_message(sizes[i]);
            struct scan_verdict v = { "untouched" };
            struct error e = { 0 };
            long size = (long)sizes[i];
            struct double_clamd d;
            int result;

            double_start(&d, places[p], answer_by_size, &size);
            result = scan_message(&d.address, message, in_ms(PATIENCE_MS), &v, &e);
            double_stop(&d);
            if (result != 0 || v.virus[0])
                fail_msg("%zu bytes: %d %s \"%s\"", sizes[i], result, e.text, v.virus);
            free_message(&message);
        }
}

struct meeting_case {
    const char *name;
    struct meeting meeting;
    int result;
    const char *words; /* of the error (a part of it), or the virus */
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }
#define B15 "0123456789abcde"
#define B16 B15 "f"
#define B240 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16 B16
#define B256 B240 B16

static const struct meeting_case meeting_cases[] = {
    { "clean", { answer_text, TEXT("stream: OK\0"), 1000, PATIENCE_MS }, 0, "" },
    { "a virus", { answer_text, TEXT("stream: Eicar FOUND\0"), 1000, PATIENCE_MS }, 0, "Eicar" },
    { "an answer byte by byte", { answer_byte_by_byte, TEXT("stream: Eicar.UNOFFICIAL FOUND\0"), 1000, PATIENCE_MS }, 0,
      "Eicar.UNOFFICIAL" },
    { "a slow reader", { read_slowly, TEXT("stream: OK\0"), LARGE, PATIENCE_MS }, 0, "" },
    { "an error", { answer_text, TEXT("INSTREAM: Can't allocate memory ERROR\0"), 1000, PATIENCE_MS }, ERROR_PROTOCOL,
      "no verdict, but \"INSTREAM: Can't allocate memory ERROR\"" },
    { "garbage", { answer_text, TEXT("\xff\xfe\x01\0"), 1000, PATIENCE_MS }, ERROR_PROTOCOL, "no verdict, but" },
    { "the size limit, at the end", { answer_text, TEXT("INSTREAM size limit exceeded. ERROR\0"), 1000, PATIENCE_MS }, ERROR_PROTOCOL,
      "\"INSTREAM size limit exceeded. ERROR\"" },
    { "the size limit, in the stream", { stop_in_the_stream, TEXT("INSTREAM size limit exceeded. ERROR\0"), LARGE, PATIENCE_MS },
      ERROR_PROTOCOL, "took only a part of the message: \"INSTREAM size limit exceeded. ERROR\"" },
    { "OK for a part is not clean", { stop_in_the_stream, TEXT("stream: OK\0"), LARGE, PATIENCE_MS }, ERROR_PROTOCOL,
      "took only a part of the message: \"stream: OK\"" },
    { "OK before anything was read is not clean", { say_and_read_nothing, TEXT("stream: OK\0"), LARGE, SHORT_MS }, ERROR_PROTOCOL,
      "took only a part of the message: \"stream: OK\"" },
    { "closed in the stream", { stop_in_the_stream, TEXT(""), LARGE, PATIENCE_MS }, ERROR_CLOSED, "clamd: write: " },
    { "closed in the stream after half an answer", { stop_in_the_stream, TEXT("stream: O"), LARGE, PATIENCE_MS }, ERROR_CLOSED,
      "clamd: write: " },
    { "closed without an answer", { answer_text, TEXT(""), 1000, PATIENCE_MS }, ERROR_CLOSED, "clamd: the connection was closed" },
    { "closed in the answer", { answer_text, TEXT("stream: O"), 1000, PATIENCE_MS }, ERROR_CLOSED,
      "clamd: after \"stream: O\": the connection was closed" },
    { "OK without its end", { answer_text, TEXT("stream: OK"), 1000, PATIENCE_MS }, ERROR_CLOSED, "after \"stream: OK\"" },
    { "two answers", { answer_text, TEXT("stream: OK\0stream: Eicar FOUND\0"), 1000, PATIENCE_MS }, ERROR_PROTOCOL,
      "clamd: more than one answer" },
    { "an answer over 1 KiB", { answer_text, TEXT(B256 B256 B256 B256 "\0"), 1000, PATIENCE_MS },
      ERROR_PROTOCOL, "clamd: an endless answer: \"" B16 },
    { "an answer of 1 KiB with its end", { answer_text, TEXT(B256 B256 B256 B240 B15 "\0"), 1000, PATIENCE_MS },
      ERROR_PROTOCOL, "clamd: no verdict, but \"" B16 },
    { "silence", { say_nothing, TEXT(""), 1000, SHORT_MS }, ERROR_TIMEOUT, "clamd: no answer in time" },
    { "nobody reads", { read_nothing, TEXT(""), LARGE, SHORT_MS }, ERROR_TIMEOUT, "clamd: no answer in time" },
    { "an answer that never ends", { drip_for_ever, TEXT(""), 1000, SHORT_MS }, ERROR_TIMEOUT, "no answer in time" },
};

static void every_meeting_ends_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meeting_cases / sizeof meeting_cases[0]; i++)
        for (size_t p = 0; p < 2; p++) {
            const struct meeting_case *c = &meeting_cases[i];
            struct scan_verdict v = { "untouched" };
            struct error e = { 0 };
            int64_t start = clock_monotonic_ms();
            int result = scan_with(&c->meeting, places[p], &v, &e);
            bool told = result == 0 ? strcmp(v.virus, c->words) == 0
                                    : strcmp(v.virus, "untouched") == 0 && strstr(e.text, c->words);

            if (result != c->result || !told)
                fail_msg("%s (%s): %d \"%s\" \"%s\"", c->name, p ? "tcp" : "unix", result, e.text, v.virus);
            if (clock_monotonic_ms() - start > c->meeting.patience_ms + 2000)
                fail_msg("%s: too late", c->name);
        }
}

static void nobody_there_is_unreachable(void **state)
{
    static const char *const addresses[] = { "unix:/nonexistent/clamd.ctl", "tcp:127.0.0.1:1" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct net_address a;
        struct scan_verdict v;
        struct error e = { 0 };

        assert_int_equal(net_address_read(addresses[i], &a, NULL), 0);
        assert_int_equal(scan_message(&a, SLICE("x"), in_ms(PATIENCE_MS), &v, &e), ERROR_UNREACHABLE);
        assert_non_null(strstr(e.text, addresses[i]));
        assert_int_equal(strncmp(e.text, "clamd: ", 7), 0);
        assert_int_equal(scan_ping(&a, in_ms(PATIENCE_MS), NULL), ERROR_UNREACHABLE);
    }
}

struct ping_case {
    struct slice answer;
    int result;
};

static const struct ping_case ping_cases[] = {
    { TEXT("PONG\0"), 0 },
    { TEXT("PONG"), ERROR_CLOSED },
    { TEXT("pong\0"), ERROR_PROTOCOL },
    { TEXT("PONG\n\0"), ERROR_PROTOCOL },
    { TEXT("UNKNOWN COMMAND\0"), ERROR_PROTOCOL },
    { TEXT(""), ERROR_CLOSED },
};

static void a_ping_wants_its_pong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ping_cases / sizeof ping_cases[0]; i++) {
        const struct ping_case *c = &ping_cases[i];
        struct double_clamd d;

        double_start(&d, places[i % 2], pong, &c->answer);
        assert_int_equal(scan_ping(&d.address, in_ms(PATIENCE_MS), NULL), c->result);
        double_stop(&d);
    }
}

static void a_silent_ping_times_out(void **state)
{
    struct double_clamd d;
    struct error e = { 0 };

    (void)state;
    double_start(&d, DOUBLE_UNIX, read_nothing, NULL);
    assert_int_equal(scan_ping(&d.address, in_ms(SHORT_MS), &e), ERROR_TIMEOUT);
    assert_string_equal(e.text, "clamd: no answer in time");
    double_stop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_any_size_arrives_whole),
        cmocka_unit_test(every_meeting_ends_as_it_should),
        cmocka_unit_test(nobody_there_is_unreachable),
        cmocka_unit_test(a_ping_wants_its_pong),
        cmocka_unit_test(a_silent_ping_times_out),
    };

    return cmocka_run_group_tests_name("clamd", tests, NULL, NULL);
}
