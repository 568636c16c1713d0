/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "flow/spool.h"

static struct {
    char folder[200];
    struct arena *arena;
    int fd;
} s = { .fd = -1 };

enum { BEGAN_US = 12345 }; /* monotonic: shortly after the machine's start */

static int set_up(void **state)
{
    const char *above = getenv("TMPDIR");

    (void)state;
    snprintf(s.folder, sizeof s.folder, "%s/spool-XXXXXX", above ? above : P_tmpdir);
    s.arena = arena_new(1 << 20);
    return s.arena && mkdtemp(s.folder) && spool_create(s.folder, &s.fd, NULL) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    file_close(&s.fd);
    arena_free(&s.arena);
    return rmdir(s.folder); /* nothing is left in it */
}

static void write_message(struct slice bytes, enum point point, const struct smtp_envelope *envelope)
{
    assert_int_equal(spool_write(s.fd, bytes, NULL), 0);
    assert_int_equal(spool_finish(s.fd, point, envelope, BEGAN_US, NULL), 0);
}

/* With the moment when its transaction began, and that at which it was whole. */
static void a_message_comes_back_as_it_was(void **state)
{
    const char *recipients[] = { "c@y.example", "b@y.example" };
    const struct smtp_envelope envelope = { .sender = "a@x.example", .recipients = recipients, .recipient_count = 2, .ident = "Q1",
                                            .client = "192.0.2.1", .helo = "x.example", .bare_cr = true, .eight_bit = true };
    struct spooled back;

    (void)state;
    write_message(SLICE("Subject: \xc3\xa8\0\r\n\r\nt\r\n"), POINT_INCOMING, &envelope);
    assert_int_equal(spool_read(s.fd, 19, s.arena, &back, NULL), 0);
    assert_int_equal(back.point, POINT_INCOMING);
    assert_int_equal(back.arrival.bytes.size, 19);
    assert_memory_equal(back.arrival.bytes.data, "Subject: \xc3\xa8\0\r\n\r\nt\r\n", 19);
    assert_string_equal(back.arrival.sender, "a@x.example");
    assert_int_equal(back.arrival.recipient_count, 2);
    assert_string_equal(back.arrival.recipients[0], "c@y.example");
    assert_string_equal(back.arrival.recipients[1], "b@y.example");
    assert_string_equal(back.ident, "Q1");
    assert_string_equal(back.client, "192.0.2.1");
    assert_string_equal(back.helo, "x.example");
    assert_int_equal(back.began_us, BEGAN_US);
    assert_true(back.whole_us > BEGAN_US && back.whole_us <= clock_monotonic_us());
    assert_true(back.arrival.bare_cr && back.arrival.eight_bit);
    assert_false(back.bare_lf || back.arrival.long_line || back.arrival.nul);
    spool_unmap(&back);
}

static void each_flag_is_kept_apart(void **state)
{
    const char *recipients[] = { "b@y" };

    (void)state;
    for (int i = 0; i < 5; i++) {
        const struct smtp_envelope envelope = { .sender = "", .recipients = recipients, .recipient_count = 1, .ident = "", .client = "",
                                                .helo = "", .bare_cr = i == 0, .bare_lf = i == 1, .long_line = i == 2,
                                                .eight_bit = i == 3, .nul = i == 4 };
        struct spooled back;

        assert_int_equal(ftruncate(s.fd, 0), 0);
        assert_int_equal(lseek(s.fd, 0, SEEK_SET), 0);
        write_message(SLICE("t\r\n"), POINT_ACCESS, &envelope);
        assert_int_equal(spool_read(s.fd, 3, s.arena, &back, NULL), 0);
        assert_int_equal(back.arrival.bare_cr, i == 0);
        assert_int_equal(back.bare_lf, i == 1);
        assert_int_equal(back.arrival.long_line, i == 2);
        assert_int_equal(back.arrival.eight_bit, i == 3);
        assert_int_equal(back.arrival.nul, i == 4);
        spool_unmap(&back);
    }
}

/* Named twice, in whatever case, it is one recipient: it gets the message, and its receipts, once. */
static void a_recipient_named_twice_is_one(void **state)
{
    const char *recipients[] = { "b@y.example", "C@y.example", "B@Y.example", "d@y.example", "c@y.example", "b@y.example" };
    const struct smtp_envelope envelope = { .sender = "a@x", .recipients = recipients, .recipient_count = 6, .ident = "", .client = "", .helo = "" };
    static const char *const left[] = { "b@y.example", "C@y.example", "d@y.example" };
    struct spooled back;

    (void)state;
    write_message(SLICE("t\r\n"), POINT_ACCESS, &envelope);
    assert_int_equal(spool_read(s.fd, 3, s.arena, &back, NULL), 0);
    assert_int_equal(back.arrival.recipient_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(back.arrival.recipients[i], left[i]);
    spool_unmap(&back);
}

static void an_empty_message_is_one(void **state)
{
    const char *recipients[] = { "b@y" };
    const struct smtp_envelope envelope = { .sender = "a@x", .recipients = recipients, .recipient_count = 1, .ident = "", .client = "", .helo = "" };
    struct spooled back;

    (void)state;
    write_message(SLICE(""), POINT_ACCESS, &envelope);
    assert_int_equal(spool_read(s.fd, 0, s.arena, &back, NULL), 0);
    assert_int_equal(back.arrival.bytes.size, 0);
    spool_unmap(&back);
}

/* Whole to the last byte, or nothing. */
static void anything_else_is_damage(void **state)
{
    const char *recipients[] = { "b@y" };
    const struct smtp_envelope envelope = { .sender = "a@x", .recipients = recipients, .recipient_count = 1, .ident = "", .client = "", .helo = "" };
    struct spooled back;
    struct stat st;
    off_t size;

    (void)state;
    write_message(SLICE("t\r\n"), POINT_ACCESS, &envelope);
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(spool_read(s.fd, 2, s.arena, &back, NULL), ERROR_CORRUPT);
    assert_int_equal(spool_read(s.fd, (size_t)st.st_size + 1, s.arena, &back, NULL), ERROR_CORRUPT);
    assert_int_equal(spool_read(s.fd, SIZE_MAX, s.arena, &back, NULL), ERROR_CORRUPT);
    assert_int_equal(spool_write(s.fd, SLICE("x"), NULL), 0);
    assert_int_equal(spool_read(s.fd, 3, s.arena, &back, NULL), ERROR_CORRUPT);
    for (size = st.st_size - 1; size >= 0; size--) {
        assert_int_equal(ftruncate(s.fd, size), 0);
        assert_int_equal(spool_read(s.fd, 3, s.arena, &back, NULL), ERROR_CORRUPT);
    }
}

static void nobody_as_recipient_is_damage(void **state)
{
    const struct smtp_envelope envelope = { .sender = "a@x", .ident = "", .client = "", .helo = "" };
    struct spooled back;

    (void)state;
    write_message(SLICE("t\r\n"), POINT_ACCESS, &envelope);
    assert_int_equal(spool_read(s.fd, 3, s.arena, &back, NULL), ERROR_CORRUPT);
}

/* Whoever looks into the folder sees nothing, and a crash leaves nothing. */
static void the_file_has_no_name(void **state)
{
    struct dirent *entry;
    DIR *dir = opendir(s.folder);
    struct error e;
    int fd;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        assert_int_equal(entry->d_name[0], '.');
    closedir(dir);
    assert_true(spool_create("/nowhere/at/all", &fd, &e) != 0);
    assert_non_null(strstr(e.text, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_flag_is_kept_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_recipient_named_twice_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_message_is_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anything_else_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_as_recipient_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_has_no_name, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
