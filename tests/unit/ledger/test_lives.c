/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/lives.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>

static void each_has_its_number(void **state)
{
    struct ledger_lives lives = { 0 };
    char id[32];

    (void)state;
    assert_int_equal(LEDGER_NO_LIFE, ledger_lives_find(&lives, SLICE("0@x")));
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%u@x", i);
        assert_int_equal(2 * i, ledger_lives_add(&lives, slice_of(id)));
        assert_int_equal(2 * i + 1, ledger_lives_add(&lives, SLICE_NONE));
    }
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "%u@x", i);
        assert_int_equal(2 * i, ledger_lives_find(&lives, slice_of(id)));
        assert_int_equal(2 * i, ledger_lives_add(&lives, slice_of(id)));
    }
    assert_int_equal(2000, lives.count);
    assert_int_equal(LEDGER_NO_LIFE, ledger_lives_find(&lives, SLICE("1000@x")));
    assert_int_equal(LEDGER_NO_LIFE, ledger_lives_find(&lives, SLICE("")));
    ledger_lives_free(&lives);
}

static void a_line_may_be_of_a_transaction(void **state)
{
    static const struct {
        const char *line;
        bool may;
    } lines[] = {
        { "{\"pec_id\":\"opec.1\"}", true },
        { "{\"a\":1, \"pec_id\" : \"opec.1\", \"b\":2}", true },
        { "{\"pec_id\":\"opec.2\"}", false },
        { "{\"pec_id\":\"opec.2\",\"related\":{\"pec_id\":\"opec.1\"}}", true },
        { "{\"pec_id\":\"opec.\\u0031\"}", true },
        { "{\"pec_id\":7}", false },
        { "{\"pec_id\"", false },
        { "{\"pec_id\":\"opec.1", true },
        { "{\"id\":\"opec.1\"}", false },
        { "{\"subject\":\"\\\"pec_id\\\":\\\"opec.1\\\"\"}", false },
        { "", false },
    };
    struct ledger_lives lives = { 0 };

    (void)state;
    assert_false(ledger_lives_may_have(&lives, slice_of(lines[0].line)));
    assert_int_equal(0, ledger_lives_add(&lives, SLICE("opec.1")));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (ledger_lives_may_have(&lives, slice_of(lines[i].line)) != lines[i].may)
            fail_msg("%s", lines[i].line);
    ledger_lives_free(&lives);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_number),
        cmocka_unit_test(a_line_may_be_of_a_transaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
