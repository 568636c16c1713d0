/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/daticert.h"

#include "base/text.h"

/* XML 1.0 2.2: most control characters cannot stand in XML in any form. */
static bool can_stand(uint32_t c)
{
    return c == '\t' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF && c != 0x7F);
}

static const char *entity(uint32_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

static void escaped(struct rope *out, const char *text)
{
    struct slice rest = slice_of(text), clean = { rest.data, 0 }; /* the run of bytes that may stay as they are */
    uint32_t c;

    while (rest.size) {
        size_t before = rest.size;
        const char *written;

        utf8_next(&rest, &c);
        written = c == 0xFFFD ? "\xEF\xBF\xBD" : entity(c);
        if (!written && can_stand(c)) {
            clean.size += before - rest.size;
            continue;
        }
        rope_add(out, clean);
        if (written)
            rope_text(out, written);
        clean = (struct slice){ rest.data, 0 };
    }
    rope_add(out, clean);
}

static void element(struct rope *out, const char *indent, const char *name, const char *text)
{
    rope_printf(out, "%s<%s>", indent, name);
    escaped(out, text);
    rope_printf(out, "</%s>\n", name);
}

/* <intestazione>: the header of the original message. */
static void header(const struct transaction *about, struct rope *out)
{
    rope_text(out, "    <intestazione>\n");
    element(out, "        ", "mittente", about->sender);
    for (size_t i = 0; i < about->recipient_count; i++) {
        rope_text(out, about->recipients[i].certified ? "        <destinatari tipo=\"certificato\">"
                                                      : "        <destinatari tipo=\"esterno\">");
        escaped(out, about->recipients[i].address);
        rope_text(out, "</destinatari>\n");
    }
    element(out, "        ", "risposte", about->reply_to);
    if (about->subject)
        element(out, "        ", "oggetto", about->subject);
    rope_text(out, "    </intestazione>\n");
}

/* <dati>: the data of the PEC message. */
static void data(const struct certification *c, struct rope *out)
{
    char day[CLOCK_TEXT_SIZE], hour[CLOCK_TEXT_SIZE], zone[CLOCK_TEXT_SIZE];

    clock_day(&c->time, day);
    clock_hour(&c->time, hour);
    clock_offset(&c->time, zone);
    rope_text(out, "    <dati>\n");
    element(out, "        ", "gestore-emittente", c->issuer);
    rope_printf(out, "        <data zona=\"%s\">\n            <giorno>%s</giorno>\n            <ora>%s</ora>\n        </data>\n", zone,
                day, hour);
    element(out, "        ", "identificativo", c->about.pec_id);
    if (c->about.msgid)
        element(out, "        ", "msgid", c->about.msgid);
    if (c->states_form)
        rope_printf(out, "        <ricevuta tipo=\"%s\" />\n", receipt_form_words[c->about.form]);
    if (c->delivered)
        element(out, "        ", "consegna", c->delivered);
    for (size_t i = 0; i < c->taken_count; i++)
        element(out, "        ", "ricezione", c->taken[i]);
    if (c->detail)
        element(out, "        ", "errore-esteso", c->detail);
    rope_text(out, "    </dati>\n");
}

void daticert_write(const struct certification *c, struct rope *out)
{
    rope_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    rope_printf(out, "<postacert tipo=\"%s\" errore=\"%s\">\n", certified_type_words[c->type], certified_error_words[c->error]);
    header(&c->about, out);
    data(c, out);
    rope_text(out, "</postacert>\n");
}
