/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/event_csv.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

enum { ROOM = 4096 };

static void each_column_has_a_name(void **state)
{
    struct buffer out = buffer_new(ROOM);

    (void)state;
    assert_int_equal(0, event_csv_names(&out));
    assert_true(slice_is(buffer_data(&out), "utc,legal_time,event,point,verdict,message,receipt,pec_id,msgid,sender,recipients,subject,provider,"
                                            "related,reason,done,size,digest,id,n\r\n"));
    buffer_free(&out);
}

/* RFC 4180: quotes are doubled. What begins like a formula is none. */
static void fields_are_safe(void **state)
{
    static const struct {
        const char *event, *record;
    } cases[] = {
        { "{}", ",,,,,,,,,,,,,,,,,,,\r\n" },
        { "{\"event\":\"sent\",\"size\":12,\"n\":7}", ",,\"sent\",,,,,,,,,,,,,,\"12\",,,\"7\"\r\n" },
        { "{\"recipients\":[{\"address\":\"a@x\",\"kind\":\"external\"},\"b@x\"]}", ",,,,,,,,,,\"a@x b@x\",,,,,,,,,\r\n" },
        { "{\"subject\":\"he said \\\"no\\\", twice\"}", ",,,,,,,,,,,\"he said \"\"no\"\", twice\",,,,,,,,\r\n" },
        { "{\"subject\":\"=1+1\"}", ",,,,,,,,,,,\"'=1+1\",,,,,,,,\r\n" },
        { "{\"subject\":\"@x\"}", ",,,,,,,,,,,\"'@x\",,,,,,,,\r\n" },
        { "{\"subject\":\"\\t=1\"}", ",,,,,,,,,,,\"' =1\",,,,,,,,\r\n" },
        { "{\"subject\":\"a\\r\\nb\\u0007\"}", ",,,,,,,,,,,\"a  b \",,,,,,,,\r\n" },
        { "{\"subject\":{\"a\":1},\"reason\":null,\"sender\":[]}", ",,,,,,,,,\"\",,\"\",,,,,,,,\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out = buffer_new(ROOM);
        json_t *event = json_loads(cases[i].event, 0, NULL);

        assert_non_null(event);
        assert_int_equal(0, event_csv_write(&out, event));
        if (!slice_is(buffer_data(&out), cases[i].record))
            fail_msg("%s: %.*s", cases[i].event, SLICE_ARGS(buffer_data(&out)));
        json_decref(event);
        buffer_free(&out);
    }
}

static void a_record_beyond_the_room_is_said(void **state)
{
    json_t *event = json_loads("{\"subject\":\"0123456789\"}", 0, NULL);
    struct buffer out = buffer_new(16);

    (void)state;
    assert_int_equal(ERROR_LIMIT, event_csv_write(&out, event));
    json_decref(event);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_has_a_name),
        cmocka_unit_test(fields_are_safe),
        cmocka_unit_test(a_record_beyond_the_room_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
