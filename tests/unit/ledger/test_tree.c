/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "base/text.h"

enum { LEAVES_MAX = 70, SMALL = 9, NODES_MAX = 64 };

/* --- the definition, by the letter of RFC 9162 2.1.1 ------------------------------------------------------------------------ */

static struct slice leaf_at(size_t i)
{
    static char leaves[LEAVES_MAX][8];

    memset(leaves[i], (int)i + 1, sizeof leaves[i]);
    return (struct slice){ leaves[i], sizeof leaves[i] };
}

static size_t split(size_t count)
{
    size_t k = 1;

    while (2 * k < count)
        k *= 2;
    return k;
}

static void define(size_t from, size_t count, unsigned char *out)
{
    unsigned char input[1 + 2 * SHA256_DIGEST_LENGTH];
    size_t size = 0;

    if (count == 1) {
        size = 1 + leaf_at(from).size;
        input[0] = 0;
        memcpy(input + 1, leaf_at(from).data, leaf_at(from).size);
    } else if (count > 1) {
        size = sizeof input;
        input[0] = 1;
        define(from, split(count), input + 1);
        define(from + split(count), count - split(count), input + 1 + SHA256_DIGEST_LENGTH);
    }
    SHA256(input, size, out);
}

/* --- known answers ---------------------------------------------------------------------------------------------------------- */

/* The test vectors of Certificate Transparency (RFC 6962, whose tree RFC 9162 kept). */
static void the_roots_are_those_of_others(void **state)
{
    static const struct slice leaves[] = {
        { "", 0 }, { "\x00", 1 }, { "\x10", 1 }, { "\x20\x21", 2 }, { "\x30\x31", 2 }, { "\x40\x41\x42\x43", 4 },
        { "\x50\x51\x52\x53\x54\x55\x56\x57", 8 }, { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
    };
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    unsigned char root[LEDGER_HASH_SIZE];
    char hex[2 * LEDGER_HASH_SIZE + 1];
    struct ledger_tree tree;

    (void)state;
    assert_int_equal(0, ledger_tree_begin(&tree, NULL, NULL, NULL));
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        assert_int_equal(0, ledger_tree_root(&tree, root));
        hex_write((struct slice){ (const char *)root, sizeof root }, hex);
        assert_string_equal(roots[i], hex);
        if (i < sizeof leaves / sizeof leaves[0])
            assert_int_equal(0, ledger_tree_add(&tree, leaves[i], false));
    }
    ledger_tree_end(&tree);
}

static void the_root_is_that_of_the_definition(void **state)
{
    (void)state;
    for (size_t count = 0; count <= LEAVES_MAX; count++) {
        unsigned char root[LEDGER_HASH_SIZE], wanted[LEDGER_HASH_SIZE];
        struct ledger_tree tree;

        assert_int_equal(0, ledger_tree_begin(&tree, NULL, NULL, NULL));
        for (size_t i = 0; i < count; i++)
            assert_int_equal(0, ledger_tree_add(&tree, leaf_at(i), false));
        assert_int_equal(0, ledger_tree_root(&tree, root));
        define(0, count, wanted);
        assert_memory_equal(wanted, root, sizeof root);
        ledger_tree_end(&tree);
    }
}

/* --- covers ----------------------------------------------------------------------------------------------------------------- */

struct cover {
    struct ledger_tree_node nodes[NODES_MAX];
    size_t count, stop_at;
};

static int keep(void *arg, const struct ledger_tree_node *node)
{
    struct cover *cover = arg;

    if (cover->stop_at && cover->count + 1 == cover->stop_at)
        return ERROR_FULL;
    assert_true(cover->count < NODES_MAX);
    cover->nodes[cover->count++] = *node;
    return 0;
}

/* The cover of the leaves whose bits are set in `shown`. */
static int make_cover(size_t count, uint64_t shown, struct cover *out, unsigned char root[LEDGER_HASH_SIZE])
{
    struct ledger_tree tree;
    int result;

    out->count = 0;
    result = ledger_tree_begin(&tree, keep, out, NULL);
    for (size_t i = 0; i < count && result == 0; i++)
        result = ledger_tree_add(&tree, leaf_at(i), shown >> i & 1);
    if (result == 0)
        result = ledger_tree_root(&tree, root);
    ledger_tree_end(&tree);
    return result;
}

/* From the shown leaves and the cover alone. */
static void rebuild(size_t count, uint64_t shown, const struct cover *cover, unsigned char root[LEDGER_HASH_SIZE])
{
    struct ledger_tree tree;
    size_t next = 0;

    assert_int_equal(0, ledger_tree_begin(&tree, NULL, NULL, NULL));
    while (tree.count < count) {
        if (shown >> tree.count & 1) {
            assert_int_equal(0, ledger_tree_add(&tree, leaf_at(tree.count), false));
        } else {
            assert_true(next < cover->count);
            assert_int_equal(tree.count, cover->nodes[next].first);
            assert_int_equal(0, ledger_tree_add_node(&tree, cover->nodes[next].level, cover->nodes[next].hash));
            next++;
        }
    }
    assert_int_equal(next, cover->count);
    assert_int_equal(0, ledger_tree_root(&tree, root));
    ledger_tree_end(&tree);
}

