/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/envelope.h"

#include <string.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/word.h"
#include "mime/write.h"

enum { LINE_MAX_OCTETS = 998 }; /* RFC 5322 2.1.1 */

void envelope_date(int64_t time, struct rope *out)
{
    struct legal_time t = clock_legal(time);
    char date[CLOCK_DATE_SIZE];

    clock_date_field(&t, date);
    rope_printf(out, "Date: %s\r\n", date);
}

/* May these bytes stand in a header of ours as they are: ASCII, no control but the line ends of folding, no line of blanks alone, no
 * line too long with `prefix` octets in front of the first? */
static bool is_clean(struct slice s, size_t prefix)
{
    struct slice line;

    while (slice_next_line(&s, &line)) {
        struct slice text = slice_trim(line);

        if (text.size == 0 || line.size + prefix > LINE_MAX_OCTETS)
            return false;
        for (size_t i = 0; i < text.size; i++)
            if ((unsigned char)text.data[i] >= 0x7F || (text.data[i] < 0x20 && text.data[i] != '\t'))
                return false;
        prefix = 0;
    }
    return true;
}

/* A field of the original, unmodified. Only what could not stand in a message of ours is written anew: bytes over 127 as encoded
 * words, blank lines of folding and controls as a space. */
static void inherit_field(const struct field *f, struct rope *out)
{
    char *name, *value;

    if (is_clean(f->raw, 0) && f->raw.data[f->raw.size - 1] == '\n') {
        rope_add(out, f->raw);
        return;
    }
    name = arena_text(out->arena, f->name);
    value = words_decode(f->value, out->arena);
    if (!name || !value)
        out->failed = true;
    else
        write_text_field(out, name, slice_of(text_one_line(out->arena, slice_of(value))));
}

static void inherit(const struct header *h, const char *name, struct rope *out)
{
    for (const struct field *f = header_find(h, name); f; f = header_next(h, f, name))
        inherit_field(f, out);
}

void envelope_subject(const char *prefix, const struct field *field, const char *decoded, struct rope *out)
{
    size_t before = strlen("Subject: ") + strlen(prefix);
    struct slice raw = field ? slice_trim(field->value) : SLICE_NONE;
    char *encoded;

    rope_printf(out, "Subject: %s", prefix);
    if (field && is_clean(raw, before)) {
        rope_add(out, raw);
    } else if (decoded) {
        encoded = words_encode(slice_of(decoded), before, out->arena);
        if (!encoded)
            out->failed = true;
        rope_text(out, encoded);
    }
    rope_text(out, "\r\n");
}

/* 2.1: the author's address is shown as the display name, the address is the provider's. */
static void from(const struct pec_provider *provider, const struct transaction *about, struct rope *out)
{
    const char *shown = arena_printf(out->arena, "Per conto di: %s", about->sender);
    const char *quoted = shown ? write_quoted(slice_of(shown), out->arena) : NULL;

    if (!quoted)
        out->failed = true;
    else
        rope_printf(out, "From: %s <%s>\r\n", quoted, provider->address);
}

/* 2.1, 3.1.5: the original's own Reply-To, or its author. */
static void reply_to(const struct transaction *about, const struct header *h, struct rope *out)
{
    const struct field *f = header_find(h, "Reply-To");
    struct address_list list = { 0 };

    if (f && address_list_read(f->value, out->arena, &list) == 0 && list.count > 0)
        inherit_field(f, out);
    else if (about->reply_to && *about->reply_to)
        write_field(out, "Reply-To", about->reply_to);
}

/* 3.1.5: the PEC id; 3.2.2: the message's own id, unmodified. */
static void message_id(const struct pec_message *m, const struct original *original, struct rope *out)
{
    const struct field *f = header_find(&original->header, "Message-ID");

    if (m->kind == KIND_ANOMALY_ENVELOPE && f && slice_trim(f->value).size)
        inherit_field(f, out);
    else
        rope_printf(out, "Message-ID: <%s>\r\n", m->id);
}

void envelope_head(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *message,
                   const struct original *original, struct rope *out)
{
    const struct kind_row *row = &kind_rows[message->kind];
    const struct header *h = &original->header;

    inherit(h, "Return-Path", out);
    inherit(h, "Received", out);
    write_field(out, row->header, row->header_value);
    envelope_date(message->time, out);
    envelope_subject(row->subject_prefix, header_find(h, "Subject"), about->subject, out);
    from(provider, about, out);
    reply_to(about, h, out);
    inherit(h, "To", out);
    inherit(h, "Cc", out);
    message_id(message, original, out);
    if (message->kind == KIND_TRANSPORT_ENVELOPE) {
        if (about->msgid)
            rope_printf(out, "X-Riferimento-Message-ID: %s\r\n", about->msgid);
        write_field(out, "X-TipoRicevuta", receipt_form_words[about->form]);
    }
    write_field(out, "MIME-Version", "1.0");
}

void envelope_original(const struct original *original, const struct transaction *about, struct rope *out)
{
    const struct header *h = &original->header;
    const char *from_here = h->raw.data, *end = h->raw.data + h->raw.size;

    for (size_t i = 0; i < h->count; i++) {
        const struct field *f = &h->fields[i];

        if (!slice_is_nocase(f->name, "Message-ID") && !slice_is_nocase(f->name, "X-Riferimento-Message-ID"))
            continue;
        rope_add(out, slice_between(from_here, f->raw.data));
        from_here = f->raw.data + f->raw.size;
    }
    rope_add(out, slice_between(from_here, end));
    rope_printf(out, "Message-ID: <%s>\r\n", about->pec_id);
    if (about->msgid)
        rope_printf(out, "X-Riferimento-Message-ID: %s\r\n", about->msgid);
    rope_text(out, "\r\n");
    rope_add(out, original->body);
}
