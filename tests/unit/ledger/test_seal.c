/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/seal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "fixture.h"

/* By Python's hashlib over those lines. */
#define FIVE_TREE "92f4a1b4c80439493aaf41378dbccde8baf142a267f810cf048413c4f97ec60d"

/* A file of five lines, not yet sealed, and what is known of it. */
struct five {
    struct fixture f;
    struct ledger_seal before;
    struct ledger_closing closing;
    char name[LEDGER_NAME_SIZE];
};

static void five_begin(struct five *five)
{

    *five = (struct five){ .before = { "legal-20261123T052141Z-000000000001.manifest.json", "beef" } };
    fixture_begin(&five->f);
    five->closing.head = fixture_fill(&five->f, 5, 0);
    assert_true(fixture_name(&five->f, LEDGER_LOG, 1, five->name));
    assert_true(ledger_name_read(five->name, &five->closing.name));
    five->closing.dir = five->f.dir;
    five->closing.provider = "Alfa";
    five->closing.before = &five->before;
    five->closing.now = FIXTURE_START + 100;
}

static struct ledger_manifest load(const struct five *five)
{
    struct arena *arena = arena_new(65536);
    struct ledger_manifest m = { 0 };
    char name[LEDGER_NAME_SIZE];
    struct slice text;

    assert_true(fixture_name(&five->f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(0, ledger_manifest_load(five->f.dir, name, arena, &text, NULL));
    assert_int_equal(0, ledger_manifest_read(text, &m, NULL));
    arena_free(&arena);
    return m;
}

static void a_manifest_says_what_the_file_holds(void **state)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct ledger_manifest m;
    struct ledger_seal seal;
    struct slice content;
    struct five five;
    char hex[LEDGER_HEX_SIZE + 1];

    (void)state;
    five_begin(&five);
    assert_int_equal(0, ledger_seal_file(&five.closing, &seal, NULL));
    m = load(&five);
    content = fixture_read(&five.f, five.name);
    SHA256((const unsigned char *)content.data, content.size, hash);
    hex_write((struct slice){ (const char *)hash, sizeof hash }, hex);
    assert_string_equal(hex, m.sha256);
    assert_string_equal(five.name, m.file);
    assert_string_equal(FIVE_TREE, m.tree);
    assert_int_equal(5, m.count);
    assert_int_equal(1, m.first);
    assert_int_equal(5, m.last);
    assert_int_equal(content.size, m.size);
    assert_int_equal(64, strspn(m.previous, "0"));
    hex_write((struct slice){ (const char *)five.closing.head.hash, LEDGER_HASH_SIZE }, hex);
    assert_string_equal(hex, m.head);
    assert_string_equal("Alfa", m.provider);
    assert_string_equal("2026-11-24T05:23:21Z", m.closed);
    assert_string_equal("beef", m.before.sha256);
    assert_string_equal("legal-20261124T052142Z-000000000001.manifest.json", seal.manifest);
    free((void *)(uintptr_t)content.data);
    fixture_end(&five.f);
}

/* One byte changed, the last line gone, half of it gone, half a line more, another last line: such a file is not vouched for. */
static void a_file_that_was_touched_gets_no_manifest(void **state)
{
    (void)state;
    for (int how = 0; how < 5; how++) {
        struct ledger_seal seal;
        struct error e = { 0 };
        struct slice content;
        struct five five;
        char name[LEDGER_NAME_SIZE], *bytes;

        five_begin(&five);
        content = fixture_read(&five.f, five.name);
        bytes = realloc((void *)(uintptr_t)content.data, content.size + 10);
        assert_non_null(bytes);
        content.data = bytes;
        memcpy(bytes + content.size, "half", 4);
        if (how == 0)
            bytes[content.size / 2] ^= 1;
        else if (how == 1)
            content.size = content.size * 4 / 5; /* five lines of one length */
        else if (how == 2)
            content.size -= 7;
        else if (how == 3)
            content.size += 4;
        else
            five.closing.head.hash[0] ^= 1;
        fixture_write(&five.f, five.name, content);
        assert_int_equal(ERROR_CORRUPT, ledger_seal_file(&five.closing, &seal, &e));
        assert_non_null(strstr(e.text, five.name));
        assert_false(fixture_name(&five.f, LEDGER_MANIFEST, 1, name));
        free(bytes);
        fixture_end(&five.f);
    }
}

/* Lines of the file before, put in front: the chain holds, the file is not the one that was begun. */
static void a_file_that_begins_earlier_than_it_says_gets_no_manifest(void **state)
{
    struct ledger_closing closing = { .provider = "Alfa", .before = &(struct ledger_seal){ .manifest = "" }, .now = FIXTURE_START };
    char first[LEDGER_NAME_SIZE], second[LEDGER_NAME_SIZE];
    struct buffer joined = buffer_new(100000);
    struct slice one, two;
    struct ledger_seal seal;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    closing.dir = f.dir;
    closing.head = fixture_fill(&f, 4, 2);
    assert_true(fixture_name(&f, LEDGER_LOG, 1, first) && fixture_name(&f, LEDGER_LOG, 3, second));
    assert_true(ledger_name_read(second, &closing.name));
    one = fixture_read(&f, first);
    two = fixture_read(&f, second);
    assert_int_equal(0, buffer_append(&joined, one));
    assert_int_equal(0, buffer_append(&joined, two));
    fixture_write(&f, second, buffer_data(&joined));
    assert_int_equal(ERROR_CORRUPT, ledger_seal_file(&closing, &seal, NULL));
    fixture_write(&f, second, two);
    assert_int_equal(0, ledger_seal_file(&closing, &seal, NULL));
    free((void *)(uintptr_t)one.data);
    free((void *)(uintptr_t)two.data);
    buffer_free(&joined);
    fixture_end(&f);
}

static void a_manifest_that_cannot_be_written_leaves_nothing(void **state)
{
    struct ledger_seal seal;
    struct five five;
    char path[LEDGER_PATH_SIZE], name[LEDGER_NAME_SIZE];

    (void)state;
    five_begin(&five);
    /* The name beside it is taken by a folder. */
    assert_int_equal(0, ledger_path(five.f.dir, "legal-20261124T052142Z-000000000001.manifest.json.new", path, NULL));
    assert_int_equal(0, mkdir(path, 0700));
    assert_int_equal(ERROR_FILE, ledger_seal_file(&five.closing, &seal, NULL));
    assert_false(fixture_name(&five.f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(0, rmdir(path));
    assert_int_equal(0, ledger_seal_file(&five.closing, &seal, NULL));
    fixture_end(&five.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_says_what_the_file_holds),
        cmocka_unit_test(a_file_that_was_touched_gets_no_manifest),
        cmocka_unit_test(a_file_that_begins_earlier_than_it_says_gets_no_manifest),
        cmocka_unit_test(a_manifest_that_cannot_be_written_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
