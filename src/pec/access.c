/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/access.h"

#include <string.h>

#include "pec/reading.h"
#include "pec/refusal.h"

int access_read(const struct arrival *arrival, struct arena *arena, struct submission *out)
{
    struct submission s = { .arrival = arrival, .original = { .whole = arrival->bytes, .eight_bit = arrival->eight_bit } };
    const struct header *h = &s.original.header;
    int result = header_split(arrival->bytes, arena, &s.original.header, &s.original.body);

    if (result != 0 || (result = read_addresses(h, "From", arena, &s.from)) != 0 ||
        (result = read_addresses(h, "To", arena, &s.to)) != 0 || (result = read_addresses(h, "Cc", arena, &s.cc)) != 0 ||
        (result = read_subject(h, arena, &s.about.subject)) != 0 || (result = read_message_id(h, arena, &s.about.msgid)) != 0 ||
        (result = read_reply_to(h, arrival->sender, arena, &s.about.reply_to)) != 0 ||
        (result = read_receipt_form(h, arena, &s.about.form)) != 0)
        return result;
    /* 2.1: what is certified of the addresses is the routing data. */
    s.about.sender = arrival->sender;
    s.about.recipient_count = arrival->recipient_count;
    s.about.recipients = arena_array(arena, arrival->recipient_count, sizeof *s.about.recipients);
    if (!s.about.recipients)
        return ERROR_BUDGET;
    for (size_t i = 0; i < arrival->recipient_count; i++)
        s.about.recipients[i].address = arrival->recipients[i];
    *out = s;
    return 0;
}

/* --- formal checks (3.1.1) -------------------------------------------------------------------------------------------------- */

struct checking {
    const struct submission *s;
    const struct access_limits *limits;
    struct arena *arena;
    struct formal_fault *fault; /* filled by the first check that fails */
};

/* A check says what is wrong, or NULL. */
typedef const char *formal_check(const struct checking *c);

/* RFC 5322 2.3, RFC 6109 4.3: 7-bit lines of at most 998 octets that end with CRLF. */
static const char *check_bytes(const struct checking *c)
{
    const struct arrival *a = c->s->arrival;

    if (a->eight_bit)
        return "presenza nel messaggio di caratteri a 8 bit non codificati";
    if (a->nul)
        return "presenza nel messaggio di caratteri nulli";
    if (a->bare_cr)
        return "presenza nel messaggio di ritorni a capo non conformi";
    if (a->long_line)
        return "presenza nel messaggio di righe più lunghe di 998 caratteri";
    return NULL;
}

static const char *check_header_form(const struct checking *c)
{
    if (c->s->original.header.malformed.size)
        return "intestazione del messaggio non conforme: una riga non è un campo valido";
    return NULL;
}

/* RFC 5322 3.6: fields that may stand once at most. */
static const char *check_repeated(const struct checking *c)
{
    static const char *const singular[] = { "From", "Sender",     "Reply-To",    "To",         "Cc",     "Bcc",
                                            "Date", "Message-ID", "In-Reply-To", "References", "Subject" };

    for (size_t i = 0; i < sizeof singular / sizeof singular[0]; i++)
        if (header_count(&c->s->original.header, singular[i]) > 1)
            return arena_printf(c->arena, "presenza di più campi %s nell'intestazione del messaggio", singular[i]);
    return NULL;
}

/* "From:" holds an address; with exactly one author (pec-rules 7). */
static const char *check_from(const struct checking *c)
{
    const struct address_list *from = &c->s->from;

    if (!header_find(&c->s->original.header, "From"))
        return "mancanza del campo From nell'intestazione del messaggio";
    if (from->fault || from->count == 0)
        return "presenza nel campo From di un indirizzo non valido";
    if (from->count > 1)
        return "presenza di più di un indirizzo nel campo From";
    return NULL;
}

/* "To:" holds one or more addresses. */
static const char *check_to(const struct checking *c)
{
    if (!header_find(&c->s->original.header, "To"))
        return "mancanza del campo To nell'intestazione del messaggio";
    if (c->s->to.fault)
        return "presenza nel campo To di un indirizzo non valido";
    if (c->s->to.count == 0)
        return "mancanza di indirizzi nel campo To";
    return NULL;
}

static const char *check_cc(const struct checking *c)
{
    return c->s->cc.fault ? "presenza nel campo Cc di un indirizzo non valido" : NULL;
}

/* The reverse path coincides with "From:". */
static const char *check_sender(const struct checking *c)
{
    const char *from = c->s->from.items[0].address;

    if (address_same(slice_of(from), slice_of(c->s->arrival->sender)))
        return NULL;
    return arena_printf(c->arena, "mancata corrispondenza tra il mittente (%s) e l'indirizzo nel campo From (%s)", c->s->arrival->sender,
                        from);
}

/* Every forward path is in "To:" or "Cc:". */
static const char *check_recipients(const struct checking *c)
{
    for (size_t i = 0; i < c->s->arrival->recipient_count; i++) {
        const char *address = c->s->arrival->recipients[i];

        if (!list_has(&c->s->to, address) && !list_has(&c->s->cc, address))
            return arena_printf(c->arena, "mancanza del destinatario %s nei campi To e Cc", address);
    }
    return NULL;
}

/* "Bcc:" does not contain any value. */
static const char *check_bcc(const struct checking *c)
{
    const struct field *f = header_find(&c->s->original.header, "Bcc");

    return f && slice_trim(f->value).size ? "presenza di destinatari nel campo Bcc (copia nascosta)" : NULL;
}

static const char *check_recipient_count(const struct checking *c)
{
    if (c->s->arrival->recipient_count <= c->limits->recipients)
        return NULL;
    return arena_printf(c->arena, "superamento del numero massimo di destinatari (%zu, il limite è %zu)", c->s->arrival->recipient_count,
                        c->limits->recipients);
}

