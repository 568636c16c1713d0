/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/brief.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "mime/part.h"

/* 3.3.2.2: a CMS object cannot be taken apart, and the signature of a signed original must be left as it is. */
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

/* One section of the name as it stood, with the suffix at its end if it is the last one. */
static void name_section(struct slice raw, bool is_last, struct rope *out)
{
    bool is_quoted = raw.size > 1 && raw.data[raw.size - 1] == '"';

    rope_add(out, (struct slice){ raw.data, raw.size - (is_quoted ? 1 : 0) });
    rope_text(out, is_last ? ".hash" : "");
    rope_text(out, is_quoted ? "\"" : "");
}

/* The parameter `name` in its old form, RFC 2231 sections and all, as parameter `written_as`, naming the hash. */
static void name_parameter(const struct parameters *p, const char *name, const char *written_as, struct rope *out)
{
    size_t last = p->count;

    for (size_t i = 0; i < p->count; i++)
        if (is_section(&p->items[i], name))
            last = i;
    for (size_t i = 0; i < p->count; i++) {
        if (!is_section(&p->items[i], name))
            continue;
        rope_printf(out, ";\r\n\t%s%.*s=", written_as, SLICE_ARGS(slice_skip(p->items[i].name, strlen(name))));
        name_section(p->items[i].raw, i == last, out);
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
