/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words of the certification data (RFC 6109 4.4), and the record of a transaction.
 */
#include "fixture.h"

static void test_the_words_are_those_of_the_dtd(void **state)
{
    static const struct {
        enum certified_type type;
        const char *word;
    } types[] = {
        { TYPE_ACCEPTANCE, "accettazione" },           { TYPE_NON_ACCEPTANCE, "non-accettazione" },
        { TYPE_TAKE_CHARGE, "presa-in-carico" },       { TYPE_DELIVERY, "avvenuta-consegna" },
        { TYPE_TRANSPORT, "posta-certificata" },       { TYPE_NON_DELIVERY, "errore-consegna" },
        { TYPE_TIMEOUT, "preavviso-errore-consegna" }, { TYPE_VIRUS_DETECTION, "rilevazione-virus" },
    };

    (void)state;
    assert_int_equal(COUNT(types), TYPE_NONE);
    for (size_t i = 0; i < COUNT(types); i++)
        assert_string_equal(certified_type_words[types[i].type], types[i].word);
    assert_string_equal(certified_error_words[CERTIFIED_NO_ERROR], "nessuno");
    assert_string_equal(certified_error_words[CERTIFIED_NO_RECIPIENT], "no-dest");
    assert_string_equal(certified_error_words[CERTIFIED_NO_DOMAIN], "no-dominio");
    assert_string_equal(certified_error_words[CERTIFIED_VIRUS], "virus");
    assert_string_equal(certified_error_words[CERTIFIED_OTHER], "altro");
    assert_string_equal(receipt_form_words[RECEIPT_COMPLETE], "completa");
    assert_string_equal(receipt_form_words[RECEIPT_BRIEF], "breve");
    assert_string_equal(receipt_form_words[RECEIPT_CONCISE], "sintetica");
}

static void test_a_recipient_is_found_in_any_case(void **state)
{
    struct transaction t = fixture_transaction(*state);

    assert_ptr_equal(transaction_recipient(&t, "anna@beta.example"), &t.recipients[0]);
    assert_ptr_equal(transaction_recipient(&t, "UGO@Posta.EXAMPLE"), &t.recipients[1]);
    assert_null(transaction_recipient(&t, "ugo@posta.example.it"));
    assert_null(transaction_recipient(&t, ""));
    t.recipient_count = 0;
    assert_null(transaction_recipient(&t, "anna@beta.example"));
}

static struct transaction round_trip(struct arena *arena, struct transaction *t)
{
    struct record r = record_writer();
    struct transaction back = { 0 };
    char *json;

    transaction_visit(&r, t);
    json = record_finish(&r, arena);
    assert_non_null(json);
    r = record_reader(slice_of(json), arena);
    transaction_visit(&r, &back);
    assert_true(record_drop(&r));
    return back;
}

static void test_a_transaction_survives_its_record(void **state)
{
    struct transaction t = fixture_transaction(*state), back;

    for (int form = 0; form <= RECEIPT_CONCISE; form++) {
        t.form = (enum receipt_form)form;
        back = round_trip(*state, &t);
        assert_string_equal(back.pec_id, t.pec_id);
        assert_string_equal(back.msgid, t.msgid);
        assert_string_equal(back.sender, t.sender);
        assert_string_equal(back.reply_to, t.reply_to);
        assert_string_equal(back.subject, t.subject);
        assert_string_equal(back.provider, t.provider);
        assert_int_equal(back.form, form);
        assert_int_equal(back.recipient_count, 2);
        assert_string_equal(back.recipients[0].address, "anna@beta.example");
        assert_true(back.recipients[0].certified);
        assert_string_equal(back.recipients[1].address, "ugo@posta.example");
        assert_false(back.recipients[1].certified);
    }
}

static void test_what_is_absent_stays_absent(void **state)
{
    struct transaction t = fixture_transaction(*state), back;

    t.msgid = t.subject = NULL;
    back = round_trip(*state, &t);
    assert_null(back.msgid);
    assert_null(back.subject);
}

static void test_a_damaged_record_is_refused(void **state)
{
    static const char *const damaged[] = { "{\"form\":\"lunga\"}", "{\"recipients\":7}", "{\"sender\":7}",
                                           "{\"recipients\":[{\"address\":\"a@b\",\"certified\":\"yes\"}]}" };

    for (size_t i = 0; i < COUNT(damaged); i++) {
        struct record r = record_reader(slice_of(damaged[i]), *state);
        struct transaction back = { 0 };

        transaction_visit(&r, &back);
        assert_false(record_drop(&r));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_words_are_those_of_the_dtd),
        cmocka_unit_test_setup_teardown(test_a_recipient_is_found_in_any_case, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_transaction_survives_its_record, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_absent_stays_absent, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_record_is_refused, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec certification", tests, NULL, NULL);
}
