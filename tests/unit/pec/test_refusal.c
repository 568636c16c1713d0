/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `errore` and errore-esteso of non-deliveries (RFC 6109 4.4; codes of RFC 3463 as the providers write them).
 */
#include "fixture.h"

#include <string.h>

#include "pec/refusal.h"

#define US " - Alfa Certificata S.p.A. - "

static const struct {
    const char *name, *enhanced;
    int code;
    const char *text;
    enum certified_error error;
    const char *detail;
} cases[] = {
    { "unknown mailbox", "5.1.1", 550, "no such user", CERTIFIED_NO_RECIPIENT, "5.1.1" US "indirizzo non valido" },
    { "bad address", "5.1.0", 550, "x", CERTIFIED_NO_RECIPIENT, "5.1.0" US "indirizzo non valido" },
    { "bad syntax of the address", "5.1.3", 553, "x", CERTIFIED_NO_RECIPIENT, "5.1.3" US "indirizzo non valido" },
    { "moved", "5.1.6", 551, "x", CERTIFIED_NO_RECIPIENT, "5.1.6" US "casella trasferita altrove" },
    { "another of 5.1", "5.1.7", 550, "bad sender", CERTIFIED_NO_RECIPIENT, "5.1.7" US "bad sender" },
    { "null MX (RFC 7505) is one of 5.1", "5.1.10", 556, "x", CERTIFIED_NO_RECIPIENT, "5.1.10" US "il dominio non riceve posta" },
    { "unknown domain", "5.1.2", 550, "x", CERTIFIED_NO_DOMAIN, "5.1.2" US "dominio inesistente" },
    { "unroutable", "5.4.4", 550, "x", CERTIFIED_NO_DOMAIN, "5.4.4" US "dominio inesistente o non raggiungibile" },
    { "disabled", "5.2.1", 550, "x", CERTIFIED_NO_RECIPIENT, "5.2.1" US "casella disabilitata" },
    { "full", "5.2.2", 552, "x", CERTIFIED_OTHER, "5.2.2" US "casella piena" },
    { "too large", "5.3.4", 552, "x", CERTIFIED_OTHER, "5.3.4" US "il messaggio supera la dimensione accettata dal sistema" },
    { "expired", "5.4.7", 554, "x", CERTIFIED_OTHER, "5.4.7" US "il messaggio non è stato consegnato entro il tempo massimo previsto" },
    { "policy, in the words that came", "5.7.1", 554, "Refused  by\r\npolicy", CERTIFIED_OTHER, "5.7.1" US "Refused by policy" },
    { "a mail system that stopped trying", "4.4.7", 0, "x", CERTIFIED_OTHER,
      "5.4.7" US "il messaggio non è stato consegnato entro il tempo massimo previsto" },
    { "a host that never answered", "4.4.1", 0, "Connection timed out", CERTIFIED_OTHER, "5.4.1" US "nessuna risposta dal sistema di destinazione" },
    { "a domain that was never found", "4.4.4", 0, "x", CERTIFIED_NO_DOMAIN, "5.4.4" US "dominio inesistente o non raggiungibile" },
    { "a mailbox that stayed full", "4.2.2", 452, "x", CERTIFIED_OTHER, "5.2.2" US "casella piena" },
    { "another of 4.1", "4.1.8", 450, "x", CERTIFIED_NO_RECIPIENT, "5.1.8" US "x" },
    { "550 alone", NULL, 550, "unknown user", CERTIFIED_NO_RECIPIENT, "5.1.1" US "unknown user" },
    { "554 alone", NULL, 554, "no", CERTIFIED_OTHER, "5.0.0" US "no" },
    { "no words", NULL, 554, NULL, CERTIFIED_OTHER, "5.0.0" US "consegna rifiutata" },
    { "words of blanks", "5.7.1", 554, " \r\n ", CERTIFIED_OTHER, "5.7.1" US "consegna rifiutata" },
    { "an empty code", "", 550, "x", CERTIFIED_NO_RECIPIENT, "5.1.1" US "x" },
    { "a longer number that only begins alike", "5.2.22", 550, "x", CERTIFIED_OTHER, "5.2.22" US "x" },
};

static void test_error_and_detail(void **state)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (refusal_error(cases[i].enhanced, cases[i].code) != cases[i].error)
            fail_msg("%s: %s", cases[i].name, certified_error_words[refusal_error(cases[i].enhanced, cases[i].code)]);
        fixture_same_text(cases[i].name, refusal_detail(&fixture_provider, cases[i].enhanced, cases[i].code, cases[i].text, *state),
                          cases[i].detail);
    }
}

static void test_long_words_are_cut_between_characters(void **state)
{
    struct slice words = fixture_repeat(*state, "\xC3\xA8", 5000);
    const char *detail = refusal_detail(&fixture_provider, "5.7.1", 554, words.data, *state);

    assert_true(strlen(detail) < 500);
    fixture_has("cut", slice_of(detail), "\xC3\xA8...");
}

static void test_a_virus(void **state)
{
    fixture_same_text("named", refusal_virus(&fixture_provider, "Eicar-Test", *state), "5.5.1" US "presenza di un virus nel messaggio (Eicar-Test)");
    fixture_same_text("unnamed", refusal_virus(&fixture_provider, NULL, *state), "5.5.1" US "presenza di un virus nel messaggio");
}

/* Live providers write "X.Y.Z - provider - description"; whoever found the virus stays named, and what has no status gets ours. */
static void test_a_virus_that_another_provider_tells(void **state)
{
    static const char whole[] = "5.5.1 - Beta PEC S.r.l. - presenza di un virus (Eicar)";

    fixture_same_text("whole", refusal_virus_told(&fixture_provider, whole, *state), whole);
    for (const char **word = (const char *[]){ "Eicar-Test", "5.5 Eicar", "5.5.1Eicar", "5..1 Eicar", "5.5.1", NULL }; *word; word++)
        fixture_same_text(*word, refusal_virus_told(&fixture_provider, *word, *state), refusal_virus(&fixture_provider, *word, *state));
    fixture_same_text("empty", refusal_virus_told(&fixture_provider, "", *state), refusal_virus(&fixture_provider, NULL, *state));
    fixture_same_text("none", refusal_virus_told(&fixture_provider, NULL, *state), refusal_virus(&fixture_provider, NULL, *state));
}

static void test_without_budget(void **state)
{
    struct arena *none = arena_new(1);

    (void)state;
    assert_null(refusal_detail(&fixture_provider, "5.1.1", 550, "x", none));
    assert_null(refusal_detail(&fixture_provider, "5.7.1", 550, "x", none));
    assert_null(refusal_words(&fixture_provider, "5.7.1", "x", none));
    assert_null(refusal_virus(&fixture_provider, "x", none));
    assert_null(refusal_virus_told(&fixture_provider, "x", none));
    arena_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_error_and_detail, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_long_words_are_cut_between_characters, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_virus, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_virus_that_another_provider_tells, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec refusal", tests, NULL, NULL);
}
