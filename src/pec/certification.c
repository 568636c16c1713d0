/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/certification.h"

#include "base/slice.h"
#include "mime/address.h"

const char *const certified_type_words[TYPE_NONE] = {
    "accettazione",    "non-accettazione", "presa-in-carico",           "avvenuta-consegna",
    "posta-certificata", "errore-consegna",  "preavviso-errore-consegna", "rilevazione-virus",
};

const char *const certified_error_words[CERTIFIED_OTHER + 1] = { "nessuno", "no-dest", "no-dominio", "virus", "altro" };

const char *const receipt_form_words[RECEIPT_CONCISE + 1] = { "completa", "breve", "sintetica" };

const struct recipient *transaction_recipient(const struct transaction *t, const char *address)
{
    for (size_t i = 0; i < t->recipient_count; i++)
        if (address_same(slice_of(t->recipients[i].address), slice_of(address)))
            return &t->recipients[i];
    return NULL;
}

static void recipient_visit(struct record *r, void *item)
{
    struct recipient *recipient = item;

    record_text(r, "address", &recipient->address);
    record_bool(r, "certified", &recipient->certified);
}

void transaction_visit(struct record *r, struct transaction *t)
{
    int form = (int)t->form;
    void *recipients = t->recipients;

    record_text(r, "pec_id", &t->pec_id);
    record_text(r, "msgid", &t->msgid);
    record_text(r, "sender", &t->sender);
    record_text(r, "reply_to", &t->reply_to);
    record_text(r, "subject", &t->subject);
    record_text(r, "provider", &t->provider);
    record_enum(r, "form", &form, receipt_form_words, RECEIPT_CONCISE + 1);
    record_list(r, "recipients", &recipients, &t->recipient_count, sizeof *t->recipients, recipient_visit);
    t->form = (enum receipt_form)form;
    t->recipients = recipients;
}
