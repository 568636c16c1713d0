/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The formal checks of RFC 6109 3.1.1, each rule kept and broken. The reason is Italian and names what is wrong.
 */
#include "fixture.h"

#include <string.h>

#include "base/text.h"

static const struct access_limits limits = { .message_size = 30000000, .recipients = 500 };

static const struct formal_fault *check(struct arena *arena, const char *recipients, struct slice bytes, const struct access_limits *l)
{
    static const struct formal_fault untouched;
    const struct formal_fault *fault = &untouched;
    struct submission s;

    assert_int_equal(access_read(fixture_arrival(arena, "mario@alfa.example", recipients, bytes), arena, &s), 0);
    assert_int_equal(access_check(&s, l, arena, &fault), 0);
    assert_ptr_not_equal(fault, &untouched);
    return fault;
}

#define FROM "From: Mario Rossi <mario@alfa.example>\r\n"
#define TO "To: anna@beta.example\r\n"
#define BODY "\r\nciao\r\n"

static const struct {
    const char *name, *recipients, *message;
} good[] = {
    { "the least", "anna@beta.example", FROM TO BODY },
    { "no body", "anna@beta.example", FROM TO },
    { "a bare address in From", "anna@beta.example", "From: mario@alfa.example\r\n" TO BODY },
    { "From in another case", "anna@beta.example", "FROM: Mario@ALFA.example\r\n" TO BODY },
    { "From with a comment", "anna@beta.example", "From: mario@alfa.example (Mario)\r\n" TO BODY },
    { "From with needless quotes", "anna@beta.example", "From: \"mario\"@alfa.example\r\n" TO BODY },
    { "From folded", "anna@beta.example", "From: Mario\r\n <mario@alfa.example>\r\n" TO BODY },
    { "a recipient in Cc", "anna@beta.example ugo@posta.example", FROM TO "Cc: ugo@posta.example\r\n" BODY },
    { "recipients in another case", "Anna@Beta.EXAMPLE", FROM TO BODY },
    { "a recipient in a group", "anna@beta.example", FROM "To: Amici: anna@beta.example, x@y.example;\r\n" BODY },
    { "more in To than in the forward path", "anna@beta.example", FROM "To: anna@beta.example, x@y.example\r\n" BODY },
    { "Cc with nothing in it", "anna@beta.example", FROM TO "Cc:\r\n" BODY },
    { "Bcc with nothing in it", "anna@beta.example", FROM TO "Bcc: \r\n" BODY },
    { "Bcc of blanks", "anna@beta.example", FROM TO "Bcc:\r\n \t\r\n" BODY },
    { "fields of the law of its own are just fields", "anna@beta.example", FROM TO "X-Ricevuta: accettazione\r\nX-Trasporto: errore\r\n" BODY },
    { "repeated fields that may be", "anna@beta.example", FROM TO "Received: a\r\nReceived: b\r\nComments: c\r\nComments: d\r\n" BODY },
    { "a Sender besides", "anna@beta.example", FROM "Sender: altri@alfa.example\r\n" TO BODY },
};

static void test_rules_that_hold(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        const struct formal_fault *fault = check(*state, good[i].recipients, slice_of(good[i].message), &limits);

        if (fault)
            fail_msg("%s: %s", good[i].name, fault->words);
    }
}

