/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct path_case {
    const char *name;
    const char *argument;
    const char *keyword;
    bool null_allowed;
    const char *address; /* NULL: refused */
    const char *parameters; /* "NAME=value;NAME=value" */
};

static const struct path_case cases[] = {
    /* RFC 5321 4.1.2 */
    { "a mailbox is taken", "FROM:<anna@alfa.example>", "FROM:", true, "anna@alfa.example", "" },
    { "the keyword has no case", "from:<anna@alfa.example>", "FROM:", true, "anna@alfa.example", "" },
    { "the null sender is taken where it is allowed", "FROM:<>", "FROM:", true, "", "" },
    { "the null path is refused elsewhere", "TO:<>", "TO:", false, NULL, NULL },
    { "a quoted local part may hold a bracket", "TO:<\"a>b\"@alfa.example>", "TO:", false, "\"a>b\"@alfa.example", "" },
    { "a quoted local part may hold a blank", "TO:<\"a b\"@alfa.example>", "TO:", false, "\"a b\"@alfa.example", "" },
    { "a quoted pair does not end the quotes", "TO:<\"a\\\">\"@alfa.example>", "TO:", false, "\"a\\\">\"@alfa.example", "" },
    { "an address literal is a domain", "TO:<anna@[127.0.0.1]>", "TO:", false, "anna@[127.0.0.1]", "" },
    { "another keyword is refused", "FROM:<anna@alfa.example>", "TO:", false, NULL, NULL },
    { "a blank before the address is refused", "FROM: <anna@alfa.example>", "FROM:", true, NULL, NULL },
    { "brackets are needed", "FROM:anna@alfa.example", "FROM:", true, NULL, NULL },
    { "the bracket must be closed", "FROM:<anna@alfa.example", "FROM:", true, NULL, NULL },
    { "an open quote is refused", "FROM:<\"anna@alfa.example>", "FROM:", true, NULL, NULL },
    { "quotes that end in a backslash are refused", "FROM:<\"anna\\", "FROM:", true, NULL, NULL },
    { "nothing is refused", "", "FROM:", true, NULL, NULL },
    { "the keyword alone is refused", "FROM:", "FROM:", true, NULL, NULL },
    { "a blank outside quotes is refused", "FROM:<anna @alfa.example>", "FROM:", true, NULL, NULL },
    { "an address without domain is refused", "TO:<postmaster>", "TO:", false, NULL, NULL },
    { "a second bracket is refused", "TO:<<anna@alfa.example>>", "TO:", false, NULL, NULL },
    { "8-bit octets are refused", "TO:<\xc3\xa0nna@alfa.example>", "TO:", false, NULL, NULL },
    { "a control is refused even in quotes", "TO:<\"a\tb\"@alfa.example>", "TO:", false, NULL, NULL },
    { "a blank address is refused", "FROM:< >", "FROM:", true, NULL, NULL },
    /* RFC 5321 appendix C */
    { "a source route is dropped", "TO:<@one.example,@two.example:anna@alfa.example>", "TO:", false, "anna@alfa.example", "" },
    { "a route without mailbox is refused", "TO:<@one.example:>", "TO:", false, NULL, NULL },
    { "a route without colon is refused", "TO:<@one.example>", "TO:", false, NULL, NULL },
    { "a hop without @ is refused", "TO:<@one.example,two.example:anna@alfa.example>", "TO:", false, NULL, NULL },
    { "an empty hop is refused", "TO:<@one.example,:anna@alfa.example>", "TO:", false, NULL, NULL },
    { "a route is no null path", "FROM:<@one.example:>", "FROM:", true, NULL, NULL },
    /* parameters */
    { "parameters follow a blank", "FROM:<a@b.example> SIZE=12 BODY=7BIT", "FROM:", true, "a@b.example", "SIZE=12;BODY=7BIT" },
    { "a parameter needs no value", "FROM:<> SMTPUTF8", "FROM:", true, "", "SMTPUTF8=" },
    { "blanks around parameters do not count", "FROM:<a@b.example>  SIZE=12  ", "FROM:", true, "a@b.example", "SIZE=12" },
    { "a parameter glued to the bracket is refused", "FROM:<a@b.example>SIZE=12", "FROM:", true, NULL, NULL },
    { "an equals sign promises a value", "FROM:<a@b.example> SIZE=", "FROM:", true, NULL, NULL },
    { "a value has no second equals sign", "FROM:<a@b.example> ENVID=a=b", "FROM:", true, NULL, NULL },
    { "a name is needed", "FROM:<a@b.example> =12", "FROM:", true, NULL, NULL },
    { "a name does not begin with a hyphen", "FROM:<a@b.example> -X=12", "FROM:", true, NULL, NULL },
    { "a name has letters, digits and hyphens alone", "FROM:<a@b.example> X_Y=12", "FROM:", true, NULL, NULL },
    { "a tab is no blank", "FROM:<a@b.example>\tSIZE=12", "FROM:", true, NULL, NULL },
    { "8-bit octets in a value are refused", "FROM:<a@b.example> ENVID=\xe8", "FROM:", true, NULL, NULL },
    { "twelve parameters are taken", "TO:<a@b.example> A B C D E F G H I J K L", "TO:", false, "a@b.example",
        "A=;B=;C=;D=;E=;F=;G=;H=;I=;J=;K=;L=" },
    { "thirteen are refused", "TO:<a@b.example> A B C D E F G H I J K L M", "TO:", false, NULL, NULL },
};

