/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/words.h"

#include <stdlib.h>
#include <string.h>

#include "opec/print.h"

struct words {
    const char *in[LANGUAGES];
};

struct named_words {
    const char *name; /* for programs */
    const char *in[LANGUAGES];
};

/* --- the language ----------------------------------------------------------------------------------------------------------- */

/* The first variable that is set decides (POSIX XBD 8.2). */
static const char *locale(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);

        if (value && *value)
            return value;
    }
    return "";
}

bool words_language(const char *given, enum language *out)
{
    *out = ENGLISH;
    if (!given) {
        const char *l = locale();

        if (strncmp(l, "it", 2) == 0 && (l[2] == '\0' || l[2] == '_' || l[2] == '.'))
            *out = ITALIAN;
        return true;
    }
    if (strcmp(given, "it") == 0)
        *out = ITALIAN;
    return *out == ITALIAN || strcmp(given, "en") == 0;
}

/* --- kinds ------------------------------------------------------------------------------------------------------------------ */

static const struct words kinds[VERIFY_KINDS] = {
    [VERIFY_ACCEPTANCE] = { { "acceptance receipt", "ricevuta di accettazione" } },
    [VERIFY_NON_ACCEPTANCE] = { { "non-acceptance notice", "avviso di non accettazione" } },
    [VERIFY_NON_ACCEPTANCE_VIRUS] = { { "non-acceptance notice for a virus", "avviso di non accettazione per virus" } },
    [VERIFY_TAKE_CHARGE] = { { "take-charge receipt", "ricevuta di presa in carico" } },
    [VERIFY_DELIVERY] = { { "delivery receipt", "ricevuta di avvenuta consegna" } },
    [VERIFY_DELIVERY_BRIEF] = { { "brief delivery receipt", "ricevuta breve di avvenuta consegna" } },
    [VERIFY_DELIVERY_CONCISE] = { { "concise delivery receipt", "ricevuta sintetica di avvenuta consegna" } },
    [VERIFY_ENVELOPE] = { { "transport envelope", "busta di trasporto" } },
    [VERIFY_NON_DELIVERY] = { { "non-delivery notice", "avviso di mancata consegna" } },
    [VERIFY_NON_DELIVERY_VIRUS] = { { "non-delivery notice for a virus", "avviso di mancata consegna per virus" } },
    [VERIFY_TIMEOUT] = { { "non-delivery notice for timeout", "avviso di mancata consegna per superamento dei tempi massimi" } },
    [VERIFY_VIRUS_DETECTION] = { { "virus detection notice", "avviso di rilevazione virus" } },
    [VERIFY_ANOMALY] = { { "anomaly envelope", "busta di anomalia" } },
    [VERIFY_UNKNOWN] = { { "message of an unknown kind", "messaggio di tipo sconosciuto" } },
    [VERIFY_SIGNED] = { { "signed message that is no PEC message", "messaggio firmato che non è di posta certificata" } },
    [VERIFY_ORDINARY] = { { "ordinary message", "messaggio di posta ordinaria" } },
};

const char *words_kind(enum verify_kind kind, enum language in)
{
    return kinds[kind].in[in];
}

/* --- why it does not hold --------------------------------------------------------------------------------------------------- */

static const struct named_words findings[VERIFY_FINDINGS] = {
    [FINDING_HOLDS] = { "holds", { NULL, NULL } },
    [FINDING_UNSIGNED] = { "unsigned", { "it bears no signature of a provider", "non porta la firma di un gestore" } },
    [FINDING_UNREADABLE] = { "unreadable", { "its signature cannot be read", "la firma non è leggibile" } },
    [FINDING_STRANGER] = { "stranger", { "the certificate of its signature is not in the providers' index: its signer is no PEC provider, "
                                         "or has another one by now",
                                         "il certificato della firma non è nell'indice dei gestori: chi ha firmato non è un gestore PEC, "
                                         "o nel frattempo ha cambiato certificato" } },
    [FINDING_BROKEN] = { "broken", { "the signature does not hold over the content: it was changed after it was signed",
                                     "la firma non corrisponde al contenuto, che è stato modificato dopo la firma" } },
    [FINDING_CERTIFICATE] = { "certificate", { "the certificate was not good when it signed",
                                               "il certificato non era valido al momento della firma" } },
    [FINDING_FROM] = { "from", { "From is not one valid address", "From non è un unico indirizzo valido" } },
    [FINDING_FROM_OTHER] = { "from-other", { "the address in From is not that of the certificate",
                                             "l'indirizzo in From non è quello del certificato" } },
    [FINDING_FROM_DOMAIN] = { "from-domain", { "the domain in From is not managed by the provider that signed",
                                               "il dominio in From non è gestito dal gestore che ha firmato" } },
    [FINDING_NO_MESSAGE] = { "anomaly-without-message", { "it is no anomaly envelope by its form: the message that it reports is not in it",
                                                          "non ha la forma di una busta di anomalia: manca il messaggio segnalato" } },
    [FINDING_MORE_PARTS] = { "anomaly-with-more", { "it is no anomaly envelope by its form: there is more in it than a message and a text",
                                                    "non ha la forma di una busta di anomalia: contiene altro oltre a un messaggio e "
                                                    "un testo" } },
    [FINDING_FORM] = { "form", { "a provider has signed it, but its form is not that of a PEC message (RFC 6109 2.2.2)",
                                 "l'ha firmato un gestore, ma non ha la forma di un messaggio PEC (RFC 6109 2.2.2)" } },
};