static const struct {
    const char *name, *recipients, *message, *words[2], *status;
} bad[] = {
    { "an 8-bit byte in the body", "anna@beta.example", FROM TO "\r\nperch\xC3\xA9\r\n", { "8 bit" }, "5.6.0" },
    { "an 8-bit byte in the header", "anna@beta.example", FROM TO "Subject: perch\xE8\r\n" BODY, { "8 bit" }, "5.6.0" },
    { "a bare CR", "anna@beta.example", FROM TO "\r\na\rb\r\n", { "ritorni a capo" }, "5.6.0" },
    { "a line that is no field", "anna@beta.example", FROM "nessun campo\r\n" TO BODY, { "riga non valida", "nessun campo" }, "5.6.0" },
    { "a field without a name", "anna@beta.example", FROM ": x\r\n" TO BODY, { "riga non valida", ": x" }, "5.6.0" },
    { "no From", "anna@beta.example", TO BODY, { "mancanza", "From" }, "5.6.0" },
    { "an empty From", "anna@beta.example", "From:\r\n" TO BODY, { "non valido", "From" }, "5.6.0" },
    { "a From that is no address", "anna@beta.example", "From: mario\r\n" TO BODY, { "From", "mario" }, "5.6.0" },
    { "a From with an empty group", "anna@beta.example", "From: nessuno:;\r\n" TO BODY, { "From", "nessuno:;" }, "5.6.0" },
    { "a From with more behind its address", "anna@beta.example", "From: <mario@alfa.example> x\r\n" TO BODY, { "From", "x" }, "5.6.0" },
    { "two authors", "anna@beta.example", "From: mario@alfa.example, gina@alfa.example\r\n" TO BODY, { "From", "più di un" }, "5.6.0" },
    { "two From fields", "anna@beta.example", FROM FROM TO BODY, { "più campi", "From" }, "5.6.0" },
    { "two To fields", "anna@beta.example", FROM TO TO BODY, { "più campi", "To" }, "5.6.0" },
    { "two Cc fields", "anna@beta.example", FROM TO "Cc: x@y.example\r\ncc: x@y.example\r\n" BODY, { "più campi", "Cc" }, "5.6.0" },
    { "two Bcc fields", "anna@beta.example", FROM TO "Bcc:\r\nBcc:\r\n" BODY, { "più campi", "Bcc" }, "5.6.0" },
    { "two Subject fields", "anna@beta.example", FROM TO "Subject: a\r\nSubject: b\r\n" BODY, { "più campi", "Subject" }, "5.6.0" },
    { "two Message-ID fields", "anna@beta.example", FROM TO "Message-ID: <a@b>\r\nMESSAGE-ID: <a@b>\r\n" BODY, { "più campi", "Message-ID" }, "5.6.0" },
    { "two Reply-To fields", "anna@beta.example", FROM TO "Reply-To: a@b\r\nReply-To: a@b\r\n" BODY, { "più campi", "Reply-To" }, "5.6.0" },
    { "no To", "anna@beta.example", FROM "Cc: anna@beta.example\r\n" BODY, { "mancanza", "To" }, "5.6.0" },
    { "an empty To", "anna@beta.example", FROM "To:\r\nCc: anna@beta.example\r\n" BODY, { "mancanza di indirizzi", "To" }, "5.6.0" },
    { "a To with an empty group", "anna@beta.example", FROM "To: undisclosed-recipients:;\r\n" BODY, { "mancanza di indirizzi", "To" }, "5.6.0" },
    { "a To that is no list", "anna@beta.example", FROM "To: anna@beta.example, ugo\r\n" BODY, { "campo To", "ugo" }, "5.6.0" },
    { "a Cc that is no list", "anna@beta.example", FROM TO "Cc: <ugo@posta.example\r\n" BODY, { "campo Cc", "ugo@posta.example" }, "5.6.0" },
    { "another author than the sender", "anna@beta.example", "From: gina@alfa.example\r\n" TO BODY,
      { "mario@alfa.example", "gina@alfa.example" }, "5.7.1" },
    { "the sender's name at another domain", "anna@beta.example", "From: mario@sub.alfa.example\r\n" TO BODY,
      { "mario@alfa.example", "mario@sub.alfa.example" }, "5.7.1" },
    { "a recipient that is nowhere", "anna@beta.example ugo@posta.example", FROM TO BODY, { "destinatario ugo@posta.example" }, "5.6.0" },
    { "a recipient that is only in a display name", "ugo@posta.example", FROM "To: \"ugo@posta.example\" <anna@beta.example>\r\n" BODY,
      { "destinatario ugo@posta.example" }, "5.6.0" },
    { "a recipient that is only in a comment", "ugo@posta.example", FROM "To: anna@beta.example (ugo@posta.example)\r\n" BODY,
      { "destinatario ugo@posta.example" }, "5.6.0" },
    { "a recipient that is only in Bcc", "anna@beta.example ugo@posta.example", FROM TO "Bcc: ugo@posta.example\r\n" BODY,
      { "destinatario ugo@posta.example" }, "5.6.0" },
    { "Bcc with an address", "anna@beta.example", FROM TO "Bcc: anna@beta.example\r\n" BODY, { "Bcc" }, "5.6.0" },
    { "Bcc with anything", "anna@beta.example", FROM TO "Bcc: ()\r\n" BODY, { "Bcc" }, "5.6.0" },
};

