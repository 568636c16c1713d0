/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/brief.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "mime/part.h"

/* 3.3.2.2: a CMS object cannot be taken apart, and the signature of a signed original must be left as it is. The law speaks of the
 * message itself; inside of it they stay as well: more proof does no harm, less of it may. */
static bool is_untouchable(const char *type)
{
    static const char *const types[] = { "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature",
                                         "application/x-pkcs7-signature", "application/x-pkcs-signature" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* Is it the parameter, or one of its sections (RFC 2231 3)? */
static bool is_section(const struct parameter *p, const char *name)
{
    size_t n = strlen(name);

    return slice_starts_nocase(p->name, name) && (p->name.size == n || p->name.data[n] == '*');
}

static bool is_named(const struct parameters *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (is_section(&p->items[i], name))
            return true;
    return false;
}

/* A file, or a message inside the message. */
static bool is_file(const struct part *p)
{
    return is_named(&p->type_parameters, "name") || is_named(&p->disposition_parameters, "filename") ||
           strcmp(p->type, "message/rfc822") == 0;
}

/* A quoted string whose last quote is none but belongs to an escape is not closed. */
static bool is_closed(struct slice quoted)
{
    size_t escapes = 0;

    while (escapes + 2 < quoted.size && quoted.data[quoted.size - 2 - escapes] == '\\')
        escapes++;
    return quoted.size > 1 && quoted.data[quoted.size - 1] == '"' && escapes % 2 == 0;
}

/* A name, or one section of it, as it stood; with the suffix if that belongs here. */
static void name_section(struct slice raw, bool is_end, struct rope *out)
{
    bool is_quoted = raw.size && raw.data[0] == '"';

    rope_add(out, (struct slice){ raw.data, raw.size - (is_quoted && is_closed(raw) ? 1 : 0) });
    rope_text(out, is_end ? ".hash" : "");
    rope_text(out, is_quoted ? "\"" : "");
}

/* The number of a section ("filename*1*" has 1), or -1 for a parameter that is the whole name (RFC 2231 3, 4). */
static long long section_number(const struct parameter *p, size_t name_size)
{
    struct slice rest = slice_skip(p->name, name_size + 1), digits;
    unsigned long long number;

    slice_cut(&rest, '*', &digits);
    return slice_number(digits, &number) && number < PARAMETERS_MAX ? (long long)number : -1;
}

/* The parameter `name` in its old forms, RFC 2231 sections and all, as parameter `written_as`, naming the hash: each form ends with the
 * suffix, so that it does not matter which of them a reader prefers. */
static void name_parameter(const struct parameters *p, const char *name, const char *written_as, struct rope *out)
{
    size_t size = strlen(name);
    long long last = -1;

    for (size_t i = 0; i < p->count; i++)
        if (is_section(&p->items[i], name) && section_number(&p->items[i], size) > last)
            last = section_number(&p->items[i], size);
    for (size_t i = 0; i < p->count; i++) {
        long long number;

        if (!is_section(&p->items[i], name))
            continue;
        number = section_number(&p->items[i], size);
        rope_printf(out, ";\r\n\t%s%.*s=", written_as, SLICE_ARGS(slice_skip(p->items[i].name, size)));
        name_section(p->items[i].raw, number == -1 || number == last, out);
    }
}

/* The hash of the part's body as it stands in the message. */
static int write_hash(const struct part *p, enum digest_kind kind, struct rope *out)
{
    unsigned char hash[DIGEST_MAX];
    char hex[DIGEST_HEX_MAX];
    const struct parameters *from = &p->type_parameters;
    const char *name = "name";

    if (digest_slice(kind, p->body, hash) != 0)
        return ERROR_MEMORY;
    hex_write((struct slice){ (const char *)hash, digest_size(kind) }, hex);
    if (is_named(&p->disposition_parameters, "filename")) {
        from = &p->disposition_parameters;
        name = "filename";
    }
    rope_text(out, "Content-Type: text/plain; charset=us-ascii");
    name_parameter(from, name, "name", out);
    rope_text(out, "\r\nContent-Disposition: attachment");
    name_parameter(from, name, "filename", out);
    rope_printf(out, "\r\nContent-Transfer-Encoding: 7bit\r\n\r\n%s", hex);
    return 0;
}

/* Where writing stands: what lies between `done` and the next replaced part is copied as a slice. */
struct brief {
    const char *done;
    enum digest_kind hash;
    struct rope *out;
};

static int replace(struct brief *b, const struct part *p)
{
    rope_add(b->out, slice_between(b->done, p->raw.data));
    b->done = p->raw.data + p->raw.size;
    return write_hash(p, b->hash, b->out);
}

static int visit(struct brief *b, const struct part *p, bool is_top)
{
    int result = 0;

    if (is_untouchable(p->type))
        return 0;
    if (!is_top && is_file(p))
        return replace(b, p);
    for (size_t i = 0; i < p->child_count && result == 0; i++)
        result = visit(b, &p->children[i], false);
    return result;
}

int brief_write(struct slice message, enum digest_kind hash, struct rope *out)
{
    struct brief b = { .done = message.data, .hash = hash, .out = out };
    struct part top;
    int result = part_read(message, &part_limits_default, out->arena, &top);

    if (result != 0)
        return result;
    result = visit(&b, &top, true);
    if (result == 0 && message.size)
        rope_add(out, slice_between(b.done, message.data + message.size));
    return result != 0 ? result : rope_ok(out) ? 0 : ERROR_BUDGET;
}
