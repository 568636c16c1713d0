/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/line.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Drop `ending` from the end; false if it does not stand there. */
static bool drop_ending(struct slice *s, struct slice ending)
{
    if (s->size < ending.size || memcmp(s->data + s->size - ending.size, ending.data, ending.size) != 0)
        return false;
    s->size -= ending.size;
    return true;
}

/* Drop a hash and what introduces it. */
static bool drop_hash(struct slice *s, struct slice before, struct slice *out_hash)
{
    if (s->size < LEDGER_HEX_SIZE)
        return false;
    *out_hash = (struct slice){ s->data + s->size - LEDGER_HEX_SIZE, LEDGER_HEX_SIZE };
    s->size -= LEDGER_HEX_SIZE;
    return drop_ending(s, before);
}

bool ledger_hash_split(struct slice line, struct slice *out_text, struct slice *out_hash)
{
    if (!drop_ending(&line, SLICE("\"}\n")) || !drop_hash(&line, SLICE(",\"hash\":\""), out_hash))
        return false;
    *out_text = line;
    return true;
}

/* Digits from behind, without a leading zero. */
static bool drop_number(struct slice *s, uint64_t *out_number)
{
    struct slice digits = { s->data + s->size, 0 };
    unsigned long long number;

    while (digits.size < s->size && digits.data[-1] >= '0' && digits.data[-1] <= '9')
        digits = (struct slice){ digits.data - 1, digits.size + 1 };
    if (!slice_number(digits, &number) || digits.data[0] == '0')
        return false;
    s->size -= digits.size;
    *out_number = number;
    return true;
}

