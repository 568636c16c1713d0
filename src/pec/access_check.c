/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The formal checks of the access point (RFC 6109 3.1.1): one function for each rule, in one table.
 */
#include "pec/access.h"
#include "pec/address_set.h"
#include "pec/reading.h"

enum { SHOWN_MAX = 80 };

struct checking {
    const struct submission *s;
    const struct access_limits *limits;
    struct arena *arena;
};

/* A check says into *out_words what is wrong, or leaves them alone. ERROR_BUDGET. */
typedef int formal_check(const struct checking *c, const char **out_words);

static int wrong(const struct checking *c, const char **out_words, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int wrong(const struct checking *c, const char **out_words, const char *format, ...)
{
    va_list args;
    char *words;

    va_start(args, format);
    words = arena_vprintf(c->arena, format, args);
    va_end(args);
    if (words)
        *out_words = words;
    return words ? 0 : ERROR_BUDGET;
}

/* The same with what the user wrote. */
static int wrong_text(const struct checking *c, const char **out_words, const char *words, struct slice text)
{
    const char *shown = read_shown(text, SHOWN_MAX, c->arena);

    return shown ? wrong(c, out_words, "%s (\"%s\")", words, shown) : ERROR_BUDGET;
}

static const struct field *field_of(const struct checking *c, const char *name)
{
    return header_find(&c->s->original.header, name);
}

/* RFC 5322 2.3, RFC 6109 4.3: 7-bit lines of at most 998 octets that end with CRLF. */
static int check_bytes(const struct checking *c, const char **out_words)
{
    const struct arrival *a = c->s->arrival;

    if (a->eight_bit)
        return wrong(c, out_words, "presenza nel messaggio di caratteri a 8 bit non codificati");
    if (a->nul)
        return wrong(c, out_words, "presenza nel messaggio di caratteri nulli");
    if (a->bare_cr)
        return wrong(c, out_words, "presenza nel messaggio di ritorni a capo non conformi");
    return a->long_line ? wrong(c, out_words, "presenza nel messaggio di righe più lunghe di 998 caratteri") : 0;
}

/* RFC 5322 2.2. */
static int check_header_form(const struct checking *c, const char **out_words)
{
    struct slice malformed = c->s->original.header.malformed;

    return malformed.size ? wrong_text(c, out_words, "presenza nell'intestazione del messaggio di una riga non valida", malformed) : 0;
}

/* RFC 5322 3.6: fields that may stand once at most. */
static int check_repeated(const struct checking *c, const char **out_words)
{
    static const char *const singular[] = { "From", "Sender",     "Reply-To",    "To",         "Cc",     "Bcc",
                                            "Date", "Message-ID", "In-Reply-To", "References", "Subject" };

    for (size_t i = 0; i < sizeof singular / sizeof singular[0]; i++)
        if (header_count(&c->s->original.header, singular[i]) > 1)
            return wrong(c, out_words, "presenza di più campi %s nell'intestazione del messaggio", singular[i]);
    return 0;
}

/* "From:" holds an address; with exactly one author. */
static int check_from(const struct checking *c, const char **out_words)
{
    const struct address_list *from = &c->s->from;
    const struct field *f = field_of(c, "From");

    if (!f)
        return wrong(c, out_words, "mancanza del campo From nell'intestazione del messaggio");
    if (from->fault || from->count == 0)
        return wrong_text(c, out_words, "presenza nel campo From di un indirizzo non valido", f->value);
    return from->count > 1 ? wrong(c, out_words, "presenza di più di un indirizzo nel campo From") : 0;
}

/* "To:" holds one or more addresses. */
static int check_to(const struct checking *c, const char **out_words)
{
    const struct field *f = field_of(c, "To");

    if (!f)
        return wrong(c, out_words, "mancanza del campo To nell'intestazione del messaggio");
    if (c->s->to.fault)
        return wrong_text(c, out_words, "presenza nel campo To di un indirizzo non valido", f->value);
    return c->s->to.count == 0 ? wrong(c, out_words, "mancanza di indirizzi nel campo To") : 0;
}

static int check_cc(const struct checking *c, const char **out_words)
{
    if (!c->s->cc.fault)
        return 0;
    return wrong_text(c, out_words, "presenza nel campo Cc di un indirizzo non valido", field_of(c, "Cc")->value);
}

/* The reverse path coincides with "From:". */
static int check_sender(const struct checking *c, const char **out_words)
{
    const char *from = c->s->from.items[0].address, *sender = c->s->arrival->sender;

    if (address_same(slice_of(from), slice_of(sender)))
        return 0;
    return wrong(c, out_words, "mancata corrispondenza tra il mittente (%s) e l'indirizzo nel campo From (%s)", sender, from);
}

/* Every forward path is in "To:" or "Cc:". */
static int check_recipients(const struct checking *c, const char **out_words)
{
    struct address_set to, cc;

    if (address_set_make(&c->s->to, c->arena, &to) != 0 || address_set_make(&c->s->cc, c->arena, &cc) != 0)
        return ERROR_BUDGET;
    for (size_t i = 0; i < c->s->arrival->recipient_count; i++) {
        const char *address = c->s->arrival->recipients[i];

        if (!address_set_has(&to, address) && !address_set_has(&cc, address))
            return wrong(c, out_words, "mancanza del destinatario %s nei campi To e Cc", address);
    }
    return 0;
}

/* "Bcc:" does not contain any value. */
static int check_bcc(const struct checking *c, const char **out_words)
{
    const struct field *f = field_of(c, "Bcc");

    return f && slice_trim(f->value).size ? wrong(c, out_words, "presenza di destinatari nel campo Bcc (copia nascosta)") : 0;
}

static int check_recipient_count(const struct checking *c, const char **out_words)
{
    size_t count = c->s->arrival->recipient_count, limit = c->limits->recipients;

    return count > limit ? wrong(c, out_words, "superamento del numero massimo di destinatari (%zu, il limite è %zu)", count, limit) : 0;
}

/* The size multiplied by the number of recipients is within the limit; divided, since a product may overflow. */
static int check_size(const struct checking *c, const char **out_words)
{
    uint64_t size = c->s->arrival->bytes.size, recipients = c->s->arrival->recipient_count, limit = c->limits->message_size;

    if (size <= limit / recipients)
        return 0;
    return wrong(c, out_words,
                 "superamento della dimensione massima (%llu byte per %llu destinatari, il limite complessivo è di %llu byte)",
                 (unsigned long long)size, (unsigned long long)recipients, (unsigned long long)limit);
}

/* First the form that RFC 5322 asks for, then the list of 3.1.1 in its order. A check may count on those before it. */
static const struct {
    formal_check *check;
    const char *status;
} formal_checks[] = {
    { check_bytes, "5.6.0" },      { check_header_form, "5.6.0" }, { check_repeated, "5.6.0" },        { check_from, "5.6.0" },
    { check_to, "5.6.0" },         { check_cc, "5.6.0" },          { check_sender, "5.7.1" },          { check_recipients, "5.6.0" },
    { check_bcc, "5.6.0" },        { check_recipient_count, "5.5.3" }, { check_size, "5.3.4" },
};

int access_check(const struct submission *s, const struct access_limits *limits, struct arena *arena, const struct formal_fault **out)
{
    const struct checking c = { .s = s, .limits = limits, .arena = arena };
    struct formal_fault *fault = arena_alloc(arena, sizeof *fault);
    int result = fault ? 0 : ERROR_BUDGET;

    for (size_t i = 0; i < sizeof formal_checks / sizeof formal_checks[0] && result == 0 && !fault->words; i++) {
        fault->status = formal_checks[i].status;
        result = formal_checks[i].check(&c, &fault->words);
    }
    if (result == 0)
        *out = fault->words ? fault : NULL;
    return result;
}
