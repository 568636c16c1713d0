/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages of another provider, written out: each piece can be replaced by a spoilt one.
 */
#ifndef OPEC_TEST_PEC_FOREIGN_H
#define OPEC_TEST_PEC_FOREIGN_H

#include "fixture.h"
#include "pec/incoming.h"

/* What a foreign message is made of; NULL stands for the good piece. */
struct foreign {
    const char *mark;     /* "X-Trasporto: ..." or "X-Ricevuta: ...", with CRLF */
    const char *from;     /* the whole From field */
    const char *id;       /* the whole Message-ID field */
    const char *more;     /* other fields */
    const char *top;      /* Content-Type of the whole */
    const char *content;  /* Content-Type of the signed part */
    const char *parts;    /* its parts behind the text, each from its delimiter on */
    const char *signature;/* the part with the signature, from its delimiter on */
};

#define FOREIGN_ID "opec288.20260115112900.1@pec.beta.example"
#define FOREIGN_FROM "From: \"Per conto di: luigi@beta.example\" <posta-certificata@pec.beta.example>\r\n"

#define FOREIGN_DATI(type, extra) \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<postacert tipo=\"" type "\" errore=\"nessuno\"><intestazione>" \
    "<mittente>luigi@beta.example</mittente><destinatari tipo=\"certificato\">mario@alfa.example</destinatari>" \
    "<destinatari tipo=\"certificato\">Gina@ALFA.example</destinatari><risposte>studio@beta.example</risposte>" \
    "<oggetto>Convocazione</oggetto></intestazione><dati><gestore-emittente>Beta PEC S.r.l.</gestore-emittente>" \
    "<data zona=\"+0100\"><giorno>15/01/2026</giorno><ora>11:29:00</ora></data><identificativo>" FOREIGN_ID "</identificativo>" \
    "<msgid>&lt;luigi-1@studio.example&gt;</msgid>" extra "</dati></postacert>\r\n"

#define FOREIGN_XML(xml) "--m\r\nContent-Type: application/xml; name=\"daticert.xml\"\r\n\r\n" xml
#define FOREIGN_ENVELOPE_XML FOREIGN_XML(FOREIGN_DATI("posta-certificata", "<ricevuta tipo=\"completa\" />"))
#define FOREIGN_ORIGINAL_OF(fields, id) \
    "--m\r\nContent-Type: message/rfc822; name=\"postacert.eml\"\r\nContent-Disposition: inline; filename=\"postacert.eml\"\r\n\r\n" \
    "From: Luigi <luigi@beta.example>\r\n" fields "Subject: Convocazione\r\n" id "\r\nciao\r\n"
#define FOREIGN_TO "To: Mario <mario@alfa.example>\r\nCc: gina@alfa.example\r\n"
#define FOREIGN_ORIGINAL FOREIGN_ORIGINAL_OF(FOREIGN_TO, "Message-ID: <" FOREIGN_ID ">\r\nX-Riferimento-Message-ID: <luigi-1@studio.example>\r\n")

/* The whole message; a good envelope if all pieces are NULL. */
struct slice foreign_message(struct arena *arena, const struct foreign *f);

/* A receipt of that type about a transaction of mario@alfa.example; `extra` are the last elements of <dati>. */
struct slice foreign_receipt(struct arena *arena, const char *type, const char *extra);
#define FOREIGN_ABOUT "opec3.20260115113000." FIXTURE_SEED ".0@pec.alfa.example"

/* A signature that holds, of the provider that manages the author's domain. */
extern const struct signer_facts foreign_signer;

/* Read it as it comes from the peer to those recipients (separated by blanks). */
struct incoming foreign_read(struct arena *arena, const char *recipients, struct slice message);

/* Facts in which alfa.example is home and the signer manages beta.example. */
struct incoming_facts foreign_facts(void);

/* Read, judge, decide. */
struct plan foreign_decide(struct arena *arena, const char *recipients, struct slice message, const struct incoming_facts *facts);

#endif
