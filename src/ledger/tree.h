/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hash tree over the lines of a log file (RFC 9162 2.1.1, SHA-256), so that a few lines can be proved without showing the others.
 *
 *     leaf  = SHA-256(00 hash)          hash: the 32 bytes of the line's own hash
 *     node  = SHA-256(01 left right)    the left one holds the largest power of two of leaves that leaves some for the right one
 *
 * The leaf is made of the line's hash and not of its bytes, which would have to be hashed once more: who proves a line makes its hash of
 * its text, so that another text with the same leaf would be a collision of SHA-256 in any case; behind the text a line has one form
 * (line.h). Leaves of 33 bytes and nodes of 65 cannot be taken for one another.
 *
 * What proves some lines of a file is what stands for all others: the fewest perfect subtrees without any of them, from the left to the
 * right (a *cover*). For one line that is its audit path (2.1.3) by another order. Who makes a cover and who checks it both read the
 * lines in their order, once, and keep one hash for each level.
 */
#ifndef OPEC_LEDGER_TREE_H
#define OPEC_LEDGER_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/ledger.h"
#include "ledger/line.h"

enum { LEDGER_TREE_LEVELS = 48 /* more lines than any file has */ };

struct ledger_tree_node {
    uint64_t first;   /* leaf, from 0; a multiple of 1 << level */
    unsigned level;   /* it stands for 1 << level leaves */
    unsigned char hash[LEDGER_HASH_SIZE];
    bool is_shown;    /* one of its leaves is proved, or it was told */
};

/* A node of the cover; one that returns other than 0 ends what told it. */
typedef int ledger_tree_teller(void *arg, const struct ledger_tree_node *node);

struct ledger_tree {
    struct digest *digest;
    uint64_t count; /* leaves so far */
    unsigned depth;
    struct ledger_tree_node nodes[LEDGER_TREE_LEVELS]; /* perfect subtrees from the left to the right, each smaller than the one before */
    ledger_tree_teller *tell; /* NULL: no cover is wanted */
    void *arg;
};

/* An empty tree; `tell` may be NULL. ERROR_MEMORY. */
int ledger_tree_begin(struct ledger_tree *tree, ledger_tree_teller *tell, void *arg, struct error *e);
void ledger_tree_end(struct ledger_tree *tree);

/* The next leaf, from the bytes that it is made of. `is_shown`: it is to be proved, so that the cover lies around it.
 * ERROR_LIMIT for more leaves than there are levels for; what `tell` returned. */
int ledger_tree_add(struct ledger_tree *tree, struct slice leaf, bool is_shown);

/* The same for a line that was read: its leaf is made of its hash. ERROR_SYNTAX if that is not hexadecimal. */
int ledger_tree_add_line(struct ledger_tree *tree, const struct ledger_line *line, bool is_shown);

/* The next 1 << level leaves by their subtree. ERROR_SYNTAX if no such subtree begins here. */
int ledger_tree_add_node(struct ledger_tree *tree, unsigned level, const unsigned char hash[LEDGER_HASH_SIZE]);

/* The root of what was added, which is told of the rest of the cover if a leaf is shown; of no leaf, SHA-256 of nothing. What `tell`
 * returned. */
int ledger_tree_root(struct ledger_tree *tree, unsigned char out[LEDGER_HASH_SIZE]);

#endif