static bool is_id_byte(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool drop_id(struct slice *s, struct slice *out_id)
{
    struct slice id = { s->data + s->size, 0 };

    while (id.size < s->size && id.size <= LEDGER_ID_MAX && is_id_byte(id.data[-1]))
        id = (struct slice){ id.data - 1, id.size + 1 };
    if (id.size == 0 || id.size > LEDGER_ID_MAX)
        return false;
    s->size -= id.size;
    *out_id = id;
    return drop_ending(s, SLICE(",\"id\":\""));
}

bool ledger_line_read(struct slice line, struct ledger_line *out)
{
    struct ledger_line parts;
    struct slice rest;

    if (!ledger_hash_split(line, &parts.text, &parts.hash))
        return false;
    rest = parts.text;
    if (!drop_ending(&rest, SLICE("\"")) || !drop_hash(&rest, SLICE(",\"previous\":\""), &parts.previous) ||
        !drop_number(&rest, &parts.n) || !drop_ending(&rest, SLICE("\",\"n\":")) || !drop_id(&rest, &parts.id))
        return false;
    *out = parts;
    return true;
}

bool ledger_hash_holds(struct digest *sha256, struct slice text, struct slice hash)
{
    unsigned char made[LEDGER_HASH_SIZE];
    char hex[LEDGER_HEX_SIZE + 1];

    digest_update(sha256, text);
    digest_final(sha256, made);
    hex_write((struct slice){ (const char *)made, sizeof made }, hex);
    return slice_is(hash, hex);
}

int ledger_hash_append(struct buffer *out, size_t start, unsigned char out_hash[LEDGER_HASH_SIZE])
{
    char hex[LEDGER_HEX_SIZE + 1], ending[LEDGER_HEX_SIZE + 16];
    unsigned char hash[LEDGER_HASH_SIZE];
    int result = digest_slice(DIGEST_SHA256, slice_skip(buffer_data(out), start), hash);

    if (result != 0)
        return result;
    hex_write((struct slice){ (const char *)hash, sizeof hash }, hex);
    snprintf(ending, sizeof ending, ",\"hash\":\"%s\"}\n", hex);
    result = buffer_append(out, slice_of(ending));
    if (result == 0)
        memcpy(out_hash, hash, sizeof hash);
    return result;
}

/* --- writing ---------------------------------------------------------------------------------------------------------------- */

static bool is_id(const char *id)
{
    size_t size = 0;

    while (size <= LEDGER_ID_MAX && is_id_byte(id[size]))
        size++;
    return size > 0 && size <= LEDGER_ID_MAX && id[size] == '\0';
}

static int check_event(struct slice event, struct error *e)
{
    static const char *const ours[] = { "id", "n", "previous", "hash" };
    json_error_t where;
    json_t *object;
    int result = 0;

    if (slice_find_byte(event, '\n') < event.size || slice_find_byte(event, '\r') < event.size)
        return error_set(e, ERROR_SYNTAX, "an event for the legal log is not one line");
    object = json_loadb(event.data ? event.data : "", event.size, JSON_REJECT_DUPLICATES, &where);
    if (!object)
        return error_set(e, ERROR_SYNTAX, "an event for the legal log is not JSON: %s", where.text);
    if (json_object_size(object) == 0)
        result = error_set(e, ERROR_SYNTAX, "an event for the legal log is not an object with fields");
    for (size_t i = 0; result == 0 && i < sizeof ours / sizeof ours[0]; i++)
        if (json_object_get(object, ours[i]))
            result = error_set(e, ERROR_SYNTAX, "an event for the legal log has a field \"%s\" of its own", ours[i]);
    json_decref(object);
    return result;
}

int ledger_line_write(struct buffer *out, struct slice event, const char *id, struct ledger_head *head, struct error *e)
{
    size_t start = buffer_data(out).size;
    struct ledger_head next = { .count = head->count + 1 };
    char previous[LEDGER_HEX_SIZE + 1], added[LEDGER_ID_MAX + LEDGER_HEX_SIZE + 64];
    int result;

    event = slice_trim(event);
    if (!is_id(id))
        return error_set(e, ERROR_SYNTAX, "an event for the legal log has no proper id");
    result = check_event(event, e);
    if (result != 0)
        return result;
    hex_write((struct slice){ (const char *)head->hash, sizeof head->hash }, previous);
    snprintf(added, sizeof added, ",\"id\":\"%s\",\"n\":%llu,\"previous\":\"%s\"", id, (unsigned long long)next.count, previous);
    result = buffer_append(out, (struct slice){ event.data, event.size - 1 });
    if (result == 0)
        result = buffer_append(out, slice_of(added));
    if (result == 0)
        result = ledger_hash_append(out, start, next.hash);
    if (result != 0)
        return error_set(e, result, "an event of %zu bytes for the legal log: %s", event.size, error_row(result)->text);
    *head = next;
    return 0;
}

/* --- the chain -------------------------------------------------------------------------------------------------------------- */

int ledger_chain_begin(struct ledger_chain *chain, const struct ledger_head *head, struct error *e)
{
    struct ledger_chain begun = { .digest = digest_new(DIGEST_SHA256), .count = head->count };

    if (!begun.digest)
        return error_set(e, ERROR_MEMORY, "no memory for a digest");
    hex_write((struct slice){ (const char *)head->hash, sizeof head->hash }, begun.hash);
    *chain = begun;
    return 0;
}

void ledger_chain_end(struct ledger_chain *chain)
{
    digest_free(&chain->digest);
}

enum ledger_verdict ledger_chain_next(struct ledger_chain *chain, struct slice line, struct ledger_line *out_line)
{
    struct ledger_line parts;

    if (!ledger_line_read(line, &parts) || !ledger_hash_holds(chain->digest, parts.text, parts.hash))
        return LEDGER_CHANGED;
    *out_line = parts;
    if (chain->hash[0] && parts.n != chain->count + 1)
        return LEDGER_MISPLACED;
    if (chain->hash[0] && !slice_is(parts.previous, chain->hash))
        return LEDGER_UNLINKED;
    chain->count = parts.n;
    text_copy(chain->hash, sizeof chain->hash, parts.hash);
    return LEDGER_GOOD;
}

struct ledger_head ledger_chain_head(const struct ledger_chain *chain)
{
    struct ledger_head head = { .count = chain->count };

    hex_read(slice_of(chain->hash), head.hash, sizeof head.hash);
    return head;
}
