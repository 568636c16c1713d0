/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index and the revocation lists, shown. The argument is the script of the world of the signatures' tests.
 */
#include "printed.h"

#include "base/clock.h"
#include "opec/directory_report.h"
#include "pki.h"
#include "provider.h"

/* RFC 6109 4.5.1 */
static void a_record_is_shown_with_its_certificate_and_domain(void **state)
{
    struct index *index = provider_index("good", "alfa.example");
    struct printed p;

    (void)state;
    clock_set_zone("Europe/Rome");
    printed_begin(&p);
    directory_report_index(p.out, index);
    printed_end(&p);
    assert_has(p.text, "1 records, 1 domains, compiled ");
    assert_has(p.text, "\nAlfa PEC S.p.A.\n  receipts to r@alfa.example\n");
    assert_has(p.text, ", until 01/01/2036 00:59:59 +0100: CN=Posta Certificata,O=Alfa PEC S.p.A.,C=IT\n");
    assert_has(p.text, "  domain      alfa.example\n");
    free(p.text);
    index_close(&index);
}

static void json_has_the_same(void **state)
{
    struct index *index = provider_index("good", "alfa.example");
    json_t *whole = directory_report_index_json(index), *one = json_array_get(json_object_get(whole, "providers"), 0);
    json_t *certificate = json_array_get(json_object_get(one, "certificates"), 0);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(one, "name")), "Alfa PEC S.p.A.");
    assert_true(json_is_null(json_object_get(one, "unit")));
    assert_string_equal(json_string_value(json_array_get(json_object_get(one, "domains"), 0)), "alfa.example");
    assert_int_equal(json_string_length(json_object_get(certificate, "sha1")), 40);
    assert_string_equal(json_string_value(json_object_get(certificate, "valid_until")), "2035-12-31T23:59:59Z");
    json_decref(whole);
    index_close(&index);
}

struct list_case {
    const char *file, *wanted; /* part of its line */
};

/* RFC 5280 5.1.2.5 */
static void each_list_is_named_with_its_fault(void **state)
{
    static const struct list_case cases[] = {
        { "sub.crl", "good until 01/07/2026 02:00:00 +0200 (CN=Test sub" },
        { "stale.crl", "past its nextUpdate" },
        { "forged.crl", "0.r0: " },
        { "openssl.cnf", "0.r0: " },
    };

    (void)state;
    clock_set_zone("Europe/Rome");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trust *trust = provider_trust(&cases[i].file, 1);
        json_t *json = directory_report_lists_json(trust, PKI_NOW);
        struct printed p;

        printed_begin(&p);
        directory_report_lists(p.out, trust, PKI_NOW);
        printed_end(&p);
        assert_has(p.text, cases[i].wanted);
        if (json_is_null(json_object_get(json_array_get(json, 0), "fault")) != (i == 0))
            fail_msg("%s: its fault", cases[i].file);
        json_decref(json);
        free(p.text);
        trust_close(&trust);
    }
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_shown_with_its_certificate_and_domain),
        cmocka_unit_test(json_has_the_same),
        cmocka_unit_test(each_list_is_named_with_its_fault),
    };
    int failed;

    if (count != 2) {
        fprintf(stderr, "usage: test_directory_report SCRIPT\n");
        return 2;
    }
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}
