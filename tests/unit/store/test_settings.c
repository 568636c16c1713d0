/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "fixture.h"

static struct slice get(struct fixture *f, const char *name)
{
    struct slice value = SLICE("none");

    EXPECT(f, 0, store_setting_get(f->store, name, f->arena, &value, &f->error));
    return value;
}

static void put(struct fixture *f, const char *name, struct slice value)
{
    EXPECT(f, 0, store_setting_put(f->store, name, value, &f->error));
}

static void test_put_and_get(void **state)
{
    struct fixture *f = *state;
    struct slice value = SLICE("none");

    EXPECT(f, ERROR_NOT_FOUND, store_setting_get(f->store, "ledger_head", f->arena, &value, &f->error));
    assert_true(slice_is(value, "none"));
    assert_non_null(strstr(f->error.text, "ledger_head"));
    put(f, "ledger_head", SLICE("1 ab"));
    put(f, "tag_key", SLICE("00ff"));
    assert_true(slice_is(get(f, "ledger_head"), "1 ab"));
    put(f, "ledger_head", SLICE("2 cd"));
    fixture_next_batch(f);
    assert_true(slice_is(get(f, "ledger_head"), "2 cd"));
    assert_string_equal("2 cd", get(f, "ledger_head").data);
    assert_true(slice_is(get(f, "tag_key"), "00ff"));
}

static void test_bytes(void **state)
{
    struct fixture *f = *state;
    char all[256];

    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    put(f, "bytes", (struct slice){ all, sizeof all });
    put(f, "empty", SLICE_NONE);
    assert_true(slice_equal((struct slice){ all, sizeof all }, get(f, "bytes")));
    assert_int_equal(0, get(f, "empty").size);
    assert_string_equal("", get(f, "empty").data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("a setting is given back as it was put last", test_put_and_get, fixture_setup_batch),
        CASE("a setting is bytes of any value", test_bytes, fixture_setup_batch),
    };

    return cmocka_run_group_tests_name("store settings", tests, NULL, NULL);
}
