/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a worker has at hand for every message: opened once, used for all of its life.
 */
#ifndef OPEC_FLOW_SERVICES_H
#define OPEC_FLOW_SERVICES_H

#include "config/config.h"
#include "flow/board.h"
#include "flow/boundary.h"
#include "flow/domains.h"
#include "flow/journal.h"
#include "index/index.h"
#include "pec/message.h"
#include "sign/certificate.h"
#include "sign/signer.h"
#include "sign/trust.h"
#include "smtp/client.h"

struct services {
    const struct config *config;
    struct pec_provider provider;
    struct board *board;
    unsigned slot;              /* this worker's, on the board */
    struct signer *signer;      /* not owned */
    struct journal *journal;    /* not owned */
    const struct templates *templates;
    boundary_watch *watch;      /* NULL: nobody watches (boundary.h) */
    void *watch_arg;
    /* Opened by services_open: */
    struct certificate_chain chain;
    struct smtp_client *relay, *mailboxes;
    struct domains *domains;
    unsigned char tag_key[TAG_KEY_SIZE];
    struct index *index; /* NULL while there is none */
    struct trust *trust;
    uint32_t index_generation, trust_generation;
};

/* Open what `s` does not have yet; config, board, slot, signer, journal, templates and watch are set by the caller. ERROR_CONFIG and the like for
 * what makes a worker useless; an index that is missing is only reported on the board. */
int services_open(struct services *s, struct error *e);
void services_close(struct services *s);

/* Before a message: a new snapshot of the index, or new revocation lists, are taken up. */
void services_refresh(struct services *s);

#endif