/* How many perfect subtrees without a shown leaf there are at least. */
static size_t fewest(size_t from, size_t count, uint64_t shown)
{
    bool is_perfect = (count & (count - 1)) == 0, has_shown = (shown >> from & (((uint64_t)1 << count) - 1)) != 0;

    if (is_perfect && !has_shown)
        return 1;
    return count == 1 ? 0 : fewest(from, split(count), shown) + fewest(from + split(count), count - split(count), shown);
}

static void any_set_of_leaves_is_proved_by_its_cover(void **state)
{
    (void)state;
    for (size_t count = 1; count <= SMALL; count++) {
        for (uint64_t shown = 0; shown < (uint64_t)1 << count; shown++) {
            unsigned char root[LEDGER_HASH_SIZE], again[LEDGER_HASH_SIZE];
            struct cover cover = { 0 };

            assert_int_equal(0, make_cover(count, shown, &cover, root));
            if (cover.count != (shown ? fewest(0, count, shown) : 0))
                fail_msg("%zu leaves, set %llx: %zu nodes", count, (unsigned long long)shown, cover.count);
            if (shown == 0)
                continue;
            rebuild(count, shown, &cover, again);
            assert_memory_equal(root, again, sizeof root);
            for (size_t i = 0; i < cover.count; i++) {
                cover.nodes[i].hash[i % LEDGER_HASH_SIZE] ^= 1;
                rebuild(count, shown, &cover, again);
                assert_memory_not_equal(root, again, sizeof root);
                cover.nodes[i].hash[i % LEDGER_HASH_SIZE] ^= 1;
            }
        }
    }
}

/* RFC 9162 2.1.3: the audit path of a leaf has a node for each level. */
static void the_cover_of_one_leaf_is_as_long_as_its_path(void **state)
{
    unsigned char root[LEDGER_HASH_SIZE];
    struct cover cover = { 0 };

    (void)state;
    for (size_t at = 0; at < 64; at++) {
        assert_int_equal(0, make_cover(64, (uint64_t)1 << at, &cover, root));
        assert_int_equal(6, cover.count);
    }
}

static void who_is_told_may_end_it(void **state)
{
    unsigned char root[LEDGER_HASH_SIZE];

    (void)state;
    for (size_t at = 1; at <= 5; at++) {
        struct cover cover = { .stop_at = at };

        /* Leaf 5 of 13: to its left two nodes, to its right a sibling, a node of four at the end and the last one. */
        assert_int_equal(at <= 5 ? ERROR_FULL : 0, make_cover(13, 1 << 5, &cover, root));
    }
}

static void a_subtree_stands_at_a_multiple_of_its_size(void **state)
{
    static const unsigned char hash[LEDGER_HASH_SIZE];
    struct ledger_tree tree;

    (void)state;
    assert_int_equal(0, ledger_tree_begin(&tree, NULL, NULL, NULL));
    assert_int_equal(0, ledger_tree_add_node(&tree, 1, hash));
    assert_int_equal(ERROR_SYNTAX, ledger_tree_add_node(&tree, 2, hash));
    assert_int_equal(0, ledger_tree_add_node(&tree, 1, hash));
    assert_int_equal(0, ledger_tree_add_node(&tree, 2, hash));
    assert_int_equal(8, tree.count);
    assert_int_equal(1, tree.depth);
    assert_int_equal(ERROR_SYNTAX, ledger_tree_add_node(&tree, LEDGER_TREE_LEVELS, hash));
    assert_int_equal(ERROR_SYNTAX, ledger_tree_add_node(&tree, 64, hash));
    ledger_tree_end(&tree);
}

static void a_tree_has_an_end(void **state)
{
    static const unsigned char hash[LEDGER_HASH_SIZE];
    unsigned char root[LEDGER_HASH_SIZE];
    struct ledger_tree tree;

    (void)state;
    assert_int_equal(0, ledger_tree_begin(&tree, NULL, NULL, NULL));
    for (unsigned level = LEDGER_TREE_LEVELS - 1; level-- > 0;)
        assert_int_equal(0, ledger_tree_add_node(&tree, level, hash));
    assert_int_equal(0, ledger_tree_add(&tree, SLICE("last"), false));
    assert_int_equal(ERROR_LIMIT, ledger_tree_add(&tree, SLICE("more"), false));
    assert_int_equal(ERROR_SYNTAX, ledger_tree_add_node(&tree, 0, hash));
    assert_int_equal(0, ledger_tree_root(&tree, root));
    ledger_tree_end(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_roots_are_those_of_others),
        cmocka_unit_test(the_root_is_that_of_the_definition),
        cmocka_unit_test(any_set_of_leaves_is_proved_by_its_cover),
        cmocka_unit_test(the_cover_of_one_leaf_is_as_long_as_its_path),
        cmocka_unit_test(who_is_told_may_end_it),
        cmocka_unit_test(a_subtree_stands_at_a_multiple_of_its_size),
        cmocka_unit_test(a_tree_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
