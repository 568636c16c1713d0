/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pki.h"
#include "sign/secret.h"

static void a_file_is_read_whole(void **state)
{
    struct secret s = { 0 };

    (void)state;
    pki_write("pin", SLICE("12\0 34\n56\n"));
    assert_int_equal(secret_read(pki_path("pin"), &s, NULL), 0);
    assert_int_equal(s.size, 10);
    assert_memory_equal(s.bytes, "12\0 34\n56\n", 11);
    secret_wipe(&s);
    assert_null(s.bytes);
    assert_int_equal(s.size, 0);
    secret_wipe(&s);
}

struct line_case {
    const char *name;
    struct slice text;
    const char *line;
};

static const struct line_case line_cases[] = {
    { "a line end is no part of it", { "1234\n", 5 }, "1234" },
    { "nor is CRLF", { "1234\r\n", 6 }, "1234" },
    { "a last line may have no end", { "1234", 4 }, "1234" },
    { "a second line is dropped", { "1234\n5678\n", 10 }, "1234" },
    { "blanks are part of it", { " 12 34 \n", 8 }, " 12 34 " },
    { "the first line may be empty", { "\n1234\n", 6 }, "" },
};

static void the_first_line_is_kept_and_the_rest_wiped(void **state)
{
    static const unsigned char zeros[16];

    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
        const struct line_case *c = &line_cases[i];
        struct secret s = { 0 };

        print_message("  %s\n", c->name);
        pki_write("pin", c->text);
        assert_int_equal(secret_read(pki_path("pin"), &s, NULL), 0);
        secret_cut_line(&s);
        assert_int_equal(s.size, strlen(c->line));
        assert_string_equal((const char *)s.bytes, c->line);
        assert_memory_equal(s.bytes + s.size, zeros, sizeof zeros);
        secret_wipe(&s);
    }
}

static void what_cannot_be_a_secret_is_refused(void **state)
{
    struct secret s = { 0 };
    struct error e = { 0 };
    char *large = calloc(1, SECRET_MAX);

    (void)state;
    assert_non_null(large);
    assert_int_equal(secret_read(pki_path("missing"), &s, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "missing: "));
    pki_write("empty", SLICE_NONE);
    assert_int_equal(secret_read(pki_path("empty"), &s, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "empty"));
    pki_write("large", (struct slice){ large, SECRET_MAX });
    assert_int_equal(secret_read(pki_path("large"), &s, &e), ERROR_CONFIG);
    pki_write("large", (struct slice){ large, SECRET_MAX - 1 });
    assert_int_equal(secret_read(pki_path("large"), &s, &e), 0);
    secret_wipe(&s);
    assert_int_equal(secret_read(pki_path("."), &s, &e), ERROR_CONFIG);
    assert_null(s.bytes);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(the_first_line_is_kept_and_the_rest_wiped),
        cmocka_unit_test(what_cannot_be_a_secret_is_refused),
    };
    int failed;

    pki_begin(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}