const char *words_finding_name(enum verify_finding finding)
{
    return findings[finding].name;
}

const char *words_why(const struct verify_report *report, struct arena *arena, enum language in)
{
    const char *words = findings[report->finding].in[in], *more = NULL;

    if (report->finding == FINDING_UNREADABLE)
        more = report->signer.words;
    else if (report->finding == FINDING_CERTIFICATE)
        more = words_trust(&report->signer.then, arena, in);
    return words && more ? arena_printf(arena, "%s: %s", words, more) : words;
}

/* --- remarks ---------------------------------------------------------------------------------------------------------------- */

static const struct named_words remarks[VERIFY_REMARKS] = {
    [REMARK_ENDED] = { "certificate-ended", { "the certificate has ended since it signed; that takes nothing from the message",
                                              "il certificato è scaduto dopo la firma: ciò non toglie valore al messaggio" } },
    [REMARK_REVOKED] = { "revoked-since", { "the certificate was revoked after the time of signing that the signature states",
                                            "il certificato è stato revocato dopo il momento di firma indicato nella firma" } },
    [REMARK_SHA1] = { "sha1", { "the digest of the signature is SHA-1, as it was with all providers for years: regular, if no longer strong",
                                "l'impronta della firma è SHA-1, usata per anni da tutti i gestori: regolare, ma non più robusta" } },
    [REMARK_WEAK] = { "weak", { "keys or digests of its certificates no longer count as strong; they did when it was signed",
                                "chiavi o impronte dei certificati oggi non sono più ritenute robuste; lo erano al momento della firma" } },
    [REMARK_UNDATED_DATE] = { "undated", { "the signature states no time: the certificate was judged at that of Date, for which nobody vouches",
                                           "la firma non indica un momento: il certificato è giudicato a quello di Date, non garantito" } },
    [REMARK_UNDATED_NOW] = { "undated", { "neither signature nor header state a time: the certificate was judged as it is now",
                                          "né firma né intestazione indicano un momento: il certificato è giudicato ad oggi" } },
    [REMARK_UNLISTED] = { "no-revocation-list", { "whether the certificate was revoked is not known: no revocation list here speaks for it",
                                                  "non è noto se il certificato fosse revocato: nessuna lista di revoca qui ne parla" } },
    [REMARK_LEFT] = { "left-index", { "the certificate has ended and is no longer in the providers' index; an authority vouches for it",
                                      "il certificato è scaduto e non è più nell'indice dei gestori; lo garantisce un'autorità" } },
    [REMARK_APART] = { "times-apart", { "the time of signing is more than ten minutes from the time that is certified",
                                        "il momento della firma dista più di dieci minuti da quello certificato" } },
    [REMARK_DIFFERS] = { "differs", { "the header or the text were changed, or their provider was careless: only what is certified counts",
                                      "intestazione o testo sono stati modificati, o il gestore è stato impreciso: vale solo quanto è "
                                      "certificato" } },
    [REMARK_QUOTED] = { "mailbox-quoting", { "the mailbox file had put \">\" before lines that begin with \"From \"; it was taken off",
                                             "il file della casella aveva premesso \">\" alle righe che iniziano con \"From \": è stato tolto" } },
};

const char *words_remark_name(enum verify_remark remark)
{
    return remarks[remark].name;
}

const char *words_remark(const struct verify_report *report, enum verify_remark remark, struct arena *arena, enum language in)
{
    const char *words = remarks[remark].in[in];
    char until[PRINT_SIZE];

    return remark == REMARK_ENDED ? arena_printf(arena, "%s (%s)", words, print_moment(report->signer.until, until)) : words;
}

/* --- trust ------------------------------------------------------------------------------------------------------------------ */

/* In Italian the verdict comes first: the words of OpenSSL are English. */
static const char *const verdicts[] = {
    [TRUST_GOOD] = "valido",        [TRUST_NO_CHAIN] = "nessuna autorità nota lo garantisce",
    [TRUST_NOT_YET] = "non ancora valido", [TRUST_EXPIRED] = "scaduto",
    [TRUST_REVOKED] = "revocato",   [TRUST_NO_CRL] = "nessuna lista di revoca aggiornata",
    [TRUST_UNFIT] = "non adatto",
};

