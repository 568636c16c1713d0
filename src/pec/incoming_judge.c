/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message from outside is (RFC 6109 2.2.2): ordinary mail if its signature does not prove a provider, else an envelope or a
 * receipt if its form is that of this document, else an anomaly.
 */
#include <string.h>

#include "base/text.h"
#include "mime/address.h"
#include "pec/daticert.h"
#include "pec/incoming.h"

/* Existence, origin, validity of the signature, in this order. NULL if it proves a provider. */
static const char *not_of_a_provider(const struct signer_facts *signer)
{
    switch (signer->state) {
    case SIGNER_ABSENT:
        return "il messaggio non è di posta certificata: la firma del gestore non è presente";
    case SIGNER_UNREADABLE:
        return "la firma digitale del messaggio non è leggibile";
    case SIGNER_STRANGER:
        return "la firma digitale del messaggio non appartiene ad un gestore di posta certificata";
    case SIGNER_BROKEN:
        return "la firma digitale del messaggio non risulta attendibile: il contenuto è stato modificato";
    case SIGNER_UNTRUSTED:
        return "la firma digitale del messaggio non risulta attendibile: il certificato non è rilasciato da un'autorità riconosciuta";
    case SIGNER_EXPIRED:
        return "la firma digitale del messaggio non risulta attendibile: il certificato è fuori dal periodo di validità";
    case SIGNER_REVOKED:
        return "la firma digitale del messaggio non risulta attendibile: il certificato è stato revocato";
    case SIGNER_GOOD:
        break;
    }
    return NULL;
}

/* 2.1, 7: one author, the address in the certificate, of a domain that the index gives to its holder. */
static const char *wrong_author(const struct incoming *in, const struct signer_facts *signer)
{
    if (header_count(&in->original.header, "From") != 1 || in->from.fault || in->from.count != 1)
        return "il campo From non contiene un solo indirizzo valido";
    if (!signer->has_from)
        return "l'indirizzo del campo From non corrisponde a quello del certificato di firma";
    if (!signer->is_listed)
        return "il dominio del campo From non è gestito dal gestore che ha firmato il messaggio";
    return NULL;
}

static bool is_named_as(const struct part *p, const char *name)
{
    return p->name && slice_is_nocase(slice_of(p->name), name);
}

/* The parts of 4.3, by type and name, in any order after the first; a provider may put others beside them. */
struct found_parts {
    const struct part *data, *original;
    size_t data_count, original_count;
};

static struct found_parts find_parts(const struct part *content)
{
    struct found_parts found = { 0 };

    for (size_t i = 1; i < content->child_count; i++) {
        const struct part *p = &content->children[i];

        if (is_named_as(p, "daticert.xml")) {
            found.data = p;
            found.data_count++;
        } else if (strcmp(p->type, "message/rfc822") == 0 && is_named_as(p, "postacert.eml")) {
            found.original = p;
            found.original_count++;
        }
    }
    return found;
}

/* The certification data, read and of the type that the header claims (4.4). *out_reason is set if not. */
static int read_data(const struct incoming *in, const struct part *p, struct arena *arena, struct certification *out,
                     const char **out_reason)
{
    struct error e = { 0 };
    struct slice xml;
    int result = part_decode(p, arena, &xml);

    if (result != 0)
        return result;
    result = daticert_read(xml, arena, out, &e);
    if (result == ERROR_SYNTAX || result == ERROR_LIMIT) {
        *out_reason = arena_text(arena, slice_of(e.text));
        return *out_reason ? 0 : ERROR_BUDGET;
    }
    if (result == 0 && out->type != in->claimed_type)
        *out_reason = "i dati di certificazione non corrispondono al tipo di messaggio";
    /* 2.1: notifications go to this address. */
    else if (result == 0 && !address_valid(slice_of(out->about.sender)))
        *out_reason = "il mittente nei dati di certificazione non è un indirizzo valido";
    return result;
}

