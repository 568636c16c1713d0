/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unwrapping messages of a provider of our own. The argument is the script of the world.
 */
#include "printed.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "opec/verify/extract.h"
#include "opec/verify/judge.h"
#include "pki.h"
#include "provider.h"

enum { BUDGET = 64 << 20, FILE_MAX = 1 << 20 };

/* RFC 6109 2.2.1: what the sender's provider put into the envelope. */
static const char submitted[] = "From: u@alfa.example\r\nTo: b@beta.example\r\nSubject: Fattura\r\nMIME-Version: 1.0\r\n"
                                "Content-Type: text/plain\r\nMessage-ID: <opec3.1@alfa.example>\r\n"
                                "X-Riferimento-Message-ID: <a@client>\r\n\r\nBuongiorno\r\n";

static int set_up(void **state)
{
    assert_int_equal(pki_shell("rm -rf out"), 0);
    *state = arena_new(BUDGET);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;

    arena_free(&arena);
    return 0;
}

static struct verify_report judge(enum message_kind kind, struct arena *arena)
{
    struct trust *trust = provider_trust(NULL, 0);
    const struct verify_sources sources = { .trust = trust, .now = PKI_NOW };
    struct verify_report report;
    struct error e = { 0 };

    if (verify_judge(provider_message(kind, "good", provider_address, PKI_NOW, arena), &sources, arena, &report, &e) != 0)
        fail_msg("%s", e.text);
    trust_close(&trust);
    return report;
}

static const char *folder(struct arena *arena)
{
    return arena_printf(arena, "%s", pki_path("out"));
}

static struct slice written(struct arena *arena, const char *name)
{
    struct slice found = { 0 };
    struct error e = { 0 };

    if (file_read(arena_printf(arena, "%s/%s", folder(arena), name), FILE_MAX, arena, &found, &e) != 0)
        fail_msg("%s", e.text);
    return found;
}

static bool exists(struct arena *arena, const char *name)
{
    struct stat about;

    return lstat(arena_printf(arena, "%s/%s", folder(arena), name), &about) == 0;
}

static void an_envelope_gives_its_three_parts(void **state)
{
    struct arena *arena = *state;
    struct verify_report r = judge(KIND_TRANSPORT_ENVELOPE, arena);
    struct slice der;

    assert_int_equal(verify_extract(folder(arena), "", arena, &r, NULL), 0);
    assert_int_equal(r.extracted_count, 3);
    assert_true(slice_equal(written(arena, "postacert.eml"), slice_of(submitted)));
    assert_has(written(arena, "daticert.xml").data, "<postacert tipo=\"posta-certificata\"");
    der = written(arena, "smime.p7s");
    assert_int_equal((unsigned char)der.data[0], 0x30); /* SEQUENCE */
}

/* 3.1.3, 3.2.1: these carry no message. */
static void a_receipt_without_a_message_gives_none(void **state)
{
    struct arena *arena = *state;
    struct verify_report r = judge(KIND_TAKE_CHARGE, arena);

    assert_int_equal(verify_extract(folder(arena), "", arena, &r, NULL), 0);
    assert_int_equal(r.extracted_count, 2);
    assert_false(exists(arena, "postacert.eml"));
}

/* 3.2.2, 3.3.2.1 */
static void messages_in_anomaly_envelopes_and_complete_receipts_are_given(void **state)
{
    static const enum message_kind kinds[] = { KIND_ANOMALY_ENVELOPE, KIND_DELIVERY_COMPLETE };
    struct arena *arena = *state;

    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct verify_report r = judge(kinds[i], arena);

        assert_int_equal(verify_extract(folder(arena), i ? "2-" : "1-", arena, &r, NULL), 0);
        assert_true(slice_equal(written(arena, i ? "2-postacert.eml" : "1-postacert.eml"), slice_of(submitted)));
    }
    assert_false(exists(arena, "1-daticert.xml"));
    assert_true(exists(arena, "2-daticert.xml"));
}

/* Neither a file nor a link to one elsewhere; what had been written before the fault goes. */
static void what_exists_is_not_overwritten(void **state)
{
    static const char *const faults[] = { "mkdir out; echo mine > out/smime.p7s", "mkdir out; ln -s ../mine out/smime.p7s" };
    struct arena *arena = *state;

    for (size_t i = 0; i < COUNT(faults); i++) {
        struct verify_report r = judge(KIND_TRANSPORT_ENVELOPE, arena);
        struct error e = { 0 };

        assert_int_equal(pki_shell("rm -rf out mine"), 0);
        assert_int_equal(pki_shell(faults[i]), 0);
        assert_int_equal(verify_extract(folder(arena), "", arena, &r, &e), ERROR_FILE);
        assert_has(e.text, "smime.p7s");
        assert_int_equal(r.extracted_count, 0);
        assert_false(exists(arena, "postacert.eml"));
        assert_false(exists(arena, "../mine"));
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_envelope_gives_its_three_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_receipt_without_a_message_gives_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_in_anomaly_envelopes_and_complete_receipts_are_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_exists_is_not_overwritten, set_up, tear_down),
    };
    int failed;

    if (count != 2) {
        fprintf(stderr, "usage: test_verify_extract SCRIPT\n");
        return 2;
    }
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}
