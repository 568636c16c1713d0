/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/log_nodes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../ledger/fixture.h"

enum { BUDGET = 1024 * 1024, LINES = 10 };

struct world {
    struct fixture ours, a, b;
    struct ledger_head a_head;
    struct arena *arena;
};

static struct ledger_head make_copy(const struct fixture *ours, const char *name, struct fixture *out)
{
    *out = *ours;
    assert_true((size_t)snprintf(out->dir, sizeof out->dir, "%s/%s", ours->dir, name) < sizeof out->dir);
    assert_int_equal(0, mkdir(out->dir, 0700));
    out->settings.dir = out->dir;
    return fixture_fill(out, LINES, 4);
}

/* Our log, copies of the nodes "a" and "b", an empty folder and one with something else. */
static void begin(struct world *w)
{
    char path[LEDGER_PATH_SIZE];

    w->arena = arena_new(BUDGET);
    fixture_begin(&w->ours);
    fixture_fill(&w->ours, LINES, 4);
    make_copy(&w->ours, "b", &w->b);
    w->a_head = make_copy(&w->ours, "a", &w->a);
    snprintf(path, sizeof path, "%s/empty", w->ours.dir);
    assert_int_equal(0, mkdir(path, 0700));
    fixture_write(&w->ours, "notes", SLICE("x"));
}

static void end(struct world *w)
{
    arena_free(&w->arena);
    fixture_end(&w->ours);
}

static struct log_nodes look(struct world *w, const struct journal_node *known, size_t count)
{
    struct log_nodes nodes;

    assert_int_equal(0, log_nodes_read(w->ours.dir, known, count, w->arena, &nodes, NULL));
    log_nodes_verify(&nodes, 0);
    return nodes;
}

static void copies_and_what_the_store_knows_come_together(void **state)
{
    struct log_nodes nodes;
    struct world w;

    (void)state;
    begin(&w);
    nodes = look(&w, (const struct journal_node[]){ { .name = "c", .head = { .count = 3 } }, { .name = "a", .head = w.a_head } }, 2);
    assert_int_equal(3, nodes.count);
    assert_string_equal("a", nodes.nodes[0].name);
    assert_true(nodes.nodes[0].is_known && nodes.nodes[0].copy);
    assert_int_equal(LINES, nodes.nodes[0].held.lines);
    assert_string_equal("b", nodes.nodes[1].name);
    assert_true(!nodes.nodes[1].is_known && nodes.nodes[1].copy);
    assert_string_equal("c", nodes.nodes[2].name);
    assert_true(nodes.nodes[2].is_known && !nodes.nodes[2].copy);
    assert_true(log_nodes_hold(&nodes));
    end(&w);
}

/* It was copied before the store heard of more lines. */
static void a_copy_may_be_behind(void **state)
{
    struct journal_node known = { .name = "a" };
    struct log_nodes nodes;
    struct world w;

    (void)state;
    begin(&w);
    known.head = w.a_head;
    known.head.count += 7;
    nodes = look(&w, &known, 1);
    assert_true(log_nodes_hold(&nodes));
    end(&w);
}

static void a_copy_that_ends_in_another_line_does_not_hold(void **state)
{
    struct journal_node known = { .name = "a" };
    struct log_nodes nodes;
    struct world w;

    (void)state;
    begin(&w);
    known.head = w.a_head;
    known.head.hash[31] ^= 1;
    nodes = look(&w, &known, 1);
    assert_false(log_nodes_hold(&nodes));
    assert_string_equal("changed: line 10 is not the one that the store knows", nodes.nodes[0].fault);
    end(&w);
}

static void a_copy_that_was_touched_is_named(void **state)
{
    char name[LEDGER_NAME_SIZE];
    struct log_nodes nodes;
    struct world w;

    (void)state;
    begin(&w);
    assert_true(fixture_name(&w.b, LEDGER_LOG, 5, name));
    fixture_remove(&w.b, name);
    nodes = look(&w, NULL, 0);
    assert_false(log_nodes_hold(&nodes));
    assert_string_equal("", nodes.nodes[0].fault);
    assert_non_null(strstr(nodes.nodes[1].fault, "removed"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_and_what_the_store_knows_come_together),
        cmocka_unit_test(a_copy_may_be_behind),
        cmocka_unit_test(a_copy_that_ends_in_another_line_does_not_hold),
        cmocka_unit_test(a_copy_that_was_touched_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
