/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A delivery status report (RFC 3464, RFC 6522) about ordinary mail that some mailboxes refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/report.h"
#include "mime/part.h"

enum { BUDGET = 1 << 20, TIME = 1795500000 };

static const struct config config = { .provider = { .hostname = "alfa.example" } };

static struct part make(struct answer *answers, size_t count, const char *header, struct arena *arena)
{
    struct step steps[4] = { 0 };
    struct plan plan = { .time = TIME, .seed = "0123456789abcdef", .reverse_path = "carlo@posta.example", .steps = steps, .step_count = count };
    struct original original = { .header = { .raw = slice_of(header) } };
    struct rope out = rope_new(arena);
    struct slice whole;
    struct part report;

    for (size_t i = 0; i < count; i++)
        steps[i] = (struct step){ .role = ROLE_WRAPPED, .is_done = true, .refused = answers[i].fate == FATE_REFUSED ? &answers[i] : NULL };
    assert_int_equal(report_write(&config, &plan, &original, "id@alfa.example", &out), 0);
    whole = rope_flat(&out);
    for (size_t i = 0; i < whole.size; i++) {
        assert_true((unsigned char)whole.data[i] < 0x80);
        assert_int_equal(whole.data[i] == '\n', i > 0 && whole.data[i - 1] == '\r');
    }
    assert_int_equal(part_read(whole, &part_limits_default, arena, &report), 0);
    return report;
}

static const char *field(const struct part *p, const char *name, struct arena *arena)
{
    const char *text;

    assert_int_equal(header_text(&p->header, name, arena, &text), 0);
    return text;
}

static void its_form_is_that_of_the_standard(void **state)
{
    struct answer answers[] = { { "anna@alfa.example", FATE_TAKEN, 250, "2.0.0", "ok" },
                                { "bruno@alfa.example", FATE_REFUSED, 550, "5.1.1", "no such user" },
                                { "carla@alfa.example", FATE_REFUSED, 554, NULL, NULL } };
    struct arena *arena = arena_new(BUDGET);
    struct part report = make(answers, 3, "Subject: Offerta\r\nFrom: carlo@posta.example\r\n", arena);
    const char *kind;

    (void)state;
    assert_string_equal(report.type, "multipart/report");
    assert_int_equal(part_parameter(&report, "report-type", arena, &kind), 0);
    assert_string_equal(kind, "delivery-status");
    assert_string_equal(field(&report, "To", arena), "carlo@posta.example");
    assert_string_equal(field(&report, "Message-ID", arena), "<id@alfa.example>");
    assert_string_equal(field(&report, "Auto-Submitted", arena), "auto-replied"); /* RFC 3834: nobody answers it */
    assert_non_null(field(&report, "Date", arena));
    assert_null(field(&report, "X-Ricevuta", arena));
    assert_int_equal(report.child_count, 3);
    assert_string_equal(report.children[0].type, "text/plain");
    assert_string_equal(report.children[1].type, "message/delivery-status");
    assert_string_equal(report.children[2].type, "text/rfc822-headers");
    assert_true(slice_is(report.children[1].body,
                         "Reporting-MTA: dns; alfa.example\r\n\r\n"
                         "Final-Recipient: rfc822; bruno@alfa.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
                         "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
                         "Final-Recipient: rfc822; carla@alfa.example\r\nAction: failed\r\nStatus: 5.0.0\r\n"
                         "Diagnostic-Code: smtp; 554 \r\n"));
    assert_true(slice_find(report.children[0].body, SLICE("bruno@alfa.example")) < report.children[0].body.size);
    assert_int_equal(slice_find(report.children[0].body, SLICE("anna@alfa.example")), report.children[0].body.size);
    assert_true(slice_is(report.children[2].body, "Subject: Offerta\r\nFrom: carlo@posta.example\r\n"));
    arena_free(&arena);
}

/* What a server said, and what stands in a foreign header, adds no field and no part. */
static void nothing_can_be_put_into_it(void **state)
{
    struct answer answers[] = { { "b@alfa.example", FATE_REFUSED, 550, "5.1.1", "no\r\nFinal-Recipient: rfc822; x@y\r\n\xe8\n------=_opec_0123456789abcdef" } };
    struct arena *arena = arena_new(BUDGET);
    struct part report = make(answers, 1, "Subject: perch\xe9\r\n", arena);
    struct slice body = report.children[1].body;

    (void)state;
    assert_int_equal(report.child_count, 3);
    assert_int_equal(slice_find(body, SLICE("\nFinal-Recipient: rfc822; x@y")), body.size);
    assert_int_equal(report.children[2].body.size, 0); /* a header that is not ASCII stays away */
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_form_is_that_of_the_standard),
        cmocka_unit_test(nothing_can_be_put_into_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
