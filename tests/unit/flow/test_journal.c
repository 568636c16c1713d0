/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What workers and keeper say to each other crosses a socket whole, and is read to the last byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/journal.h"

enum { WIRE_MAX = 1 << 16, BUDGET = 1 << 22 };

/* Every field filled in. */
static struct journal_request full_request(enum journal_verb verb)
{
    static struct stored_recipient recipients[] = { { "a@x", true, false, true }, { "b@y", false, true, false } };
    static struct journal_release releases[] = { { "id@x", "a@x", true }, { "id@x", "b@y", false } };
    static struct journal_line lines[] = { { "s.0.0", { "{\"a\":1}", 7 } }, { "s.1.0", { "{}", 2 } } };

    return (struct journal_request){
        .verb = verb, .key = { 1, 2, 255 }, .time = -5, .number = 7, .record = { "rec\0ord", 7 }, .is_tracked = true,
        .transaction = { .number = 99, .pec_id = "id@x", .created = 3, .record = { "t", 1 }, .recipients = recipients, .recipient_count = 2 },
        .first_due = 11, .second_due = 22, .releases = releases, .release_count = 2, .lines = lines, .line_count = 2, .text = "text",
        .task = 5, .account = { .address = "a@x", .password = "p", .quota = -1, .active = true, .created = 4 },
    };
}

static struct slice write_request(struct journal_request *r, struct buffer *out)
{
    struct wire w;

    *out = buffer_new(WIRE_MAX);
    w = wire_writer(out);
    journal_request_visit(&w, r);
    assert_true(wire_ok(&w));
    return buffer_data(out);
}

static bool read_request(struct slice bytes, struct arena *arena, struct journal_request *out)
{
    struct wire w = wire_reader(bytes, arena);

    *out = (struct journal_request){ 0 };
    journal_request_visit(&w, out);
    return wire_done(&w);
}

/* Read and written again it is the same, for each verb; anything shorter or longer is refused. */
static void requests_cross_whole(void **state)
{
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    for (int verb = 0; verb < JOURNAL_VERB_COUNT; verb++) {
        struct journal_request request = full_request((enum journal_verb)verb), back;
        struct buffer first, second;
        struct slice bytes = write_request(&request, &first), again;
        char longer[WIRE_MAX];

        assert_true(read_request(bytes, arena, &back));
        assert_int_equal(back.verb, verb);
        assert_memory_equal(back.key, request.key, sizeof back.key);
        assert_true(back.time == request.time && back.number == request.number);
        again = write_request(&back, &second);
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.data, bytes.data, bytes.size);
        for (size_t i = 0; i < bytes.size; i++)
            assert_false(read_request((struct slice){ bytes.data, i }, arena, &back));
        memcpy(longer, bytes.data, bytes.size);
        longer[bytes.size] = '\0';
        assert_false(read_request((struct slice){ longer, bytes.size + 1 }, arena, &back));
        arena_reset(arena);
        buffer_free(&first);
        buffer_free(&second);
    }
    arena_free(&arena);
}

/* Each verb carries what the keeper needs of it. */
static void each_verb_has_its_fields(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct journal_request request, back;
    struct buffer out;

    (void)state;
    request = full_request(JOURNAL_BEGIN);
    assert_true(read_request(write_request(&request, &out), arena, &back));
    assert_int_equal(back.record.size, 7);
    assert_memory_equal(back.record.data, "rec\0ord", 7);
    assert_true(back.is_tracked && back.transaction.number == 99 && back.first_due == 11 && back.second_due == 22);
    assert_int_equal(back.transaction.recipient_count, 2);
    assert_string_equal(back.transaction.recipients[1].address, "b@y");
    assert_true(back.transaction.recipients[0].certified && back.transaction.recipients[0].closed && back.transaction.recipients[1].taken);
    assert_int_equal(back.release_count, 2);
    assert_true(back.releases[0].is_final && !back.releases[1].is_final);
    buffer_free(&out);
    request = full_request(JOURNAL_END);
    assert_true(read_request(write_request(&request, &out), arena, &back));
    assert_string_equal(back.text, "text");
    assert_true(back.task == 5 && back.line_count == 2 && back.release_count == 2);
    assert_string_equal(back.lines[0].id, "s.0.0");
    assert_int_equal(back.lines[0].text.size, 7);
    buffer_free(&out);
    request = full_request(JOURNAL_ACCOUNT_SET);
    request.account.password = NULL;
    assert_true(read_request(write_request(&request, &out), arena, &back));
    assert_null(back.account.password);
    assert_true(back.account.quota == -1 && back.account.active);
    buffer_free(&out);
    arena_free(&arena);
}

