/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "scripted_server.h"

#define EHLO "C EHLO opec.alfa.example\r\n"
#define HELO "C HELO opec.alfa.example\r\n"
#define LHLO "C LHLO opec.alfa.example\r\n"
#define STEPS(...) (const char *const[]){ __VA_ARGS__, NULL }

struct open_case {
    const char *name;
    enum smtp_kind kind;
    const char *const *script;
    int result;
    const char *offered; /* P pipelining, D DSN, 8 8BITMIME */
};

static const struct open_case cases[] = {
    { "what is offered is seen", SMTP_CLIENT,
        STEPS("S 220 mx\r\n", EHLO, "S 250-mx\r\n250-PIPELINING\r\n250-8bitmime\r\n250 DSN\r\n", "W"), 0, "PD8" },
    { "what is not offered is not", SMTP_CLIENT, STEPS("S 220 mx\r\n", EHLO, "S 250 mx\r\n", "W"), 0, "" },
    { "a host's name and arguments are no keywords", SMTP_CLIENT,
        STEPS("S 220 DSN\r\n", EHLO, "S 250-DSN\r\n250-X DSN\r\n250-DSNX\r\n250 SIZE 8BITMIME\r\n", "W"), 0, "" },
    { "a greeting of several lines is one", SMTP_CLIENT, STEPS("S 220-mx\r\n220 hello\r\n", EHLO, "S 250 mx\r\n", "W"), 0, "" },
    { "all may come byte by byte", SMTP_CLIENT, STEPS("s 220 mx\r\n", EHLO, "s 250-mx\r\n250 PIPELINING\r\n", "W"), 0, "P" },
    { "LMTP says LHLO (RFC 2033)", LMTP_CLIENT, STEPS("S 220 mx\r\n", LHLO, "S 250-mx\r\n250 PIPELINING\r\n", "W"), 0, "P" },
    { "HELO is said where EHLO is refused", SMTP_CLIENT,
        STEPS("S 220 mx\r\n", EHLO, "S 502 5.5.1 What?\r\n", HELO, "S 250-mx\r\n250 PIPELINING\r\n", "W"), 0, "" },
    { "a refusal of HELO is our fault", SMTP_CLIENT,
        STEPS("S 220 mx\r\n", EHLO, "S 502 What?\r\n", HELO, "S 504 No\r\n", "W"), ERROR_PROTOCOL, "" },
    { "there is no HELO in LMTP", LMTP_CLIENT, STEPS("S 220 mx\r\n", LHLO, "S 502 What?\r\n", "W"), ERROR_PROTOCOL, "" },
    { "a greeting of 4xx defers", SMTP_CLIENT, STEPS("S 421 4.3.2 Busy\r\n", "W"), ERROR_DEFERRED, "" },
    { "a greeting of 5xx is our fault", SMTP_CLIENT, STEPS("S 554 5.7.1 No\r\n", "W"), ERROR_PROTOCOL, "" },
    { "EHLO answered 4xx defers", SMTP_CLIENT, STEPS("S 220 mx\r\n", EHLO, "S 451 4.3.0 Later\r\n", "W"), ERROR_DEFERRED, "" },
    { "a greeting that is none is outside the protocol", SMTP_CLIENT, STEPS("S HTTP/1.1 400 Bad Request\r\n", "W"),
        ERROR_PROTOCOL, "" },
    { "an answer that was not asked for is outside the protocol", SMTP_CLIENT, STEPS("S 220 mx\r\n250 mx\r\n", "W"),
        ERROR_PROTOCOL, "" },
    { "354 is no answer to EHLO", SMTP_CLIENT, STEPS("S 220 mx\r\n", EHLO, "S 354 Go\r\n", "W"), ERROR_PROTOCOL, "" },
    { "a server that closes at once", SMTP_CLIENT, STEPS("X"), ERROR_CLOSED, "" },
    { "a server that closes inside its greeting", SMTP_CLIENT, STEPS("S 220 m", "X"), ERROR_CLOSED, "" },
    { "a server that closes at EHLO", SMTP_CLIENT, STEPS("S 220 mx\r\n", EHLO, "X"), ERROR_CLOSED, "" },
    { "a server that says nothing", SMTP_CLIENT, STEPS("W"), ERROR_TIMEOUT, "" },
    { "a server that falls silent", SMTP_CLIENT, STEPS("S 220 mx\r\n", EHLO, "S 250-mx\r\n", "W"), ERROR_TIMEOUT, "" },
};

