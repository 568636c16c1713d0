/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events for the legal log: each of the eight facts that RFC 6109 2.3 lists.
 */
#include "fixture.h"

#include <jansson.h>
#include <string.h>

#include "mime/encoding.h"
#include "pec/event.h"

static struct plan accepted(struct arena *arena)
{
    struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, FIXTURE_WINTER, FIXTURE_SEED);

    plan.about = fixture_transaction(arena);
    plan.size = 1234;
    return plan;
}

static json_t *written(struct arena *arena, const struct plan *plan, const struct event *event, const char *digest)
{
    char *line = event_write(plan, event, digest, arena);
    json_t *object = line ? json_loads(line, JSON_REJECT_DUPLICATES, NULL) : NULL;

    assert_non_null(object);
    assert_null(strchr(line, '\n'));
    return object;
}

static void check_text(json_t *object, const char *name, const char *wanted)
{
    fixture_same_text(name, json_string_value(json_object_get(object, name)), wanted);
}

static void check_recipient(json_t *object, size_t i, const char *address, const char *kind)
{
    json_t *recipient = json_array_get(json_object_get(object, "recipients"), i);

    check_text(recipient, "address", address);
    check_text(recipient, "kind", kind);
}

/* 2.3: id, moment, sender, recipients, subject, type of event, ids of related messages, sending provider. */
static void test_all_that_the_law_wants(void **state)
{
    const struct plan plan = accepted(*state);
    const struct pec_message m = { .kind = KIND_ACCEPTANCE, .id = "opec3.x.2@pec.alfa.example" };
    const struct event event = { .what = "delivered", .message = &m, .time = FIXTURE_WINTER, .number = 2 };
    json_t *o = written(*state, &plan, &event, "abc123");

    check_text(o, "pec_id", plan.about.pec_id);
    check_text(o, "msgid", "<client-1@studio.example>");
    check_text(o, "utc", "2026-01-15T10:30:00Z");
    check_text(o, "legal_time", "15/01/2026 11:30:00 +0100");
    check_text(o, "sender", "mario@alfa.example");
    assert_int_equal(json_array_size(json_object_get(o, "recipients")), 2);
    check_recipient(o, 0, "anna@beta.example", "certified");
    check_recipient(o, 1, "ugo@posta.example", "external");
    check_text(o, "subject", "Citt\xC3\xA0 di Forl\xC3\xAC");
    check_text(o, "event", "delivered");
    check_text(o, "point", "access");
    check_text(o, "verdict", "accepted");
    check_text(o, "message", "acceptance");
    assert_int_equal(json_array_size(json_object_get(o, "related")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(o, "related"), 0)), "opec3.x.2@pec.alfa.example");
    check_text(o, "provider", "Alfa Certificata S.p.A.");
    assert_int_equal(json_integer_value(json_object_get(o, "size")), 1234);
    check_text(o, "digest", "abc123");
    json_decref(o);
}

/* 2.3, 4.2. */
static void test_the_moment_is_in_legal_time(void **state)
{
    const struct plan plan = accepted(*state);
    const struct event event = { .what = "sent", .time = FIXTURE_SUMMER, .done = FIXTURE_SUMMER + 7200 };
    json_t *o = written(*state, &plan, &event, NULL);

    check_text(o, "utc", "2026-07-15T10:30:00Z");
    check_text(o, "legal_time", "15/07/2026 12:30:00 +0200");
    check_text(o, "done", "2026-07-15T12:30:00Z");
    json_decref(o);
}

static void test_what_is_absent_is_not_written(void **state)
{
    static const char *const absent[] = { "pec_id", "msgid", "subject", "provider", "message", "related", "reason", "digest", "receipt", "done" };
    const struct event event = { .what = "received", .time = FIXTURE_WINTER };
    struct plan plan = plan_new(POINT_INCOMING, VERDICT_ORDINARY, FIXTURE_WINTER, FIXTURE_SEED);
    json_t *o;

    plan.about.sender = "x@altrove.example";
    o = written(*state, &plan, &event, NULL);
    for (size_t i = 0; i < COUNT(absent); i++)
        assert_null(json_object_get(o, absent[i]));
    check_text(o, "verdict", "ordinary");
    json_decref(o);
}

