/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "foreign.h"

#include <string.h>

const struct signer_facts foreign_signer = { .state = SIGNER_GOOD, .has_from = true, .is_listed = true, .name = "Beta PEC S.r.l.",
                                             .mail_receipt = "ricevute@pec.beta.example" };

static const char *piece(const char *spoilt, const char *good)
{
    return spoilt ? spoilt : good;
}

struct slice foreign_message(struct arena *arena, const struct foreign *f)
{
    return fixture_format(
        arena,
        "Received: from mx.beta.example by mx.alfa.example; Thu, 15 Jan 2026 11:29:30 +0100\r\n%sDate: Thu, 15 Jan 2026 11:29:00 +0100\r\n"
        "Subject: POSTA CERTIFICATA: Convocazione\r\n%s%s" FOREIGN_TO "%sMIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n--s\r\n"
        "Content-Type: %s\r\n\r\n--m\r\nContent-Type: text/plain; charset=\"iso-8859-1\"\r\n\r\nMessaggio di posta certificata\r\n%s--m--\r\n%s--s--\r\n",
        piece(f->mark, "X-Trasporto: posta-certificata\r\n"), piece(f->from, FOREIGN_FROM), piece(f->id, "Message-ID: <" FOREIGN_ID ">\r\n"),
        piece(f->more, ""), piece(f->top, "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s"),
        piece(f->content, "multipart/mixed; boundary=m"), piece(f->parts, FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL),
        piece(f->signature, "\r\n--s\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                            "c2lnbmF0dXJl\r\n"));
}

struct slice foreign_receipt(struct arena *arena, const char *type, const char *extra)
{
    struct slice parts = fixture_format(
        arena,
        FOREIGN_XML("<postacert tipo=\"%s\" errore=\"nessuno\"><intestazione><mittente>mario@alfa.example</mittente>"
                    "<destinatari>anna@beta.example</destinatari><destinatari>bruno@beta.example</destinatari>"
                    "<risposte>studio@alfa.example</risposte></intestazione><dati><gestore-emittente>Beta PEC S.r.l.</gestore-emittente>"
                    "<data zona=\"+0100\"><giorno>15/01/2026</giorno><ora>11:31:00</ora></data><identificativo>" FOREIGN_ABOUT
                    "</identificativo>%s</dati></postacert>\r\n"), type, extra);
    struct slice mark = fixture_format(arena, "X-Ricevuta: %s\r\n", type);
    const struct foreign f = { .mark = mark.data, .from = "From: posta-certificata@pec.beta.example\r\n",
                               .id = "Message-ID: <ricevuta-1@pec.beta.example>\r\n", .parts = parts.data };

    return foreign_message(arena, &f);
}

struct incoming foreign_read(struct arena *arena, const char *recipients, struct slice message)
{
    struct incoming in;

    assert_int_equal(incoming_read(fixture_arrival(arena, "luigi@beta.example", recipients, message), arena, &in), 0);
    return in;
}

static bool ends(const char *address, const char *domain)
{
    size_t size = strlen(address), end = strlen(domain);

    return size > end && strcasecmp(address + size - end, domain) == 0;
}

static bool is_home(const void *arg, const char *address)
{
    (void)arg;
    return ends(address, "@alfa.example") || ends(address, "@pec.alfa.example");
}

static bool signer_manages(const void *arg, const char *address)
{
    (void)arg;
    return ends(address, "@beta.example");
}

struct incoming_facts foreign_facts(void)
{
    return (struct incoming_facts){ .signer = &foreign_signer, .now = FIXTURE_WINTER, .seed = FIXTURE_SEED, .is_home = is_home,
                                    .signer_manages = signer_manages };
}

struct plan foreign_decide(struct arena *arena, const char *recipients, struct slice message, const struct incoming_facts *facts)
{
    struct incoming in = foreign_read(arena, recipients, message);
    struct judgement j;
    struct plan plan;

    assert_int_equal(incoming_judge(&in, facts->signer, arena, &j), 0);
    assert_int_equal(incoming_decide(&fixture_provider, &in, &j, facts, arena, &plan), 0);
    return plan;
}
