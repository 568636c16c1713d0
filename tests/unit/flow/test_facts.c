/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The facts that the law is told before it decides: who is in the index (RFC 6109 2.2.1), whose signature it is and whether it holds, in
 * the order of 2.2.2, and whether there is a virus (2.2.2, 3.1.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/compile.h"
#include "letters.h"
#include "pki.h"

enum { HOUR = 3600, NOW = WORLD_START + HOUR };

/* 2.2.1: "a case-insensitive search of the recipients' domains", stated for each address in text and data (3.1.4). */
static void each_recipient_is_certified_or_external(void **state)
{
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example, carlo@posta.example, Luca@ALFA.Example, x@sub.beta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", "carlo@posta.example",
                                        "Luca@ALFA.Example", "x@sub.beta.example", NULL);
    static const bool certified[] = { true, false, true, false };
    struct slice receipt;
    struct certification c;

    (void)state;
    world_pass(ALFA, &mail);
    receipt = letters_receipt("accettazione");
    c = letters_data(receipt);
    assert_int_equal(c.about.recipient_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const char *kind = certified[i] ? "certificata" : "ordinaria";
        const char *line = arena_printf(world.arena, "%s (\"posta %s\")\r\n", mail.recipients[i], kind);

        assert_int_equal(c.about.recipients[i].certified, certified[i]);
        assert_non_null(memmem(receipt.data, receipt.size, line, strlen(line)));
    }
}

/* --- the signature ---------------------------------------------------------------------------------------------------------- */

/* The message with `new` in place of the first `old`. */
static struct slice changed(struct slice message, const char *old, const char *new)
{
    struct rope r = rope_new(world.arena);
    size_t at = slice_find(message, slice_of(old));

    assert_true(at < message.size);
    rope_add(&r, (struct slice){ message.data, at });
    rope_text(&r, new);
    rope_add(&r, slice_skip(message, at + strlen(old)));
    return rope_flat(&r);
}

/* Beta's index without alfa. */
static void forget_alfa(void)
{
    struct slice ldif = pki_read("index.ldif"), beta = slice_skip(ldif, slice_find(ldif, SLICE("dn: providerName=Beta")));
    const char *snapshot = arena_text(world.arena, slice_of(pki_path("state/beta/run/index.snapshot")));
    struct index_totals totals;

    assert_int_equal(index_compile(beta, "t", NOW, snapshot, &totals, NULL), 0);
    assert_int_equal(totals.providers, 1);
    free((void *)(uintptr_t)ldif.data);
}

/* The authority's list with alfa's certificate in it, until the end of the test. */
static void revoke_alfa(void)
{
    assert_int_equal(pki_shell("export OPENSSL_CONF=openssl.cnf; cp books books.kept && openssl ca -revoke alfa.crt"
                               " && openssl ca -gencrl -crl_lastupdate 20261101000000Z -crl_nextupdate 20270101000000Z -out list.crl"
                               " && mkdir crl && mv list.crl crl/$(openssl crl -in list.crl -noout -hash).r0 && mv books.kept books"), 0);
}

static void restore(void)
{
    pki_shell("rm -rf crl");
}

static const struct signature_case {
    const char *name;
    const char *old, *new; /* what is changed in the envelope; NULL: nothing */
    void (*prepare)(void); /* the world */
    int64_t now;           /* 0: NOW */
    const char *words;     /* of the anomaly envelope; NULL: it is an envelope */
} signatures[] = {
    { "as it should be", NULL, NULL, NULL, 0, NULL },
    { "existence: no part of it is a signature", "Type: application/pkcs7-signature", "Type: application/octet-stream", NULL, 0,
      "non \xE8 presente" },
    { "existence: something that cannot be read", "\r\n\r\nMII", "\r\n\r\nAAA", NULL, 0, "non \xE8 leggibile" },
    { "origin: the certificate is not in the index", NULL, NULL, forget_alfa, 0, "non appartiene ad un gestore" },
    { "origin goes before validity", "Buongiorno", "Buonasera", forget_alfa, 0, "non appartiene ad un gestore" },
    { "validity: the content was changed", "Buongiorno", "Buonasera", NULL, 0, "il contenuto \xE8 stato modificato" },
    { "validity: the certificate was revoked", NULL, NULL, revoke_alfa, 0, "\xE8 stato revocato" },
    { "validity: the certificate has ended", NULL, NULL, NULL, INT64_C(4102444801), "fuori dal periodo di validit\xE0" },
    { "another author than the certificate's (2.1)", "<posta-certificata@alfa", "<mario@alfa", NULL, 0,
      "non corrisponde a quello del certificato" },
};