static void test_rules_that_are_broken(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct formal_fault *fault = check(*state, bad[i].recipients, slice_of(bad[i].message), &limits);

        if (!fault)
            fail_msg("%s: passes", bad[i].name);
        for (size_t j = 0; j < 2 && bad[i].words[j]; j++)
            fixture_has(bad[i].name, slice_of(fault->words), bad[i].words[j]);
        fixture_same_text(bad[i].name, fault->status, bad[i].status);
        assert_true(utf8_valid(slice_of(fault->words)));
        assert_null(strpbrk(fault->words, "\r\n"));
    }
}

static void test_a_nul(void **state)
{
    static const char message[] = FROM TO "\r\na\0b\r\n";
    const struct formal_fault *fault = check(*state, "anna@beta.example", SLICE(message), &limits);

    assert_non_null(fault);
    fixture_has("NUL", slice_of(fault->words), "caratteri nulli");
}

/* RFC 5322 2.1.1: 998 octets without CRLF, and not one more. */
static void test_the_length_of_lines(void **state)
{
    struct slice line = fixture_repeat(*state, "z", 999);

    assert_null(check(*state, "anna@beta.example", fixture_format(*state, FROM TO "\r\n%.998s\r\n", line.data), &limits));
    fixture_has("999", slice_of(check(*state, "anna@beta.example", fixture_format(*state, FROM TO "\r\n%s\r\n", line.data), &limits)->words),
                "998");
}

/* 3.1.1: size by recipients is within the limit; at the limit it still is. */
static void test_the_boundary_of_the_size(void **state)
{
    struct slice one = slice_of(FROM TO BODY), two = slice_of(FROM "To: anna@beta.example, ugo@posta.example\r\n" BODY);
    struct access_limits l = limits;
    const struct formal_fault *fault;

    l.message_size = one.size;
    assert_null(check(*state, "anna@beta.example", one, &l));
    l.message_size = one.size - 1;
    fault = check(*state, "anna@beta.example", one, &l);
    assert_string_equal(fault->status, "5.3.4");
    fixture_has("size", slice_of(fault->words), fixture_format(*state, "%zu byte per 1 destinatari", one.size).data);
    fixture_has("limit", slice_of(fault->words), fixture_format(*state, "%zu byte)", one.size - 1).data);
    l.message_size = 2 * two.size;
    assert_null(check(*state, "anna@beta.example ugo@posta.example", two, &l));
    l.message_size = 2 * two.size - 1;
    assert_non_null(check(*state, "anna@beta.example ugo@posta.example", two, &l));
    l.message_size = UINT64_MAX;
    assert_null(check(*state, "anna@beta.example ugo@posta.example", two, &l));
    l.message_size = 0;
    assert_non_null(check(*state, "anna@beta.example", one, &l));
}

static void test_the_boundary_of_the_recipients(void **state)
{
    struct slice message = slice_of(FROM "To: anna@beta.example, ugo@posta.example\r\n" BODY);
    struct access_limits l = limits;
    const struct formal_fault *fault;

    l.recipients = 2;
    assert_null(check(*state, "anna@beta.example ugo@posta.example", message, &l));
    l.recipients = 1;
    fault = check(*state, "anna@beta.example ugo@posta.example", message, &l);
    assert_string_equal(fault->status, "5.5.3");
    fixture_has("recipients", slice_of(fault->words), "(2, il limite è 1)");
}

