/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/part.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "mime/encoding.h"
#include "mime/line.h"

const struct part_limits part_limits_default = { .depth = 30, .parts = 5000 };

enum { FIRST_CAPACITY = 4 };

/* A multipart that is being read, and those around it. */
struct level {
    struct slice boundary;
    const char *child_type; /* of parts that have no Content-Type */
    size_t depth;
    const struct level *outer;
};

/* Where a part ends: a delimiter line of some level, or the end of the entity (level NULL). */
struct delimiter {
    const struct level *level;
    bool closes;
    const char *line;
    const char *next; /* the line behind it */
};

/* The message is read once, from front to back: each line that begins with "-" is compared with all open boundaries. So the
 * time does not grow with the number of parts, and with the depth only where such lines are. */
struct reader {
    const struct part_limits *limits;
    struct arena *arena;
    const char *at; /* the start of a line */
    const char *end;
    size_t parts;
};

/* dash-boundary ["--"] transport-padding (RFC 2046 5.1.1). */
static bool is_delimiter(struct slice line, struct slice boundary, bool *out_closes)
{
    struct slice rest = slice_skip(line, 2 + boundary.size);

    if (line.size < 2 + boundary.size || memcmp(line.data, "--", 2) != 0
        || memcmp(line.data + 2, boundary.data, boundary.size) != 0)
        return false;
    *out_closes = rest.size >= 2 && memcmp(rest.data, "--", 2) == 0;
    if (*out_closes)
        rest = slice_skip(rest, 2);
    for (size_t i = 0; i < rest.size; i++)
        if (!line_is_blank(rest.data[i]))
            return false;
    return true;
}

/* Which level a line delimits; NULL if none. An outer one goes before those inside it: what ends the outer part ends them. */
static const struct level *level_of(struct slice line, const struct level *innermost, bool *out_closes)
{
    const struct level *found = NULL;

    for (const struct level *l = innermost; l; l = l->outer) {
        bool closes;

        if (is_delimiter(line_content(line), l->boundary, &closes)) {
            found = l;
            *out_closes = closes;
        }
    }
    return found;
}

static struct delimiter entity_end(const struct reader *r)
{
    return (struct delimiter){ .line = r->end, .next = r->end };
}

/* Is `line` the start of a line at or behind r->at? */
static bool starts_line(const struct reader *r, const char *line)
{
    return line == r->at || (line - r->at >= 2 && line[-2] == '\r' && line[-1] == '\n');
}

/* The next delimiter from r->at on. */
static struct delimiter find_delimiter(const struct reader *r, const struct level *innermost)
{
    const char *at = innermost ? r->at : r->end;

    while ((at = memchr(at, '-', (size_t)(r->end - at))) != NULL) {
        struct delimiter d = { .line = at };
        struct slice rest = slice_between(at, r->end), line;

        if (!starts_line(r, at)) {
            at++;
            continue;
        }
        line_next(&rest, &line);
        d.next = at = rest.data;
        d.level = level_of(line, innermost, &d.closes);
        if (d.level)
            return d;
    }
    return entity_end(r);
}

/* Go behind the empty line that ends the header; false if a delimiter, or the end of the entity, comes before it. */
static bool skip_header(struct reader *r, const struct level *innermost, struct delimiter *out)
{
    struct slice rest = slice_between(r->at, r->end), line;

    while (line_next(&rest, &line)) {
        struct delimiter d = { .line = line.data, .next = rest.data };

        if (line_is_empty(line)) {
            r->at = rest.data;
            return true;
        }
        d.level = level_of(line, innermost, &d.closes);
        if (d.level) {
            *out = d;
            return false;
        }
    }
    *out = entity_end(r);
    return false;
}

/* The end of the bytes in front of a delimiter: the line end before it is its own (RFC 2046 5.1.1). */
static const char *content_end(const struct delimiter *d)
{
    return d->level ? d->line - 2 : d->line;
}

static char *lower_text(struct arena *arena, struct slice s)
{
    char *text = arena_text(arena, s);

    for (char *c = text; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    return text;
}

static enum part_encoding encoding_of(const struct header *h)
{
    const struct field *f = header_find(h, "Content-Transfer-Encoding");
    struct slice word, second;

    if (!f)
        return ENCODING_IDENTITY;
    parameters_first_words(f->value, &word, &second);
    if (slice_is_nocase(word, "7bit") || slice_is_nocase(word, "8bit") || slice_is_nocase(word, "binary"))
        return ENCODING_IDENTITY;
    if (slice_is_nocase(word, "base64"))
        return ENCODING_BASE64;
    return slice_is_nocase(word, "quoted-printable") ? ENCODING_QUOTED_PRINTABLE : ENCODING_UNKNOWN;
}

/* Content-Type without its parameters, or the default of the place (RFC 2045 5.2, RFC 2046 5.1.5). */
static int read_type(struct part *p, const struct field *f, const char *default_type, struct arena *arena)
{
    struct slice type = SLICE_NONE, subtype = SLICE_NONE;

    if (f)
        parameters_first_words(f->value, &type, &subtype);
    if (type.size == 0 || subtype.size == 0) {
        p->type = default_type;
        return 0;
    }
    p->type = arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(type), SLICE_ARGS(subtype));
    if (p->type)
        p->type = lower_text(arena, slice_of(p->type));
    return p->type ? 0 : ERROR_BUDGET;
}

static int read_parameters(const struct field *f, struct arena *arena, struct parameters *out)
{
    return f ? parameters_read(f->value, arena, out) : 0;
}

static int read_name(struct part *p, struct arena *arena)
{
    int rc = parameters_utf8(&p->disposition_parameters, "filename", arena, &p->name);

    return rc == 0 && !p->name ? parameters_utf8(&p->type_parameters, "name", arena, &p->name) : rc;
}

