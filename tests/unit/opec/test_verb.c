/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading a call, and the table of verbs by itself and against the manual whose path is the argument.
 */
#include "printed.h"

#include "base/arena.h"
#include "base/file.h"
#include "opec/verb.h"

static const char *manual_path;

enum { ARGUMENTS = 8 };

struct call_case {
    const char *name;
    const char *given[ARGUMENTS]; /* behind the program's name; NULL ends them */
    const char *verb;             /* NULL: wrong usage */
    const char *config;           /* NULL: the default */
    bool json;
    const char *words[ARGUMENTS];
};

static const struct call_case calls[] = {
    { "nothing", { NULL }, NULL, NULL, false, { NULL } },
    { "a verb", { "status" }, "status", NULL, false, { NULL } },
    { "a configuration", { "-c", "x.conf", "status" }, "status", "x.conf", false, { NULL } },
    { "design 4: --json behind the verb", { "status", "--json" }, "status", NULL, true, { NULL } },
    { "between the words", { "log", "search", "--json", "x" }, "log", NULL, true, { "search", "x" } },
    { "before the verb", { "--json", "status" }, "status", NULL, true, { NULL } },
    { "options of the verb stay", { "start", "--foreground" }, "start", NULL, false, { "--foreground" } },
    { "-c behind the verb is a word", { "verify", "-c", "x" }, "verify", NULL, false, { "-c", "x" } },
    { "-c without a file", { "-c" }, NULL, NULL, false, { NULL } },
    { "-c without a verb", { "-c", "x.conf" }, NULL, NULL, false, { NULL } },
    { "an unknown option", { "-x", "status" }, NULL, NULL, false, { NULL } },
};

static void check_call(const struct call_case *c)
{
    char *arguments[ARGUMENTS + 1] = { (char *)(uintptr_t)"opec" };
    struct call call;
    const char *verb;
    int count = 1;

    for (; c->given[count - 1]; count++)
        arguments[count] = (char *)(uintptr_t)c->given[count - 1];
    assert_int_equal(call_read(count, arguments, &call, &verb), 0);
    if ((verb == NULL) != (c->verb == NULL) || (verb && strcmp(verb, c->verb) != 0))
        fail_msg("%s: the verb is %s", c->name, verb ? verb : "none");
    if (verb && (call.json != c->json || call.config_given != (c->config != NULL) || (c->config && strcmp(call.config_path, c->config) != 0)))
        fail_msg("%s: options", c->name);
    for (size_t i = 0; verb && i <= call.word_count; i++)
        if (i == call.word_count ? c->words[i] != NULL : !c->words[i] || strcmp(call.words[i], c->words[i]) != 0)
            fail_msg("%s: word %zu", c->name, i);
    free(call.words);
}

static void a_call_is_options_a_verb_and_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(calls); i++)
        check_call(&calls[i]);
}

static void every_verb_is_found_by_its_name_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < verb_count; i++)
        assert_ptr_equal(verb_find(verbs[i].name), &verbs[i]);
    assert_null(verb_find("statu"));
    assert_null(verb_find("statuses"));
    assert_null(verb_find(""));
}

static void the_usage_names_every_verb(void **state)
{
    struct printed p;

    (void)state;
    printed_begin(&p);
    verb_print_usage(p.out);
    printed_end(&p);
    for (size_t i = 0; i < verb_count; i++) {
        assert_has(p.text, verbs[i].name);
        assert_has(p.text, verbs[i].help);
    }
    free(p.text);
}

/* Each verb has its item; an item of a verb that is gone would be found by the count. */
static void the_manual_has_every_verb_and_no_other(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct slice manual, line;
    size_t items = 0;
    char item[64];

    (void)state;
    assert_int_equal(file_read(manual_path, 1 << 19, arena, &manual, NULL), 0);
    for (size_t i = 0; i < verb_count; i++) {
        snprintf(item, sizeof item, "\n.It Cm %s", verbs[i].name);
        assert_has(manual.data, item);
    }
    for (struct slice rest = manual; slice_next_line(&rest, &line);) {
        struct slice name = slice_skip(line, sizeof ".It Cm " - 1), first;

        if (!slice_starts_nocase(line, ".It Cm "))
            continue;
        items++;
        slice_cut(&name, ' ', &first);
        first = slice_trim(first);
        snprintf(item, sizeof item, "%.*s", SLICE_ARGS(first));
        if (!verb_find(item))
            fail_msg("the manual has a verb %s", item);
    }
    assert_true(items >= verb_count);
    arena_free(&arena);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_options_a_verb_and_words),
        cmocka_unit_test(every_verb_is_found_by_its_name_and_no_other),
        cmocka_unit_test(the_usage_names_every_verb),
        cmocka_unit_test(the_manual_has_every_verb_and_no_other),
    };

    if (count != 2) {
        fprintf(stderr, "usage: test_verb MANUAL\n");
        return 2;
    }
    manual_path = arguments[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
