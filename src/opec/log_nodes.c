/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/log_nodes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/folder.h"
#include "opec/print.h"

enum { NODES_MAX = 256 };

/* --- which there are -------------------------------------------------------------------------------------------------------- */

static struct log_node *node_named(struct log_nodes *n, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->nodes[i].name, name) == 0)
            return &n->nodes[i];
    if (n->count == NODES_MAX || !(name = arena_text(arena, slice_of(name))))
        return NULL;
    n->nodes[n->count] = (struct log_node){ .name = name };
    return &n->nodes[n->count++];
}

/* A folder with at least one file of a legal log. */
static bool is_copy(const char *path)
{
    struct ledger_folder folder = { 0 };
    bool is = ledger_folder_read(path, &folder, NULL) == 0 && folder.count > 0;

    ledger_folder_free(&folder);
    return is;
}

static int add_copies(const char *legal_dir, struct arena *arena, struct log_nodes *n, struct error *e)
{
    DIR *d = opendir(legal_dir);
    struct dirent *entry;
    int result = d ? 0 : error_set(e, error_from_errno(errno), "%s: %s", legal_dir, strerror(errno));

    while (result == 0 && (entry = readdir(d)) != NULL) {
        const char *path = entry->d_name[0] == '.' ? NULL : arena_printf(arena, "%s/%s", legal_dir, entry->d_name);
        struct log_node *node;

        if (!path || !is_copy(path))
            continue;
        node = node_named(n, entry->d_name, arena);
        if (node)
            node->copy = path;
        else
            result = error_set(e, ERROR_BUDGET, "%s: more copies than there is room for", legal_dir);
    }
    if (d)
        closedir(d);
    return result;
}

static int by_name(const void *left, const void *right)
{
    const struct log_node *a = left, *b = right;

    return strcmp(a->name, b->name);
}

int log_nodes_read(const char *legal_dir, const struct journal_node *known, size_t known_count, struct arena *arena, struct log_nodes *out,
                   struct error *e)
{
    struct log_nodes n = { .nodes = arena_array(arena, NODES_MAX, sizeof *n.nodes) };
    int result = n.nodes ? 0 : error_set(e, ERROR_BUDGET, "out of memory");

    for (size_t i = 0; result == 0 && i < known_count; i++) {
        struct log_node *node = node_named(&n, known[i].name, arena);

        if (!node)
            return error_set(e, ERROR_BUDGET, "the store knows more nodes than there is room for");
        node->is_known = true;
        node->known = known[i].head;
        node->seen = known[i].seen;
    }
    if (result == 0)
        result = add_copies(legal_dir, arena, &n, e);
    if (result == 0 && n.count)
        qsort(n.nodes, n.count, sizeof *n.nodes, by_name);
    *out = n;
    return result;
}

/* --- whether they hold ------------------------------------------------------------------------------------------------------ */

static void verify_copy(struct log_node *node, int64_t kept_since)
{
    struct error e;

    if (ledger_verify(node->copy, NULL, kept_since, &node->held, &e) != 0)
        snprintf(node->fault, sizeof node->fault, "%s", e.text);
    else if (node->held.fault[0])
        snprintf(node->fault, sizeof node->fault, "%s", node->held.fault);
    else if (node->is_known && node->held.head.count == node->known.count && memcmp(&node->held.head, &node->known, sizeof node->known) != 0)
        snprintf(node->fault, sizeof node->fault, "changed: line %llu is not the one that the store knows", (unsigned long long)node->known.count);
}

void log_nodes_verify(struct log_nodes *nodes, int64_t kept_since)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (nodes->nodes[i].copy)
            verify_copy(&nodes->nodes[i], kept_since);
}

bool log_nodes_hold(const struct log_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (nodes->nodes[i].fault[0])
            return false;
    return true;
}

/* --- what is said of them --------------------------------------------------------------------------------------------------- */

static void print_node(const struct log_node *node)
{
    unsigned long long known = node->known.count;
    char seen[PRINT_SIZE];

    if (node->fault[0]) {
        fprintf(stderr, "node %s: %s\n", node->name, node->fault);
        return;
    }
    if (node->copy)
        printf("node %s: the copy of its legal log holds: %llu lines in %llu files, to line %llu", node->name,
               (unsigned long long)node->held.lines, (unsigned long long)node->held.files, (unsigned long long)node->held.head.count);
    else
        printf("node %s: its legal log is not here", node->name);
    if (node->is_known)
        printf("; it was at line %llu when the store heard of it at %s", known, print_moment(node->seen, seen));
    printf("\n");
}

void log_nodes_print(const struct log_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        print_node(&nodes->nodes[i]);
}

json_t *log_nodes_json(const struct log_nodes *nodes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < nodes->count; i++) {
        const struct log_node *node = &nodes->nodes[i];

        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "name", print_json_text(slice_of(node->name)), "known",
                                              node->is_known ? json_integer((json_int_t)node->known.count) : json_null(), "copy",
                                              node->copy ? json_integer((json_int_t)node->held.head.count) : json_null(), "fault",
                                              node->fault[0] ? print_json_text(slice_of(node->fault)) : json_null()));
    }
    return list;
}
