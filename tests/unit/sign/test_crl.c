/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "pki.h"
#include "sign/certificate.h"
#include "sign/crl.h"

static STACK_OF(X509) *authorities; /* sub and root */

static void add(struct crl_folder *folder, const char *name)
{
    struct slice bytes = pki_read(name);

    assert_int_equal(crl_folder_add(folder, name, bytes, authorities), 0);
    assert_int_equal(ERR_peek_error(), 0);
    free((char *)(uintptr_t)bytes.data);
}

struct read_case {
    const char *name;
    const char *file;
    const char *fault; /* words, or NULL: used */
};

static const struct read_case read_cases[] = {
    { "PEM", "sub.crl", NULL },
    { "DER", "sub-der.crl", NULL },
    { "a stale one is known, and still refuses", "stale.crl", NULL },
    { "one for users only", "users.crl", NULL },
    { "of an authority that is not in the bundle", "part.crl", "its issuer is none of the authorities" },
    { "signed by another of the same name", "forged.crl", "not that of the authority" },
    { "a delta list", "delta.crl", "a delta list" },
    { "an unknown critical extension", "unknown.crl", "unknown critical extension" },
    { "for some reasons only", "reasons.crl", "of a kind that is not used" },
    { "no list at all", "good.crt", "cannot be read" },
    { "garbage", "garbage", "neither PEM nor DER" },
    { "bytes behind DER", "behind.crl", "neither PEM nor DER" },
    { "DER cut short", "cut.crl", "neither PEM nor DER" },
    { "PEM cut short", "cut.pem", "cannot be read" },
    { "nothing", "nothing", "empty" },
};

static void make_bad_files(void)
{
    struct slice der = pki_read("sub-der.crl"), pem = pki_read("sub.crl");
    char *behind = malloc(der.size + 1);

    assert_non_null(behind);
    memcpy(behind, der.data, der.size);
    behind[der.size] = 0;
    pki_write("garbage", SLICE("no list\n"));
    pki_write("behind.crl", (struct slice){ behind, der.size + 1 });
    pki_write("cut.crl", (struct slice){ der.data, der.size - 1 });
    pki_write("cut.pem", (struct slice){ pem.data, pem.size / 2 });
    pki_write("nothing", SLICE_NONE);
    free(behind);
    free((char *)(uintptr_t)der.data);
    free((char *)(uintptr_t)pem.data);
}

static void each_file_is_used_or_has_a_fault(void **state)
{
    (void)state;
    make_bad_files();
    for (size_t i = 0; i < sizeof read_cases / sizeof read_cases[0]; i++) {
        const struct read_case *c = &read_cases[i];
        struct crl_folder folder = { 0 };

        print_message("  %s\n", c->name);
        add(&folder, c->file);
        assert_int_equal(folder.count, 1);
        assert_string_equal(folder.lists[0].file, c->file);
        if (c->fault) {
            assert_non_null(folder.lists[0].fault);
            assert_non_null(strstr(folder.lists[0].fault, c->fault));
        } else {
            assert_null(folder.lists[0].fault);
            assert_string_equal(folder.lists[0].issuer, "CN=Test sub,O=Test sub,C=IT");
        }
        crl_folder_free(&folder);
        assert_int_equal(folder.count, 0);
    }
}

static void a_pem_file_may_hold_several(void **state)
{
    struct crl_folder folder = { 0 };

    (void)state;
    assert_int_equal(pki_shell("cat sub.crl good.crt root.crl > both.pem"), 0);
    add(&folder, "both.pem");
    assert_int_equal(folder.count, 2);
    assert_null(folder.lists[0].fault);
    assert_null(folder.lists[1].fault);
    assert_string_equal(folder.lists[1].issuer, "CN=Test root,O=Test root,C=IT");
    crl_folder_free(&folder);
}

static void times_are_told(void **state)
{
    struct crl_folder folder = { 0 };

    (void)state;
    add(&folder, "sub.crl");
    assert_int_equal(folder.lists[0].this_update, PKI_NOW - 14 * 86400);
    assert_int_equal(folder.lists[0].next_update, PKI_NOW + 16 * 86400);
    crl_folder_free(&folder);
}

struct ask_case {
    const char *name;
    const char *lists[4];
    const char *certificate, *issuer;
    int64_t at;
    enum crl_answer answer;
};

enum { DAY = 86400 };

/* sub.crl: from June 1 to July 1, revokes since May 10. stale.crl: the same, from May 11 to May 20. empty.crl: May 1 to May 15,
 * nobody. later.crl: June 10 to July 10, nobody. */
