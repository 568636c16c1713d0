/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The MIME structure of a message as slices of it (RFC 2045, 2046): every part knows its exact bytes, so that it can be
 * hashed, verified, replaced or passed on without being written anew.
 */
#ifndef OPEC_MIME_PART_H
#define OPEC_MIME_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "mime/header.h"

/* A parameter of Content-Type or Content-Disposition as it stands: "filename*0" has its section and asterisk in the name. */
struct parameter {
    struct slice name;
    struct slice raw; /* with its quotes */
};

struct parameters {
    struct parameter *items;
    size_t count;
};

enum part_encoding { ENCODING_IDENTITY, ENCODING_BASE64, ENCODING_QUOTED_PRINTABLE, ENCODING_UNKNOWN };

struct part {
    struct slice raw;  /* header and body */
    struct slice body; /* behind the empty line; of a part in a multipart, without the line end before the boundary */
    struct header header;
    const char *type;    /* "text/plain", in lower case; the default of its place if the field is absent or malformed */
    const char *charset; /* in lower case; NULL if there is none */
    const char *name;    /* file name: filename of Content-Disposition, else name of Content-Type; RFC 2231 sections joined and
                            decoded, encoded words decoded; UTF-8; NULL if there is none */
    struct parameters type_parameters;
    struct parameters disposition_parameters;
    enum part_encoding encoding;
    struct part *children; /* of a multipart */
    size_t child_count;
};

struct part_limits {
    size_t depth; /* nested multiparts; deeper ones stay leaves */
    size_t parts; /* in all; ERROR_LIMIT above */
};

extern const struct part_limits part_limits_default; /* 30 deep, 5000 parts */

/* Read an entity. Multiparts are opened, message/rfc822 is a leaf. A multipart without its closing delimiter ends with its
 * last part's bytes; one without a boundary, or without any part, is a leaf. ERROR_LIMIT, ERROR_BUDGET. */
int part_read(struct slice entity, const struct part_limits *limits, struct arena *arena, struct part *out);

/* The body with its transfer encoding undone; the body itself if it has none. Characters outside the base64 alphabet are passed
 * over. ERROR_BUDGET. */
int part_decode(const struct part *p, struct arena *arena, struct slice *out);

/* The first part of that type in the tree, `p` itself included, depth first; NULL. */
const struct part *part_find_type(const struct part *p, const char *type);

/* A parameter of Content-Type without its quotes, NULL if absent; RFC 2231 sections joined. */
int part_parameter(const struct part *p, const char *name, struct arena *arena, const char **out);

#endif