/* Recipients that the event concerns, in any order and case; a service mailbox is neither certified nor external. */
static void test_some_recipients(void **state)
{
    const char *some[] = { "UGO@posta.example", "ricevute@pec.alfa.example", "anna@beta.example" };
    const struct event event = { .what = "sent", .recipients = some, .recipient_count = 3, .time = FIXTURE_WINTER };
    const struct plan plan = accepted(*state);
    json_t *o = written(*state, &plan, &event, NULL);

    assert_int_equal(json_array_size(json_object_get(o, "recipients")), 3);
    check_recipient(o, 0, "UGO@posta.example", "external");
    check_recipient(o, 1, "ricevute@pec.alfa.example", NULL);
    check_recipient(o, 2, "anna@beta.example", "certified");
    json_decref(o);
}

/* 2.3: "message identifiers of related generated messages". */
static void test_a_receipt_that_came(void **state)
{
    const struct event event = { .what = "received", .time = FIXTURE_WINTER };
    struct plan plan = accepted(*state);
    const struct pec_message m = { .kind = KIND_NON_DELIVERY_VIRUS, .id = "opec3.x.2@pec.alfa.example" };
    const struct event told = { .what = "delivered", .message = &m, .time = FIXTURE_WINTER };
    json_t *o;

    plan.receipt_id = "<ricevuta-1@pec.beta.example>";
    plan.receipt_type = "rilevazione-virus";
    o = written(*state, &plan, &event, NULL);
    check_text(o, "receipt", "rilevazione-virus");
    assert_string_equal(json_string_value(json_array_get(json_object_get(o, "related"), 0)), "<ricevuta-1@pec.beta.example>");
    json_decref(o);
    o = written(*state, &plan, &told, NULL);
    assert_int_equal(json_array_size(json_object_get(o, "related")), 2);
    json_decref(o);
}

static void check_list(json_t *object, const char *name, const char *first, size_t count)
{
    json_t *list = json_object_get(object, name);

    assert_int_equal(json_array_size(list), count);
    if (count)
        assert_string_equal(json_string_value(json_array_get(list, 0)), first);
}

/* "recipients" says to whom a receipt went; an audit must know whom it is about. */
static void test_whom_a_message_of_ours_is_about(void **state)
{
    const char *taken[] = { "anna@beta.example", "ugo@beta.example" }, *to[] = { "mario@alfa.example" };
    const struct pec_message one = { .kind = KIND_NON_DELIVERY, .id = "1", .recipient = "ugo@posta.example" };
    const struct pec_message several = { .kind = KIND_TAKE_CHARGE, .id = "2", .taken = taken, .taken_count = 2 };
    const struct pec_message none = { .kind = KIND_ACCEPTANCE, .id = "3" };
    const struct plan plan = accepted(*state);
    struct event event = { .what = "delivered", .message = &one, .recipients = to, .recipient_count = 1, .time = FIXTURE_WINTER };
    json_t *o = written(*state, &plan, &event, NULL);

    check_list(o, "concerned", "ugo@posta.example", 1);
    check_recipient(o, 0, "mario@alfa.example", NULL);
    json_decref(o);
    event.message = &several;
    o = written(*state, &plan, &event, NULL);
    check_list(o, "concerned", "anna@beta.example", 2);
    json_decref(o);
    event.message = &none;
    o = written(*state, &plan, &event, NULL);
    assert_null(json_object_get(o, "concerned"));
    json_decref(o);
}

/* 3.1.6: a receipt counts for those whose domain its signer manages; the log must say so, for it has no certificates. */
static void test_for_whom_a_receipt_counts(void **state)
{
    struct release release = { .pec_id = "x", .address = "anna@beta.example", .is_final = true };
    const struct event came = { .what = "received", .time = FIXTURE_WINTER };
    const struct event passed = { .what = "delivered", .time = FIXTURE_WINTER, .number = 1 };
    struct plan plan = accepted(*state);
    json_t *o;

    plan.releases = &release;
    plan.release_count = 1;
    o = written(*state, &plan, &came, NULL);
    assert_null(json_object_get(o, "settles")); /* no receipt came */
    json_decref(o);
    plan.receipt_type = "avvenuta-consegna";
    o = written(*state, &plan, &came, NULL);
    check_list(o, "settles", "anna@beta.example", 1);
    json_decref(o);
    o = written(*state, &plan, &passed, NULL);
    assert_null(json_object_get(o, "settles"));
    json_decref(o);
    plan.release_count = 0;
    o = written(*state, &plan, &came, NULL);
    assert_true(json_is_array(json_object_get(o, "settles")));
    check_list(o, "settles", NULL, 0);
    json_decref(o);
}

