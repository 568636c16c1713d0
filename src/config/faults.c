/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/faults.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum { WORDS_SIZE = 400 };

struct faults faults_new(struct arena *arena)
{
    return (struct faults){ .arena = arena };
}

static void insert(struct faults *f, struct fault *new)
{
    struct fault **at = &f->first;

    while (*at && (*at)->line <= new->line)
        at = &(*at)->next;
    new->next = *at;
    *at = new;
}

void faults_add(struct faults *f, unsigned line, const char *format, ...)
{
    char words[WORDS_SIZE];
    struct fault *new;
    va_list args;

    if (f->count++ >= FAULTS_MAX)
        return;
    new = arena_alloc(f->arena, sizeof *new);
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (new) {
        new->line = line;
        new->words = text_one_line(f->arena, slice_of(words));
    }
    if (new &&new->words)
        insert(f, new);
    else
        f->failed = true;
}

void faults_tell(const struct faults *f, const char *path, void (*fault)(void *arg, const char *words), void *arg)
{
    for (const struct fault *each = f->first; each; each = each->next) {
        const char *words = arena_printf(f->arena, "%s:%u: %s", path, each->line, each->words);

        fault(arg, words ? words : each->words);
    }
    if (f->count > FAULTS_MAX) {
        const char *words = arena_printf(f->arena, "%s: %zu more faults are not shown", path, f->count - FAULTS_MAX);

        fault(arg, words ? words : "more faults are not shown");
    }
}
