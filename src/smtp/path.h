/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The arguments of MAIL and RCPT (RFC 5321 4.1.2, RFC 3461 4, RFC 1870, RFC 6152).
 */
#ifndef OPEC_SMTP_PATH_H
#define OPEC_SMTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum { SMTP_PARAMETERS_MAX = 12 };

struct smtp_parameter {
    struct slice name;
    struct slice value; /* empty without "=" */
};

struct smtp_path {
    struct slice address; /* without brackets; empty for <> */
    struct smtp_parameter parameters[SMTP_PARAMETERS_MAX];
    size_t parameter_count;
};

/* Read "FROM:<a@b> SIZE=1" (after the verb and its blank); `keyword` is "FROM:" or "TO:". A source route is dropped. False if it
 * is malformed: no brackets, an address that is no mailbox (mime/address.h), more parameters than there can be. "<>" is good
 * only if `null_allowed`. "Postmaster" without a domain is not taken. */
bool smtp_path_read(struct slice argument, const char *keyword, bool null_allowed, struct smtp_path *out);

/* RFC 3461 4: xtext; `out` holds `size` bytes and is NUL-terminated. False if it does not fit or is malformed ("+00" is: the text
 * could not hold it); what is in `out` then has no meaning. */
bool smtp_xtext_write(struct slice text, char *out, size_t size);
bool smtp_xtext_read(struct slice xtext, char *out, size_t size);

#endif