/* The size multiplied by the number of recipients is within the limit. */
static const char *check_size(const struct checking *c)
{
    uint64_t size = c->s->arrival->bytes.size, recipients = c->s->arrival->recipient_count;

    if (size <= c->limits->message_size / recipients)
        return NULL;
    return arena_printf(c->arena,
                        "superamento della dimensione massima (%llu byte per %llu destinatari, il limite complessivo è di %llu byte)",
                        (unsigned long long)size, (unsigned long long)recipients, (unsigned long long)c->limits->message_size);
}

static const struct {
    formal_check *check;
    const char *status;
} formal_checks[] = {
    { check_size, "5.3.4" },   { check_recipient_count, "5.5.3" }, { check_bytes, "5.6.0" },  { check_header_form, "5.6.0" },
    { check_repeated, "5.6.0" }, { check_from, "5.6.0" },          { check_to, "5.6.0" },     { check_cc, "5.6.0" },
    { check_sender, "5.7.1" }, { check_recipients, "5.6.0" },      { check_bcc, "5.6.0" },
};

int access_check(const struct submission *s, const struct access_limits *limits, struct arena *arena, const struct formal_fault **out)
{
    struct checking c = { .s = s, .limits = limits, .arena = arena, .fault = arena_alloc(arena, sizeof *c.fault) };

    if (!c.fault)
        return ERROR_BUDGET;
    *out = NULL;
    for (size_t i = 0; i < sizeof formal_checks / sizeof formal_checks[0]; i++) {
        c.fault->words = formal_checks[i].check(&c);
        if (!c.fault->words)
            continue;
        c.fault->status = formal_checks[i].status;
        *out = c.fault;
        return 0;
    }
    return 0;
}

/* --- decision --------------------------------------------------------------------------------------------------------------- */

/* A notification goes to the sender's own mailbox, whatever Reply-To says (2.1). */
static int notify_sender(const struct pec_provider *provider, struct plan *plan, enum message_kind kind, struct arena *arena,
                         struct step **out)
{
    struct step *step;
    const char **recipients = arena_array(arena, 1, sizeof *recipients);
    int result = recipients ? plan_add_message(provider, plan, ROLE_HOME, kind, arena, &step) : ERROR_BUDGET;

    if (result != 0)
        return result;
    recipients[0] = plan->about.sender;
    step->recipients = recipients;
    step->recipient_count = 1;
    step->message.to = plan->about.sender;
    *out = step;
    return 0;
}

/* 3.1.4, 3.1.5: the envelope first; what it certifies has then happened when the acceptance states it. */
static int accept(const struct pec_provider *provider, const struct submission *s, const struct access_facts *facts, struct arena *arena,
                  struct plan *plan)
{
    struct step *step;
    int result = plan_add_message(provider, plan, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, arena, &step);

    if (result != 0)
        return result;
    /* 3.1.5: the routing data remain unaltered. */
    step->sender = s->arrival->sender;
    step->recipients = s->arrival->recipients;
    step->recipient_count = s->arrival->recipient_count;
    plan->is_tracked = true;
    plan->number = facts->number;
    return notify_sender(provider, plan, KIND_ACCEPTANCE, arena, &step);
}

/* 3.1.2. */
static int refuse(const struct pec_provider *provider, const struct formal_fault *fault, struct arena *arena, struct plan *plan)
{
    struct step *step;
    int result = notify_sender(provider, plan, KIND_NON_ACCEPTANCE, arena, &step);

    if (result != 0)
        return result;
    step->message.reason = fault->words;
    step->message.detail = refusal_words(provider, fault->status, fault->words, arena);
    return step->message.detail ? 0 : ERROR_BUDGET;
}

/* 3.1.3, 2.2.4: the message is kept and the sender told. */
static int refuse_virus(const struct pec_provider *provider, const char *virus, struct arena *arena, struct plan *plan)
{
    struct step *step;
    const char *words = arena_printf(arena, "presenza di un virus nel messaggio (%s)", virus);
    int result = plan_add_step(plan, ROLE_QUARANTINE, arena, &step);

    if (result == 0)
        result = notify_sender(provider, plan, KIND_NON_ACCEPTANCE_VIRUS, arena, &step);
    if (result != 0)
        return result;
    step->message.reason = virus;
    step->message.detail = words ? refusal_words(provider, "5.5.1", words, arena) : NULL;
    return step->message.detail ? 0 : ERROR_BUDGET;
}

int access_decide(const struct pec_provider *provider, const struct submission *s, const struct access_facts *facts, struct arena *arena,
                  struct plan *out)
{
    struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, facts->now, facts->seed);
    int result;

    plan.about = s->about;
    plan.about.provider = provider->name;
    plan.about.pec_id = plan_id(provider, &plan, 0, arena);
    if (!plan.about.pec_id)
        return ERROR_BUDGET;
    for (size_t i = 0; i < plan.about.recipient_count; i++)
        plan.about.recipients[i].certified = facts->certified[i];
    plan.reverse_path = s->arrival->sender;
    plan.size = (int64_t)s->arrival->bytes.size;
    plan.sender_is_home = true;
    if (facts->fault) {
        plan.verdict = VERDICT_NOT_ACCEPTED;
        plan.reason = facts->fault->words;
        result = refuse(provider, facts->fault, arena, &plan);
    } else if (facts->virus) {
        plan.verdict = VERDICT_NOT_ACCEPTED_VIRUS;
        plan.reason = facts->virus;
        result = refuse_virus(provider, facts->virus, arena, &plan);
    } else {
        result = accept(provider, s, facts, arena, &plan);
    }
    if (result == 0)
        *out = plan;
    return result;
}
