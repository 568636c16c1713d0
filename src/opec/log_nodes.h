/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal logs of the other nodes of a provider (store.node). Each node writes its own on its own disk. A copy of another node's files, in a
 * folder of its name below log.legal_dir, is searched and verified with ours; of a node without a copy the store knows how far its log goes.
 */
#ifndef OPEC_OPEC_LOG_NODES_H
#define OPEC_OPEC_LOG_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "flow/journal.h"
#include "ledger/verify.h"

struct log_node {
    const char *name;
    bool is_known;             /* to the store: */
    struct ledger_head known;
    int64_t seen;
    const char *copy;          /* the folder; NULL without one */
    struct ledger_report held; /* of the copy, once it is verified */
    char fault[400];           /* of the copy; "" */
};

struct log_nodes {
    struct log_node *nodes; /* by name */
    size_t count;
};

/* Those that have a copy below the folder, with those that the store knows. ERROR_FILE, ERROR_BUDGET. */
int log_nodes_read(const char *legal_dir, const struct journal_node *known, size_t known_count, struct arena *arena, struct log_nodes *out,
                   struct error *e);

/* Verify each copy. It may be older than the log that it is of; but where it ends where the store's knowledge ends, the two must agree. */
void log_nodes_verify(struct log_nodes *nodes, int64_t kept_since);

/* Does every copy hold? */
bool log_nodes_hold(const struct log_nodes *nodes);

/* One line for each: on stdout, a copy that does not hold on stderr. */
void log_nodes_print(const struct log_nodes *nodes);
json_t *log_nodes_json(const struct log_nodes *nodes);

#endif