static void check_signature(const struct signature_case *c)
{
    struct mail mail = letters_envelope("anna@beta.example", NULL);
    struct journey_end end;
    struct slice text;

    if (c->old)
        mail.bytes = changed(mail.bytes, c->old, c->new);
    if (c->prepare)
        c->prepare();
    end = letters_run(BETA, &mail, c->now ? c->now : NOW);
    restore();
    letters_expect_reply(&end, "250 ");
    if (!c->words) {
        assert_true(slice_equal(world_delivered("anna@beta.example", "X-Trasporto", "posta-certificata"), mail.bytes));
        return;
    }
    text = letters_text(world_delivered("anna@beta.example", "X-Trasporto", "errore"));
    if (!memmem(text.data, text.size, c->words, strlen(c->words)))
        fail_msg("%s: %.*s", c->name, SLICE_ARGS(text));
}

static void each_fault_of_a_signature_is_found_in_the_order_of_2_2_2(void **state)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        print_message("  %s\n", signatures[i].name);
        assert_int_equal(world_begin_test(state), 0);
        check_signature(&signatures[i]);
    }
}

/* --- viruses ---------------------------------------------------------------------------------------------------------------- */

/* 2.2.2: "the PEC provider SHALL perform virus checks" of ordinary mail. It is kept (2.2.4), and nobody gets it. */
static void ordinary_mail_is_scanned(void **state)
{
    struct mail mail = letters_ordinary("4Zx");
    struct slice kept;

    (void)state;
    mail.bytes = changed(mail.bytes, "Buongiorno", "INFECTED");
    world_pass(BETA, &mail);
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(world_quarantine(BETA, &kept), 1);
    assert_true(slice_equal(kept, mail.bytes));
}

/* 2.2.2: what a provider let pass is found all the same, in a correct envelope (3.2.3) as in an anomaly. */
static void check_infected(const char *id, size_t notifications)
{
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example", "X-Load: INFECTED\n");
    struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", NULL);
    struct slice kept;

    atomic_store(&world.sinks.board->is_blind, true);
    mail = letters_envelope_of(&mail);
    atomic_store(&world.sinks.board->is_blind, false);
    mail.bytes = changed(mail.bytes, "Message-ID: <opec3", id);
    world_pass(BETA, &mail);
    assert_int_equal(world_quarantine(BETA, &kept), 1);
    assert_int_equal(letters_arrived(), notifications);
}

static void a_correct_envelope_is_scanned(void **state)
{
    (void)state;
    check_infected("Message-ID: <opec3", 2); /* the take-charge, the notice of the virus */
}

static void an_anomaly_is_scanned(void **state)
{
    (void)state;
    check_infected("Message-ID: <other", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_recipient_is_certified_or_external, world_begin_test),
        cmocka_unit_test(each_fault_of_a_signature_is_found_in_the_order_of_2_2_2),
        cmocka_unit_test_setup(ordinary_mail_is_scanned, world_begin_test),
        cmocka_unit_test_setup(a_correct_envelope_is_scanned, world_begin_test),
        cmocka_unit_test_setup(an_anomaly_is_scanned, world_begin_test),
    };

    return cmocka_run_group_tests(tests, world_begin, world_end);
}
