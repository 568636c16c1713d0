/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passwords of mailboxes: read once, kept as a crypt(3) hash, for Dovecot and Postfix to compare with.
 */
#ifndef OPEC_OPEC_PASSWORD_H
#define OPEC_OPEC_PASSWORD_H

#include "base/error.h"

enum { PASSWORD_MAX = 256, PASSWORD_HASH_SIZE = 384 };

/* What no password gives: nobody logs in until one is set. */
extern const char password_none[];

/* The first line from a descriptor, without its line end. ERROR_SYNTAX for one that is empty or has a NUL, ERROR_LIMIT above PASSWORD_MAX
 * octets, ERROR_FILE. */
int password_read(int fd, char out[PASSWORD_MAX + 1], struct error *e);

/* SHA-512 crypt ("$6$") with a salt of the kernel's random bytes. The copies made on the way are wiped. */
int password_hash(const char *clear, char out[PASSWORD_HASH_SIZE], struct error *e);

/* Is it a hash that crypt(3) of this machine takes and calls fit for new passwords? ERROR_SYNTAX. */
int password_check_hash(const char *hash, struct error *e);

#endif
