/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/envelope.h"

#include <string.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/line.h"
#include "mime/word.h"
#include "mime/write.h"

void envelope_date(int64_t time, struct rope *out)
{
    struct legal_time t = clock_legal(time);
    char date[CLOCK_DATE_SIZE];

    clock_date_field(&t, date);
    rope_printf(out, "Date: %s\r\n", date);
}

/* Printable ASCII, blanks and tabs alone? */
static bool is_printable(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.data[i] >= 0x7F || (s.data[i] < 0x20 && s.data[i] != '\t'))
            return false;
    return true;
}

/* May these bytes stand in a header of ours as they are: printable but for the CRLFs of folding, no line of blanks alone, no line too
 * long with `prefix` octets in front of the first? A bare CR or LF is a hole for injection. */
static bool is_clean(struct slice s, size_t prefix)
{
    struct slice line;

    while (line_next(&s, &line)) {
        struct slice content = line_content(line);

        if (slice_trim(content).size == 0 || content.size + prefix > LINE_MAX_OCTETS || !is_printable(content))
            return false;
        prefix = 0;
    }
    return true;
}

/* A field of the original, unmodified. Only what could not stand in a message of ours is written anew: bytes over 127 as encoded
 * words, blank lines of folding and controls as a space. */
static void inherit_field(const struct field *f, struct rope *out)
{
    struct slice content = line_content(f->raw);
    char *name, *value, *line;

    if (is_clean(content, 0)) {
        rope_add(out, content);
        rope_text(out, "\r\n");
        return;
    }
    name = arena_text(out->arena, f->name);
    value = words_decode(f->value, out->arena);
    line = value ? text_one_line(out->arena, slice_of(value)) : NULL;
    if (!name || !line)
        out->failed = true;
    else
        write_text_field(out, name, slice_of(line));
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

void envelope_reference(const struct transaction *about, struct rope *out)
{
    static const char name[] = "X-Riferimento-Message-ID";
    struct slice msgid = slice_of(about->msgid);

    if (!about->msgid)
        return;
    if (is_clean(msgid, sizeof name + 1))
        rope_printf(out, "%s: %s\r\n", name, about->msgid);
    else
        write_text_field(out, name, msgid);
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
        envelope_reference(about, out);
        write_field(out, "X-TipoRicevuta", receipt_form_words[about->form]);
    }
    write_field(out, "MIME-Version", "1.0");
}

void envelope_original(const struct original *original, const struct transaction *about, struct rope *out)
{
    const struct header *h = &original->header;
    struct slice rest = h->raw; /* not written yet */

    for (size_t i = 0; i < h->count; i++) {
        const struct field *f = &h->fields[i];
        struct slice before = slice_between(rest.data, f->raw.data);

        if (!slice_is_nocase(f->name, "Message-ID") && !slice_is_nocase(f->name, "X-Riferimento-Message-ID"))
            continue;
        rope_add(out, before);
        rest = slice_skip(rest, before.size + f->raw.size);
    }
    rope_add(out, rest);
    /* A message that ends within its header may lack the last line's end. */
    if (rest.size && rest.data[rest.size - 1] != '\n')
        rope_text(out, "\r\n");
    rope_printf(out, "Message-ID: <%s>\r\n", about->pec_id);
    envelope_reference(about, out);
    rope_text(out, "\r\n");
    rope_add(out, original->body);
}
