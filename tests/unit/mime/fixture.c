/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int fixture_set_up(void **state)
{
    *state = arena_new(FIXTURE_BUDGET);
    return *state ? 0 : -1;
}

int fixture_tear_down(void **state)
{
    arena_free((struct arena **)state);
    return 0;
}

char *fixture_exact(struct slice s)
{
    char *copy = malloc(s.size ? s.size : 1);

    assert_non_null(copy);
    if (s.size)
        memcpy(copy, s.data, s.size);
    return copy;
}

struct slice fixture_repeat(struct arena *arena, const char *piece, size_t count)
{
    size_t size = strlen(piece);
    char *text = arena_alloc(arena, size * count + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    return (struct slice){ text, size * count };
}

struct slice fixture_join(struct arena *arena, const char *const *parts)
{
    struct rope r = rope_new(arena);

    while (*parts)
        rope_text(&r, *parts++);
    return rope_flat(&r);
}

void fixture_same(const char *name, struct slice got, struct slice wanted)
{
    if (!slice_equal(got, wanted))
        fail_msg("%s: \"%.*s\" instead of \"%.*s\"", name, SLICE_ARGS(got), SLICE_ARGS(wanted));
}

double fixture_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}
