/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "base/clock.h"
#include "opec/verify/print.h"

enum { NOW = 1795497701 };

static struct recipient recipients[] = { { "b@beta.example", true }, { "c@example.it", false } };

static struct verify_report good_one(void)
{
    return (struct verify_report){
        .is_pec = true,
        .kind = VERIFY_ENVELOPE,
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

typedef void print_function(FILE *out, const char *source, const struct verify_report *report, enum language in);

static char *printed_by(print_function *print, const struct verify_report *r, enum language in)
{
    struct printed p;

    clock_set_zone("Europe/Rome");
    printed_begin(&p);
    print(p.out, "a.eml", r, in);
    printed_end(&p);
    return p.text;
}

static char *text_of(const struct verify_report *r)
{
    return printed_by(verify_print, r, ENGLISH);
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
                              "  form          correct\n"
                              "  agreement     header, text and certification data say the same\n");
    free(text);
}

/* Whoever reads an Italian report sees columns, whatever accents the names have. */
static void italian_says_the_same(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.remarks[REMARK_ENDED] = true;
    text = printed_by(verify_print, &r, ITALIAN);
    assert_has(text, "a.eml: busta di trasporto (posta-certificata); verifica superata\n");
    assert_has(text, "  identificativo  1@alfa\n");
    assert_has(text, "  destinatari     b@beta.example (posta certificata)\n                  c@example.it (posta ordinaria)\n");
    assert_has(text, "  firma           integra\n");
    assert_has(text, "  alla firma      valido\n");
    assert_has(text, "  nota            il certificato è scaduto dopo la firma: ciò non toglie valore al messaggio (24/11/2026 06:21:51 +0100)\n");
    free(text);
}

static void what_differs_is_told_with_what_is_certified(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.differences[0] = (struct verify_difference){ "Subject", "POSTA CERTIFICATA: Altro", "Fattura" };
    r.differences[1] = (struct verify_difference){ "text", NULL, "1@alfa" };
    r.difference_count = 2;
    r.remarks[REMARK_DIFFERS] = true;
    text = text_of(&r);
    assert_has(text, "  agreement     Subject: \"POSTA CERTIFICATA: Altro\", certified is \"Fattura\"\n"
                     "                text: lacks \"1@alfa\"\n"
                     "  note          the header or the text were changed, or their provider was careless: only what is certified counts\n");
    free(text);
}

static void among_others_a_message_is_a_line(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.remarks[REMARK_SHA1] = true;
    text = printed_by(verify_print_line, &r, ENGLISH);
    assert_string_equal(text, "a.eml: it holds; transport envelope (posta-certificata); 24/11/2026 06:21:41 +0100; 1@alfa; sha1\n");
    free(text);
    r = (struct verify_report){ .is_pec = true, .kind = VERIFY_DELIVERY, .finding = FINDING_BROKEN };
    text = printed_by(verify_print_line, &r, ITALIAN);
    assert_string_equal(text, "a.eml: verifica NON superata; si presenta come: ricevuta di avvenuta consegna: la firma non corrisponde al "
                              "contenuto, che è stato modificato dopo la firma\n");
    free(text);
}

static void they_are_counted(void **state)
{
    struct verify_sum sum = { .hold = 7, .hold_not = 2, .ordinary = 1 };
    struct printed p;

    (void)state;
    printed_begin(&p);
    verify_print_sum(p.out, &sum, ENGLISH);
    sum.failed = 1;
    verify_print_sum(p.out, &sum, ITALIAN);
    printed_end(&p);
    assert_string_equal(p.text, "10 messages: 7 hold, 2 do not hold, 1 are no PEC messages\n"
                                "11 messaggi: 7 superano la verifica, 2 non la superano, 1 non sono PEC, 1 non si sono potuti leggere\n");
    free(p.text);
}

static void a_message_that_does_not_hold_says_why_and_vouches_for_nothing(void **state)
{
    struct verify_report r = good_one();
    char *text;

    (void)state;
    r.is_certified = false;
    r.finding = FINDING_BROKEN;
    r.signer.signature = SIGNATURE_BROKEN;
    text = text_of(&r);
    assert_has(text, "a.eml: claims to be: transport envelope (posta-certificata); it DOES NOT HOLD\n"
                     "  because       the signature does not hold over the content: it was changed after it was signed\n");
    assert_has(text, "  From          posta-certificata@alfa\n");
    assert_has(text, "  signature     broken\n");
    assert_lacks(text, "recipients");
    assert_lacks(text, "form ");
    free(text);
}

static void an_ordinary_message_has_no_signer(void **state)
{
    const struct verify_report r = { .kind = VERIFY_ORDINARY, .finding = FINDING_UNSIGNED, .subject = "a\x1B[2Jb\nc" };
    char *text = text_of(&r);

    (void)state;
    assert_string_equal(text, "a.eml: ordinary message; it DOES NOT HOLD\n"
                              "  because       it bears no signature of a provider\n"
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
    r.remarks[REMARK_ENDED] = true;
    r.signer.now = (struct trust_answer){ .verdict = TRUST_EXPIRED, .why = "certificate has expired" };
    object = verify_json("a.eml", &r);
    signer = json_object_get(object, "signer");
    assert_true(json_is_true(json_object_get(object, "holds")));
    assert_string_equal(json_string_value(json_object_get(object, "type")), "posta-certificata");
    assert_string_equal(json_string_value(json_object_get(object, "pec_id")), "1@alfa");
    assert_string_equal(json_string_value(json_object_get(object, "certified")), "2026-11-24T05:21:41Z");
    assert_int_equal(json_array_size(json_object_get(object, "recipients")), 2);
    assert_string_equal(json_string_value(json_object_get(signer, "provider")), "Alfa PEC S.p.A.");
    assert_string_equal(json_string_value(json_object_get(signer, "at_signing")), "good");
    assert_string_equal(json_string_value(json_object_get(signer, "now")), "certificate has expired");
    assert_string_equal(json_string_value(json_object_get(object, "source")), "a.eml");
    assert_string_equal(json_string_value(json_object_get(object, "finding")), "holds");
    assert_true(json_is_true(json_object_get(object, "agrees")));
    assert_int_equal(json_array_size(json_object_get(object, "differences")), 0);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(object, "remarks"), 0), "remark")), "certificate-ended");
    assert_null(json_object_get(object, "why"));
    assert_null(json_object_get(object, "error"));
    json_decref(object);
}

static void json_of_what_is_not_proved_has_no_certification(void **state)
{
    const struct verify_report r = { .kind = VERIFY_ORDINARY, .finding = FINDING_UNSIGNED, .subject = "\xFF" };
    json_t *object = verify_json("a.eml", &r);

    (void)state;
    assert_true(json_is_false(json_object_get(object, "holds")));
    assert_null(json_object_get(object, "pec_id"));
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "header"), "subject")), "\xEF\xBF\xBD");
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "signer"), "signature")), "absent");
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_holds_is_told_from_what_was_signed),
        cmocka_unit_test(italian_says_the_same),
        cmocka_unit_test(what_differs_is_told_with_what_is_certified),
        cmocka_unit_test(among_others_a_message_is_a_line),
        cmocka_unit_test(they_are_counted),
        cmocka_unit_test(a_message_that_does_not_hold_says_why_and_vouches_for_nothing),
        cmocka_unit_test(an_ordinary_message_has_no_signer),
        cmocka_unit_test(the_time_says_where_it_is_from),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(json_of_what_is_not_proved_has_no_certification),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