/* One reason is told, the first in the order of the law: each message breaks one rule less than the one before. */
static void test_the_order_is_that_of_the_law(void **state)
{
    static const struct {
        const char *message, *words;
    } steps[] = {
        { "x\r\nSubject: a\r\nSubject: b\r\nBcc: z@z\r\n\r\n\xE8\r\n", "8 bit" },
        { "x\r\nSubject: a\r\nSubject: b\r\nBcc: z@z\r\n" BODY, "riga non valida" },
        { "Subject: a\r\nSubject: b\r\nBcc: z@z\r\n" BODY, "più campi" },
        { "Bcc: z@z\r\n" BODY, "campo From" },
        { "From: gina@alfa.example\r\nBcc: z@z\r\n" BODY, "campo To" },
        { "From: gina@alfa.example\r\nTo: x@y.example\r\nCc: ??\r\nBcc: z@z\r\n" BODY, "campo Cc" },
        { "From: gina@alfa.example\r\nTo: x@y.example\r\nBcc: z@z\r\n" BODY, "mittente" },
        { FROM "To: x@y.example\r\nBcc: z@z\r\n" BODY, "destinatario anna@beta.example" },
        { FROM TO "Bcc: z@z\r\n" BODY, "Bcc" },
        { FROM TO BODY, "numero massimo" },
    };
    const struct access_limits none = { 0 }, many = { .recipients = 1 };

    for (size_t i = 0; i < COUNT(steps); i++)
        fixture_has("order", slice_of(check(*state, "anna@beta.example", slice_of(steps[i].message), &none)->words), steps[i].words);
    fixture_has("size last", slice_of(check(*state, "anna@beta.example", slice_of(FROM TO BODY), &many)->words), "dimensione massima");
}

/* What a user wrote is shown, in one line and within bounds, cut between characters. */
static void test_long_faults_are_cut(void **state)
{
    struct slice long_word = fixture_repeat(*state, "parola ", 100);
    const struct formal_fault *fault = check(*state, "anna@beta.example", fixture_format(*state, FROM "To: %s,\r\n\t<\r\n" BODY, long_word.data),
                                             &limits);

    assert_true(strlen(fault->words) < 200);
    fixture_has("cut", slice_of(fault->words), "...");
}

/* Without memory there is no verdict, least of all a good one. */
static void test_without_budget(void **state)
{
    const char *message = "From: gina@alfa.example\r\nTo: x@y.example, z@y.example\r\nSubject: a\r\n" BODY;
    struct submission s;

    assert_int_equal(access_read(fixture_arrival(*state, "mario@alfa.example", "anna@beta.example", slice_of(message)), *state, &s), 0);
    for (size_t budget = 1; budget < 120; budget++) {
        struct arena *small = arena_new(budget);
        const struct formal_fault *fault = NULL;
        int result = access_check(&s, &limits, small, &fault);

        assert_true(result == ERROR_BUDGET || (result == 0 && fault && strstr(fault->words, "gina@alfa.example")));
        arena_free(&small);
    }
}

/* Ten thousand recipients and a To field as long as may be. */
static void test_many_addresses_take_no_time(void **state)
{
    enum { MANY = 10000 };
    struct rope text = rope_new(*state);
    struct access_limits l = { .message_size = UINT64_MAX, .recipients = MANY };
    struct arrival *a = fixture_arrival(*state, "mario@alfa.example", "x@y", SLICE(""));
    const struct formal_fault *fault;
    struct submission s;
    double before;

    a->recipients = arena_array(*state, MANY, sizeof *a->recipients);
    rope_text(&text, FROM "To: x@y.example");
    for (a->recipient_count = 0; a->recipient_count < MANY; a->recipient_count++) {
        a->recipients[a->recipient_count] = arena_printf(*state, "utente.numero.%zu@beta.example", a->recipient_count);
        rope_printf(&text, ",\r\n %s", a->recipients[a->recipient_count]);
    }
    rope_text(&text, "\r\n" BODY);
    a->bytes = rope_flat(&text);
    before = fixture_seconds();
    assert_int_equal(access_read(a, *state, &s), 0);
    assert_int_equal(access_check(&s, &l, *state, &fault), 0);
    assert_null(fault);
    assert_true(fixture_seconds() - before < 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rules_that_hold, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_rules_that_are_broken, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_nul, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_length_of_lines, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_boundary_of_the_size, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_boundary_of_the_recipients, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_order_is_that_of_the_law, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_long_faults_are_cut, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_addresses_take_no_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec access check", tests, NULL, NULL);
}
