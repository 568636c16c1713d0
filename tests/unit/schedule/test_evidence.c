/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When evidence is asked for, and what is remembered of who does not give it. The signer is one of ours that may be out; nobody listens
 * where the authority should be (tests/integration has a real one).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "../ledger/fixture.h"
#include "base/clock.h"
#include "fetch/fetch.h"
#include "pki.h"
#include "schedule/evidence.h"
#include "schedule/evidence_state.h"

enum { LINES_MAX = 20, LINE_SIZE = 600 };

struct world {
    struct fixture f;
    struct config config;
    struct certificate_chain chain;
    struct signer signer;
    bool is_out;
    unsigned asked, told;
    char lines[LINES_MAX][LINE_SIZE];
};

static struct world *world;

static int sign(struct signer *self, const char *plan, const unsigned char (*digests)[SIGNED_DIGEST_SIZE], size_t count,
                struct signature_value *out, int64_t deadline_ms, struct error *e)
{
    (void)self, (void)plan, (void)digests, (void)deadline_ms;
    world->asked++;
    if (world->is_out)
        return error_set(e, ERROR_OUT, "the token is out");
    for (size_t i = 0; i < count; i++)
        out[i].size = 64;
    return 0;
}

static void tell(void *arg, enum error_level level, const char *words)
{
    (void)arg, (void)level;
    assert_in_range(world->told, 0, LINES_MAX - 1);
    snprintf(world->lines[world->told++], LINE_SIZE, "%s", words);
}

/* Three closed files. */
static int set_up(void **state)
{
    world = calloc(1, sizeof *world);
    fixture_begin(&world->f);
    fixture_fill(&world->f, 10, 3);
    world->config.log.legal_dir = world->config.daemon.spool_dir = world->f.dir;
    world->config.tsa.url = world->config.tsa.ca = "";
    world->signer.sign = sign;
    assert_int_equal(certificate_chain_read(pki_path("good-chain.pem"), &world->chain, NULL), 0);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    certificate_chain_free(&world->chain);
    fixture_end(&world->f);
    free(world);
    return 0;
}

static bool work(void)
{
    const struct evidence_hand hand = { .chain = &world->chain, .signer = &world->signer };

    return evidence_work(&world->config, &hand, false, tell, NULL);
}

static bool is_due(bool *out_waits)
{
    return evidence_is_due(&world->config, false, out_waits);
}

static size_t waiting(enum ledger_evidence kind)
{
    struct ledger_waiting w;

    assert_int_equal(ledger_waiting_read(world->f.dir, &w, NULL), 0);
    return w.of[kind].count;
}

static void each_file_is_signed_once(void **state)
{
    bool waits;

    (void)state;
    assert_true(is_due(&waits));
    assert_true(work());
    assert_int_equal(world->asked, 3);
    assert_int_equal(world->told, 3);
    assert_non_null(strstr(world->lines[0], "legal log: signed legal-"));
    assert_non_null(strstr(world->lines[0], "000000000001.manifest.json"));
    assert_int_equal(waiting(LEDGER_SIGNATURE), 0);
    assert_false(is_due(&waits));
    assert_false(waits);
    assert_true(work());
    assert_int_equal(world->asked, 3);
}

static void one_that_is_out_is_asked_ever_more_seldom(void **state)
{
    struct evidence_state s;
    bool waits;

    (void)state;
    world->is_out = true;
    for (int i = 0; i < 9; i++) {
        assert_false(work());
        assert_int_equal(world->asked, i + 1); /* of three files the first alone is asked for */
        evidence_state_read(&world->config, LEDGER_SIGNATURE, &s);
        assert_int_equal(s.next_try - s.tried, i < 8 ? 2 << i : 300);
        assert_int_equal(s.failures, i + 1);
        assert_false(is_due(&waits));
        assert_true(waits);
        assert_true(evidence_is_due(&world->config, true, &waits));
        s.next_try = clock_now();
        evidence_state_write(&world->config, LEDGER_SIGNATURE, &s);
        assert_true(is_due(&waits));
    }
    assert_int_equal(world->told, 1);
    assert_non_null(strstr(world->lines[0], "is out: the token is out"));
    world->is_out = false;
    assert_true(work());
    assert_int_equal(world->told, 5);
    assert_non_null(strstr(world->lines[1], "is back"));
    evidence_state_read(&world->config, LEDGER_SIGNATURE, &s);
    assert_int_equal(s.out_since, 0);
}

