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
#include "mime/parameter.h"

enum part_encoding { ENCODING_IDENTITY, ENCODING_BASE64, ENCODING_QUOTED_PRINTABLE, ENCODING_UNKNOWN };

struct part {
    struct slice raw;  /* header and body */
    struct slice body; /* behind the empty line; of a part in a multipart, without the line end before the boundary */
    struct header header;
    const char *type;    /* "text/plain", in lower case; the default of its place if the field is absent or malformed */
    const char *charset; /* of Content-Type, in lower case; NULL if there is none */
    const char *name;    /* file name: filename of Content-Disposition, else name of Content-Type; RFC 2231 sections joined and
                            decoded, encoded words decoded; valid UTF-8, may hold controls; NULL if there is none */
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

/* Read an entity. Multiparts are opened, message/rfc822 is a leaf. A delimiter line is CRLF, "--", exactly the boundary, "--"
 * if it closes, blanks, CRLF; one of an outer multipart ends all parts inside (also within their header). A multipart without
 * its closing delimiter ends with its last part's bytes; one without a boundary, or without any part, is a leaf. The time
 * grows with the size alone, save that lines with "--" in front are compared with all open boundaries. ERROR_LIMIT (also: too
 * many fields or parameters), ERROR_BUDGET. */
int part_read(struct slice entity, const struct part_limits *limits, struct arena *arena, struct part *out);

/* The body with its transfer encoding undone; the body itself if it has none, or one that is not known. Characters outside
 * the base64 alphabet are passed over. ERROR_BUDGET. */
int part_decode(const struct part *p, struct arena *arena, struct slice *out);

/* The first part of that type in the tree, `p` itself included, depth first; NULL. */
const struct part *part_find_type(const struct part *p, const char *type);

/* A parameter of Content-Type without its quotes, *out NULL if absent; RFC 2231 sections joined (parameters_text).
 * ERROR_BUDGET. */
int part_parameter(const struct part *p, const char *name, struct arena *arena, const char **out);

#endif
