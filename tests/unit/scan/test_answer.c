/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scan/answer.h"

struct answer_case {
    const char *name;
    struct slice answer;
    const char *virus; /* NULL: no verdict */
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct answer_case cases[] = {
    { "clean", TEXT("stream: OK"), "" },
    { "a virus", TEXT("stream: Eicar-Test-Signature FOUND"), "Eicar-Test-Signature" },
    { "a local signature keeps its suffix", TEXT("stream: Pec.Test.UNOFFICIAL FOUND"), "Pec.Test.UNOFFICIAL" },
    { "a name with the hash of the file", TEXT("stream: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND"),
      "Eicar(44d88612fea8a8f36de82e1278abb02f:68)" },
    { "a virus of the name OK", TEXT("stream: OK FOUND"), "OK" },
    { "a virus of the name FOUND", TEXT("stream: FOUND FOUND"), "FOUND" },
    { "a name with blanks inside", TEXT("stream: a b FOUND"), "a b" },
    { "a name with blanks around it", TEXT("stream:  a  FOUND"), "a" },
    { "quotes and brackets are replaced", TEXT("stream: a\"b'c`d<e>f FOUND"), "a_b_c_d_e_f" },
    { "controls and 8-bit bytes are replaced", TEXT("stream: a\r\nb\x1b\x7f\xC3\xA0 FOUND"), "a__b____" },
    { "a NUL in a name is replaced", TEXT("stream: a\0b FOUND"), "a_b" },
    { "all printable marks that do no harm stay", TEXT("stream: !#$%&()*+,-./:;=?@[\\]^_{|}~ FOUND"), "!#$%&()*+,-./:;=?@[\\]^_{|}~" },
    { "nothing", TEXT(""), NULL },
    { "a beginning of OK", TEXT("stream: O"), NULL },
    { "OK alone", TEXT("OK"), NULL },
    { "OK in lower case", TEXT("stream: ok"), NULL },
    { "OK with a blank", TEXT("stream: OK "), NULL },
    { "OK with a line end", TEXT("stream: OK\n"), NULL },
    { "OK of something else", TEXT("fd[10]: OK"), NULL },
    { "OK in a session", TEXT("1: stream: OK"), NULL },
    { "OK and more", TEXT("stream: OKAY"), NULL },
    { "an empty name is not clean", TEXT("stream:  FOUND"), NULL },
    { "a name of blanks is not clean", TEXT("stream: \t  FOUND"), NULL },
    { "no name", TEXT("stream: FOUND"), NULL },
    { "found in something else", TEXT("/tmp/x: Eicar FOUND"), NULL },
    { "found, and more", TEXT("stream: Eicar FOUND!"), NULL },
    { "the size limit", TEXT("INSTREAM size limit exceeded. ERROR"), NULL },
    { "an error", TEXT("stream: Can't allocate memory ERROR"), NULL },
    { "an unknown command", TEXT("UNKNOWN COMMAND"), NULL },
    { "a NUL behind OK", TEXT("stream: OK\0"), NULL },
};

static void only_ok_is_clean_and_only_found_is_a_virus(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct answer_case *c = &cases[i];
        struct scan_verdict v = { "untouched" };
        char *exact = malloc(c->answer.size + 1);
        int result;

        memcpy(exact, c->answer.data, c->answer.size);
        result = scan_answer_read((struct slice){ exact, c->answer.size }, &v, NULL);
        if (result != (c->virus ? 0 : ERROR_PROTOCOL) || strcmp(v.virus, c->virus ? c->virus : "untouched") != 0)
            fail_msg("%s: %d \"%s\"", c->name, result, v.virus);
        free(exact);
    }
}

static void other_words_are_quoted(void **state)
{
    struct scan_verdict v;
    struct error e = { 0 };

    (void)state;
    assert_int_equal(scan_answer_read(SLICE("INSTREAM size limit exceeded. ERROR"), &v, &e), ERROR_PROTOCOL);
    assert_string_equal(e.text, "no verdict, but \"INSTREAM size limit exceeded. ERROR\"");
    assert_int_equal(scan_answer_read(SLICE("a\nb"), &v, &e), ERROR_PROTOCOL);
    assert_string_equal(e.text, "no verdict, but \"a\\x0ab\"");
}

static void a_long_name_is_cut(void **state)
{
    enum { LENGTH = 500 };
    static const char head[] = "stream: ", tail[] = " FOUND";
    char answer[sizeof head + LENGTH + sizeof tail];
    struct scan_verdict v;

    (void)state;
    for (size_t length = SCAN_NAME_SIZE - 3; length <= LENGTH; length++) {
        size_t kept = length < SCAN_NAME_SIZE - 1 ? length : SCAN_NAME_SIZE - 1;

        memcpy(answer, head, sizeof head - 1);
        memset(answer + sizeof head - 1, 'x', length);
        memcpy(answer + sizeof head - 1 + length, tail, sizeof tail);
        assert_int_equal(scan_answer_read(slice_of(answer), &v, NULL), 0);
        assert_int_equal(strlen(v.virus), kept);
        assert_int_equal(strspn(v.virus, "x"), kept);
        if (length == SCAN_NAME_SIZE)
            length = LENGTH - 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ok_is_clean_and_only_found_is_a_virus),
        cmocka_unit_test(other_words_are_quoted),
        cmocka_unit_test(a_long_name_is_cut),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
