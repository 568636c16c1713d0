/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/form.h"

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"
#define LOCAL_64 LABEL_63 "x"
#define DOMAIN_255 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63

_Static_assert(sizeof LABEL_63 == 64 && sizeof DOMAIN_255 == 256, "as their names say");

struct form_case {
    const char *text;
    bool good;
};

static const struct form_case domains[] = {
    { "example.it", true },       { "localhost", true },    { "EXAMPLE.it", true },   { "xn--caff-dma.example", true },
    { "3com.example", true }, /* RFC 1123 2.1: a digit may come first */
    { "a-b.example", true },      { LABEL_63 ".it", true }, { DOMAIN_255, true },     { LABEL_63 "4.it", false },
    { DOMAIN_255 ".it", false },  { ".it", false },         { "it.", false },         { "a..it", false },
    { "-a.it", false },           { "a-.it", false },       { "a_b.it", false },      { "a b.it", false },
    { "caff\xc3\xa8.it", false }, { "a.it\n", false },      { "[127.0.0.1]", false }, { "a@b.it", false },
};

static const struct form_case emails[] = {
    { "posta-certificata@alfa.example", true },
    { "o'neill+x@alfa.example", true },
    { "a.b.c@alfa.example", true },
    { LOCAL_64 "@a.it", true }, /* RFC 5321 4.5.3.1.1 */
    { LOCAL_64 "x@a.it", false },
    { "alfa.example", false },
    { "@alfa.example", false },
    { "a@", false },
    { "a@b@c.it", false },
    { ".a@b.it", false },
    { "a.@b.it", false },
    { "a..b@c.it", false },
    { "a b@c.it", false },
    { "\"a b\"@c.it", false },
    { "<a@b.it>", false },
    { "\xc3\xa8@b.it", false },
};

static const struct form_case paths[] = { { "/", true }, { "/a b/c", true }, { "a", false }, { "./a", false }, { "~/a", false } };

static const struct form_case zones[] = {
    { "Europe/Rome", true }, { "UTC", true },          { "Europe/Roma", false },
    { "Europe", false },     { "/etc/passwd", false }, { "../../../etc/passwd", false },
    { "a/../UTC", false },   { DOMAIN_255, false },
};

static const struct form_case users[] = {
    { "opec", true }, { "www-data", true }, { "_x", true },      { "-x", false },
    { "a b", false }, { "a:b", false },     { LABEL_63, false },
};

static const struct form_case host_ports[] = {
    { "127.0.0.1:9102", true }, { "[::1]:9102", true },   { "name.example:80", true }, { "9102", false },
    { ":9102", false },         { "unix:/run/x", false }, { "127.0.0.1:0", false },    { "127.0.0.1:65536", false },
};

static const struct form_case https[] = {
    { "http://tsa.example/", true }, { "https://tsa.example", true },
    { "tsa.example", false },        { "http://", false },
    { "http:///x", false },          { "ftp://x", false },
    { "http://a b", false },         { "HTTP://x", false },
};

static const struct form_case secure[] = { { "https://a.example/x.p7m", true },
                                           { "http://a.example/x.p7m", false },
                                           { "https://", false } };

static const struct form_case sources[] = {
    { "ldif:/var/lib/opec/index.ldif", true },
    { "ldap://127.0.0.1:389", true },
    { "ldaps://ldap.example/dc=x", true },
    { "ldif:index.ldif", false },
    { "/var/lib/index.ldif", false },
    { "ldap://", false },
    { "http://x", false },
};

static const struct form_case stores[] = {
    { "sqlite:/var/lib/opec.db", true },
    { "postgresql://host/opec", true },
    { "postgresql:///opec?host=/run/postgresql", true }, /* a socket of this machine */
    { "sqlite:opec.db", false },
    { "mysql://host/opec", false },
    { "/var/lib/opec.db", false },
};

static const struct form_case logs[] = {
    { "syslog", true },         { "stderr", true },  { "file:/var/log/opec.log", true }, { "stdout", false }, { "file:/", false },
    { "file:opec.log", false }, { "SYSLOG", false },
};

static const struct {
    const char *name;
    int (*form)(const char *text, struct error *e);
    const struct form_case *cases;
    size_t count;
} forms[] = {
#define FORM(name, cases)                                  \
    {                                                      \
#name, name, cases, sizeof cases / sizeof cases[0] \
    }
    FORM(form_domain, domains), FORM(form_email, emails),         FORM(form_path, paths), FORM(form_zone, zones),
    FORM(form_user, users),     FORM(form_host_port, host_ports), FORM(form_http, https), FORM(form_https, secure),
    FORM(form_source, sources), FORM(form_store, stores),         FORM(form_log, logs),
};

static void each_form_takes_its_own_and_nothing_else(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        for (size_t i = 0; i < forms[f].count; i++) {
            const struct form_case *c = &forms[f].cases[i];

            if (forms[f].form(c->text, NULL) != (c->good ? 0 : ERROR_SYNTAX))
                fail_msg("%s: \"%s\"", forms[f].name, c->text);
        }
    }
}

static void the_words_quote_the_text_and_say_what_is_right(void **state)
{
    struct error e = { 0 };

    (void)state;
    form_domain("a b", &e);
    assert_non_null(strstr(e.text, "\"a b\" is no domain; write it as"));
    form_zone("Europe/Roma", &e);
    assert_non_null(strstr(e.text, "as \"Europe/Rome\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_takes_its_own_and_nothing_else),
        cmocka_unit_test(the_words_quote_the_text_and_say_what_is_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
