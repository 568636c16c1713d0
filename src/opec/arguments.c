/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/arguments.h"

#include <stdio.h>
#include <string.h>

/* The option that a word names, and the value that stands in it behind "=". */
static struct argument_option *find(const struct arguments *a, const char *word, const char **out_value)
{
    size_t size = strcspn(word, "=");

    for (size_t i = 0; i < a->option_count; i++) {
        struct argument_option *o = &a->options[i];

        if (strlen(o->name) == size && memcmp(o->name, word, size) == 0) {
            *out_value = word[size] ? word + size + 1 : NULL;
            return o;
        }
    }
    return NULL;
}

static bool misused(const char *word, const char *words)
{
    fprintf(stderr, "opec: %.200s: %s\n", word, words);
    return false;
}

/* Take the option at words[*i]; *i stays on the last word that belongs to it. */
static bool take_option(struct arguments *a, const char **words, size_t count, size_t *i)
{
    const char *word = words[*i], *value;
    struct argument_option *o = find(a, word, &value);

    if (!o)
        return misused(word, "unknown option");
    if (o->is_given)
        return misused(word, "given twice");
    if (!o->takes_value && value)
        return misused(word, "takes no value");
    if (o->takes_value && !value) {
        if (*i + 1 == count)
            return misused(word, "its value is missing");
        value = words[++*i];
    }
    o->is_given = true;
    o->value = value;
    return true;
}

bool arguments_read(struct arguments *a, const char **words, size_t count)
{
    bool only_words = false;

    a->words = words;
    for (size_t i = 0; i < count; i++) {
        if (!only_words && strcmp(words[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && words[i][0] == '-' && words[i][1]) {
            if (!take_option(a, words, count, &i))
                return false;
        } else {
            words[a->word_count++] = words[i];
        }
    }
    return true;
}

const char *arguments_value(const struct arguments *a, const char *name)
{
    for (size_t i = 0; i < a->option_count; i++)
        if (strcmp(a->options[i].name, name) == 0)
            return a->options[i].value;
    return NULL;
}
