/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/terms.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 64 };

/* "words between bars|" */
static void list_words(const char *subject, char *out, size_t size)
{
    struct buffer word = buffer_new(ROOM);
    struct slice rest = slice_of(subject);
    int result;

    *out = '\0';
    while (ledger_term_word(&rest, &word, &result)) {
        struct slice w = buffer_data(&word);

        snprintf(out + strlen(out), size - strlen(out), "%.*s|", SLICE_ARGS(w));
    }
    assert_int_equal(0, result);
    buffer_free(&word);
}

static void a_subject_has_words(void **state)
{
    static const struct {
        const char *subject, *words;
    } cases[] = {
        { "", "" },
        { " .,;- ", "" },
        { "Fattura", "fattura|" },
        { "Re: l'ordine n. 7/B_2", "re|l|ordine|n|7|b|2|" },
        { "\xC3\x88 CITT\xC3\x80 \xC3\x97 \xC3\xB7", "\xC3\xA8|citt\xC3\xA0|" },          /* the signs of times and division */
        { "\xC2\xABuno\xC2\xBB\xE2\x80\x94" "due\xC2\xA0tre", "uno|due|tre|" },            /* guillemets, a dash, a hard blank */
        { "\xD0\x9C\xD0\xB8\xD1\x80", "\xD0\x9C\xD0\xB8\xD1\x80|" },                    /* letters of other scripts stay */
        { "uno\xFF" "due", "uno|due|" },                                              /* a byte that is no UTF-8 */
    };
    char words[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        list_words(cases[i].subject, words, sizeof words);
        assert_string_equal(cases[i].words, words);
    }
}

static void a_word_beyond_the_room_is_said(void **state)
{
    struct buffer word = buffer_new(4);
    struct slice rest = SLICE("abcdefgh");
    int result;

    (void)state;
    assert_false(ledger_term_word(&rest, &word, &result));
    assert_int_equal(ERROR_LIMIT, result);
    buffer_free(&word);
}

struct list {
    char text[512];
};

static void note(void *arg, enum ledger_term_kind kind, struct slice text)
{
    struct list *l = arg;
    size_t used = strlen(l->text);

    snprintf(l->text + used, sizeof l->text - used, "%d:%.*s ", (int)kind, SLICE_ARGS(text));
}

static void an_event_has_terms(void **state)
{
    json_t *event = json_loads("{\"pec_id\":\"<P1@X>\",\"msgid\":\" M1@x \",\"sender\":\"Anna@x\",\"recipients\":[{\"address\":\"b@x\",\"kind\":\"external\"},"
                               "\"c@x\",7,null],\"recipient\":\"d@x\",\"related\":[\"r1@x\",\"r2@x\"],\"id\":\"plan:1\",\"subject\":\"Due parole\","
                               "\"provider\":\"Alfa\",\"reason\":\"no\"}", 0, NULL);
    struct buffer scratch = buffer_new(1024);
    struct list list = { "" };

    (void)state;
    assert_int_equal(0, ledger_terms_of(event, &scratch, note, &list));
    assert_string_equal("1:p1@x 1:m1@x 1:r1@x 1:r2@x 1:plan:1 2:anna@x 4:d@x 4:b@x 4:c@x 8:due 8:parole ", list.text);
    json_decref(event);
    buffer_free(&scratch);
}

static void an_id_beyond_the_room_is_said(void **state)
{
    json_t *event = json_loads("{\"pec_id\":\"0123456789\"}", 0, NULL);
    struct buffer scratch = buffer_new(4);
    struct list list = { "" };

    (void)state;
    assert_int_equal(ERROR_LIMIT, ledger_terms_of(event, &scratch, note, &list));
    json_decref(event);
    buffer_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subject_has_words),
        cmocka_unit_test(a_word_beyond_the_room_is_said),
        cmocka_unit_test(an_event_has_terms),
        cmocka_unit_test(an_id_beyond_the_room_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
