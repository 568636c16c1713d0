/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message from outside claims to be and how it is made; nothing of it is believed yet.
 */
#include <string.h>

#include "pec/incoming.h"
#include "pec/reading.h"

/* 2.1.1: X-Ricevuta and X-Trasporto are exclusive; values are matched without regard to case and blanks. */
static int read_claim(const struct header *h, struct arena *arena, struct incoming *in)
{
    const char *receipt, *transport;
    int result = header_text(h, "X-Ricevuta", arena, &receipt);

    if (result != 0 || (result = header_text(h, "X-Trasporto", arena, &transport)) != 0)
        return result;
    in->claim = receipt || transport ? CLAIM_UNKNOWN : CLAIM_NOTHING;
    in->claimed_type = TYPE_NONE;
    if (receipt && transport)
        return 0;
    if (transport && slice_is_nocase(slice_of(transport), certified_type_words[TYPE_TRANSPORT])) {
        in->claim = CLAIM_ENVELOPE;
        in->claimed_type = TYPE_TRANSPORT;
    }
    for (int i = 0; receipt && i < TYPE_NONE; i++) {
        if (i != TYPE_TRANSPORT && slice_is_nocase(slice_of(receipt), certified_type_words[i])) {
            in->claim = CLAIM_RECEIPT;
            in->claimed_type = (enum certified_type)i;
        }
    }
    return 0;
}

static bool is_signature_type(const char *type)
{
    return strcmp(type, "application/pkcs7-signature") == 0 || strcmp(type, "application/x-pkcs7-signature") == 0;
}

/* 2.2.2, "signature existence". The parts within the content are wanted too (4.3), but none deeper. */
static int read_structure(struct incoming *in, struct arena *arena)
{
    const struct part_limits limits = { .depth = 2, .parts = part_limits_default.parts };
    struct part top;
    int result = part_read(in->arrival->bytes, &limits, arena, &top);

    if (result == ERROR_LIMIT)
        return 0;
    if (result != 0)
        return result;
    if (strcmp(top.type, "multipart/signed") != 0 || top.child_count != 2 || !is_signature_type(top.children[1].type))
        return 0;
    result = part_decode(&top.children[1], arena, &in->signature);
    if (result != 0)
        return result;
    in->is_signed = true;
    in->content = top.children[0];
    return 0;
}

/* For the envelope's From, texts and log: the reverse path, or the author if there is none (2.1). */
static const char *shown_sender(const struct incoming *in)
{
    const char *author = in->from.count ? in->from.items[0].address : "";

    if (*in->arrival->sender)
        return in->arrival->sender;
    return address_valid(slice_of(author)) ? author : "";
}

static int read_about(struct incoming *in, struct arena *arena)
{
    const struct header *h = &in->original.header;
    const struct arrival *a = in->arrival;
    int result;

    if ((result = read_addresses(h, "From", arena, &in->from)) != 0)
        return result;
    in->about.sender = shown_sender(in);
    if ((result = read_subject(h, arena, &in->about.subject)) != 0 || (result = read_message_id(h, arena, &in->about.msgid)) != 0 ||
        (result = read_reply_to(h, in->about.sender, arena, &in->about.reply_to)) != 0 ||
        (result = read_receipt_form(h, arena, &in->about.form)) != 0)
        return result;
    in->about.recipient_count = a->recipient_count;
    in->about.recipients = arena_array(arena, a->recipient_count, sizeof *in->about.recipients);
    if (!in->about.recipients)
        return ERROR_BUDGET;
    for (size_t i = 0; i < a->recipient_count; i++)
        in->about.recipients[i] = (struct recipient){ .address = a->recipients[i], .certified = true };
    return 0;
}

int incoming_read(const struct arrival *arrival, struct arena *arena, struct incoming *out)
{
    struct incoming in = { .arrival = arrival, .original = { .whole = arrival->bytes, .eight_bit = arrival->eight_bit } };
    int result = header_split(arrival->bytes, arena, &in.original.header, &in.original.body);

    if (result != 0 || (result = read_claim(&in.original.header, arena, &in)) != 0 || (result = read_structure(&in, arena)) != 0 ||
        (result = read_about(&in, arena)) != 0)
        return result;
    *out = in;
    return 0;
}
