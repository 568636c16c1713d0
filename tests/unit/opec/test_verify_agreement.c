/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Header and text against the certification data (RFC 6109 2.1.1.1). The header is not signed: what is changed here leaves the signature
 * whole. The argument is the script of the world.
 */
#include "printed.h"

#include "opec/verify/agreement.h"
#include "opec/verify/judge.h"
#include "pki.h"
#include "provider.h"

enum { BUDGET = 64 << 20 };

static struct verify_report judge(enum message_kind kind, const char *from, const char *to, struct arena *arena)
{
    struct trust *trust = provider_trust(NULL, 0);
    const struct verify_sources sources = { .trust = trust, .now = PKI_NOW };
    struct slice message = provider_message(kind, "good", provider_address, PKI_NOW, arena);
    char *text = arena_text(arena, message), *at = from ? strstr(text, from) : text;
    struct verify_report report;
    char *changed;

    if (!at)
        fail_msg("\"%s\" is not in the message", from);
    changed = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, from ? to : "", at + (from ? strlen(from) : 0));
    assert_int_equal(verify_judge(slice_of(changed), &sources, arena, &report, NULL), 0);
    trust_close(&trust);
    return report;
}

static void every_kind_of_ours_agrees(void **state)
{
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct verify_report r = judge((enum message_kind)kind, NULL, NULL, arena);

        if (r.difference_count)
            fail_msg("%s: %s: %s", kind_rows[kind].name, r.differences[0].where, r.differences[0].certified);
        assert_false(r.remarks[REMARK_DIFFERS]);
    }
    arena_free(&arena);
}

struct change {
    enum message_kind kind;
    const char *from, *to;
    const char *where, *says, *certified; /* NULL: no difference */
};

static const struct change changes[] = {
    { KIND_ACCEPTANCE, "Subject: ACCETTAZIONE: Fattura", "Subject: ACCETTAZIONE: Diffida", "Subject", "ACCETTAZIONE: Diffida", "Fattura" },
    { KIND_ACCEPTANCE, "Subject: ACCETTAZIONE: Fattura", "Subject: ACCETTAZIONE: Fatt\r\n ura", NULL, NULL, NULL },
    { KIND_ACCEPTANCE, "Date: Mon, 15 Jun 2026", "Date: Mon, 8 Jun 2026", "Date", NULL, NULL },
    { KIND_ACCEPTANCE, "X-Riferimento-Message-ID: <a@client>", "X-Riferimento-Message-ID: <b@client>", "X-Riferimento-Message-ID", "<b@client>",
      "<a@client>" },
    { KIND_TRANSPORT_ENVELOPE, "Per conto di: u@alfa.example", "Per conto di: x@alfa.example", "From", NULL, "u@alfa.example" },
    { KIND_TRANSPORT_ENVELOPE, "Subject: POSTA CERTIFICATA: Fattura", "X: y", NULL, NULL, NULL },
};

static void what_was_changed_in_the_header_is_told(void **state)
{
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        const struct change *c = &changes[i];
        struct verify_report r = judge(c->kind, c->from, c->to, arena);
        const struct verify_difference *d = &r.differences[0];

        if (r.finding != FINDING_HOLDS)
            fail_msg("%s: it does not hold", c->to);
        if (r.difference_count != (c->where != NULL) || r.remarks[REMARK_DIFFERS] != (c->where != NULL))
            fail_msg("%s: %zu differences", c->to, r.difference_count);
        if (!c->where)
            continue;
        assert_string_equal(d->where, c->where);
        if (c->says)
            assert_string_equal(d->says, c->says);
        if (c->certified)
            assert_string_equal(d->certified, c->certified);
    }
    arena_free(&arena);
}

/* The text is signed, so what it says otherwise is its provider's doing: the data are changed here instead. */
static void what_the_text_lacks_is_told(void **state)
{
    struct arena *arena = arena_new(BUDGET);
    struct slice message = provider_message(KIND_DELIVERY_CONCISE, "good", provider_address, PKI_NOW, arena);
    const struct arrival arrival = { .sender = "", .bytes = message };
    const struct verify_report sound = judge(KIND_DELIVERY_CONCISE, NULL, NULL, arena);
    struct incoming in;

    (void)state;
    assert_int_equal(incoming_read(&arrival, arena, &in), 0);
    for (int i = 0; i < 4; i++) {
        static const char *const lacks[] = { "opec3.9@alfa.example", "16/06/2026", "00:00:01", "c@beta.example" };
        struct verify_report r = sound;
        struct certification *c = &r.certification;

        if (i == 0)
            c->about.pec_id = lacks[0];
        else if (i == 1)
            c->time.day++;
        else if (i == 2)
            c->time.second++;
        else
            c->delivered = lacks[3];
        assert_int_equal(verify_agreement(&in, arena, &r, NULL), 0);
        if (r.difference_count != 1)
            fail_msg("%s: %zu differences", lacks[i], r.difference_count);
        assert_string_equal(r.differences[0].where, "text");
        assert_null(r.differences[0].says);
        assert_string_equal(r.differences[0].certified, lacks[i]);
    }
    arena_free(&arena);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_ours_agrees),
        cmocka_unit_test(what_was_changed_in_the_header_is_told),
        cmocka_unit_test(what_the_text_lacks_is_told),
    };
    int failed;

    if (count != 2) {
        fprintf(stderr, "usage: test_verify_agreement SCRIPT\n");
        return 2;
    }
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}