static void a_file_that_has_just_been_closed_is_a_reason_to_ask(void **state)
{
    struct evidence_state s;
    bool waits;

    (void)state;
    world->is_out = true;
    assert_false(work());
    assert_false(is_due(&waits));
    evidence_state_read(&world->config, LEDGER_SIGNATURE, &s);
    snprintf(s.newest, sizeof s.newest, "legal-20261124T052141Z-000000000001.manifest.json");
    evidence_state_write(&world->config, LEDGER_SIGNATURE, &s);
    assert_true(is_due(&waits));
}

/* What nobody vouches for gets no signature, and the others go on. */
static void a_manifest_that_was_changed_gets_nothing(void **state)
{
    char name[LEDGER_NAME_SIZE];

    (void)state;
    assert_true(fixture_name(&world->f, LEDGER_MANIFEST, 4, name));
    fixture_write(&world->f, name, SLICE("{\"file\":\"x\"}\n"));
    assert_false(work());
    assert_int_equal(world->asked, 2);
    assert_int_equal(waiting(LEDGER_SIGNATURE), 1);
    assert_non_null(strstr(world->lines[2], name));
}

static void an_authority_that_is_out_keeps_no_signature_waiting(void **state)
{
    struct evidence_state s;

    (void)state;
    world->config.tsa.url = "http://127.0.0.1:1/";
    world->config.tsa.ca = pki_path("root.crt");
    assert_false(work());
    assert_int_equal(waiting(LEDGER_SIGNATURE), 0);
    assert_int_equal(waiting(LEDGER_STAMP), 3);
    evidence_state_read(&world->config, LEDGER_STAMP, &s);
    assert_int_equal(s.failures, 1);
    assert_non_null(strstr(s.words, "http://127.0.0.1:1/"));
    world->config.tsa.url = "http://127.0.0.1:2/";
    evidence_state_read(&world->config, LEDGER_STAMP, &s);
    assert_int_equal(s.failures, 0); /* nothing is known of another one */
}

static void without_its_bundle_no_authority_is_asked(void **state)
{
    struct evidence_state s;

    (void)state;
    world->config.tsa.url = "http://127.0.0.1:1/";
    assert_false(work());
    evidence_state_read(&world->config, LEDGER_STAMP, &s);
    assert_non_null(strstr(s.words, "tsa.ca"));
}

static void a_state_that_was_damaged_is_none(void **state)
{
    struct evidence_state s = { .failures = 77 };

    (void)state;
    fixture_write(&world->f, "evidence.signature", SLICE("{\"out_since\":"));
    evidence_state_read(&world->config, LEDGER_SIGNATURE, &s);
    assert_int_equal(s.failures, 0);
    fixture_write(&world->f, "evidence.signature", SLICE("{\"source\":\"\",\"out_since\":5,\"failures\":-3}"));
    evidence_state_read(&world->config, LEDGER_SIGNATURE, &s);
    assert_int_equal(s.out_since, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_file_is_signed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_out_is_asked_ever_more_seldom, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_has_just_been_closed_is_a_reason_to_ask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_manifest_that_was_changed_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_authority_that_is_out_keeps_no_signature_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_its_bundle_no_authority_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_state_that_was_damaged_is_none, set_up, tear_down),
    };
    int status;

    assert_int_equal(argc, 2);
    if (fetch_begin(NULL) != 0)
        return EXIT_FAILURE;
    pki_begin(argv[1]);
    status = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return status;
}
