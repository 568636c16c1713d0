/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "base/clock.h"
#include "opec/verify_report.h"

enum { NOW = 1795497701 };

static struct recipient recipients[] = { { "b@beta.example", true }, { "c@example.it", false } };

static struct verify_report good_one(void)
{
    return (struct verify_report){
        .holds = true,
        .is_pec = true,
        .kind = "transport envelope",
        .type = "posta-certificata",
        .is_certified = true,
        .certification = { .type = TYPE_TRANSPORT,
                           .about = { .pec_id = "1@alfa", .msgid = "<a@client>", .sender = "u@alfa", .reply_to = "u@alfa", .subject = "Fattura",
                                      .recipients = recipients, .recipient_count = 2 },
                           .issuer = "Alfa PEC",
                           .time.seconds = NOW },
        .from = "posta-certificata@alfa",
        .signer = { .signature = SIGNATURE_HOLDS, .digest = "sha256", .subject = "CN=Posta", .issuer = "CN=CA", .addresses = "p@alfa",
                    .provider = "Alfa PEC S.p.A.", .sha1 = "00ff", .from = NOW - 10, .until = NOW + 10, .time = NOW,
                    .index = INDEX_KNOWS },
    };
}

static char *text_of(const struct verify_report *r)
{
    struct printed p;

    clock_set_zone("Europe/Rome");
    printed_begin(&p);
    verify_report_print(p.out, "a.eml", r);
    printed_end(&p);
    return p.text;
}

static void a_message_that_holds_is_told_from_what_was_signed(void **state)
{
    const struct verify_report r = good_one();
    char *text = text_of(&r);

    (void)state;
    assert_string_equal(text, "a.eml: transport envelope (posta-certificata); it holds\n"
                              "  about         1@alfa\n"
                              "  message-id    <a@client>\n"
                              "  sender        u@alfa\n"
                              "  recipients    b@beta.example (certified)\n"
                              "                c@example.it (external)\n"
                              "  subject       Fattura\n"
                              "  certified     24/11/2026 06:21:41 +0100\n"
                              "  by            Alfa PEC\n"
                              "  signature     holds\n"
                              "  digest        sha256\n"
                              "  signed        24/11/2026 06:21:41 +0100\n"
                              "  provider      Alfa PEC S.p.A.\n"
                              "  certificate   CN=Posta\n"
                              "  issued by     CN=CA\n"
                              "  for           p@alfa\n"
                              "  SHA-1         00ff\n"
                              "  valid from    24/11/2026 06:21:31 +0100 until 24/11/2026 06:21:51 +0100\n"
                              "  at signing    good\n"
                              "  now           good\n"
                              "  index         known\n"
                              "  form          correct\n");
    free(text);
}

static void a_message_that_does_not_hold_says_why_and_vouches_for_nothing(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.holds = r.is_certified = false;
    r.why = "it was changed";
    r.signer.signature = SIGNATURE_BROKEN;
    text = text_of(&r);
    assert_has(text, "a.eml: claims to be: transport envelope (posta-certificata); it DOES NOT HOLD\n  because       it was changed\n");
    assert_has(text, "  From          posta-certificata@alfa\n");
    assert_has(text, "  signature     broken\n");
    assert_lacks(text, "recipients");
    assert_lacks(text, "form ");
    free(text);
}

static void an_ordinary_message_has_no_signer(void **state)
{
    const struct verify_report r = { .kind = "ordinary message", .why = "it bears no signature", .subject = "a\x1B[2Jb\nc" };
    char *text = text_of(&r);

    (void)state;
    assert_string_equal(text, "a.eml: ordinary message; it DOES NOT HOLD\n"
                              "  because       it bears no signature\n"
                              "  Subject       a [2Jb c\n"
                              "  signature     absent\n");
    free(text);
}

static void the_time_says_where_it_is_from(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.signer.time_from = TIME_DATE;
    text = text_of(&r);
    assert_has(text, "(of the Date field)");
    free(text);
    r.signer.time_from = TIME_NOW;
    text = text_of(&r);
    assert_has(text, "(no time is given: now)");
    free(text);
}

static void json_has_the_same(void **state)
{
    struct verify_report r = good_one();
    json_t *object, *signer;

    (void)state;
    r.signer.now = (struct trust_answer){ .verdict = TRUST_EXPIRED, .why = "certificate has expired" };
    object = verify_report_json(&r);
    signer = json_object_get(object, "signer");
    assert_true(json_is_true(json_object_get(object, "holds")));
    assert_string_equal(json_string_value(json_object_get(object, "type")), "posta-certificata");
    assert_string_equal(json_string_value(json_object_get(object, "pec_id")), "1@alfa");
    assert_string_equal(json_string_value(json_object_get(object, "certified")), "2026-11-24T05:21:41Z");
    assert_int_equal(json_array_size(json_object_get(object, "recipients")), 2);
    assert_string_equal(json_string_value(json_object_get(signer, "provider")), "Alfa PEC S.p.A.");
    assert_string_equal(json_string_value(json_object_get(signer, "at_signing")), "good");
    assert_string_equal(json_string_value(json_object_get(signer, "now")), "certificate has expired");
    assert_null(json_object_get(object, "why"));
    assert_null(json_object_get(object, "error"));
    json_decref(object);
}

static void json_of_what_is_not_proved_has_no_certification(void **state)
{
    const struct verify_report r = { .kind = "ordinary message", .why = "x", .subject = "\xFF" };
    json_t *object = verify_report_json(&r);

    (void)state;
    assert_true(json_is_false(json_object_get(object, "holds")));
    assert_null(json_object_get(object, "pec_id"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "header"), "subject")), "\xEF\xBF\xBD");
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "signer"), "signature")), "absent");
    json_decref(object);
}

/* RFC 6109 4.4 */
static void every_type_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < TYPE_NONE; a++)
        for (int b = a + 1; b <= TYPE_NONE; b++)
            assert_string_not_equal(verify_report_kind((enum certified_type)a, CERTIFIED_NO_ERROR, RECEIPT_COMPLETE),
                                    verify_report_kind((enum certified_type)b, CERTIFIED_NO_ERROR, RECEIPT_COMPLETE));
    assert_string_equal(verify_report_kind(TYPE_DELIVERY, CERTIFIED_NO_ERROR, RECEIPT_BRIEF), "brief delivery receipt");
    assert_string_equal(verify_report_kind(TYPE_DELIVERY, CERTIFIED_NO_ERROR, RECEIPT_CONCISE), "concise delivery receipt");
    assert_string_equal(verify_report_kind(TYPE_NON_DELIVERY, CERTIFIED_VIRUS, RECEIPT_COMPLETE), "non-delivery notice for a virus");
    assert_string_equal(verify_report_kind(TYPE_NON_ACCEPTANCE, CERTIFIED_VIRUS, RECEIPT_COMPLETE), "non-acceptance notice for a virus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_holds_is_told_from_what_was_signed),
        cmocka_unit_test(a_message_that_does_not_hold_says_why_and_vouches_for_nothing),
        cmocka_unit_test(an_ordinary_message_has_no_signer),
        cmocka_unit_test(the_time_says_where_it_is_from),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(json_of_what_is_not_proved_has_no_certification),
        cmocka_unit_test(every_type_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
