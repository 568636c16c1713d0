/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/holder.h"

#include <string.h>

#include "mime/address.h"
#include "pec/plan.h"

/* A local part that may be quoted, or written in JSON in another way, is looked for by the domain alone. */
static bool is_plain(struct slice local)
{
    return slice_find_byte(local, '"') == local.size && slice_find_byte(local, '\\') == local.size;
}

bool holder_may_be_named(struct slice address, struct slice line)
{
    struct slice domain = address_domain(address), local = { address.data, address.size - domain.size - 1 };

    for (size_t at = 0, next; (next = slice_find_byte(slice_skip(line, at), '@')) < line.size - at; at += next + 1) {
        struct slice behind = slice_skip(line, at + next + 1), before = { line.data, at + next };

        if (behind.size < domain.size || !slice_equal_nocase((struct slice){ behind.data, domain.size }, domain))
            continue;
        if (!is_plain(local) || (before.size && before.data[before.size - 1] == '"') || (before.size && before.data[before.size - 1] == '\\'))
            return true;
        if (before.size >= local.size && slice_equal_nocase(slice_skip(before, before.size - local.size), local))
            return true;
    }
    return false;
}

static bool is_holder(struct slice address, const json_t *value)
{
    const json_t *text = json_is_object(value) ? json_object_get(value, "address") : value;

    return json_is_string(text) && address_same((struct slice){ json_string_value(text), json_string_length(text) }, address);
}

/* What a recipient may see beside himself, by the line's verdict. */
static bool may_see(const json_t *event, bool is_alone)
{
    const char *word = json_string_value(json_object_get(event, "verdict"));
    int verdict = 0;

    while (verdict < VERDICT_COUNT && (!word || strcmp(word, verdict_names[verdict]) != 0))
        verdict++;
    switch (verdict) {
    case VERDICT_ACCEPTED:
    case VERDICT_ENVELOPE:
        return true;
    case VERDICT_NOT_ACCEPTED:
    case VERDICT_NOT_ACCEPTED_VIRUS:
        return false;
    default:
        return is_alone;
    }
}

enum holder_view holder_view(struct slice address, const json_t *event)
{
    const json_t *recipients = json_object_get(event, "recipients");
    bool is_recipient = is_holder(address, json_object_get(event, "recipient"));
    size_t count = json_array_size(recipients);

    if (is_holder(address, json_object_get(event, "sender")))
        return HOLDER_SHOWN;
    for (size_t i = 0; i < count && !is_recipient; i++)
        is_recipient = is_holder(address, json_array_get(recipients, i));
    if (!is_recipient)
        return HOLDER_NOT_NAMED;
    return may_see(event, count <= 1) ? HOLDER_SHOWN : HOLDER_WITHHELD;
}