static void assert_offered(const struct open_case *c, const struct smtp_connection *connection)
{
    char got[4];

    snprintf(got, sizeof got, "%s%s%s", connection->pipelining ? "P" : "", connection->dsn ? "D" : "",
        connection->eight_bit_mime ? "8" : "");
    if (strcmp(got, c->offered) != 0)
        fail_msg("%s: wanted \"%s\", got \"%s\"", c->name, c->offered, got);
}

static void a_connection_is_opened_as_the_server_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scripted_server server = {
            .settings = { .kind = cases[i].kind, .timeout_ms = cases[i].result == ERROR_TIMEOUT ? 150 : 5000 },
        };
        struct smtp_connection c;
        struct error e = { 0 };
        int result;

        scripted_server_start(&server, cases[i].script);
        c = smtp_connection_new(&server.settings);
        result = smtp_connection_open(&c, clock_monotonic_ms() + 5000, &e);
        if (result != cases[i].result)
            fail_msg("%s: %d %s", cases[i].name, result, e.text);
        assert_int_equal(c.fd >= 0, result == 0);
        if (result != 0)
            assert_non_null(strstr(e.text, server.settings.address.text));
        else
            assert_offered(&cases[i], &c);
        smtp_connection_close(&c);
        scripted_server_end(&server);
    }
}

static void the_whole_deadline_holds_before_that_of_a_step(void **state)
{
    struct scripted_server server = { .settings = { .timeout_ms = 5000 } };
    struct smtp_connection c;
    int64_t before = clock_monotonic_ms();

    (void)state;
    scripted_server_start(&server, STEPS("W"));
    c = smtp_connection_new(&server.settings);
    assert_int_equal(smtp_connection_open(&c, before + 100, NULL), ERROR_TIMEOUT);
    assert_true(clock_monotonic_ms() - before < 2000);
    scripted_server_end(&server);
}

static void a_server_that_trickles_has_one_step_for_a_reply(void **state)
{
    static char slow[3000] = "s ";
    struct scripted_server server = { .settings = { .timeout_ms = 150 } };
    struct smtp_connection c;
    int64_t before = clock_monotonic_ms();

    (void)state;
    memset(slow + 2, '2', sizeof slow - 3);
    scripted_server_start(&server, STEPS(slow));
    c = smtp_connection_new(&server.settings);
    assert_int_equal(smtp_connection_open(&c, before + 5000, NULL), ERROR_TIMEOUT);
    assert_true(clock_monotonic_ms() - before < 2000);
    scripted_server_end(&server);
}

static void quit_is_polite_and_quick(void **state)
{
    struct scripted_server server = { 0 };
    struct smtp_connection c;
    int64_t before;

    (void)state;
    scripted_server_start(&server, STEPS("S 220 mx\r\n", EHLO, "S 250 mx\r\n", "C QUIT\r\n", "W"));
    c = smtp_connection_new(&server.settings);
    assert_int_equal(smtp_connection_open(&c, clock_monotonic_ms() + 5000, NULL), 0);
    assert_true(smtp_connection_is_quiet(&c));
    before = clock_monotonic_ms();
    smtp_connection_quit(&c);
    assert_true(clock_monotonic_ms() - before < 2000);
    assert_false(smtp_connection_is_quiet(&c));
    scripted_server_end(&server);
}

static void a_421_dooms_the_connection(void **state)
{
    struct scripted_server server = { 0 };
    struct smtp_connection c;
    struct smtp_reply reply;

    (void)state;
    scripted_server_start(&server, STEPS("S 220 mx\r\n", EHLO, "S 250 mx\r\n", "C NOOP\r\n", "S 421 4.3.2 Bye\r\n", "W"));
    c = smtp_connection_new(&server.settings);
    assert_int_equal(smtp_connection_open(&c, clock_monotonic_ms() + 5000, NULL), 0);
    assert_false(c.doomed);
    assert_int_equal(smtp_connection_ask(&c, "NOOP", clock_monotonic_ms() + 5000, &reply, NULL), 0);
    assert_true(c.doomed);
    smtp_connection_close(&c);
    scripted_server_end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_opened_as_the_server_answers),
        cmocka_unit_test(the_whole_deadline_holds_before_that_of_a_step),
        cmocka_unit_test(a_server_that_trickles_has_one_step_for_a_reply),
        cmocka_unit_test(quit_is_polite_and_quick),
        cmocka_unit_test(a_421_dooms_the_connection),
    };

    return cmocka_run_group_tests_name("smtp connection", tests, NULL, NULL);
}
