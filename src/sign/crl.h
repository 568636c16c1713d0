/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Revocation lists (RFC 5280 5): a folder of them, and what the newest that speaks for a certificate says of it.
 *
 * A list counts once its signature has been proved with the key of the certificate's issuer, and the proof is remembered: a
 * message then costs a look-up. Lists that cover a part of the certificates (by distribution point, users or authorities only)
 * speak for these; delta lists, indirect lists and those with unknown critical extensions are not used.
 */
#ifndef OPEC_SIGN_CRL_H
#define OPEC_SIGN_CRL_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum { CRL_FILE_MAX = 32 * 1024 * 1024 };

struct crl {
    const char *file;
    const char *issuer; /* "" if the file cannot be read */
    int64_t this_update, next_update;
    const char *fault;         /* NULL: it speaks for one of the authorities */
    bool issuer_is_known;      /* by name, one of the authorities */
    X509_CRL *list;            /* NULL: not used at all */
    ISSUING_DIST_POINT *scope; /* NULL: all certificates of its issuer */
    X509 *proved_by;           /* the issuer with whose key its signature was proved last; may be NULL */
};

struct crl_folder {
    struct arena *arena;
    struct crl *lists;
    size_t count;
    size_t room;
};

enum crl_answer {
    CRL_SILENT,  /* no list speaks for it, or the newest is past its nextUpdate */
    CRL_GOOD,    /* a list that is fresh does not name it */
    CRL_REVOKED, /* it is named; the newest list counts even when it is stale */
};

/* Read the files NAME.r0, NAME.r1 and so on of a folder, each with lists in PEM or one in DER. What is wrong with a file becomes
 * its fault. A folder that does not exist is empty. ERROR_CONFIG if it cannot be read, ERROR_MEMORY. */
int crl_folder_read(const char *path, STACK_OF(X509) *authorities, struct crl_folder *out, struct error *e);

/* Add the lists of one file's bytes; an empty folder is all zeros. ERROR_MEMORY. */
int crl_folder_add(struct crl_folder *folder, const char *file, struct slice bytes, STACK_OF(X509) *authorities);

void crl_folder_free(struct crl_folder *folder);

/* Is `certificate`, of that issuer, revoked at that time? A list made after it revokes what it dates before it.
 * (Proofs are remembered in the lists, not in the folder.) */
enum crl_answer crl_folder_ask(const struct crl_folder *folder, X509 *certificate, X509 *issuer, int64_t at);

#endif
