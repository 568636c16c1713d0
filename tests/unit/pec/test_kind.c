/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The 14 kinds of message against the tables of RFC 6109 3 and of the Italian originals.
 */
#include "fixture.h"

#include <string.h>

#include "pec/kind.h"

static const struct expected_kind {
    const char *name;
    enum message_kind kind;
    const char *header, *value, *prefix, *type, *error, *title;
    enum kind_attachment attachment;
    bool is_envelope, is_security, names_sender, states_form;
} kinds[] = {
    { "3.1.4: acceptance", KIND_ACCEPTANCE, "X-Ricevuta", "accettazione", "ACCETTAZIONE: ", "accettazione", "nessuno",
      "Ricevuta di accettazione\n", ATTACH_NOTHING, false, false, false, false },
    { "3.1.2: non-acceptance", KIND_NON_ACCEPTANCE, "X-Ricevuta", "non-accettazione", "AVVISO DI NON ACCETTAZIONE: ",
      "non-accettazione", "altro", "Errore nell'accettazione del messaggio\n", ATTACH_NOTHING, false, false, false, false },
    { "3.1.3: non-acceptance for a virus", KIND_NON_ACCEPTANCE_VIRUS, "X-Ricevuta", "non-accettazione",
      "AVVISO DI NON ACCETTAZIONE PER VIRUS: ", "non-accettazione", "virus",
      "Errore nell'accettazione del messaggio per presenza di virus\n", ATTACH_NOTHING, false, true, false, false },
    { "3.1.5: transport envelope", KIND_TRANSPORT_ENVELOPE, "X-Trasporto", "posta-certificata", "POSTA CERTIFICATA: ",
      "posta-certificata", "nessuno", "Messaggio di posta certificata\n", ATTACH_ORIGINAL, true, false, false, true },
    { "3.1.6: first notice", KIND_FIRST_NOTICE, "X-Ricevuta", "preavviso-errore-consegna",
      "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ", "preavviso-errore-consegna", "altro", "Avviso di mancata consegna\n",
      ATTACH_NOTHING, false, false, false, false },
    { "3.1.6: second notice", KIND_SECOND_NOTICE, "X-Ricevuta", "preavviso-errore-consegna",
      "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ", "preavviso-errore-consegna", "altro", "Avviso di mancata consegna\n",
      ATTACH_NOTHING, false, false, false, false },
    { "3.2.1: take-charge", KIND_TAKE_CHARGE, "X-Ricevuta", "presa-in-carico", "PRESA IN CARICO: ", "presa-in-carico", "nessuno",
      "Ricevuta di presa in carico\n", ATTACH_NOTHING, false, false, false, false },
    { "3.2.2: anomaly envelope", KIND_ANOMALY_ENVELOPE, "X-Trasporto", "errore", "ANOMALIA MESSAGGIO: ", NULL, "nessuno",
      "Anomalia nel messaggio\n", ATTACH_AS_CAME, true, false, false, false },
    { "3.2.3: virus detection", KIND_VIRUS_DETECTION, "X-Ricevuta", "rilevazione-virus", "PROBLEMA DI SICUREZZA: ",
      "rilevazione-virus", "virus", "Avviso di rilevazione virus informatico\n", ATTACH_NOTHING, false, false, true, false },
    { "3.2.4: non-delivery for a virus", KIND_NON_DELIVERY_VIRUS, "X-Ricevuta", "errore-consegna",
      "AVVISO DI MANCATA CONSEGNA PER VIRUS: ", "errore-consegna", "virus", "Avviso di mancata consegna per virus\n", ATTACH_NOTHING,
      false, true, false, false },
    { "3.3.2.1: complete delivery", KIND_DELIVERY_COMPLETE, "X-Ricevuta", "avvenuta-consegna", "CONSEGNA: ", "avvenuta-consegna",
      "nessuno", "Ricevuta di avvenuta consegna\n", ATTACH_ORIGINAL, false, false, false, true },
    { "3.3.2.2: brief delivery", KIND_DELIVERY_BRIEF, "X-Ricevuta", "avvenuta-consegna", "CONSEGNA: ", "avvenuta-consegna", "nessuno",
      "Ricevuta breve di avvenuta consegna\n", ATTACH_BRIEF, false, false, false, true },
    { "3.3.2.3: concise delivery", KIND_DELIVERY_CONCISE, "X-Ricevuta", "avvenuta-consegna", "CONSEGNA: ", "avvenuta-consegna",
      "nessuno", "Ricevuta sintetica di avvenuta consegna\n", ATTACH_NOTHING, false, false, false, true },
    { "3.3.3: non-delivery", KIND_NON_DELIVERY, "X-Ricevuta", "errore-consegna", "AVVISO DI MANCATA CONSEGNA: ", "errore-consegna",
      "altro", "Avviso di mancata consegna\n", ATTACH_NOTHING, false, false, false, false },
};