static bool is_id(const char *header_value, const char *pec_id)
{
    struct slice s = slice_of(header_value);

    return s.size > 2 && s.data[0] == '<' && s.data[s.size - 1] == '>' &&
           slice_is((struct slice){ s.data + 1, s.size - 2 }, pec_id);
}

/* 2.2.1: envelope, original message and certification data bear the same PEC id. */
static int check_ids(const struct incoming *in, const struct judgement *j, struct arena *arena, const char **out_reason)
{
    const char *outer, *inner;
    int result = header_text(&in->original.header, "Message-ID", arena, &outer);

    if (result != 0 || (result = header_text(&j->postacert.header, "Message-ID", arena, &inner)) != 0)
        return result;
    if (!outer || !inner || !is_id(outer, j->certification.about.pec_id) || !is_id(inner, j->certification.about.pec_id))
        *out_reason = "l'identificativo del messaggio non corrisponde a quello dei dati di certificazione";
    return 0;
}

static int read_original(const struct part *p, struct arena *arena, struct original *out)
{
    int result = part_decode(p, arena, &out->whole);

    if (result != 0)
        return result;
    out->eight_bit = !text_is_ascii(out->whole);
    return header_split(out->whole, arena, &out->header, &out->body);
}

int incoming_postacert(const struct incoming *in, struct arena *arena, struct original *out)
{
    struct found_parts found = find_parts(&in->content);

    return found.original ? read_original(found.original, arena, out) : ERROR_CORRUPT;
}

/* 2.2.2, "formal correctness". *out_reason stays NULL if the message is what it claims to be. */
static int check_form(const struct incoming *in, struct arena *arena, struct judgement *j, const char **out_reason)
{
    bool is_envelope = in->claim == CLAIM_ENVELOPE;
    struct found_parts found = find_parts(&in->content);
    int result;

    if (in->claim != CLAIM_ENVELOPE && in->claim != CLAIM_RECEIPT)
        *out_reason = "il messaggio firmato dal gestore non è una busta di trasporto né una ricevuta";
    else if (strcmp(in->content.type, "multipart/mixed") != 0)
        *out_reason = "la struttura del messaggio non è conforme: la parte firmata non è multipart/mixed";
    else if (found.data_count != 1)
        *out_reason = "la struttura del messaggio non è conforme: manca l'allegato daticert.xml o ve n'è più d'uno";
    else if (is_envelope && found.original_count != 1)
        *out_reason = "la struttura della busta non è conforme: manca l'allegato postacert.eml o ve n'è più d'uno";
    if (*out_reason)
        return 0;
    result = read_data(in, found.data, arena, &j->certification, out_reason);
    if (result != 0 || *out_reason || !is_envelope)
        return result;
    result = read_original(found.original, arena, &j->postacert);
    if (result == ERROR_LIMIT) {
        *out_reason = "l'intestazione del messaggio originale supera i limiti di dimensione";
        return 0;
    }
    return result ? result : check_ids(in, j, arena, out_reason);
}

int incoming_judge(const struct incoming *in, const struct signer_facts *signer, struct arena *arena, struct judgement *out)
{
    struct judgement j = { .verdict = VERDICT_ORDINARY };
    int result = 0;

    j.reason = not_of_a_provider(signer);
    if (!j.reason) {
        j.verdict = VERDICT_ANOMALY;
        j.reason = wrong_author(in, signer);
        if (!j.reason)
            result = check_form(in, arena, &j, &j.reason);
    }
    if (result != 0)
        return result;
    if (!j.reason)
        j.verdict = in->claim == CLAIM_ENVELOPE ? VERDICT_ENVELOPE : VERDICT_RECEIPT;
    /* 3.3.2: the form asked for is that of the envelope's header; without one it is complete. */
    if (j.verdict == VERDICT_ENVELOPE)
        j.certification.about.form = in->about.form;
    *out = j;
    return 0;
}