/* The keeper would fall over what is not there. */
static void what_is_needed_must_be_there(void **state)
{
    static const enum journal_verb named[] = { JOURNAL_DOMAIN_ADD, JOURNAL_DOMAIN_REMOVE, JOURNAL_ACCOUNT_REMOVE };
    struct journal_line nameless = { NULL, { "{}", 2 } };
    struct journal_release homeless = { "id", NULL, true };
    struct arena *arena = arena_new(BUDGET);
    struct buffer out = buffer_new(WIRE_MAX);
    struct journal_request request, back;
    struct wire w;

    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof named[0] + 4; i++) {
        request = full_request(i < 3 ? named[i] : i == 3 ? JOURNAL_ACCOUNT_ADD : i == 4 ? JOURNAL_OUTCOME : JOURNAL_BEGIN);
        if (i < 3)
            request.text = NULL;
        else if (i == 3)
            request.account.address = NULL;
        else if (i == 4)
            request.lines = &nameless, request.line_count = 1;
        else if (i == 5)
            request.transaction.pec_id = NULL;
        else
            request.releases = &homeless, request.release_count = 1;
        w = wire_writer(&out);
        journal_request_visit(&w, &request);
        assert_true(!wire_ok(&w) || !read_request(buffer_data(&out), arena, &back));
        buffer_free(&out);
    }
    arena_free(&arena);
}

static void an_unknown_verb_is_refused(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct journal_request request = full_request(JOURNAL_CLAIM), back;
    struct buffer out;
    struct slice bytes = write_request(&request, &out);
    char changed[WIRE_MAX];

    (void)state;
    memcpy(changed, bytes.data, bytes.size);
    memset(changed, 0x7f, 1);
    assert_false(read_request((struct slice){ changed, bytes.size }, arena, &back));
    buffer_free(&out);
    arena_free(&arena);
}

static void responses_cross_whole(void **state)
{
    static struct stored_recipient recipients[] = { { "a@x", true, false, true } };
    static struct stored_task tasks[] = { { 1, TASK_FIRST_NOTICE, 2, 3, "a@x" }, { 4, TASK_SECOND_NOTICE, 5, 6, "b@y" } };
    static struct stored_account accounts[] = { { "a@x", "p", 7, true, 8 } };
    static struct slice outcomes[] = { { "o\0ne", 4 }, { "two", 3 } };
    static const char *names[] = { "x.example", "y.example" };
    struct journal_response response = {
        .error = ERROR_FULL, .words = "why", .state = JOURNAL_FOUND, .text = "250 ok", .record = { "rec", 3 }, .outcomes = outcomes,
        .outcome_count = 2, .number = 9, .tasks = tasks, .task_count = 2, .time = 10, .names = names, .name_count = 2,
        .tag_key = { 1, 2, 3 }, .accounts = accounts, .account_count = 1,
        .transaction = { .number = 99, .pec_id = "id@x", .record = { "t", 1 }, .recipients = recipients, .recipient_count = 1 },
        .status = { .open_plans = 1, .oldest_plan = 2, .next_task = 3, .log_lines = 4, .log_damage = "damage" },
    }, back = { 0 };
    struct arena *arena = arena_new(BUDGET);
    struct buffer out = buffer_new(WIRE_MAX), second = buffer_new(WIRE_MAX);
    struct wire w = wire_writer(&out);
    struct slice bytes;

    (void)state;
    journal_response_visit(&w, &response);
    assert_true(wire_ok(&w));
    bytes = buffer_data(&out);
    w = wire_reader(bytes, arena);
    journal_response_visit(&w, &back);
    assert_true(wire_done(&w));
    assert_int_equal(back.error, ERROR_FULL);
    assert_string_equal(back.text, "250 ok");
    assert_int_equal(back.outcomes[0].size, 4);
    assert_int_equal(back.tasks[1].kind, TASK_SECOND_NOTICE);
    assert_string_equal(back.status.log_damage, "damage");
    w = wire_writer(&second);
    journal_response_visit(&w, &back);
    assert_int_equal(buffer_data(&second).size, bytes.size);
    assert_memory_equal(buffer_data(&second).data, bytes.data, bytes.size);
    for (size_t i = 0; i < bytes.size; i++) {
        back = (struct journal_response){ 0 };
        w = wire_reader((struct slice){ bytes.data, i }, arena);
        journal_response_visit(&w, &back);
        assert_false(wire_done(&w));
    }
    buffer_free(&out);
    buffer_free(&second);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_cross_whole),
        cmocka_unit_test(each_verb_has_its_fields),
        cmocka_unit_test(what_is_needed_must_be_there),
        cmocka_unit_test(an_unknown_verb_is_refused),
        cmocka_unit_test(responses_cross_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
