/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/manifest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define HASH1 "2b9e5cc26e3e4fc0bd26b66e792ca49e3931ae471a28d9c76e71d0498bb10cba"
#define HASH2 "7b35752276a1a4f3daf8a5e8e885787645802db20fa61a4ff739d9342efad931"

static const struct ledger_manifest example = {
    .file = "legal-20261124T052141Z-000000000001.log",
    .count = 2,
    .first = 1,
    .last = 2,
    .previous = HASH1,
    .head = HASH2,
    .size = 512,
    .sha256 = HASH1,
    .tree = HASH2,
    .provider = "Gestore \"Alf\xC3\xA0\" S.p.A.",
    .closed = "2026-11-24T05:21:41Z",
    .before = { "legal-20261123T052141Z-000000000001.manifest.json", HASH2 },
};

static struct buffer written(const struct ledger_manifest *m)
{
    struct buffer out = buffer_new(LEDGER_MANIFEST_MAX);

    assert_int_equal(0, ledger_manifest_write(&out, m, NULL));
    return out;
}

static void a_manifest_is_one_line_of_json(void **state)
{
    struct buffer out = written(&example);
    struct slice text = buffer_data(&out);
    json_t *object = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

    (void)state;
    assert_int_equal(text.size - 1, slice_find_byte(text, '\n'));
    assert_string_equal(example.file, json_string_value(json_object_get(object, "file")));
    assert_int_equal(2, json_integer_value(json_object_get(object, "count")));
    assert_int_equal(1, json_integer_value(json_object_get(object, "first")));
    assert_int_equal(2, json_integer_value(json_object_get(object, "last")));
    assert_string_equal(HASH1, json_string_value(json_object_get(object, "previous")));
    assert_string_equal(HASH2, json_string_value(json_object_get(object, "head")));
    assert_int_equal(512, json_integer_value(json_object_get(object, "size")));
    assert_string_equal(HASH1, json_string_value(json_object_get(object, "sha256")));
    assert_string_equal(HASH2, json_string_value(json_object_get(object, "tree")));
    assert_string_equal(example.provider, json_string_value(json_object_get(object, "provider")));
    assert_string_equal("2026-11-24T05:21:41Z", json_string_value(json_object_get(object, "closed")));
    assert_string_equal(example.before.manifest, json_string_value(json_object_get(object, "before")));
    assert_string_equal(HASH2, json_string_value(json_object_get(object, "before_sha256")));
    assert_int_equal(64, json_string_length(json_object_get(object, "hash")));
    json_decref(object);
    buffer_free(&out);
}

static void what_is_written_is_read(void **state)
{
    struct buffer out = written(&example), again;
    struct ledger_manifest read = { 0 };

    (void)state;
    assert_int_equal(0, ledger_manifest_read(buffer_data(&out), &read, NULL));
    again = written(&read);
    assert_true(slice_equal(buffer_data(&out), buffer_data(&again)));
    buffer_free(&out);
    buffer_free(&again);
}

static void every_flipped_bit_is_found(void **state)
{
    struct buffer out = written(&example);
    char *text = out.memory + out.start;
    size_t size = buffer_data(&out).size;
    struct ledger_manifest read;

    (void)state;
    for (size_t at = 0; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text[at] = (char)(text[at] ^ 1 << bit);
            if (ledger_manifest_read((struct slice){ text, size }, &read, NULL) != ERROR_CORRUPT)
                fail_msg("byte %zu, bit %u", at, bit);
            text[at] = (char)(text[at] ^ 1 << bit);
        }
    }
    buffer_free(&out);
}

static void every_shorter_text_is_refused(void **state)
{
    struct buffer out = written(&example);
    struct slice text = buffer_data(&out);
    struct ledger_manifest read;

    (void)state;
    for (size_t size = 0; size < text.size; size++) {
        char *copy = malloc(size ? size : 1);

        memcpy(copy, text.data, size);
        assert_int_equal(ERROR_CORRUPT, ledger_manifest_read((struct slice){ copy, size }, &read, NULL));
        free(copy);
    }
    buffer_free(&out);
}

/* Texts whose hash holds, but which are no manifest. */
static const char *const others[] = {
    "{\"a\":1", "[1", "{\"file\":\"\"", "{\"file\":7", "{\"file\":\"x\",\"count\":-1", "{\"file\":\"x\",\"count\":\"1\"",
    "{\"file\":\"x\",\"file\":\"y\"", "{\"file\":\"a name that is far too long for any file of the ledger, whatever its number is\"",
    "{\"file\":\"x\",\"previous\":\"" HASH1 "0\"", "",
};

static void a_hash_alone_makes_no_manifest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct buffer out = buffer_new(LEDGER_MANIFEST_MAX);
        unsigned char hash[LEDGER_HASH_SIZE];
        struct ledger_manifest read;

        assert_int_equal(0, buffer_append(&out, slice_of(others[i])));
        assert_int_equal(0, ledger_hash_append(&out, 0, hash));
        if (ledger_manifest_read(buffer_data(&out), &read, NULL) != ERROR_CORRUPT)
            fail_msg("taken for a manifest: %s", others[i]);
        buffer_free(&out);
    }
}

static void a_provider_that_is_not_utf8_is_refused(void **state)
{
    struct ledger_manifest m = example;
    struct buffer out = buffer_new(LEDGER_MANIFEST_MAX);

    (void)state;
    memcpy(m.provider, "Alf\xE0", 5);
    assert_int_equal(ERROR_SYNTAX, ledger_manifest_write(&out, &m, NULL));
    buffer_free(&out);
}

static void a_file_is_loaded_with_its_link(void **state)
{
    struct arena *arena = arena_new(65536);
    struct ledger_seal seal;
    struct slice text;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_write(&f, "m", SLICE("abc"));
    assert_int_equal(0, ledger_manifest_load(f.dir, "m", arena, &text, NULL));
    assert_int_equal(0, ledger_seal_make("m", text, &seal, NULL));
    assert_string_equal("m", seal.manifest);
    /* FIPS 180-2, the message "abc". */
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", seal.sha256);
    assert_int_equal(ERROR_NOT_FOUND, ledger_manifest_load(f.dir, "n", arena, &text, NULL));
    arena_free(&arena);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_is_one_line_of_json),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_shorter_text_is_refused),
        cmocka_unit_test(a_hash_alone_makes_no_manifest),
        cmocka_unit_test(a_provider_that_is_not_utf8_is_refused),
        cmocka_unit_test(a_file_is_loaded_with_its_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