static void assert_parameters(const char *name, const struct smtp_path *path, const char *wanted)
{
    char got[1000] = "";

    for (size_t i = 0; i < path->parameter_count; i++) {
        const struct smtp_parameter *p = &path->parameters[i];

        strncat(got, i ? ";" : "", sizeof got - strlen(got) - 1);
        strncat(got, p->name.data, p->name.size);
        strncat(got, "=", sizeof got - strlen(got) - 1);
        if (p->value.size)
            strncat(got, p->value.data, p->value.size);
    }
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: wanted %s, got %s", name, wanted, got);
}

/* The argument is put where nothing stands behind it, so that valgrind sees a step too far. */
static void run_case(const struct path_case *c)
{
    size_t size = strlen(c->argument);
    char *copy = malloc(size ? size : 1);
    struct smtp_path path = { .address = SLICE("untouched") };
    bool good;

    assert_non_null(copy);
    memcpy(copy, c->argument, size);
    good = smtp_path_read((struct slice){ copy, size }, c->keyword, c->null_allowed, &path);
    if (good != (c->address != NULL))
        fail_msg("%s: %s", c->name, good ? "was taken" : "was refused");
    if (good && !slice_is(path.address, c->address))
        fail_msg("%s: address is %.*s", c->name, SLICE_ARGS(path.address));
    if (good)
        assert_parameters(c->name, &path, c->parameters);
    else
        assert_true(slice_is(path.address, "untouched"));
    free(copy);
}

static void paths_are_read_as_rfc_5321_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(&cases[i]);
}

static void local_part_and_domain_have_their_lengths(void **state)
{
    char text[700] = "TO:<";
    struct smtp_path path;

    (void)state;
    memset(text + 4, 'a', 64);
    memcpy(text + 68, "@alfa.example>", 15);
    assert_true(smtp_path_read(slice_of(text), "TO:", false, &path));
    memset(text + 4, 'a', 65);
    memcpy(text + 69, "@alfa.example>", 15);
    assert_false(smtp_path_read(slice_of(text), "TO:", false, &path));
}

struct xtext_case {
    const char *plain;
    const char *xtext;
};

/* RFC 3461 4 */
static const struct xtext_case xtexts[] = {
    { "", "" },
    { "plain-text_1;<>", "plain-text_1;<>" },
    { "a+b=c d", "a+2Bb+3Dc+20d" },
    { "\x01\x7f\xe8~!", "+01+7F+E8~!" },
};

static void xtext_is_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof xtexts / sizeof xtexts[0]; i++) {
        char out[64];

        assert_true(smtp_xtext_write(slice_of(xtexts[i].plain), out, sizeof out));
        assert_string_equal(out, xtexts[i].xtext);
        assert_true(smtp_xtext_read(slice_of(xtexts[i].xtext), out, sizeof out));
        assert_string_equal(out, xtexts[i].plain);
    }
}

static void malformed_xtext_is_refused(void **state)
{
    static const char *const bad[] = { "a=b", "a b", "+", "+2", "+2b", "+G0", "+00", "a\xe8", "\x7f", "a\tb", "+ 1" };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (smtp_xtext_read(slice_of(bad[i]), out, sizeof out))
            fail_msg("%s was read", bad[i]);
}

static void xtext_that_does_not_fit_is_refused(void **state)
{
    char out[4];

    (void)state;
    assert_true(smtp_xtext_write(SLICE("abc"), out, sizeof out));
    assert_false(smtp_xtext_write(SLICE("abcd"), out, sizeof out));
    assert_true(smtp_xtext_write(SLICE("+"), out, sizeof out));
    assert_false(smtp_xtext_write(SLICE("a+"), out, sizeof out));
    assert_false(smtp_xtext_write(SLICE(""), out, 0));
    assert_true(smtp_xtext_read(SLICE("ab+20"), out, sizeof out));
    assert_false(smtp_xtext_read(SLICE("abc+20"), out, sizeof out));
    assert_false(smtp_xtext_read(SLICE(""), out, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_read_as_rfc_5321_has_them),
        cmocka_unit_test(local_part_and_domain_have_their_lengths),
        cmocka_unit_test(xtext_is_written_and_read),
        cmocka_unit_test(malformed_xtext_is_refused),
        cmocka_unit_test(xtext_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests_name("smtp path", tests, NULL, NULL);
}
