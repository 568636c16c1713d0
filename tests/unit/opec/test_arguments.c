/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "opec/arguments.h"

enum { WORDS_MAX = 8 };

struct arguments_case {
    const char *name;
    const char *words[WORDS_MAX]; /* NULL ends them */
    bool is_good;
    const char *ca;                   /* the value wanted */
    bool force;                       /* is the switch wanted to be given? */
    const char *rest[WORDS_MAX];
};

static const struct arguments_case cases[] = {
    { "nothing", { NULL }, true, NULL, false, { NULL } },
    { "words alone", { "a", "b" }, true, NULL, false, { "a", "b" } },
    { "a value in the next word", { "--ca", "x" }, true, "x", false, { NULL } },
    { "a value behind an equals sign", { "--ca=x=y" }, true, "x=y", false, { NULL } },
    { "an empty value", { "--ca=" }, true, "", false, { NULL } },
    { "a value that looks like an option", { "--ca", "--force" }, true, "--force", false, { NULL } },
    { "options between words", { "a", "--force", "b", "--ca", "x", "c" }, true, "x", true, { "a", "b", "c" } },
    { "a hyphen alone is a word", { "-" }, true, NULL, false, { "-" } },
    { "behind two hyphens all are words", { "--", "--ca", "--" }, true, NULL, false, { "--ca", "--" } },
    { "an unknown option", { "--other" }, false, NULL, false, { NULL } },
    { "the beginning of an option", { "--forc" }, false, NULL, false, { NULL } },
    { "more than an option", { "--forced" }, false, NULL, false, { NULL } },
    { "one hyphen", { "-x" }, false, NULL, false, { NULL } },
    { "a value that is missing", { "a", "--ca" }, false, NULL, false, { NULL } },
    { "a value for a switch", { "--force=yes" }, false, NULL, false, { NULL } },
    { "an option twice", { "--ca", "x", "--ca", "y" }, false, NULL, false, { NULL } },
    { "a switch twice", { "--force", "--force" }, false, NULL, false, { NULL } },
    { "many words", { "1", "2", "--force", "3", "4", "5", "6" }, true, NULL, true, { "1", "2", "3", "4", "5", "6" } },
};

static void check(const struct arguments_case *c)
{
    struct argument_option options[] = { { .name = "--ca", .takes_value = true }, { .name = "--force" } };
    struct arguments a = { .options = options, .option_count = COUNT(options) };
    const char *words[WORDS_MAX];
    const char *ca;
    size_t count = 0;

    for (; count < WORDS_MAX && c->words[count]; count++)
        words[count] = c->words[count];
    if (arguments_read(&a, words, count) != c->is_good)
        fail_msg("%s: %s", c->name, c->is_good ? "refused" : "taken");
    if (!c->is_good)
        return;
    ca = arguments_value(&a, "--ca");
    if ((ca == NULL) != (c->ca == NULL) || (ca && strcmp(ca, c->ca) != 0) || options[1].is_given != c->force)
        fail_msg("%s: options", c->name);
    for (size_t i = 0; i <= a.word_count; i++)
        if (i == a.word_count ? c->rest[i] != NULL : !c->rest[i] || strcmp(a.words[i], c->rest[i]) != 0)
            fail_msg("%s: word %zu", c->name, i);
}

static void words_are_sorted_into_options_and_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&cases[i]);
}

static void an_option_that_was_not_named_has_no_value(void **state)
{
    struct arguments a = { 0 };

    (void)state;
    assert_null(arguments_value(&a, "--ca"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_sorted_into_options_and_the_rest),
        cmocka_unit_test(an_option_that_was_not_named_has_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
