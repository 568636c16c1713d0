/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sample.h"

#include <string.h>

#define FIELDS \
    "Received: from studio.example by pec.alfa.example; Thu, 15 Jan 2026 11:29:59 +0100\r\nFrom: Mario Rossi <mario@alfa.example>\r\n" \
    "To: Anna <anna@beta.example>\r\nCc: ugo@posta.example\r\nSubject: =?utf-8?Q?Citt=C3=A0_di_Forl=C3=AC?=\r\n" \
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n"
#define BODY \
    "\r\n--b\r\n" \
    "Content-Type: text/plain\r\n\r\nIn allegato l'atto.\r\n--b\r\nContent-Type: application/pdf; name=\"atto.pdf\"\r\n" \
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--b--\r\n"
#define SUBMITTED FIELDS "Message-ID: <client-1@studio.example>\r\n" BODY
#define POSTACERT \
    FIELDS "Message-ID: <opec3.20260115113000.0123456789abcdef.0@pec.alfa.example>\r\n" \
    "X-Riferimento-Message-ID: <client-1@studio.example>\r\n" BODY
#define STRANGE "Received: from mx by pec.alfa.example; Thu, 15 Jan 2026 11:29:59 +0100\r\nFrom: x@altrove.example\r\nTo: mario@alfa.example\r\n" \
    "Subject: Ciao\r\nMessage-ID: <z@altrove.example>\r\n\r\nciao\r\n"

static const char *taken[] = { "anna@beta.example", "ugo@posta.example" };

#define US " - Alfa Certificata S.p.A. - "
#define INFECTED "Eicar-Test", "5.5.1" US "presenza di un virus nel messaggio (Eicar-Test)"
#define UNKNOWN "5.1.1" US "indirizzo non valido"
#define SENDER "mario@alfa.example"
#define RECIPIENT "anna@beta.example"
#define PEER "ricevute@pec.beta.example"

/* Where it goes, whom it concerns (4.4: `consegna`), what is wrong. */
static const struct {
    const char *to, *recipient, *reason, *detail;
    enum certified_error error;
} facts[KIND_COUNT] = {
    [KIND_ACCEPTANCE] = { .to = SENDER },
    [KIND_NON_ACCEPTANCE] = { SENDER, NULL, "mancanza del campo To", "5.6.0" US "mancanza del campo To", CERTIFIED_OTHER },
    [KIND_NON_ACCEPTANCE_VIRUS] = { SENDER, NULL, INFECTED, CERTIFIED_VIRUS },
    [KIND_FIRST_NOTICE] = { SENDER, RECIPIENT, NULL, "4.4.1" US "nessuna risposta", CERTIFIED_OTHER },
    [KIND_SECOND_NOTICE] = { SENDER, RECIPIENT, NULL, "5.4.1" US "nessuna risposta", CERTIFIED_OTHER },
    [KIND_TAKE_CHARGE] = { .to = PEER },
    [KIND_ANOMALY_ENVELOPE] = { .reason = "la firma del gestore non è presente" },
    [KIND_VIRUS_DETECTION] = { PEER, RECIPIENT, INFECTED, CERTIFIED_VIRUS },
    [KIND_NON_DELIVERY_VIRUS] = { SENDER, RECIPIENT, INFECTED, CERTIFIED_VIRUS },
    [KIND_DELIVERY_COMPLETE] = { .to = SENDER, .recipient = RECIPIENT },
    [KIND_DELIVERY_BRIEF] = { .to = SENDER, .recipient = RECIPIENT },
    [KIND_DELIVERY_CONCISE] = { .to = SENDER, .recipient = RECIPIENT },
    [KIND_NON_DELIVERY] = { SENDER, RECIPIENT, UNKNOWN, UNKNOWN, CERTIFIED_NO_RECIPIENT },
};

struct pec_message sample_message(enum message_kind kind)
{
    struct pec_message m = { .kind = kind, .time = FIXTURE_WINTER, .id = "opec3.20260115113000.0123456789abcdef.7@pec.alfa.example",
                             .to = facts[kind].to, .recipient = facts[kind].recipient, .reason = facts[kind].reason,
                             .detail = facts[kind].detail, .error = facts[kind].error };

    if (kind == KIND_TRANSPORT_ENVELOPE)
        m.id = "opec3.20260115113000.0123456789abcdef.0@pec.alfa.example";
    if (kind == KIND_TAKE_CHARGE) {
        m.taken = taken;
        m.taken_count = 2;
    }
    return m;
}

struct transaction sample_about(enum message_kind kind, struct arena *arena)
{
    struct transaction t = fixture_transaction(arena);

    if (kind != KIND_ANOMALY_ENVELOPE)
        return t;
    t.pec_id = t.msgid = NULL;
    t.sender = t.reply_to = "x@altrove.example";
    t.subject = "Ciao";
    t.recipients[0].address = "mario@alfa.example";
    t.recipient_count = 1;
    return t;
}

struct slice sample_original(enum message_kind kind)
{
    return kind == KIND_TRANSPORT_ENVELOPE ? SLICE(SUBMITTED) : kind == KIND_ANOMALY_ENVELOPE ? SLICE(STRANGE) : SLICE(POSTACERT);
}

struct slice sample_make(enum message_kind kind, struct arena *arena)
{
    const struct transaction about = sample_about(kind, arena);
    const struct pec_message m = sample_message(kind);
    const struct original o = fixture_original(arena, sample_original(kind));

    return fixture_seal(arena, &fixture_provider, &about, &m, kind_rows[kind].attachment == ATTACH_NOTHING ? NULL : &o);
}

struct dissected dissect(const char *name, struct arena *arena, struct slice made)
{
    struct dissected t = { 0 };
    const struct part *alternative;

    assert_int_equal(part_read(made, &part_limits_default, arena, &t.top), 0);
    fixture_same_text(name, t.top.type, "multipart/signed");
    assert_int_equal(t.top.child_count, 2);
    t.content = &t.top.children[0];
    fixture_same_text(name, t.content->type, "multipart/mixed");
    alternative = &t.content->children[0];
    fixture_same_text(name, alternative->type, "multipart/alternative");
    assert_int_equal(alternative->child_count, 2);
    t.text = &alternative->children[0];
    t.html = &alternative->children[1];
    for (size_t i = 1; i < t.content->child_count; i++) {
        if (strcmp(t.content->children[i].type, "application/xml") == 0)
            t.data = &t.content->children[i];
        else
            t.original = &t.content->children[i];
    }
    return t;
}

struct slice dissect_body(const struct part *p, struct arena *arena)
{
    struct slice out;

    assert_int_equal(part_decode(p, arena, &out), 0);
    return out;
}