static const struct ask_case ask_cases[] = {
    { "no list", { NULL }, "good.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "a list of another issuer", { "root.crl", "other.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "not on the list", { "sub.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_GOOD },
    { "on the list", { "sub.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_REVOKED },
    { "on the list, in DER", { "sub-der.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_REVOKED },
    { "fresh in the second of nextUpdate", { "sub.crl" }, "good.crt", "sub.crt", PKI_NOW + 16 * DAY, CRL_GOOD },
    { "stale in the next", { "sub.crl" }, "good.crt", "sub.crt", PKI_NOW + 16 * DAY + 1, CRL_SILENT },
    { "a stale list does not acquit", { "stale.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "a stale list still refuses", { "stale.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_REVOKED },
    { "the newest counts, whatever the order",
      { "empty.crl", "sub.crl", "stale.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_REVOKED },
    { "and may take one off again", { "later.crl", "sub.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_GOOD },
    { "a forged list says nothing", { "forged.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "nor hides the true one", { "forged.crl", "sub.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_REVOKED },
    { "a list made later revokes what it dates before", { "sub.crl" }, "revoked.crt", "sub.crt", PKI_NOW - 20 * DAY, CRL_REVOKED },
    { "and not what it dates after", { "sub.crl" }, "revoked.crt", "sub.crt", PKI_NOW - 40 * DAY, CRL_GOOD },
    { "in its own time a list revokes whatever the date",
      { "stale.crl" }, "revoked.crt", "sub.crt", PKI_NOW - 34 * DAY, CRL_REVOKED },
    { "a list of users speaks for one", { "users.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_GOOD },
    { "a list of authorities does not", { "authorities.crl" }, "good.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "nor does it refuse one", { "authorities.crl" }, "revoked.crt", "sub.crt", PKI_NOW, CRL_SILENT },
    { "a list of an issuer that came along", { "part.crl" }, "member.crt", "part.crt", PKI_NOW, CRL_GOOD },
    { "a list for another distribution point", { "point-root.crl" }, "sub.crt", "root.crt", PKI_NOW, CRL_SILENT },
    { "an authority revoked by the root", { "root-revokes.crl" }, "sub.crt", "root.crt", PKI_NOW, CRL_REVOKED },
};

static void the_newest_proved_list_answers(void **state)
{
    (void)state;
    assert_int_equal(pki_shell("CA=root openssl ca -config openssl.cnf -gencrl -crlexts list_point -crl_lastupdate 20260601000000Z "
                               "-crl_nextupdate 20260701000000Z -out point-root.crl"),
                     0);
    for (size_t i = 0; i < sizeof ask_cases / sizeof ask_cases[0]; i++) {
        const struct ask_case *c = &ask_cases[i];
        X509 *certificate = pki_certificate(c->certificate), *issuer = pki_certificate(c->issuer);
        struct crl_folder folder = { 0 };

        print_message("  %s\n", c->name);
        for (size_t k = 0; c->lists[k]; k++)
            add(&folder, c->lists[k]);
        for (int again = 0; again < 2; again++)
            assert_int_equal(crl_folder_ask(&folder, certificate, issuer, c->at), c->answer);
        assert_int_equal(ERR_peek_error(), 0);
        crl_folder_free(&folder);
        X509_free(certificate);
        X509_free(issuer);
    }
}

static void an_issuer_that_may_not_sign_lists_proves_none(void **state)
{
    struct crl_folder folder = { 0 };
    X509 *good = pki_certificate("good.crt"), *powerless;

    /* The key and name of sub, without cRLSign. */
    (void)state;
    assert_int_equal(pki_shell("openssl req -x509 -key sub.key -subj '/C=IT/O=Test sub/CN=Test sub' "
                               "-addext keyUsage=critical,keyCertSign -out powerless.crt"),
                     0);
    powerless = pki_certificate("powerless.crt");
    add(&folder, "sub.crl");
    assert_int_equal(crl_folder_ask(&folder, good, powerless, PKI_NOW), CRL_SILENT);
    crl_folder_free(&folder);
    X509_free(good);
    X509_free(powerless);
}

static void a_folder_is_read_by_the_names_of_its_files(void **state)
{
    struct crl_folder folder = { 0 };

    (void)state;
    assert_int_equal(pki_shell("mkdir lists lists/dir.r3 && cp sub.crl lists/ab12.r0 && cp root-der.crl lists/ab12.r10 && "
                               "cp garbage lists/bad.r1 && cp sub.crl lists/sub.crl && cp sub.crl lists/sub.r && "
                               "cp sub.crl lists/sub.rx && cp sub.crl lists/sub.r1x && cp sub.crl lists/r0"),
                     0);
    assert_int_equal(crl_folder_read(pki_path("lists"), authorities, &folder, NULL), 0);
    assert_int_equal(folder.count, 4);
    assert_string_equal(folder.lists[0].file, pki_path("lists/ab12.r0"));
    assert_string_equal(folder.lists[1].file, pki_path("lists/ab12.r10"));
    assert_null(folder.lists[0].fault);
    assert_null(folder.lists[1].fault);
    assert_string_equal(folder.lists[2].fault, "neither PEM nor DER of a revocation list");
    assert_string_equal(folder.lists[3].file, pki_path("lists/dir.r3"));
    assert_non_null(folder.lists[3].fault);
    crl_folder_free(&folder);
}

static void a_folder_may_not_exist_but_must_be_one(void **state)
{
    struct crl_folder folder = { 0 };
    struct error e = { 0 };

    (void)state;
    assert_int_equal(crl_folder_read(pki_path("no-folder"), authorities, &folder, &e), 0);
    assert_int_equal(folder.count, 0);
    assert_int_equal(crl_folder_read(pki_path("sub.crl"), authorities, &folder, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "sub.crl: Not a directory"));
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_is_used_or_has_a_fault),
        cmocka_unit_test(a_pem_file_may_hold_several),
        cmocka_unit_test(times_are_told),
        cmocka_unit_test(the_newest_proved_list_answers),
        cmocka_unit_test(an_issuer_that_may_not_sign_lists_proves_none),
        cmocka_unit_test(a_folder_is_read_by_the_names_of_its_files),
        cmocka_unit_test(a_folder_may_not_exist_but_must_be_one),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    assert_int_equal(certificate_read_file(pki_path("bundle.pem"), &authorities, NULL), 0);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sk_X509_pop_free(authorities, X509_free);
    pki_end();
    return failed;
}
