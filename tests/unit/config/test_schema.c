/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table by itself, and against the manual whose path is the argument.
 */
#include "given.h"

#include "base/file.h"
#include "config/schema.h"
#include "config/units.h"
#include "config/value.h"

static const char *manual_path;

static bool is_number(const struct schema_row *row)
{
    return row->type == SCHEMA_DURATION || row->type == SCHEMA_SIZE || row->type == SCHEMA_COUNT || row->type == SCHEMA_PERCENT;
}

static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        bool words = row->type == SCHEMA_CHOICE || row->type == SCHEMA_SWITCH;
        size_t n = strlen(row->help);

        if (n < 10 || n > 120 || row->help[n - 1] != '.' || strchr(row->help, '\n'))
            fail_msg("%s.%s: the help is no sentence", row->section, row->name);
        if (is_number(row) != (row->least && row->most) || (words && !row->words))
            fail_msg("%s.%s: bounds or words", row->section, row->name);
        if (row->value && row->filled && row->value[0] == '\0')
            fail_msg("%s.%s: the default is not allowed", row->section, row->name);
        if (schema_find(row->section, row->name) != i)
            fail_msg("%s.%s is there twice", row->section, row->name);
    }
}

/* The keys of a section stand together: the reader counts on it. */
static void sections_are_not_scattered(void **state)
{
    (void)state;
    for (size_t i = 1; i < schema_count; i++) {
        if (strcmp(schema_rows[i].section, schema_rows[i - 1].section) == 0)
            continue;
        for (size_t before = 0; before < i; before++)
            assert_string_not_equal(schema_rows[before].section, schema_rows[i].section);
    }
}

static void every_default_and_bound_can_be_written(void **state)
{
    struct arena *arena = arena_new(100000);
    struct config config = { .path = NULL };

    (void)state;
    for (size_t i = 0; i < schema_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        const char *texts[] = { row->value, row->least, row->most };

        assert_int_equal(value_begin(row, 3, arena, &config), 0);
        for (size_t n = 0; n < 3; n++) {
            struct error e = { 0 };

            if (texts[n] && value_read(row, texts[n], arena, &config, &e) != 0)
                fail_msg("%s.%s = \"%s\": %s", row->section, row->name, texts[n], e.text);
        }
    }
    arena_free(&arena);
}

static void keys_are_found_by_their_names(void **state)
{
    size_t i = schema_find("listen incoming", "socket");

    (void)state;
    assert_true(i < schema_count);
    assert_int_equal(schema_find_key("listen incoming.socket"), i);
    assert_string_equal(schema_rows[schema_find_key("signer.certificate")].name, "certificate");
    assert_int_equal(schema_find("listen", "socket"), schema_count);
    assert_int_equal(schema_find("", "socket"), schema_count);
    assert_int_equal(schema_find_key("socket"), schema_count);
    assert_int_equal(schema_find_key("signer."), schema_count);
    assert_int_equal(schema_find_key("signe.certificate"), schema_count);
}

/* "wrap, reject or discard" as mdoc writes it. */
static void write_words(const char *words, char *out, size_t size)
{
    size_t n = 0;

    for (const char *c = words; *c && n + 8 < size; c++) {
        if (*c != ' ')
            out[n++] = *c;
        else
            n += (size_t)snprintf(out + n, size - n, "%s", strchr(c + 1, ' ') ? " , " : " or ");
    }
    out[n] = '\0';
}

/* The line with which the manual begins the words about a key. */
static void write_item(const struct config_key *key, char *out, size_t size)
{
    char words[100] = "", bounds[100] = "";

    if (key->words)
        write_words(key->words, words, sizeof words);
    if (key->least)
        snprintf(bounds, sizeof bounds, "%s to %s", key->least, key->most);
    snprintf(out, size, ".It Ic %s Pq %s , %s%s%s%s%s\n", key->name, key->type, bounds, words,
             key->words || key->least ? " , " : "",
             !key->value      ? "required"
             : !key->value[0] ? "default empty"
                              : "default Ql ",
             key->value ? key->value : "");
}

static struct slice read_manual(struct arena *arena)
{
    struct slice text = SLICE_NONE;
    struct error e = { 0 };

    if (file_read(manual_path, 1000000, arena, &text, &e) != 0)
        fail_msg("%s", e.text);
    return text;
}

/* Both ways, for each is gone through to its end: a key that the manual lacks, or has too much, puts all that follow out of step.
 */
static void the_manual_has_every_key_and_no_other(void **state)
{
    struct arena *arena = arena_new(1000000);
    struct slice text = read_manual(arena), line, section = SLICE_NONE;
    char item[300];
    size_t i = 0;

    (void)state;
    while (slice_next_line(&text, &line)) {
        struct config_key key;

        if (slice_starts_nocase(line, ".Ss "))
            section = slice_trim(slice_skip(line, 4));
        if (!slice_starts_nocase(line, ".It Ic "))
            continue;
        if (!config_key_at(i++, &key))
            fail_msg("the manual has a key too much: %.*s", SLICE_ARGS(line));
        write_item(&key, item, sizeof item);
        if (!slice_is(section, key.section) || !slice_is(line, item))
            fail_msg("%s: %sthe manual has: %.*s: %.*s", key.section, item, SLICE_ARGS(section), SLICE_ARGS(line));
        assert_true(slice_next_line(&text, &line));
        if (!slice_is(slice_trim(line), key.help))
            fail_msg("%s.%s: the manual says: %.*s", key.section, key.name, SLICE_ARGS(line));
    }
    assert_int_equal(i, schema_count);
    arena_free(&arena);
}

static void the_example_of_the_manual_is_good(void **state)
{
    struct arena *arena = arena_new(1000000);
    struct slice text = read_manual(arena);
    const struct config *config = NULL;
    static struct said said;

    (void)state;
    text = slice_skip(text, slice_find(text, SLICE(".Sh EXAMPLES")));
    text = slice_skip(text, slice_find(text, SLICE("provider {")));
    text.size = slice_find(text, SLICE(".Ed"));
    assert_true(text.size > 100);
    if (give(text, arena, &config, &said) != 0)
        fail_msg("%s", said.text);
    config_warnings(config, hear, &said);
    assert_string_equal(said.text, "");
    arena_free(&arena);
}

static void the_keys_have_an_end(void **state)
{
    struct config_key key = { .section = "untouched" };

    (void)state;
    assert_false(config_key_at(schema_count, &key));
    assert_false(config_key_at(SIZE_MAX, &key));
    assert_string_equal(key.section, "untouched");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(sections_are_not_scattered),
        cmocka_unit_test(every_default_and_bound_can_be_written),
        cmocka_unit_test(keys_are_found_by_their_names),
        cmocka_unit_test(the_manual_has_every_key_and_no_other),
        cmocka_unit_test(the_example_of_the_manual_is_good),
        cmocka_unit_test(the_keys_have_an_end),
    };

    if (argc != 2)
        return 2;
    manual_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
