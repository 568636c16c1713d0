/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/address.h"

#include <string.h>

#include "base/error.h"
#include "mime/line.h"
#include "mime/token.h"

enum {
    FIRST_CAPACITY = 4,
    LOCAL_PART_MAX = 64, /* RFC 5321 4.5.3.1.1 */
    DOMAIN_MAX = 255,    /* RFC 5321 4.5.3.1.2 */
};

/* A text in the making; its room was taken for the whole value at once. */
struct text {
    char *bytes;
    size_t size;
};

struct reader {
    struct tokens tokens;
    struct arena *arena;
    struct address_list list;
    size_t capacity;
    bool in_group;
    /* The words in hand are a display name (or that of a group) if "<" or ":" follows, a local part if "@" does. */
    struct text name;
    struct text address;
    const char *local_fault; /* why they are no local part; NULL if they are one */
    int code;                /* ERROR_BUDGET, ERROR_LIMIT */
};

static bool fault(struct reader *r, const char *words)
{
    r->list.fault = r->tokens.kind == TOKEN_FAULT ? r->tokens.fault : words;
    return false;
}

static bool fail(struct reader *r, int code)
{
    r->code = code;
    return false;
}

static void append(struct text *t, struct slice s)
{
    memcpy(t->bytes + t->size, s.data, s.size);
    t->size += s.size;
}

static bool is_word(int kind)
{
    return kind == TOKEN_ATOM || kind == TOKEN_QUOTED || kind == TOKEN_ENCODED;
}

/* A word of a display name: one space for blanks and comments before it, quotes and escapes off. */
static void append_to_name(struct text *name, const struct tokens *t)
{
    struct slice s = t->text;

    if (t->gap && name->size)
        name->bytes[name->size++] = ' ';
    if (t->kind != TOKEN_QUOTED) {
        append(name, s);
        return;
    }
    for (size_t i = 1; i + 1 < s.size; i++) {
        if (s.data[i] == '\\')
            i++;
        if (s.data[i] != '\r' && s.data[i] != '\n')
            name->bytes[name->size++] = s.data[i];
    }
}

/* What stands in a local part behind what was there: dot-atom or one quoted string (RFC 5322 3.4.1). */
static const char *local_part_fault(int before, size_t count, int kind)
{
    if (kind == '.')
        return before == TOKEN_ATOM ? NULL : "a dot out of its place in a local part";
    if (kind == TOKEN_ENCODED)
        return "an encoded word in a local part";
    if (kind == TOKEN_QUOTED)
        return count == 0 ? NULL : "a local part that is partly quoted";
    return count == 0 || before == '.' ? NULL : "words before an address that is not in angle brackets";
}

/* Words and dots. Dots in a display name are obsolete (RFC 5322 4.1) and in wide use: S.p.A. */
static void read_words(struct reader *r)
{
    int before = TOKEN_END;

    r->name.size = r->address.size = 0;
    r->local_fault = NULL;
    for (size_t count = 0; is_word(r->tokens.kind) || r->tokens.kind == '.'; count++) {
        struct tokens *t = &r->tokens;

        if (!r->local_fault)
            r->local_fault = local_part_fault(before, count, t->kind);
        append_to_name(&r->name, t);
        r->address.size += line_unfold(t->text, r->address.bytes + r->address.size);
        before = t->kind;
        tokens_next(t);
    }
    if (!r->local_fault && before == TOKEN_END)
        r->local_fault = "an address without a local part";
    if (!r->local_fault && before == '.')
        r->local_fault = "a dot at the end of a local part";
}

/* Blanks in a domain literal have no meaning (RFC 5322 3.4.1). */
static void append_literal(struct text *t, struct slice literal)
{
    for (size_t i = 0; i < literal.size; i++)
        if (literal.data[i] > ' ')
            t->bytes[t->size++] = literal.data[i];
}

/* "@" and what follows it. */
static bool read_domain(struct reader *r)
{
    struct tokens *t = &r->tokens;

    if (t->kind != '@')
        return fault(r, "an address without a domain");
    if (r->local_fault)
        return fault(r, r->local_fault);
    append(&r->address, t->text);
    tokens_next(t);
    if (t->kind == TOKEN_LITERAL) {
        append_literal(&r->address, t->text);
        tokens_next(t);
        return true;
    }
    for (;;) {
        if (t->kind != TOKEN_ATOM)
            return fault(r, "a malformed domain");
        append(&r->address, t->text);
        tokens_next(t);
        if (t->kind != '.')
            return true;
        append(&r->address, t->text);
        tokens_next(t);
    }
}

static bool add_mailbox(struct reader *r, const char *name)
{
    struct address_list *list = &r->list;
    char *address = arena_text(r->arena, (struct slice){ r->address.bytes, r->address.size });

    if (list->count == ADDRESS_LIST_MAX)
        return fail(r, ERROR_LIMIT);
    if (list->count == r->capacity) {
        size_t grown = r->capacity ? r->capacity * 2 : FIRST_CAPACITY;
        struct mailbox *items = arena_array(r->arena, grown, sizeof *items);

        if (!items)
            return fail(r, ERROR_BUDGET);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        r->capacity = grown;
    }
    if (!address)
        return fail(r, ERROR_BUDGET);
    list->items[list->count++] = (struct mailbox){ .name = name, .address = address };
    return true;
}

