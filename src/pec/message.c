/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/message.h"

#include "base/text.h"
#include "mime/write.h"
#include "pec/brief.h"
#include "pec/daticert.h"
#include "pec/envelope.h"

enum { BASE64_COLUMNS = 60, BOUNDARY_HEX = 24 };

void message_visit(struct record *r, struct pec_message *m)
{
    int kind = (int)m->kind, error = (int)m->error;

    record_enum(r, "kind", &kind, kind_names, KIND_COUNT);
    record_i64(r, "time", &m->time);
    record_text(r, "id", &m->id);
    record_text(r, "to", &m->to);
    record_text(r, "recipient", &m->recipient);
    record_texts(r, "taken", &m->taken, &m->taken_count);
    record_enum(r, "error", &error, certified_error_words, CERTIFIED_OTHER + 1);
    record_text(r, "reason", &m->reason);
    record_text(r, "detail", &m->detail);
    m->kind = (enum message_kind)kind;
    m->error = (enum certified_error)error;
}

struct certification message_certification(const struct pec_provider *provider, const struct transaction *about,
                                           const struct pec_message *message)
{
    const struct kind_row *row = &kind_rows[message->kind];

    return (struct certification){
        .type = row->type,
        .error = message->error,
        .about = *about,
        .issuer = provider->name,
        .time = clock_legal(message->time),
        .states_form = row->states_form,
        .delivered = message->recipient,
        .taken = (const char *const *)message->taken,
        .taken_count = message->taken_count,
        .detail = message->detail,
    };
}

/* The header of receipts and notices (3.1.2-3.1.4, 3.1.6, 3.2.1, 3.2.3, 3.2.4, 3.3.2, 3.3.3). */
static void receipt_head(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *m,
                         struct rope *out)
{
    const struct kind_row *row = &kind_rows[m->kind];

    write_field(out, row->header, row->header_value);
    if (row->is_security)
        write_field(out, "X-VerificaSicurezza", "errore");
    if (row->names_sender)
        write_field(out, "X-Mittente", about->sender);
    envelope_date(m->time, out);
    envelope_subject(row->subject_prefix, NULL, about->subject, out);
    write_field(out, "From", provider->address);
    write_field(out, "To", m->to);
    rope_printf(out, "Message-ID: <%s>\r\n", m->id);
    envelope_reference(about, out);
    write_field(out, "MIME-Version", "1.0");
}

/* It comes from the message's own id, whose seed nobody knew when the mail was written that goes between the boundaries. */
static const char *boundary_of(const struct pec_message *m, const char *place, struct arena *arena)
{
    unsigned char hash[DIGEST_MAX];
    char hex[DIGEST_HEX_MAX];
    const char *seed = arena_printf(arena, "%s %s", m->id, place);

    if (!seed || digest_slice(DIGEST_SHA256, slice_of(seed), hash) != 0)
        return NULL;
    hex_write((struct slice){ (const char *)hash, BOUNDARY_HEX / 2 }, hex);
    return arena_printf(arena, "----=_opec_%s_%s", place, hex);
}

static void delimiter(struct rope *out, const char *boundary)
{
    rope_printf(out, "\r\n--%s\r\n", boundary);
}

static void closing(struct rope *out, const char *boundary)
{
    rope_printf(out, "\r\n--%s--\r\n", boundary);
}

