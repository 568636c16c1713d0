/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A signer that is another process: a question and an answer over a fresh connection, which the first idle signer process takes. So the
 * load is shared without anybody sharing it out.
 */
#ifndef OPEC_PROCESS_SIGNER_CLIENT_H
#define OPEC_PROCESS_SIGNER_CLIENT_H

#include "base/wire.h"
#include "config/config.h"
#include "sign/certificate.h"
#include "sign/signer.h"

/* It asks for signatures by the certificate that is in use now (flow/own_certificate.h). ERROR_CONFIG, ERROR_MEMORY. */
int signer_client_new(const struct config *config, struct signer **out, struct error *e);

/* The dialogue, for both sides. */
struct signer_question {
    const char *plan;
    unsigned char certificate[CERTIFICATE_HASH_SIZE]; /* that will stand in the signature */
    size_t count;
    unsigned char digests[SIGNER_BATCH_MAX][SIGNED_DIGEST_SIZE];
};

struct signer_reply {
    int error;
    const char *words;
    size_t count;
    struct signature_value values[SIGNER_BATCH_MAX];
};

void signer_question_visit(struct wire *w, struct signer_question *q);
void signer_reply_visit(struct wire *w, struct signer_reply *r);

#endif