const char *words_trust(const struct trust_answer *answer, struct arena *arena, enum language in)
{
    if (in == ITALIAN)
        return *answer->why ? arena_printf(arena, "%s (%s)", verdicts[answer->verdict], answer->why) : verdicts[answer->verdict];
    if (answer->verdict == TRUST_GOOD)
        return "good";
    return *answer->why ? arena_printf(arena, "%s", answer->why) : "not good";
}

/* --- labels ----------------------------------------------------------------------------------------------------------------- */

static const struct words labels[VERIFY_LABELS] = {
    [LABEL_CLAIMS] = { { "claims to be: ", "si presenta come: " } },
    [LABEL_HOLDS] = { { "it holds", "verifica superata" } },
    [LABEL_HOLDS_NOT] = { { "it DOES NOT HOLD", "verifica NON superata" } },
    [LABEL_BECAUSE] = { { "because", "motivo" } },
    [LABEL_ABOUT] = { { "about", "identificativo" } },
    [LABEL_MESSAGE_ID] = { { "message-id", "message-id" } },
    [LABEL_SENDER] = { { "sender", "mittente" } },
    [LABEL_RECIPIENTS] = { { "recipients", "destinatari" } },
    [LABEL_CERTIFIED_MAIL] = { { "certified", "posta certificata" } },
    [LABEL_EXTERNAL_MAIL] = { { "external", "posta ordinaria" } },
    [LABEL_SUBJECT] = { { "subject", "oggetto" } },
    [LABEL_DELIVERED] = { { "delivered to", "consegna a" } },
    [LABEL_ERROR] = { { "error", "errore" } },
    [LABEL_DETAIL] = { { "detail", "dettaglio" } },
    [LABEL_CERTIFIED] = { { "certified", "certificato il" } },
    [LABEL_BY] = { { "by", "da" } },
    [LABEL_SIGNATURE] = { { "signature", "firma" } },
    [LABEL_DIGEST] = { { "digest", "impronta" } },
    [LABEL_SIGNED] = { { "signed", "firmato il" } },
    [LABEL_OF_DATE] = { { " (of the Date field)", " (dal campo Date)" } },
    [LABEL_OF_NOW] = { { " (no time is given: now)", " (nessun momento indicato: adesso)" } },
    [LABEL_PROVIDER] = { { "provider", "gestore" } },
    [LABEL_CERTIFICATE] = { { "certificate", "certificato" } },
    [LABEL_ISSUED] = { { "issued by", "emesso da" } },
    [LABEL_FOR] = { { "for", "per" } },
    [LABEL_VALID] = { { "valid from", "valido dal" } },
    [LABEL_UNTIL] = { { "until", "al" } },
    [LABEL_THEN] = { { "at signing", "alla firma" } },
    [LABEL_NOW] = { { "now", "oggi" } },
    [LABEL_INDEX] = { { "index", "indice" } },
    [LABEL_FORM] = { { "form", "forma" } },
    [LABEL_CORRECT] = { { "correct", "corretta" } },
    [LABEL_AGREEMENT] = { { "agreement", "concordanza" } },
    [LABEL_AGREES] = { { "header, text and certification data say the same", "intestazione, testo e dati di certificazione coincidono" } },
    [LABEL_CERTIFIED_IS] = { { "certified is", "ma è certificato" } },
    [LABEL_LACKS] = { { "lacks", "manca" } },
    [LABEL_NOTE] = { { "note", "nota" } },
    [LABEL_EXTRACTED] = { { "extracted", "estratti" } },
    [LABEL_ALL] = { { "messages", "messaggi" } },
    [LABEL_ALL_HOLD] = { { "hold", "superano la verifica" } },
    [LABEL_ALL_HOLD_NOT] = { { "do not hold", "non la superano" } },
    [LABEL_ALL_ORDINARY] = { { "are no PEC messages", "non sono PEC" } },
    [LABEL_ALL_FAILED] = { { "could not be read", "non si sono potuti leggere" } },
    [LABEL_ABSENT] = { { "absent", "assente" } },
    [LABEL_UNREADABLE] = { { "unreadable", "illeggibile" } },
    [LABEL_BROKEN] = { { "broken", "non corrisponde" } },
    [LABEL_SOUND] = { { "holds", "integra" } },
    [LABEL_NOT_ASKED] = { { "not asked", "non consultato" } },
    [LABEL_KNOWN] = { { "known", "presente" } },
    [LABEL_UNKNOWN] = { { "unknown", "assente" } },
};

const char *words_label(enum verify_label label, enum language in)
{
    return labels[label].in[in];
}