/* name-addr = [display-name] "<" addr-spec ">"; the name and "<" are behind us. */
static bool read_angle_address(struct reader *r, const char *name)
{
    tokens_next(&r->tokens);
    read_words(r);
    if (!read_domain(r))
        return false;
    if (r->tokens.kind != '>')
        return fault(r, "an angle bracket that is not closed");
    tokens_next(&r->tokens);
    return add_mailbox(r, name);
}

/* mailbox = name-addr / addr-spec, or the head of a group: display-name ":". */
static bool read_element(struct reader *r)
{
    bool named = is_word(r->tokens.kind);
    const char *name = NULL;

    read_words(r);
    if (r->tokens.kind == '@')
        return read_domain(r) && add_mailbox(r, NULL);
    if (r->tokens.kind == '<') {
        if (r->name.size && !named)
            return fault(r, "a display name that begins with a dot");
        if (named)
            name = arena_text(r->arena, (struct slice){ r->name.bytes, r->name.size });
        return named && !name ? fail(r, ERROR_BUDGET) : read_angle_address(r, name);
    }
    if (r->tokens.kind != ':' || !named || r->in_group)
        return fault(r, r->name.size ? "words without an address" : "a character out of its place");
    tokens_next(&r->tokens);
    r->in_group = true;
    return true;
}

/* What follows an element: a comma or an end. The mailbox in front of anything else is not what its author meant. */
static bool read_separator(struct reader *r, size_t count_before)
{
    int kind = r->tokens.kind;

    if (kind == ',' || kind == TOKEN_END || (kind == ';' && r->in_group))
        return true;
    r->list.count = count_before;
    return fault(r, "no comma between two addresses");
}

/* address-list, with empty elements as in obs-addr-list and obs-group-list (RFC 5322 4.4). */
static bool read_list(struct reader *r)
{
    struct tokens *t = &r->tokens;
    bool any = false;

    for (;;) {
        bool group_before = r->in_group;
        size_t count_before = r->list.count;

        while (t->kind == ',')
            tokens_next(t);
        if (t->kind == TOKEN_END && r->in_group)
            return fault(r, "a group that does not end");
        if (t->kind == TOKEN_END)
            return any || fault(r, "no address");
        if (r->in_group && t->kind == ';') {
            r->in_group = false;
            tokens_next(t);
        } else if (!read_element(r)) {
            return false;
        }
        any = true;
        if (r->in_group && !group_before)
            continue; /* no comma behind the head of a group */
        if (!read_separator(r, count_before))
            return false;
    }
}

int address_list_read(struct slice value, struct arena *arena, struct address_list *out)
{
    struct reader r = { .arena = arena };

    if (slice_trim(value).size == 0) {
        *out = r.list;
        return 0;
    }
    r.name.bytes = arena_alloc(arena, value.size);
    r.address.bytes = arena_alloc(arena, value.size);
    if (!r.name.bytes || !r.address.bytes)
        return ERROR_BUDGET;
    r.tokens = tokens_of(value);
    read_list(&r);
    if (r.code == 0)
        *out = r.list;
    return r.code;
}

/* RFC 5322 3.2.3: dot-atom-text. */
static bool is_dot_atom(struct slice s)
{
    bool atom = false;

    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] == '.' ? !atom : !token_is_atext(s.data[i]))
            return false;
        atom = s.data[i] != '.';
    }
    return atom;
}

static bool has_controls(struct slice s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i] < ' ' || s.data[i] == 127)
            return true;
    return false;
}

/* The local part at the front: up to "@", or the whole quoted string. */
static struct slice local_part(struct slice address)
{
    size_t quoted = token_quoted_size(address);

    return (struct slice){ address.data, quoted ? quoted : slice_find_byte(address, '@') };
}

bool address_valid(struct slice address)
{
    struct slice local = local_part(address), domain = slice_skip(address, local.size + 1);

    if (local.size == 0 || local.size > LOCAL_PART_MAX || domain.size == 0 || domain.size > DOMAIN_MAX)
        return false;
    if (address.data[local.size] != '@' || has_controls(address))
        return false;
    return (is_dot_atom(local) || token_quoted_size(local) == local.size)
        && (is_dot_atom(domain) || (token_literal_size(domain) == domain.size && !memchr(domain.data, ' ', domain.size)));
}

struct slice address_domain(struct slice address)
{
    const char *at = address.size ? memrchr(address.data, '@', address.size) : NULL;

    return at ? slice_between(at + 1, address.data + address.size) : SLICE_NONE;
}

/* The next byte of a local part as it is meant, without quotes and escapes; false at the end. */
static bool next_meant(struct slice *local, char *out)
{
    while (local->size && local->data[0] == '"')
        *local = slice_skip(*local, 1);
    if (local->size > 1 && local->data[0] == '\\')
        *local = slice_skip(*local, 1);
    if (local->size == 0)
        return false;
    *out = local->data[0];
    *local = slice_skip(*local, 1);
    return true;
}

static bool same_local_part(struct slice a, struct slice b)
{
    char x = 0, y = 0;
    bool more_a, more_b;

    do {
        more_a = next_meant(&a, &x);
        more_b = next_meant(&b, &y);
    } while (more_a && more_b && slice_equal_nocase((struct slice){ &x, 1 }, (struct slice){ &y, 1 }));
    return !more_a && !more_b;
}

bool address_same(struct slice a, struct slice b)
{
    struct slice local_a = local_part(a), local_b = local_part(b);

    return same_local_part(local_a, local_b)
        && slice_equal_nocase(slice_skip(a, local_a.size), slice_skip(b, local_b.size));
}