static void test_every_kind_is_as_the_law_has_it(void **state)
{
    (void)state;
    assert_int_equal(COUNT(kinds), KIND_COUNT);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct expected_kind *k = &kinds[i];
        const struct kind_row *row = &kind_rows[k->kind];

        fixture_same_text(k->name, row->header, k->header);
        fixture_same_text(k->name, row->header_value, k->value);
        fixture_same_text(k->name, row->subject_prefix, k->prefix);
        fixture_same_text(k->name, row->type == TYPE_NONE ? NULL : certified_type_words[row->type], k->type);
        fixture_same_text(k->name, certified_error_words[row->error], k->error);
        if (row->attachment != k->attachment || row->is_envelope != k->is_envelope || row->is_security != k->is_security ||
            row->names_sender != k->names_sender || row->states_form != k->states_form)
            fail_msg("%s: another row", k->name);
        assert_true(slice_starts_nocase(slice_of(row->text), k->title));
    }
}

#define ON_DAY "Il giorno {day} alle ore {hour} ({zone}) "
#define THE_MESSAGE ON_DAY "il messaggio \"{subject}\" proveniente da \"{sender}\" "
#define IN_THE_MESSAGE ON_DAY "nel messaggio \"{subject}\" proveniente da \"{sender}\" "
#define FOR_ONE "e destinato all'utente \"{recipient}\" "
#define ID_LINE " Identificativo messaggio: {id} "

