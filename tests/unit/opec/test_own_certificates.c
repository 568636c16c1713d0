/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an operator is told of his own certificates, and when: 60 days before the end, and when nobody can find them in the index (RFC 6109
 * 4.5: whoever receives a message looks there).
 */
#include "printed.h"

#include "opec/own_certificates.h"
#include "pki.h"
#include "provider.h"
#include "sign/certificate.h"

enum { DAY = 86400 };

static struct config config;
static struct index *index_with_us;
static int64_t until;

static const char *text(const json_t *certificates, size_t i, const char *name)
{
    return json_string_value(json_object_get(json_array_get(certificates, i), name));
}

/* All warnings of one, in a row. */
static const char *warnings(const json_t *certificates, size_t i)
{
    static char all[2000];
    size_t k;
    json_t *one;

    all[0] = '\0';
    json_array_foreach(json_object_get(json_array_get(certificates, i), "warnings"), k, one) {
        strncat(all, json_string_value(one), sizeof all - strlen(all) - 1);
        strncat(all, "|", sizeof all - strlen(all) - 1);
    }
    return all;
}

static void a_certificate_that_holds_and_is_known_is_no_worry(void **state)
{
    json_t *all = own_certificates(&config, index_with_us, until - 61 * DAY);

    (void)state;
    assert_int_equal(json_array_size(all), 1);
    assert_string_equal(text(all, 0, "key"), "signer.certificate");
    assert_true(json_is_true(json_object_get(json_array_get(all, 0), "in_use")));
    assert_true(json_is_true(json_object_get(json_array_get(all, 0), "in_index")));
    assert_string_equal(warnings(all, 0), "");
    json_decref(all);
}

static void sixty_days_before_its_end_its_successor_is_asked_for(void **state)
{
    json_t *all = own_certificates(&config, index_with_us, until - 59 * DAY);

    (void)state;
    assert_has(warnings(all, 0), "ends on ");
    assert_has(warnings(all, 0), "order its successor");
    json_decref(all);
    config.signer.next_certificate = pki_path("other.crt");
    all = own_certificates(&config, index_with_us, until - 59 * DAY);
    assert_has(warnings(all, 0), "signer.next_certificate is there to follow it");
    assert_string_equal(text(all, 1, "key"), "signer.next_certificate");
    /* It is to be in the index before it is used. */
    assert_has(warnings(all, 1), "not in the providers' index");
    assert_true(json_is_false(json_object_get(json_array_get(all, 1), "in_use")));
    json_decref(all);
    config.signer.next_certificate = "";
}

static void one_that_nobody_can_find_is_told(void **state)
{
    struct index *others = provider_index("other", "beta.example");
    json_t *all = own_certificates(&config, others, until - 61 * DAY);

    (void)state;
    assert_true(json_is_false(json_object_get(json_array_get(all, 0), "in_index")));
    assert_has(warnings(all, 0), "not in the providers' index");
    json_decref(all);
    index_close(&others);
}

static void without_an_index_nothing_is_said_of_it(void **state)
{
    json_t *all = own_certificates(&config, NULL, until - 61 * DAY);

    (void)state;
    assert_true(json_is_null(json_object_get(json_array_get(all, 0), "in_index")));
    assert_string_equal(warnings(all, 0), "");
    json_decref(all);
}

static void one_that_cannot_be_read_is_told(void **state)
{
    json_t *all;

    (void)state;
    config.signer.certificate = pki_path("missing.crt");
    all = own_certificates(&config, NULL, until - 61 * DAY);
    assert_has(warnings(all, 0), "missing.crt");
    json_decref(all);
    config.signer.certificate = pki_path("good.crt");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_holds_and_is_known_is_no_worry),
        cmocka_unit_test(sixty_days_before_its_end_its_successor_is_asked_for),
        cmocka_unit_test(one_that_nobody_can_find_is_told),
        cmocka_unit_test(without_an_index_nothing_is_said_of_it),
        cmocka_unit_test(one_that_cannot_be_read_is_told),
    };
    X509 *good;
    int64_t from;
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    good = pki_certificate("good.crt");
    certificate_validity(good, &from, &until);
    X509_free(good);
    config.signer.certificate = pki_path("good.crt");
    config.signer.next_certificate = "";
    index_with_us = provider_index("good", "alfa.example");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    index_close(&index_with_us);
    pki_end();
    return failed;
}
