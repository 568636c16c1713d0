/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A file for each kind, in the spool: JSON that an operator can read. All zeros are no file.
 */
#include "schedule/evidence_state.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "schedule/refresh.h"

enum { STATE_MAX = 8192, STATE_BUDGET = 64 * 1024, STATE_MODE = 0644 };

static const char *const file_names[] = { [LEDGER_SIGNATURE] = "evidence.signature", [LEDGER_STAMP] = "evidence.stamp" };

/* `source`: who gives it. What is known of another one says nothing of this one. */
struct record_of {
    const char *source, *newest, *words;
    struct evidence_state *state;
};

static const char *source_of(const struct config *config, enum ledger_evidence kind)
{
    return kind == LEDGER_STAMP ? config->tsa.url : "";
}

static void path_of(const struct config *config, enum ledger_evidence kind, char out[REFRESH_PATH_SIZE])
{
    snprintf(out, REFRESH_PATH_SIZE, "%s/%s", config->daemon.spool_dir, file_names[kind]);
}

static void visit(struct record *r, struct record_of *of)
{
    record_text(r, "source", &of->source);
    record_i64(r, "out_since", &of->state->out_since);
    record_i64(r, "tried", &of->state->tried);
    record_i64(r, "next_try", &of->state->next_try);
    record_i64(r, "failures", &of->state->failures);
    record_text(r, "newest", &of->newest);
    record_text(r, "words", &of->words);
}

void evidence_state_read(const struct config *config, enum ledger_evidence kind, struct evidence_state *out)
{
    struct arena *arena = arena_new(STATE_BUDGET);
    struct evidence_state state = { 0 };
    struct record_of of = { .state = &state };
    char path[REFRESH_PATH_SIZE];
    struct slice text;

    *out = state;
    path_of(config, kind, path);
    if (arena && file_read(path, STATE_MAX, arena, &text, NULL) == 0) {
        struct record r = record_reader(text, arena);

        visit(&r, &of);
        text_copy(state.newest, sizeof state.newest, slice_of(of.newest));
        text_copy(state.words, sizeof state.words, slice_of(of.words));
        if (record_drop(&r) && slice_is(slice_of(of.source), source_of(config, kind)) && state.failures >= 0)
            *out = state;
    }
    arena_free(&arena);
}

void evidence_state_write(const struct config *config, enum ledger_evidence kind, const struct evidence_state *state)
{
    struct arena *arena = arena_new(STATE_BUDGET);
    struct evidence_state copy = *state;
    struct record_of of = { .source = source_of(config, kind), .newest = copy.newest, .state = &copy };
    char path[REFRESH_PATH_SIZE];

    path_of(config, kind, path);
    if (!copy.out_since) {
        unlink(path);
    } else if (arena && (of.words = text_one_line(arena, slice_of(copy.words))) != NULL) {
        struct record r = record_writer();
        char *text;

        visit(&r, &of);
        text = record_finish(&r, arena);
        if (text)
            (void)file_replace(path, slice_of(text), STATE_MODE, NULL);
    }
    arena_free(&arena);
}