/* The models of section 3 in the words of the Italian originals, from the first to the last. Where lines break is ours. */
static const struct {
    enum message_kind kind;
    const char *text;
} texts[] = {
    { KIND_NON_ACCEPTANCE, /* 3.1.2 */
      "Errore nell'accettazione del messaggio " IN_THE_MESSAGE "ed indirizzato a: {recipients} è stato rilevato un problema che ne "
      "impedisce l'accettazione a causa di {reason}. Il messaggio non è stato accettato." ID_LINE },
    { KIND_NON_ACCEPTANCE_VIRUS, /* 3.1.3 */
      "Errore nell'accettazione del messaggio per presenza di virus " IN_THE_MESSAGE "ed indirizzato a: {recipients} è stato rilevato un "
      "problema di sicurezza {reason}. Il messaggio non è stato accettato." ID_LINE },
    { KIND_ACCEPTANCE, /* 3.1.4 */
      "Ricevuta di accettazione " THE_MESSAGE "ed indirizzato a: {typed_recipients} è stato accettato dal sistema ed inoltrato." ID_LINE },
    { KIND_TRANSPORT_ENVELOPE, /* 3.1.5 */
      "Messaggio di posta certificata " ON_DAY "il messaggio \"{subject}\" è stato inviato da \"{sender}\" indirizzato a: {recipients} Il "
      "messaggio originale è incluso in allegato." ID_LINE },
    { KIND_FIRST_NOTICE, /* 3.1.6 */
      "Avviso di mancata consegna " THE_MESSAGE FOR_ONE "non è stato consegnato nelle prime dodici ore dal suo invio. Non escludendo che "
      "questo possa avvenire in seguito, si ritiene utile considerare che l'invio potrebbe non andare a buon fine. Il sistema provvederà "
      "comunque ad inviare un ulteriore avviso di mancata consegna se nelle prossime dodici ore non vi sarà la conferma della ricezione da "
      "parte del destinatario." ID_LINE },
    { KIND_SECOND_NOTICE, /* 3.1.6 */
      "Avviso di mancata consegna " THE_MESSAGE FOR_ONE "non è stato consegnato nelle ventiquattro ore successive al suo invio. Si ritiene "
      "che la spedizione debba considerarsi non andata a buon fine." ID_LINE },
    { KIND_TAKE_CHARGE, /* 3.2.1 */
      "Ricevuta di presa in carico " THE_MESSAGE "ed indirizzato a: {recipients} è stato accettato dal sistema." ID_LINE },
    { KIND_ANOMALY_ENVELOPE, /* 3.2.2: it certifies nothing and names no PEC id */
      "Anomalia nel messaggio " ON_DAY "è stato ricevuto il messaggio \"{subject}\" proveniente da \"{sender}\" ed indirizzato a: "
      "{recipients} Tali dati non sono stati certificati per il seguente errore: {reason} Il messaggio originale è incluso in allegato. " },
    { KIND_VIRUS_DETECTION, /* 3.2.3 */
      "Avviso di rilevazione virus informatico " IN_THE_MESSAGE FOR_ONE "è stato rilevato un problema di sicurezza {reason}." ID_LINE },
    { KIND_NON_DELIVERY_VIRUS, /* 3.2.4 */
      "Avviso di mancata consegna per virus " ON_DAY "nel messaggio \"{subject}\" destinato all'utente \"{recipient}\" è stato rilevato un "
      "problema di sicurezza {reason}. Il messaggio non è stato consegnato." ID_LINE },
#define DELIVERED THE_MESSAGE "ed indirizzato a \"{recipient}\" è stato consegnato nella casella di destinazione." ID_LINE
    { KIND_DELIVERY_COMPLETE, "Ricevuta di avvenuta consegna " DELIVERED }, /* 3.3.2.1 */
    { KIND_DELIVERY_BRIEF, "Ricevuta breve di avvenuta consegna " DELIVERED }, /* 3.3.2.2 */
    { KIND_DELIVERY_CONCISE, "Ricevuta sintetica di avvenuta consegna " DELIVERED }, /* 3.3.2.3 */
    { KIND_NON_DELIVERY, /* 3.3.3 */
      "Avviso di mancata consegna " IN_THE_MESSAGE FOR_ONE "è stato rilevato un errore {reason}. Il messaggio è stato rifiutato dal "
      "sistema." ID_LINE },
};

static void test_texts_are_the_prescribed_ones(void **state)
{
    assert_int_equal(COUNT(texts), KIND_COUNT);
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct kind_row *row = &kind_rows[texts[i].kind];
        char *flat = arena_text(*state, slice_of(row->text));

        for (char *c = flat; *c; c++)
            *c = *c == '\n' ? ' ' : *c;
        fixture_same_text(row->name, flat, texts[i].text);
    }
}

static void test_names_are_those_of_the_rows_and_differ(void **state)
{
    (void)state;
    for (int i = 0; i < KIND_COUNT; i++) {
        assert_string_equal(kind_names[i], kind_rows[i].name);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(kind_names[i], kind_names[j]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_as_the_law_has_it),
        cmocka_unit_test_setup_teardown(test_texts_are_the_prescribed_ones, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_names_are_those_of_the_rows_and_differ),
    };

    return cmocka_run_group_tests_name("pec kind", tests, NULL, NULL);
}
