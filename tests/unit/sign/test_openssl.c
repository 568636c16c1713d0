/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "sign/openssl.h"

static void a_failure_is_told_in_openssl_words_and_the_queue_is_empty(void **state)
{
    struct error e = { 0 };

    (void)state;
    ERR_raise(ERR_LIB_X509, ERR_R_PASSED_NULL_PARAMETER);
    assert_int_equal(openssl_failed(&e, ERROR_CONFIG, "reading %s", "it"), ERROR_CONFIG);
    assert_string_equal(e.text, "reading it: passed a null parameter");
    assert_int_equal(e.code, ERROR_CONFIG);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(openssl_failed(&e, ERROR_OUT, "signing"), ERROR_OUT);
    assert_string_equal(e.text, "signing: no reason given");
    assert_int_equal(openssl_failed(NULL, ERROR_OUT, "signing"), ERROR_OUT);
}

static void lack_of_memory_is_no_fault_of_the_input(void **state)
{
    struct error e = { 0 };

    (void)state;
    ERR_raise(ERR_LIB_ASN1, ERR_R_MALLOC_FAILURE);
    assert_int_equal(openssl_failed(&e, ERROR_SIGNATURE, "parsing"), ERROR_MEMORY);
    assert_int_equal(e.code, ERROR_MEMORY);
}

struct time_case {
    const char *name;
    const char *text;
    bool valid;
    int64_t seconds;
};

/* RFC 5280 4.1.2.5. */
static const struct time_case time_cases[] = {
    { "a UTCTime", "260615000000Z", true, 1781481600 },
    { "a GeneralizedTime", "20260615000000Z", true, 1781481600 },
    { "the first second of UTCTime is in 1950", "500101000000Z", true, -631152000 },
    { "far beyond 2038", "21060207062816Z", true, 4294967296 },
    { "no such month", "261315000000Z", false, 0 },
    { "no time at all", "yesterday", false, 0 },
};

static void times_are_read_as_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof time_cases / sizeof time_cases[0]; i++) {
        const struct time_case *c = &time_cases[i];
        ASN1_STRING *time = ASN1_STRING_type_new(strlen(c->text) == 15 ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME);
        int64_t seconds = 42;

        print_message("  %s\n", c->name);
        assert_int_equal(ASN1_STRING_set(time, c->text, -1), 1);
        assert_int_equal(openssl_seconds(time, &seconds), c->valid);
        assert_int_equal(seconds, c->valid ? c->seconds : 42);
        assert_int_equal(ERR_peek_error(), 0);
        ASN1_STRING_free(time);
    }
}

static void a_missing_time_is_not_the_time_of_day(void **state)
{
    int64_t seconds = 42;

    (void)state;
    assert_false(openssl_seconds(NULL, &seconds));
    assert_int_equal(seconds, 42);
}

static void add_entry(X509_NAME *name, const char *type, const char *text)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0), 1);
}

static void names_are_one_line_in_utf8(void **state)
{
    X509_NAME *name = X509_NAME_new();
    char line[100], small[9];

    (void)state;
    add_entry(name, "O", "Perch\xC3\xA9, no");
    add_entry(name, "CN", "a\nb");
    assert_string_equal(openssl_name(name, line, sizeof line), "CN=a\\0Ab,O=Perch\xC3\xA9\\, no");
    assert_string_equal(openssl_name(name, small, sizeof small), "CN=a\\0Ab");
    X509_NAME_free(name);
}

static void a_name_is_cut_between_characters(void **state)
{
    X509_NAME *name = X509_NAME_new();
    char line[7];

    (void)state;
    add_entry(name, "O", "abc\xC3\xA9");
    assert_string_equal(openssl_name(name, line, sizeof line), "O=abc");
    X509_NAME_free(name);
}

static void an_empty_name_is_an_empty_line(void **state)
{
    X509_NAME *name = X509_NAME_new();
    char line[8] = "before";

    (void)state;
    assert_string_equal(openssl_name(name, line, sizeof line), "");
    X509_NAME_free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_told_in_openssl_words_and_the_queue_is_empty),
        cmocka_unit_test(lack_of_memory_is_no_fault_of_the_input),
        cmocka_unit_test(times_are_read_as_seconds),
        cmocka_unit_test(a_missing_time_is_not_the_time_of_day),
        cmocka_unit_test(names_are_one_line_in_utf8),
        cmocka_unit_test(a_name_is_cut_between_characters),
        cmocka_unit_test(an_empty_name_is_an_empty_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
