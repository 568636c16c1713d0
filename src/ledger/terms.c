/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/terms.h"

#include "base/text.h"

struct walk {
    struct buffer *scratch;
    ledger_term_visit *visit;
    void *arg;
    int result; /* the first failure */
};

static const struct {
    const char *name;
    enum ledger_term_kind kind;
} fields[] = {
    { "pec_id", LEDGER_TERM_ID },       { "msgid", LEDGER_TERM_ID },            { "related", LEDGER_TERM_ID },
    { "id", LEDGER_TERM_ID },           { "sender", LEDGER_TERM_SENDER },       { "recipient", LEDGER_TERM_RECIPIENT },
    { "recipients", LEDGER_TERM_RECIPIENT },
};

static void empty(struct buffer *b)
{
    buffer_consume(b, buffer_data(b).size);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Without what does not count around it. */
static struct slice bare(struct slice s)
{
    s = slice_trim(s);
    if (s.size && s.data[0] == '<')
        s = slice_skip(s, 1);
    if (s.size && s.data[s.size - 1] == '>')
        s.size--;
    return slice_trim(s);
}

int ledger_term_normal(struct slice text, struct buffer *out)
{
    struct slice s = bare(text);
    size_t room = 0;
    char *copy;

    empty(out);
    if (s.size == 0)
        return 0;
    copy = buffer_reserve(out, s.size, &room);
    if (!copy || room < s.size)
        return copy ? ERROR_LIMIT : ERROR_MEMORY;
    for (size_t i = 0; i < s.size; i++)
        copy[i] = lower(s.data[i]);
    buffer_commit(out, s.size);
    return 0;
}

/* --- words ------------------------------------------------------------------------------------------------------------------ */

/* What stands between words beyond ASCII: the signs of Latin-1 and the general punctuation (U+2000 to U+206F). */
static bool is_sign(uint32_t c)
{
    return (c >= 0x80 && c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
           c == 0xFFFD;
}

static bool is_of_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return !is_sign(c);
}

/* The small form of the letters that Italian mail has: ASCII and Latin-1. */
static uint32_t small(uint32_t c)
{
    bool is_capital = (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);

    return is_capital ? c + 32 : c;
}

bool ledger_term_word(struct slice *subject, struct buffer *out, int *out_result)
{
    uint32_t c;

    empty(out);
    *out_result = 0;
    while (*out_result == 0 && utf8_next(subject, &c)) {
        char bytes[4];

        if (is_of_word(c))
            *out_result = buffer_append(out, (struct slice){ bytes, utf8_write(small(c), bytes) });
        else if (buffer_data(out).size)
            break;
    }
    return *out_result == 0 && buffer_data(out).size > 0;
}

/* --- of an event ------------------------------------------------------------------------------------------------------------ */

static struct slice text_of(const json_t *value)
{
    return json_is_string(value) ? (struct slice){ json_string_value(value), json_string_length(value) } : SLICE_NONE;
}

static void visit_value(struct walk *w, enum ledger_term_kind kind, const json_t *value)
{
    struct slice text = text_of(json_is_object(value) ? json_object_get(value, "address") : value);

    if (w->result == 0)
        w->result = ledger_term_normal(text, w->scratch);
    if (w->result == 0 && buffer_data(w->scratch).size)
        w->visit(w->arg, kind, buffer_data(w->scratch));
}

static void visit_words(struct walk *w, struct slice subject)
{
    int result = w->result;

    while (result == 0 && ledger_term_word(&subject, w->scratch, &result))
        w->visit(w->arg, LEDGER_TERM_WORD, buffer_data(w->scratch));
    w->result = result;
}

int ledger_terms_of(const json_t *event, struct buffer *scratch, ledger_term_visit *visit, void *arg)
{
    struct walk w = { .scratch = scratch, .visit = visit, .arg = arg };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const json_t *value = json_object_get(event, fields[i].name);

        if (!json_is_array(value))
            visit_value(&w, fields[i].kind, value);
        for (size_t k = 0; k < json_array_size(value); k++)
            visit_value(&w, fields[i].kind, json_array_get(value, k));
    }
    visit_words(&w, text_of(json_object_get(event, "subject")));
    return w.result;
}
