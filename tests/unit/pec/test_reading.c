/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What both points read from a header (RFC 6109 2.1, 2.2.1, 3.3.2).
 */
#include "fixture.h"

#include "pec/reading.h"

static struct header header_of(struct arena *arena, const char *text)
{
    return fixture_original(arena, slice_of(text)).header;
}

static void test_subjects(void **state)
{
    static const struct {
        const char *name, *header, *subject;
    } cases[] = {
        { "none", "To: a@b\r\n", NULL },
        { "empty", "Subject:\r\n", NULL },
        { "blank", "Subject:   \r\n \r\n", NULL },
        { "nothing in its words", "Subject: =?utf-8?Q?=01_=0A?=\r\n", NULL },
        { "plain", "Subject: Ricorso n. 12/2024\r\n", "Ricorso n. 12/2024" },
        { "folded", "Subject: uno\r\n due\r\n\ttre\r\n", "uno due tre" },
        { "encoded words", "Subject: =?utf-8?Q?Citt=C3=A0?=\r\n =?iso-8859-1?Q?_di_Forl=EC?=\r\n", "Citt\xC3\xA0 di Forl\xC3\xAC" },
        { "line ends within a word", "Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n", "a Bcc: x" },
        { "a separator of lines", "Subject: =?utf-8?B?YeKAqGI=?=\r\n", "a b" },
        { "8-bit bytes", "Subject: citt\xE0\r\n", "citt\xC3\xA0" },
        { "the first of two", "Subject: a\r\nSubject: b\r\n", "a" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h = header_of(*state, cases[i].header);
        const char *subject;

        assert_int_equal(read_subject(&h, *state, &subject), 0);
        fixture_same_text(cases[i].name, subject, cases[i].subject);
    }
}

/* 2.2.1: the msgid of the client, with its brackets as it wrote them. */
static void test_message_ids(void **state)
{
    static const struct {
        const char *name, *header, *id;
    } cases[] = {
        { "none", "To: a@b\r\n", NULL },
        { "empty", "Message-ID: \r\n", NULL },
        { "as usual", "Message-ID: <a@b>\r\n", "<a@b>" },
        { "folded", "message-id:\r\n <a@b>\r\n", "<a@b>" },
        { "without brackets it stays so", "Message-ID: a@b\r\n", "a@b" },
        { "without an at sign", "Message-ID: <x>\r\n", "<x>" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h = header_of(*state, cases[i].header);
        const char *id;

        assert_int_equal(read_message_id(&h, *state, &id), 0);
        fixture_same_text(cases[i].name, id, cases[i].id);
    }
}

/* 2.1: the original's own Reply-To, else its author. */
static void test_reply_addresses(void **state)
{
    static const struct {
        const char *name, *header, *reply;
    } cases[] = {
        { "none", "To: a@b\r\n", "mario@alfa.example" },
        { "empty", "Reply-To:\r\n", "mario@alfa.example" },
        { "nothing that can be read", "Reply-To: ???\r\n", "mario@alfa.example" },
        { "bare", "Reply-To: a@b.example\r\n", "a@b.example" },
        { "the bare address of a name", "Reply-To: \"Segreteria, 1\" <a@b.example> (x)\r\n", "a@b.example" },
        { "two", "Reply-To: a@b.example,\r\n c@d.example\r\n", "a@b.example, c@d.example" },
        { "a group", "Reply-To: G: a@b.example, c@d.example;\r\n", "a@b.example, c@d.example" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h = header_of(*state, cases[i].header);
        const char *reply;

        assert_int_equal(read_reply_to(&h, "mario@alfa.example", *state, &reply), 0);
        fixture_same_text(cases[i].name, reply, cases[i].reply);
    }
}

/* 3.3.2, 3.3.2.1: complete where no other is asked for, without regard to case and blanks. */
static void test_receipt_forms(void **state)
{
    static const struct {
        const char *name, *header;
        enum receipt_form form;
    } cases[] = {
        { "none", "To: a@b\r\n", RECEIPT_COMPLETE },
        { "complete", "X-TipoRicevuta: completa\r\n", RECEIPT_COMPLETE },
        { "brief", "X-TipoRicevuta: breve\r\n", RECEIPT_BRIEF },
        { "concise", "X-TipoRicevuta: sintetica\r\n", RECEIPT_CONCISE },
        { "the spelling of OpenPEC", "X-Tiporicevuta: breve\r\n", RECEIPT_BRIEF },
        { "all in lower case", "x-tiporicevuta: sintetica\r\n", RECEIPT_CONCISE },
        { "capitals", "X-TipoRicevuta: BREVE\r\n", RECEIPT_BRIEF },
        { "blanks", "X-TipoRicevuta:\t  Sintetica \r\n", RECEIPT_CONCISE },
        { "folded", "X-TipoRicevuta:\r\n breve\r\n", RECEIPT_BRIEF },
        { "empty", "X-TipoRicevuta:\r\n", RECEIPT_COMPLETE },
        { "unknown", "X-TipoRicevuta: telegrafica\r\n", RECEIPT_COMPLETE },
        { "a word more", "X-TipoRicevuta: breve x\r\n", RECEIPT_COMPLETE },
        { "another field behind it", "X-TipoRicevuta: breve\r\n\tX-Ricevuta: accettazione\r\n", RECEIPT_COMPLETE },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header h = header_of(*state, cases[i].header);
        enum receipt_form form;

        assert_int_equal(read_receipt_form(&h, *state, &form), 0);
        if (form != cases[i].form)
            fail_msg("%s: %s", cases[i].name, receipt_form_words[form]);
    }
}

static void test_addresses_of_several_fields(void **state)
{
    struct header h = header_of(*state, "To: a@x, b@x\r\nCc: no@x\r\nTo:\r\nto: G: c@x;\r\nTo: d@x, ??\r\nTo: e@x\r\n");
    static const char *const wanted[] = { "a@x", "b@x", "c@x", "d@x", "e@x" };
    struct address_list list;

    assert_int_equal(read_addresses(&h, "To", *state, &list), 0);
    assert_int_equal(list.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_string_equal(list.items[i].address, wanted[i]);
    assert_non_null(list.fault);
    assert_int_equal(read_addresses(&h, "Bcc", *state, &list), 0);
    assert_int_equal(list.count, 0);
    assert_null(list.fault);
}

/* As many fields as a header may have: neither time nor memory grows with the square. */
static void test_thousands_of_fields(void **state)
{
    struct slice text = fixture_repeat(*state, "To: a@x.example, b@x.example\r\n", HEADER_FIELDS_MAX);
    struct header h = header_of(*state, text.data);
    struct arena *arena = arena_new(8 * 1024 * 1024);
    struct address_list list;

    assert_int_equal(read_addresses(&h, "To", arena, &list), 0);
    assert_int_equal(list.count, 2 * HEADER_FIELDS_MAX);
    arena_free(&arena);
}

static void test_what_is_shown_is_one_line_and_not_too_long(void **state)
{
    fixture_same_text("short", read_shown(SLICE(" a\r\nb "), 3, *state), "a b");
    fixture_same_text("cut", read_shown(SLICE("abcd"), 3, *state), "abc...");
    fixture_same_text("between characters", read_shown(SLICE("ab\xC3\xA8"), 3, *state), "ab...");
    fixture_same_text("nothing fits", read_shown(SLICE("\xC3\xA8"), 1, *state), "...");
    fixture_same_text("empty", read_shown(SLICE_NONE, 3, *state), "");
}

static void test_without_budget(void **state)
{
    struct header h = header_of(*state, "Subject: a\r\nMessage-ID: <a@b>\r\nReply-To: a@b\r\nX-TipoRicevuta: breve\r\nTo: a@b\r\n");
    struct arena *none = arena_new(1);
    struct address_list list;
    enum receipt_form form;
    const char *text;

    assert_null(read_shown(SLICE("abcdefghijklmnopqrstuvwxyz"), 3, none));
    assert_int_equal(read_subject(&h, none, &text), ERROR_BUDGET);
    assert_int_equal(read_message_id(&h, none, &text), ERROR_BUDGET);
    assert_int_equal(read_reply_to(&h, "x", none, &text), ERROR_BUDGET);
    assert_int_equal(read_receipt_form(&h, none, &form), ERROR_BUDGET);
    assert_int_equal(read_addresses(&h, "To", none, &list), ERROR_BUDGET);
    arena_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_subjects, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_message_ids, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_reply_addresses, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_receipt_forms, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_addresses_of_several_fields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_thousands_of_fields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_shown_is_one_line_and_not_too_long, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec reading", tests, NULL, NULL);
}
