/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/rope.h"
#include "index/relation.h"

struct text_pair {
    const char *key; /* NULL ends the list */
    uint32_t provider;
};

struct relation_case {
    const char *name;
    struct text_pair pairs[8];
    uint32_t provider_count;
    const char *expected; /* "key:owners ... [keys of provider 0][of provider 1] ..." */
};

static const struct relation_case cases[] = {
    { "nothing", { { NULL, 0 } }, 0, "" },
    { "one pair", { { "a", 0 } }, 1, "a:0 [a]" },
    { "keys stand in order, lists in the order of the pairs", { { "b", 0 }, { "a", 0 }, { "c", 0 } }, 1, "a:0 b:0 c:0 [b a c]" },
    { "a shorter key comes first", { { "aa", 0 }, { "a", 0 } }, 1, "a:0 aa:0 [aa a]" },
    { "a key may have several owners", { { "a", 0 }, { "b", 0 }, { "a", 1 }, { "a", 2 } }, 3, "a:0,1,2 b:0 [a b][a][a]" },
    { "a repeated pair counts once", { { "a", 0 }, { "b", 0 }, { "a", 0 }, { "a", 1 }, { "a", 1 } }, 2, "a:0,1 b:0 [a b][a]" },
    { "a provider may hold nothing", { { "a", 1 }, { "b", 3 } }, 5, "a:1 b:3 [][a][][b][]" },
};

static char *words_of(const struct relation *r, uint32_t provider_count, struct arena *arena)
{
    struct rope words = rope_new(arena);

    for (uint32_t k = 0; k < r->key_count; k++) {
        rope_printf(&words, "%.*s", SLICE_ARGS(r->keys[k]));
        for (uint32_t i = r->owner_first[k]; i < r->owner_first[k + 1]; i++)
            rope_printf(&words, "%s%u", i == r->owner_first[k] ? ":" : ",", r->owners[i]);
        rope_text(&words, " ");
    }
    for (uint32_t p = 0; p < provider_count; p++) {
        rope_text(&words, "[");
        for (uint32_t i = r->held_first[p]; i < r->held_first[p + 1]; i++)
            rope_printf(&words, "%s%.*s", i == r->held_first[p] ? "" : " ", SLICE_ARGS(r->keys[r->held[i]]));
        rope_text(&words, "]");
    }
    return arena_text(arena, rope_flat(&words)); /* "" for the empty rope */
}

static void a_relation_is_read_in_both_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct relation_case *c = &cases[i];
        struct arena *arena = arena_new(1 << 20);
        struct relation_pair pairs[8];
        struct relation r;
        size_t count = 0;
        char *words;

        for (; c->pairs[count].key; count++)
            pairs[count] = (struct relation_pair){ .key = slice_of(c->pairs[count].key), .provider = c->pairs[count].provider };
        assert_int_equal(relation_build(pairs, count, c->provider_count, arena, &r), 0);
        assert_int_equal(r.owner_first[r.key_count], r.link_count);
        assert_int_equal(r.held_first[c->provider_count], r.link_count);
        words = words_of(&r, c->provider_count, arena);
        assert_non_null(words);
        if (strcmp(words, c->expected) != 0)
            fail_msg("%s: %s", c->name, words);
        arena_free(&arena);
    }
}

static void a_budget_is_kept(void **state)
{
    struct relation_pair pairs[] = { { .key = SLICE("a") } };
    struct arena *arena = arena_new(16);
    struct relation r;

    (void)state;
    assert_int_equal(relation_build(pairs, 1, 1, arena, &r), ERROR_BUDGET);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relation_is_read_in_both_directions),
        cmocka_unit_test(a_budget_is_kept),
    };

    return cmocka_run_group_tests_name("relation", tests, NULL, NULL);
}