/* 4.3.1: ISO-8859-1, plain and HTML with the same facts. */
static void readable_text(const struct pec_provider *provider, const struct certification *c, const struct pec_message *m,
                          const char *boundary, struct rope *out)
{
    char day[CLOCK_TEXT_SIZE], hour[CLOCK_TEXT_SIZE], zone[CLOCK_TEXT_SIZE];
    const struct template_facts facts = {
        .day = day, .hour = hour, .zone = zone, .subject = c->about.subject, .sender = c->about.sender, .recipient = m->recipient,
        .reason = m->reason, .id = c->about.pec_id, .recipients = c->about.recipients, .recipient_count = c->about.recipient_count,
    };
    struct slice html;
    char *latin1;

    clock_day(&c->time, day);
    clock_hour(&c->time, hour);
    clock_offset(&c->time, zone);
    latin1 = text_latin1(out->arena, template_text(provider->templates, m->kind, &facts, out->arena));
    html = template_html(provider->templates, m->kind, &facts, out->arena);
    if (!latin1 || !html.data)
        out->failed = true;
    rope_printf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n", boundary);
    delimiter(out, boundary);
    rope_text(out, "Content-Type: text/plain; charset=\"iso-8859-1\"\r\nContent-Disposition: inline\r\n"
                   "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    write_quoted_printable(out, slice_of(latin1));
    delimiter(out, boundary);
    rope_text(out, "Content-Type: text/html; charset=\"iso-8859-1\"\r\nContent-Disposition: inline\r\n"
                   "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    write_quoted_printable(out, html);
    closing(out, boundary);
}

/* 4.3.3. */
static void certification_data(const struct certification *c, struct rope *out)
{
    struct rope xml = rope_new(out->arena);
    struct slice flat;

    daticert_write(c, &xml);
    flat = rope_flat(&xml);
    if (!flat.data)
        out->failed = true;
    rope_text(out, "Content-Type: application/xml; name=\"daticert.xml\"\r\n"
                   "Content-Disposition: inline; filename=\"daticert.xml\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    write_base64(out, flat, BASE64_COLUMNS);
}

/* 4.3.2. The bytes of the message are slices of it. */
static int attached_message(const struct pec_provider *provider, const struct transaction *about, enum message_kind kind,
                            const struct original *original, struct rope *out)
{
    rope_printf(out,
                "Content-Type: message/rfc822; name=\"postacert.eml\"\r\nContent-Disposition: inline; filename=\"postacert.eml\"\r\n"
                "Content-Transfer-Encoding: %s\r\n\r\n",
                original->eight_bit ? "8bit" : "7bit");
    if (kind_rows[kind].attachment == ATTACH_BRIEF)
        return brief_write(original->whole, provider->brief_hash, out);
    if (kind == KIND_TRANSPORT_ENVELOPE)
        envelope_original(original, about, out);
    else
        rope_add(out, original->whole);
    return 0;
}

/* The multipart/mixed of 4.3. */
static int compose_content(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *m,
                           const struct original *original, struct rope *out)
{
    const struct kind_row *row = &kind_rows[m->kind];
    const struct certification c = message_certification(provider, about, m);
    const char *mixed = boundary_of(m, "mixed", out->arena), *alternative = boundary_of(m, "text", out->arena);
    bool attaches = row->attachment != ATTACH_NOTHING && original;
    int result = 0;

    if (!mixed || !alternative)
        return ERROR_BUDGET;
    rope_printf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\nMIME-Version: 1.0\r\n%s", mixed,
                attaches && original->eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "");
    delimiter(out, mixed);
    readable_text(provider, &c, m, alternative, out);
    if (row->type != TYPE_NONE) {
        delimiter(out, mixed);
        certification_data(&c, out);
    }
    if (attaches) {
        delimiter(out, mixed);
        result = attached_message(provider, about, m->kind, original, out);
    }
    closing(out, mixed);
    return result;
}

int message_compose(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *message,
                    const struct original *original, struct arena *arena, struct composed *out)
{
    const struct kind_row *row = &kind_rows[message->kind];
    struct composed c = { .head = rope_new(arena), .content = rope_new(arena), .arena = arena };
    int result;

    c.boundary = boundary_of(message, "signed", arena);
    c.eight_bit = row->attachment != ATTACH_NOTHING && original && original->eight_bit;
    if (row->is_envelope)
        envelope_head(provider, about, message, original, &c.head);
    else
        receipt_head(provider, about, message, &c.head);
    result = compose_content(provider, about, message, original, &c.content);
    if (result != 0)
        return result;
    if (!c.boundary || !rope_ok(&c.head) || !rope_ok(&c.content))
        return ERROR_BUDGET;
    *out = c;
    return 0;
}

int message_seal(const struct composed *c, struct slice signature, struct rope *out)
{
    struct rope r = rope_new(c->arena);

    rope_join(&r, &c->head);
    if (c->eight_bit)
        rope_text(&r, "Content-Transfer-Encoding: 8bit\r\n");
    rope_printf(&r,
                "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
                "\tmicalg=\"sha-256\"; boundary=\"%s\"\r\n\r\nThis is an S/MIME signed message\r\n",
                c->boundary);
    delimiter(&r, c->boundary);
    rope_join(&r, &c->content);
    delimiter(&r, c->boundary);
    rope_text(&r, "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
                  "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n");
    write_base64(&r, signature, 64);
    closing(&r, c->boundary);
    if (!rope_ok(&r))
        return ERROR_BUDGET;
    *out = r;
    return 0;
}
