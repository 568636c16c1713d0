/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keys of a signer process, in whichever token they can be had: what is tried, and in which order, when a signature does not come.
 *
 *   1. the session is dead:      another one, in the library that is loaded
 *   2. the library is confused:  everything closed, the library finalised and initialised anew
 *   3. the token is out:         the next one of signer.token
 *   4. nothing helps:            the caller says so, ends, and is born again as a process that knows nothing of all this
 *
 * Every call that may never come back stands on the board with the time by which it must: the master ends the process over it.
 */
#ifndef OPEC_PROCESS_SIGNER_TOKENS_H
#define OPEC_PROCESS_SIGNER_TOKENS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "flow/board.h"
#include "sign/certificate.h"
#include "sign/key.h"

/* A certificate and its key. */
struct signing_pair {
    const char *path; /* of the certificate */
    const char *file; /* of the key, if it is in one */
    unsigned char hash[CERTIFICATE_HASH_SIZE];
    EVP_PKEY *public_key;
    struct key *key; /* NULL: not open */
};

enum { SIGNING_PAIRS = 2 };

struct signer_tokens {
    const struct config *config;
    struct board *board;
    unsigned slot; /* of this process on the board */
    int token;     /* in use, from 0; -1: none */
    bool is_first_birth;   /* a fault of the configuration is the operator's to mend, and ends the start */
    bool can_open_again;   /* after a change of identity: may the PIN still be read? */
    struct signing_pair pairs[SIGNING_PAIRS]; /* the one in use first; then, if there is one, the one to come or that has been */
    size_t pair_count;
    int64_t call_ends; /* monotonic ms: the question in hand */
};

/* Read the certificates. ERROR_CONFIG. */
int signer_tokens_begin(struct signer_tokens *t, const struct config *config, struct board *board, unsigned slot, struct error *e);

/* Open the keys in this process's own token (they are dealt out among the processes), else in the next that can be had. ERROR_CONFIG if
 * it is the first birth and the configuration is at fault; ERROR_OUT. */
int signer_tokens_open(struct signer_tokens *t, struct error *e);

/* A signature for nobody, to see whether the token still signs; what is tried when it does not is tried here too. ERROR_CONFIG if the key is
 * not the certificate's. */
int signer_tokens_probe(struct signer_tokens *t, struct error *e);

/* Is another token in use than this process's own? */
bool signer_tokens_strayed(const struct signer_tokens *t);

/* Then see whether its own is back, if it can be opened again and nobody else has done so lately. */
void signer_tokens_return(struct signer_tokens *t);

/* Sign with the key of that certificate. `milliseconds`: until the call is back, or the process is ended. ERROR_OUT. */
int signer_tokens_sign(struct signer_tokens *t, const unsigned char certificate[CERTIFICATE_HASH_SIZE],
                       const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, int64_t milliseconds, struct error *e);

void signer_tokens_close(struct signer_tokens *t);

/* The names of the tokens, for the board: of a key in a file, "file". In `room` for config->signer.token_count + 1. The count. */
size_t signer_token_names(const struct config *config, const char **room);

/* The settings of the key, whose PEM file (kind file) is `file`. */
void signer_key_settings(const struct config *config, const char *file, struct key_settings *out);

#endif
