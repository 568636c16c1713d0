/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The world of pki.sh in a folder of its own, and other programs run by the tests of this room. What fails here ends the test.
 */
#ifndef OPEC_TESTS_SIGN_PKI_H
#define OPEC_TESTS_SIGN_PKI_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* 2026-06-15 00:00:00 UTC: the "now" of pki.sh. */
enum { PKI_NOW = 1781481600 };

/* A new folder under the machine's for temporary files; with what the script makes, unless it is NULL. */
void pki_begin(const char *script);
/* Remove it. */
void pki_end(void);

/* The path of a file in the folder; valid for the next 15 calls. */
const char *pki_path(const char *name);

/* A file's bytes, or a certificate in PEM; the caller frees it with free() or X509_free(). */
struct slice pki_read(const char *name);
X509 *pki_certificate(const char *name);

void pki_write(const char *name, struct slice content);

/* Run a program, found in PATH, in the folder and without output; its exit status. NULL ends the arguments. */
int pki_run(const char *const *arguments);

/* The same with a command for the shell. */
int pki_shell(const char *command);

/* Is there such a program? */
bool pki_has(const char *program);

#endif