static int read_charset(struct part *p, struct arena *arena)
{
    int rc = parameters_text(&p->type_parameters, "charset", arena, &p->charset);

    if (rc != 0 || !p->charset)
        return rc;
    p->charset = lower_text(arena, slice_of(p->charset));
    return p->charset ? 0 : ERROR_BUDGET;
}

/* What the header says. */
static int describe(struct part *p, const char *default_type, struct arena *arena)
{
    const struct field *type = header_find(&p->header, "Content-Type");
    int rc = read_type(p, type, default_type, arena);

    if (rc == 0)
        rc = read_parameters(type, arena, &p->type_parameters);
    if (rc == 0)
        rc = read_parameters(header_find(&p->header, "Content-Disposition"), arena, &p->disposition_parameters);
    if (rc == 0)
        rc = read_charset(p, arena);
    if (rc == 0)
        rc = read_name(p, arena);
    p->encoding = encoding_of(&p->header);
    return rc;
}

static int add_child(struct part *p, size_t *capacity, struct arena *arena, const struct part *child)
{
    if (p->child_count == *capacity) {
        size_t grown = *capacity ? *capacity * 2 : FIRST_CAPACITY;
        struct part *children = arena_array(arena, grown, sizeof *children);

        if (!children)
            return ERROR_BUDGET;
        if (p->child_count)
            memcpy(children, p->children, p->child_count * sizeof *children);
        p->children = children;
        *capacity = grown;
    }
    p->children[p->child_count++] = *child;
    return 0;
}

static int read_part(struct reader *r, const struct level *outer, struct part *out, struct delimiter *out_end);

/* Preamble, parts and epilogue of a multipart. */
static int read_children(struct reader *r, const struct level *level, struct part *p, struct delimiter *out_end)
{
    struct delimiter d = find_delimiter(r, level);
    size_t capacity = 0;

    while (d.level == level && !d.closes) {
        struct part child = { 0 };
        int rc;

        r->at = d.next;
        rc = read_part(r, level, &child, &d);
        if (rc == 0)
            rc = add_child(p, &capacity, r->arena, &child);
        if (rc != 0)
            return rc;
    }
    if (d.level == level) {
        r->at = d.next;
        d = find_delimiter(r, level->outer);
    }
    *out_end = d;
    return 0;
}

static int read_body(struct reader *r, const struct level *outer, struct part *p, struct delimiter *out_end)
{
    struct level level = { .child_type = "text/plain", .depth = outer ? outer->depth + 1 : 1, .outer = outer };
    const char *boundary = NULL;
    int rc = 0;

    if (strncmp(p->type, "multipart/", 10) == 0 && level.depth <= r->limits->depth)
        rc = parameters_text(&p->type_parameters, "boundary", r->arena, &boundary);
    if (rc != 0)
        return rc;
    if (!boundary || !*boundary) {
        *out_end = find_delimiter(r, outer);
        return 0;
    }
    level.boundary = slice_of(boundary);
    if (strcmp(p->type, "multipart/digest") == 0)
        level.child_type = "message/rfc822";
    return read_children(r, &level, p, out_end);
}

static int read_part(struct reader *r, const struct level *outer, struct part *out, struct delimiter *out_end)
{
    const char *start = r->at, *body, *end;
    bool has_body = skip_header(r, outer, out_end);
    struct slice head, none;
    int rc;

    /* Two delimiters with nothing between them share a line end: the part is empty, and before it. */
    if (!has_body && start > content_end(out_end))
        start = content_end(out_end);
    head = slice_between(start, has_body ? r->at : content_end(out_end));
    if (++r->parts > r->limits->parts)
        return ERROR_LIMIT;
    rc = header_split(head, r->arena, &out->header, &none);
    if (rc == 0)
        rc = describe(out, outer ? outer->child_type : "text/plain", r->arena);
    if (rc == 0 && has_body)
        rc = read_body(r, outer, out, out_end);
    if (rc != 0)
        return rc;
    end = content_end(out_end);
    body = start + head.size;
    /* A delimiter right behind the empty line has that line's end for its own. */
    out->raw = slice_between(start, end);
    out->body = slice_between(body < end ? body : end, end);
    return 0;
}

int part_read(struct slice entity, const struct part_limits *limits, struct arena *arena, struct part *out)
{
    const char *data = entity.size ? entity.data : "";
    struct reader r = { .limits = limits, .arena = arena, .at = data, .end = data + entity.size };
    struct part p = { 0 };
    struct delimiter end;
    int rc = read_part(&r, NULL, &p, &end);

    if (rc == 0)
        *out = p;
    return rc;
}

int part_decode(const struct part *p, struct arena *arena, struct slice *out)
{
    bool base64 = p->encoding == ENCODING_BASE64;
    char *decoded;

    if (!base64 && p->encoding != ENCODING_QUOTED_PRINTABLE) {
        *out = p->body;
        return 0;
    }
    decoded = arena_alloc(arena, base64 ? mime_base64_room(p->body.size) : p->body.size);
    if (!decoded)
        return ERROR_BUDGET;
    out->size = base64 ? mime_decode_base64(p->body, decoded) : mime_decode_quoted_printable(p->body, decoded);
    out->data = decoded;
    return 0;
}

const struct part *part_find_type(const struct part *p, const char *type)
{
    if (strcmp(p->type, type) == 0)
        return p;
    for (size_t i = 0; i < p->child_count; i++) {
        const struct part *found = part_find_type(&p->children[i], type);

        if (found)
            return found;
    }
    return NULL;
}

int part_parameter(const struct part *p, const char *name, struct arena *arena, const char **out)
{
    return parameters_text(&p->type_parameters, name, arena, out);
}
