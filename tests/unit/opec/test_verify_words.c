/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "opec/verify/words.h"

enum { BUDGET = 1 << 20 };

static void every_kind_has_a_name_of_its_own_in_each_language(void **state)
{
    (void)state;
    for (int in = 0; in < LANGUAGES; in++)
        for (int a = 0; a < VERIFY_KINDS; a++)
            for (int b = 0; b < a; b++)
                assert_string_not_equal(words_kind((enum verify_kind)a, (enum language)in), words_kind((enum verify_kind)b, (enum language)in));
}

static void every_finding_and_remark_has_words(void **state)
{
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    for (int in = 0; in < LANGUAGES; in++) {
        struct verify_report r = { 0 };

        for (int i = 0; i < VERIFY_FINDINGS; i++) {
            r.finding = (enum verify_finding)i;
            assert_non_null(words_finding_name(r.finding));
            assert_int_equal(words_why(&r, arena, (enum language)in) == NULL, r.finding == FINDING_HOLDS);
        }
        for (int i = 0; i < VERIFY_REMARKS; i++) {
            assert_non_null(words_remark_name((enum verify_remark)i));
            assert_non_null(words_remark(&r, (enum verify_remark)i, arena, (enum language)in));
        }
        for (int i = 0; i < VERIFY_LABELS; i++)
            assert_non_null(words_label((enum verify_label)i, (enum language)in));
        for (int i = 0; i <= TRUST_UNFIT; i++)
            assert_non_null(words_trust(&(struct trust_answer){ .verdict = (enum trust_verdict)i }, arena, (enum language)in));
    }
    arena_free(&arena);
}

static void a_fault_is_told_with_its_cause(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct verify_report r = { .finding = FINDING_CERTIFICATE, .signer.then = { .verdict = TRUST_EXPIRED, .why = "certificate has expired: CN=a" } };

    (void)state;
    assert_string_equal(words_why(&r, arena, ENGLISH), "the certificate was not good when it signed: certificate has expired: CN=a");
    assert_string_equal(words_why(&r, arena, ITALIAN),
                        "il certificato non era valido al momento della firma: scaduto (certificate has expired: CN=a)");
    r = (struct verify_report){ .finding = FINDING_UNREADABLE, .signer.words = "MD5" };
    assert_string_equal(words_why(&r, arena, ENGLISH), "its signature cannot be read: MD5");
    arena_free(&arena);
}

struct language_case {
    const char *given, *all, *messages, *lang;
    bool is_good;
    enum language wanted;
};

static const struct language_case languages[] = {
    { "en", "it_IT.UTF-8", NULL, NULL, true, ENGLISH },
    { "it", "C", NULL, NULL, true, ITALIAN },
    { "IT", NULL, NULL, NULL, false, ENGLISH },
    { "", NULL, NULL, NULL, false, ENGLISH },
    { NULL, NULL, NULL, NULL, true, ENGLISH },
    { NULL, NULL, NULL, "it_IT.UTF-8", true, ITALIAN },
    { NULL, NULL, "en_GB", "it_IT", true, ENGLISH },
    { NULL, "it", "en_GB", "C", true, ITALIAN },
    { NULL, "", "", "it.UTF-8", true, ITALIAN },
    { NULL, NULL, NULL, "ita", true, ENGLISH },
};

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void the_language_is_that_of_the_option_or_the_locale(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(languages); i++) {
        const struct language_case *c = &languages[i];
        enum language found;

        set("LC_ALL", c->all);
        set("LC_MESSAGES", c->messages);
        set("LANG", c->lang);
        if (words_language(c->given, &found) != c->is_good || (c->is_good && found != c->wanted))
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_name_of_its_own_in_each_language),
        cmocka_unit_test(every_finding_and_remark_has_words),
        cmocka_unit_test(a_fault_is_told_with_its_cause),
        cmocka_unit_test(the_language_is_that_of_the_option_or_the_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