/* A separator-based log would break on these. */
static void test_texts_of_strangers(void **state)
{
    static const char *const texts[] = { "a: b, \"c\" {d} [e]", "tab\tand \\ and \x01", "\xF0\x9F\x93\xA7", "", "</script>" };

    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct event event = { .what = "refused", .reason = texts[i], .time = FIXTURE_WINTER };
        struct plan plan = accepted(*state);
        json_t *o;

        plan.about.subject = texts[i];
        o = written(*state, &plan, &event, NULL);
        check_text(o, "subject", texts[i]);
        check_text(o, "reason", texts[i]);
        json_decref(o);
    }
}

/* The "sent" event of an envelope names all its recipients, each looked up among as many. */
static void test_many_recipients_take_no_time(void **state)
{
    enum { MANY = 10000 };
    const char **addresses = arena_array(*state, MANY, sizeof *addresses);
    struct recipient *recipients = arena_array(*state, MANY, sizeof *recipients);
    const struct event event = { .what = "sent", .recipients = addresses, .recipient_count = MANY, .time = FIXTURE_WINTER };
    struct plan plan = accepted(*state);
    double before;

    for (size_t i = 0; i < MANY; i++) {
        addresses[i] = arena_printf(*state, "utente.numero.%zu@beta.example", i);
        recipients[i] = (struct recipient){ addresses[i], i % 2 == 0 };
    }
    plan.about.recipients = recipients;
    plan.about.recipient_count = MANY;
    before = fixture_seconds();
    assert_non_null(event_write(&plan, &event, NULL, *state));
    assert_true(fixture_seconds() - before < 1);
}

/* What the mail system said, to the octet, whatever it is. */
static void test_a_bounce_is_kept(void **state)
{
    char bytes[3000], decoded[3002];
    const struct event event = { .what = "received", .time = FIXTURE_WINTER, .report = { bytes, sizeof bytes } };
    const struct plan plan = accepted(*state);
    const char *text;
    json_t *o;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    o = written(*state, &plan, &event, NULL);
    text = json_string_value(json_object_get(o, "report"));
    assert_non_null(text);
    assert_null(strpbrk(text, " \r\n"));
    assert_int_equal(mime_decode_base64(slice_of(text), decoded), sizeof bytes);
    assert_memory_equal(decoded, bytes, sizeof bytes);
    json_decref(o);
}

static void test_of_an_endless_bounce_the_beginning_is_kept(void **state)
{
    char *bytes = arena_alloc(*state, EVENT_REPORT_MAX + 10);
    const struct event event = { .what = "received", .time = FIXTURE_WINTER, .report = { bytes, EVENT_REPORT_MAX + 10 } };
    const struct plan plan = accepted(*state);
    json_t *o;

    memset(bytes, 'a', EVENT_REPORT_MAX + 10);
    o = written(*state, &plan, &event, NULL);
    assert_int_equal(json_string_length(json_object_get(o, "report")), (EVENT_REPORT_MAX + 2) / 3 * 4);
    json_decref(o);
}

static void test_without_budget(void **state)
{
    const struct event event = { .what = "sent", .time = FIXTURE_WINTER };
    const struct plan plan = accepted(*state);
    struct arena *small = arena_new(64);

    assert_null(event_write(&plan, &event, NULL, small));
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_that_the_law_wants, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_moment_is_in_legal_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_absent_is_not_written, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_some_recipients, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_receipt_that_came, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_whom_a_message_of_ours_is_about, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_for_whom_a_receipt_counts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_texts_of_strangers, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_recipients_take_no_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_bounce_is_kept, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_of_an_endless_bounce_the_beginning_is_kept, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec event", tests, NULL, NULL);
}
