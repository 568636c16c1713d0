/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pki.h"
#include "sign/certificate.h"
#include "sign/crl_source.h"

static STACK_OF(X509) *authorities; /* sub and root */
static char told[256];

static void tell(void *arg, const char *url)
{
    (void)arg;
    strncat(told, url, sizeof told - strlen(told) - 1);
    strncat(told, "\n", sizeof told - strlen(told) - 1);
}

static void points_are_found(void **state)
{
    X509 *member = pki_certificate("member.crt"), *good = pki_certificate("good.crt");

    (void)state;
    *told = '\0';
    crl_source_each(good, tell, NULL);
    assert_string_equal(told, "");
    crl_source_each(member, tell, NULL);
    assert_string_equal(told, "http://part.example/1.crl\n");
    X509_free(member);
    X509_free(good);
}

struct judge_case {
    const char *file;
    int result;
    const char *words;
};

static const struct judge_case judge_cases[] = {
    { "sub.crl", 0, NULL },
    { "sub-der.crl", 0, NULL },
    { "part.crl", 0, NULL }, /* proved when a certificate of that authority comes */
    { "forged.crl", ERROR_SIGNATURE, "not that of the authority" },
    { "delta.crl", ERROR_SYNTAX, "a delta list" },
    { "good.crt", ERROR_SYNTAX, "cannot be read" },
};

static void each_list_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judge_cases / sizeof judge_cases[0]; i++) {
        const struct judge_case *c = &judge_cases[i];
        struct slice bytes = pki_read(c->file);
        struct crl_source_list list;
        struct error e = { 0 };

        print_message("  %s\n", c->file);
        assert_int_equal(crl_source_judge(bytes, authorities, &list, &e), c->result);
        if (c->words)
            assert_non_null(strstr(e.text, c->words));
        else
            assert_true(list.this_update < PKI_NOW && list.next_update > PKI_NOW);
        free((char *)(uintptr_t)bytes.data);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_found),
        cmocka_unit_test(each_list_is_judged),
    };
    int status;

    assert_int_equal(argc, 2);
    pki_begin(argv[1]);
    assert_int_equal(certificate_read_file(pki_path("bundle.pem"), &authorities, NULL), 0);
    status = cmocka_run_group_tests(tests, NULL, NULL);
    sk_X509_pop_free(authorities, X509_free);
    pki_end();
    return status;
}
