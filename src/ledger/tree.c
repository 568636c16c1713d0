/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/tree.h"

#include <string.h>

#include "base/text.h"

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

int ledger_tree_begin(struct ledger_tree *tree, ledger_tree_teller *tell, void *arg, struct error *e)
{
    struct digest *digest = digest_new(DIGEST_SHA256);

    if (!digest)
        return error_set(e, ERROR_MEMORY, "no memory for a digest");
    tree->digest = digest;
    tree->count = 0;
    tree->depth = 0;
    tree->tell = tell;
    tree->arg = arg;
    return 0;
}

void ledger_tree_end(struct ledger_tree *tree)
{
    digest_free(&tree->digest);
}

static void join(struct ledger_tree *tree, const unsigned char *left, const unsigned char *right, unsigned char *out)
{
    char both[1 + 2 * LEDGER_HASH_SIZE] = { NODE_PREFIX };

    memcpy(both + 1, left, LEDGER_HASH_SIZE);
    memcpy(both + 1 + LEDGER_HASH_SIZE, right, LEDGER_HASH_SIZE);
    digest_update(tree->digest, (struct slice){ both, sizeof both });
    digest_final(tree->digest, out);
}

/* Once: a node that was told counts as shown, so that what it becomes part of is never told. */
static int tell(struct ledger_tree *tree, struct ledger_tree_node *node)
{
    node->is_shown = true;
    return tree->tell ? tree->tell(tree->arg, node) : 0;
}

/* What stands to the left of a leaf that is shown has its last size: all of it is on the way from that leaf to the root. */
static int tell_left(struct ledger_tree *tree)
{
    int result = 0;

    for (unsigned i = 0; i < tree->depth && result == 0; i++)
        if (!tree->nodes[i].is_shown)
            result = tell(tree, &tree->nodes[i]);
    return result;
}

/* Two of one size become one. The left one, if it is not shown, has no shown leaf beside it: it would have been told. */
static int merge(struct ledger_tree *tree)
{
    int result = 0;

    while (tree->depth > 1 && tree->nodes[tree->depth - 2].level == tree->nodes[tree->depth - 1].level && result == 0) {
        struct ledger_tree_node *left = &tree->nodes[tree->depth - 2], *right = left + 1;

        if (left->is_shown && !right->is_shown)
            result = tell(tree, right);
        join(tree, left->hash, right->hash, left->hash);
        left->level++;
        tree->depth--;
    }
    return result;
}

static int push(struct ledger_tree *tree, unsigned level, const unsigned char *hash, bool is_shown)
{
    struct ledger_tree_node *node = &tree->nodes[tree->depth++];

    *node = (struct ledger_tree_node){ .first = tree->count, .level = level, .is_shown = is_shown };
    memcpy(node->hash, hash, LEDGER_HASH_SIZE);
    tree->count += (uint64_t)1 << level;
    return merge(tree);
}

/* With one more subtree than levels below it there would be no room. */
static bool is_full(const struct ledger_tree *tree, uint64_t more)
{
    return more > ((uint64_t)1 << (LEDGER_TREE_LEVELS - 1)) - tree->count;
}

int ledger_tree_add(struct ledger_tree *tree, struct slice leaf, bool is_shown)
{
    static const char prefix[] = { LEAF_PREFIX };
    unsigned char hash[LEDGER_HASH_SIZE];
    int result = 0;

    if (is_full(tree, 1))
        return ERROR_LIMIT;
    if (is_shown)
        result = tell_left(tree);
    digest_update(tree->digest, (struct slice){ prefix, sizeof prefix });
    digest_update(tree->digest, leaf);
    digest_final(tree->digest, hash);
    return result == 0 ? push(tree, 0, hash, is_shown) : result;
}

int ledger_tree_add_line(struct ledger_tree *tree, const struct ledger_line *line, bool is_shown)
{
    unsigned char hash[LEDGER_HASH_SIZE];

    if (!hex_read(line->hash, hash, sizeof hash))
        return ERROR_SYNTAX;
    return ledger_tree_add(tree, (struct slice){ (const char *)hash, sizeof hash }, is_shown);
}

int ledger_tree_add_node(struct ledger_tree *tree, unsigned level, const unsigned char hash[LEDGER_HASH_SIZE])
{
    if (level >= LEDGER_TREE_LEVELS || tree->count % ((uint64_t)1 << level) != 0 || is_full(tree, (uint64_t)1 << level))
        return ERROR_SYNTAX;
    return push(tree, level, hash, false);
}

/* Perfect subtrees are told one by one, though two of them may be one node of the whole tree: so all of a cover is perfect. */
static int tell_rest(struct ledger_tree *tree)
{
    bool has_shown = false;

    for (unsigned i = 0; i < tree->depth; i++)
        has_shown |= tree->nodes[i].is_shown;
    return has_shown ? tell_left(tree) : 0;
}

int ledger_tree_root(struct ledger_tree *tree, unsigned char out[LEDGER_HASH_SIZE])
{
    unsigned char root[LEDGER_HASH_SIZE];
    int result = tell_rest(tree);

    if (result != 0)
        return result;
    if (tree->depth == 0)
        digest_final(tree->digest, root);
    else
        memcpy(root, tree->nodes[tree->depth - 1].hash, sizeof root);
    for (unsigned i = tree->depth; i-- > 1;)
        join(tree, tree->nodes[i - 1].hash, root, root);
    memcpy(out, root, sizeof root);
    return 0;
}
