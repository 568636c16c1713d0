/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signed index (RFC 6109 4.5), signed here by another program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pki.h"
#include "sign/p7m.h"

#define SIGN "openssl cms -sign -nodetach -binary -in index.ldif -signer index.crt -inkey index.key -md sha256 "

struct open_case {
    const char *name, *file, *ca;
    int result;
};

static const struct open_case open_cases[] = {
    { "DER", "index.p7m", "index-ca.crt", 0 },
    { "PEM", "index.pem", "index-ca.crt", 0 },
    { "base64 without lines of PEM", "index.b64", "index-ca.crt", 0 },
    { "a byte of the document is another", "changed.p7m", "index-ca.crt", ERROR_SIGNATURE },
    { "another authority", "index.p7m", "root.crt", ERROR_CERTIFICATE },
    { "the signature alone", "detached.p7s", "index-ca.crt", ERROR_SIGNATURE },
    { "the document alone", "index.ldif", "index-ca.crt", ERROR_SYNTAX },
    { "cut short", "cut.p7m", "index-ca.crt", ERROR_SYNTAX },
    { "nothing", "nothing", "index-ca.crt", ERROR_SYNTAX },
    { "no bundle", "index.p7m", "none.crt", ERROR_CONFIG },
};

static void make_files(void)
{
    pki_write("index.ldif", SLICE("dn: o=postacert\nobjectClass: top\n\xC3\xA8\r\n"));
    pki_write("nothing", SLICE_NONE);
    assert_int_equal(pki_shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out index-ca.crt -subj /CN=ca -days 10 && "
                               "openssl req -newkey rsa:2048 -nodes -keyout index.key -out index.csr -subj /CN=index && "
                               "openssl x509 -req -in index.csr -CA index-ca.crt -CAkey ca.key -set_serial 5 -days 9 -out index.crt"), 0);
    assert_int_equal(pki_shell(SIGN "-outform DER -out index.p7m && " SIGN "-outform PEM -out index.pem && "
                               "grep -v -e ----- index.pem > index.b64 && sed s/postacert/postacerx/ index.p7m > changed.p7m && "
                               "head -c 900 index.p7m > cut.p7m && openssl cms -sign -binary -in index.ldif -signer index.crt "
                               "-inkey index.key -outform DER -out detached.p7s"), 0);
}

static void each_document_is_judged(void **state)
{
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    make_files();
    for (size_t i = 0; i < sizeof open_cases / sizeof open_cases[0]; i++) {
        const struct open_case *c = &open_cases[i];
        struct slice bytes = pki_read(c->file), text;
        struct error e = { 0 };

        print_message("  %s\n", c->name);
        assert_int_equal(p7m_open(bytes, pki_path(c->ca), arena, &text, &e), c->result);
        if (c->result == 0)
            assert_true(slice_is(text, "dn: o=postacert\nobjectClass: top\n\xC3\xA8\r\n"));
        else
            assert_true(*e.text);
        free((char *)(uintptr_t)bytes.data);
    }
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_document_is_judged) };
    int status;

    assert_int_equal(argc, 2);
    pki_begin(argv[1]);
    status = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return status;
}
