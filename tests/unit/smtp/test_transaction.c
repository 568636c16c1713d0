/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One delivery, and what a server may do with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "scripted_server.h"

#define STEPS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define EHLO_ALL "S 220 mx\r\n", "C EHLO opec.alfa.example\r\n", "S 250-mx\r\n250-PIPELINING\r\n250-DSN\r\n250 8BITMIME\r\n"
#define EHLO_BARE "S 220 mx\r\n", "C EHLO opec.alfa.example\r\n", "S 250 mx\r\n"
#define LHLO_ALL "S 220 mx\r\n", "C LHLO opec.alfa.example\r\n", "S 250-mx\r\n250 PIPELINING\r\n"
#define LHLO_BARE "S 220 mx\r\n", "C LHLO opec.alfa.example\r\n", "S 250 mx\r\n"
#define MAIL "MAIL FROM:<s@alfa.example>\r\n"
#define RCPT_A "RCPT TO:<a@beta.example>\r\n"
#define RCPT_B "RCPT TO:<b@beta.example>\r\n"
#define DATA "DATA\r\n"
#define CONTENT "Subject: x\r\n\r\n..\r\n.\r\n"
#define ENVELOPE "C " MAIL RCPT_A RCPT_B
#define ALL "C " MAIL RCPT_A RCPT_B DATA
#define GOOD "S 250 a\r\n250 b\r\n250 c\r\n"
#define GO "C " DATA, "S 354 Go\r\n", "C " CONTENT
#define QUIT "C QUIT\r\n", "S 221 Bye\r\n"
#define RSET "C RSET\r\n", "S 250 Ok\r\n"

struct delivery_case {
    const char *name;
    enum smtp_kind kind;
    const char *const *script;
    int result;
    const char *fates; /* of a and b: T taken, D deferred, R refused, U untried */
};

static const struct delivery_case cases[] = {
    { "all is taken", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "Q", GOOD, "C " DATA, "Q", "S 354 Go\r\n",
        "C " CONTENT, "S 250 2.0.0 Ok\r\n", QUIT), 0, "TT" },
    { "without pipelining each command waits", SMTP_CLIENT, STEPS(EHLO_BARE, "C " MAIL, "Q", "S 250 a\r\n", "C " RCPT_A, "Q",
        "S 250 b\r\n", "C " RCPT_B, "Q", "S 250 c\r\n", GO, "S 250 Ok\r\n", QUIT), 0, "TT" },
    { "answers may come byte by byte", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "s 250 a\r\n250 b\r\n250 c\r\n",
        "C " DATA, "s 354 Go\r\n", "C " CONTENT, "s 250-2.0.0 Ok\r\n250 2.0.0 yes\r\n", QUIT), 0, "TT" },
    { "a recipient that is deferred stops it", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE,
        "S 250 a\r\n250 b\r\n450 4.2.1 Later\r\n", RSET, QUIT), 0, "UD" },
    { "at the first deferral the others are not asked", SMTP_CLIENT, STEPS(EHLO_BARE, "C " MAIL, "S 250 a\r\n", "C " RCPT_A,
        "S 451 4.2.1 Later\r\n", RSET, QUIT), 0, "DU" },
    { "one that is refused does not stop the other", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE,
        "S 250 a\r\n550 5.1.1 No\r\n250 c\r\n", GO, "S 250 Ok\r\n", QUIT), 0, "RT" },
    { "refused and deferred", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n550 No\r\n450 Later\r\n", RSET, QUIT),
        0, "RD" },
    { "when all are refused no data are sent", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n550 No\r\n553 No\r\n",
        RSET, QUIT), 0, "RR" },
    { "the answer to the data is shared: deferred", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE,
        GOOD, GO, "S 451 4.3.0 Later\r\n", QUIT), 0, "DD" },
    { "the answer to the data is shared: refused", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE,
        "S 250 a\r\n550 b\r\n250 c\r\n", GO, "S 554 5.6.0 No\r\n", QUIT), 0, "RR" },
    { "MAIL deferred", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 451 a\r\n503 b\r\n503 c\r\n", RSET, QUIT),
        ERROR_DEFERRED, "UU" },
    { "MAIL refused is our fault", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 550 a\r\n503 b\r\n503 c\r\n", RSET, QUIT),
        ERROR_PROTOCOL, "UU" },
    { "DATA deferred", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n550 b\r\n250 c\r\n", "C " DATA,
        "S 452 4.3.1 Full\r\n", RSET, QUIT), ERROR_DEFERRED, "RU" },
    { "DATA refused is our fault", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA,
        "S 554 5.5.1 No\r\n", RSET, QUIT), ERROR_PROTOCOL, "UU" },
    { "RSET that is refused costs the connection", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE,
        "S 250 a\r\n250 b\r\n450 Later\r\n", "C RSET\r\n", "S 500 What?\r\n", "W"), 0, "UD" },
    /* RFC 5321 3.8 */
    { "421 at MAIL", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 421 Bye\r\n", "W"), ERROR_DEFERRED, "UU" },
    { "421 at RCPT", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n421 Bye\r\n", "W"), 0, "DU" },
    { "421 at DATA", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA, "S 421 Bye\r\n",
        "W"), ERROR_DEFERRED, "UU" },
    { "421 to the data", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA,
        "S 354 Go\r\n", "C " CONTENT, "S 421 4.3.0 Bye\r\n", "W"), 0, "DD" },
    /* answers that have no meaning where they stand */
    { "354 to MAIL", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 354 a\r\n250 b\r\n250 c\r\n", "W"), ERROR_PROTOCOL, "UU" },
    { "354 to RCPT", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n354 b\r\n250 c\r\n", "W"), ERROR_PROTOCOL, "UU" },
    { "250 to DATA", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA, "S 250 Ok\r\n",
        "W"), ERROR_PROTOCOL, "UU" },
    { "354 to the data", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA,
        "S 354 Go\r\n", "C " CONTENT, "S 354 Go on\r\n", "W"), ERROR_PROTOCOL, "UU" },
    { "more answers than commands", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "W"),
        ERROR_PROTOCOL, "UU" },
    /* answers that come before the end mark */
    { "a refusal of the data before their end", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD,
        "C " DATA, "S 354 Go\r\n552 5.3.4 Too large\r\n", "W"), 0, "RR" },
    { "a 250 before the end is not believed", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD,
        "C " DATA, "S 354 Go\r\n250 Ok\r\n", "W"), ERROR_CLOSED, "UU" },
    /* RFC 2033 */
    { "LMTP: DATA goes with the rest, each has its answer", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "Q",
        "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n452 4.2.2 Full\r\n", QUIT), 0, "TD" },
    { "LMTP without pipelining", LMTP_CLIENT, STEPS(LHLO_BARE, "C " MAIL, "Q", "S 250 a\r\n", "C " RCPT_A, "S 250 b\r\n",
        "C " RCPT_B, "Q", "S 250 c\r\n", GO, "S 552 5.2.2 Full\r\n", "S 250 Ok\r\n", QUIT), 0, "RT" },
    { "LMTP: who was refused has no answer to the data", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n550 5.1.1 b\r\n250 c\r\n354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n", QUIT), 0, "RT" },
    { "LMTP: a deferral does not stop the other", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n250 b\r\n451 4.3.0 c\r\n354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n", QUIT), 0, "TD" },
    { "LMTP: all refused, and DATA with them", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n550 b\r\n451 c\r\n503 5.5.1 No\r\n", RSET, QUIT), 0, "RD" },
    { "LMTP: all refused, and 354 all the same", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n550 b\r\n550 c\r\n354 Go\r\n", "W"), 0, "RR" },
    { "LMTP without pipelining: all refused, no DATA", LMTP_CLIENT, STEPS(LHLO_BARE, "C " MAIL, "S 250 a\r\n", "C " RCPT_A,
        "S 550 b\r\n", "C " RCPT_B, "S 550 c\r\n", RSET, QUIT), 0, "RR" },
    { "LMTP: MAIL deferred", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "S 451 a\r\n503 b\r\n503 c\r\n503 d\r\n", RSET,
        QUIT), ERROR_DEFERRED, "UU" },
    { "LMTP: MAIL refused, and 354 all the same", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 550 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "W"), ERROR_PROTOCOL, "UU" },
    { "LMTP: DATA refused", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "S 250 a\r\n250 b\r\n250 c\r\n451 4.3.0 No\r\n",
        RSET, QUIT), ERROR_DEFERRED, "UU" },
    { "LMTP: 421 at RCPT", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "S 250 a\r\n250 b\r\n421 Bye\r\n", "W"),
        ERROR_CLOSED, "UD" },
    { "LMTP: 421 when all are known", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "S 250 a\r\n550 b\r\n421 Bye\r\n", "W"),
        0, "RD" },
    { "LMTP: 421 to the first of the data", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "C " CONTENT, "S 421 Bye\r\n", "W"), ERROR_CLOSED, "DU" },
    { "LMTP: the end after the first answer", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n", "X"), ERROR_CLOSED, "TU" },
    { "LMTP: silence after the first answer", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n", "W"), ERROR_TIMEOUT, "TU" },
    { "LMTP: refusals of the data before their end", LMTP_CLIENT, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n250 b\r\n250 c\r\n354 Go\r\n552 5.3.4 Large\r\n452 4.3.1 Full\r\n", "W"), 0, "RD" },
};

struct setting {
    struct arena *arena;
    struct rope content;
    struct smtp_recipient recipients[2];
    struct smtp_delivery delivery;
};

static void set_up(struct setting *s)
{
    *s = (struct setting){ .arena = arena_new(1000000) };
    s->content = rope_new(s->arena);
    rope_text(&s->content, "Subject: x\r\n\r");
    rope_text(&s->content, "\n");
    rope_text(&s->content, ".\r");
    rope_text(&s->content, "\n");
    /* What is left from an earlier delivery must not stay. */
    s->recipients[0] = s->recipients[1] = (struct smtp_recipient){ .fate = SMTP_TAKEN, .code = 299, .enhanced = "x", .text = "x" };
    s->recipients[0].address = "a@beta.example";
    s->recipients[1].address = "b@beta.example";
    s->delivery = (struct smtp_delivery){
        .sender = "s@alfa.example", .recipients = s->recipients, .recipient_count = 2, .content = &s->content,
    };
}

static int deliver(struct setting *s, struct scripted_server *server, struct error *e)
{
    struct smtp_client *client = smtp_client_new(&server->settings);
    int result;

    assert_non_null(client);
    result = smtp_client_deliver(client, &s->delivery, clock_monotonic_ms() + 10000, s->arena, e);
    smtp_client_free(&client);
    assert_null(client);
    return result;
}

static void assert_fates(const char *name, const struct setting *s, const char *wanted)
{
    static const char letters[] = "UTDR";
    char got[3] = "";

    for (size_t i = 0; i < 2; i++) {
        const struct smtp_recipient *r = &s->recipients[i];

        got[i] = letters[r->fate];
        if ((r->fate == SMTP_UNTRIED) != (r->code == 0) || (r->fate == SMTP_UNTRIED) != (r->text == NULL))
            fail_msg("%s: recipient %zu has code %d", name, i, r->code);
        if (r->fate == SMTP_UNTRIED && r->enhanced)
            fail_msg("%s: recipient %zu has an enhanced code", name, i);
    }
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: wanted %s, got %s", name, wanted, got);
}

static void run_case(const struct delivery_case *c)
{
    struct scripted_server server = { .settings = { .kind = c->kind, .timeout_ms = c->result == ERROR_TIMEOUT ? 150 : 5000 } };
    struct error e = { 0 };
    struct setting s;
    int result;

    set_up(&s);
    scripted_server_start(&server, c->script);
    result = deliver(&s, &server, &e);
    if (result != c->result)
        fail_msg("%s: %d %s", c->name, result, e.text);
    assert_int_equal(e.code, result);
    assert_fates(c->name, &s, c->fates);
    scripted_server_end(&server);
    arena_free(&s.arena);
}

static void a_delivery_ends_as_the_server_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(&cases[i]);
}

/* A good dialogue up to each of the server's words, and something else in its place. (A reset in place of the greeting can be seen
 * while connecting already; test_connection.c breaks greetings.) */
static void run_broken(const struct delivery_case *good, const char *const *instead, int wanted)
{
    const char *script[40];
    size_t broken = 0;

    for (size_t i = 1; good->script[i]; i++) {
        struct delivery_case c = { good->name, good->kind, script, wanted, "UU" };
        size_t n = i;

        memcpy(script, good->script, i * sizeof script[0]);
        for (size_t k = 0; instead[k]; k++)
            script[n++] = instead[k];
        script[n] = NULL;
        if (good->script[i][0] != 'S')
            continue;
        run_case(&c);
        broken++;
    }
    assert_true(broken >= 4);
}

static const struct delivery_case whole[] = {
    { "SMTP broken off", SMTP_CLIENT,
        STEPS(EHLO_BARE, "C " MAIL, "S 250 a\r\n", "C " RCPT_A, "S 250 b\r\n", "C " RCPT_B, "S 250 c\r\n",
        GO, "S 250 Ok\r\n"), 0, "TT" },
    { "pipelined SMTP broken off", SMTP_CLIENT, STEPS(EHLO_ALL, ENVELOPE, GOOD, "C " DATA,
        "S 354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n"), 0, "TT" },
    { "LMTP broken off", LMTP_CLIENT, STEPS(LHLO_ALL, ALL, "S 250 a\r\n", "S 250 b\r\n", "S 250 c\r\n",
        "S 354 Go\r\n", "C " CONTENT, "S 250 Ok\r\n"), 0, "TT" },
};

static void a_server_may_close_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        run_broken(&whole[i], STEPS("X"), ERROR_CLOSED);
        run_broken(&whole[i], STEPS("S 25", "X"), ERROR_CLOSED);
        run_broken(&whole[i], STEPS("R"), ERROR_CLOSED);
    }
}

static void a_server_may_fall_silent_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        run_broken(&whole[i], STEPS("W"), ERROR_TIMEOUT);
}

static void a_server_may_say_garbage_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        run_broken(&whole[i], STEPS("S \xff\x01zzz\r\n", "W"), ERROR_PROTOCOL);
}

/* RFC 3461 4, RFC 6152 */
static void extensions_are_used_where_they_are_offered(void **state)
{
    struct delivery_case offered = { "offered", SMTP_CLIENT, STEPS(EHLO_ALL,
        "C MAIL FROM:<> RET=HDRS ENVID=12+2B+20x BODY=8BITMIME\r\nRCPT TO:<a@beta.example> NOTIFY=FAILURE\r\n"
        "RCPT TO:<b@beta.example> NOTIFY=FAILURE\r\n", GOOD, GO,
        "S 250 Ok\r\n", QUIT), 0, "TT" };
    struct delivery_case bare = { "not offered", SMTP_CLIENT, STEPS(EHLO_BARE, "C MAIL FROM:<>\r\n", "S 250 a\r\n", "C " RCPT_A,
        "S 250 b\r\n", "C " RCPT_B, "S 250 c\r\n", GO, "S 250 Ok\r\n", QUIT), 0, "TT" };
    const struct delivery_case *both[] = { &offered, &bare };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct scripted_server server = { 0 };
        struct setting s;

        set_up(&s);
        s.delivery.sender = "";
        s.delivery.envid = "12+ x";
        s.delivery.eight_bit = true;
        scripted_server_start(&server, both[i]->script);
        assert_int_equal(deliver(&s, &server, NULL), 0);
        assert_fates(both[i]->name, &s, both[i]->fates);
        scripted_server_end(&server);
        arena_free(&s.arena);
    }
}

static void an_answer_is_kept_in_one_line(void **state)
{
    struct scripted_server server = { .settings = { .kind = LMTP_CLIENT } };
    struct setting s;

    (void)state;
    set_up(&s);
    scripted_server_start(&server, STEPS(LHLO_ALL, ALL,
        "S 250 a\r\n550-5.1.1 <a@beta.example>\r\n550 5.1.1 No such user\r\n250 c\r\n354 Go\r\n", "C " CONTENT,
        "S 250 2.0.0 Saved\r\n", QUIT));
    assert_int_equal(deliver(&s, &server, NULL), 0);
    assert_int_equal(s.recipients[0].code, 550);
    assert_string_equal(s.recipients[0].enhanced, "5.1.1");
    assert_string_equal(s.recipients[0].text, "<a@beta.example> No such user");
    assert_int_equal(s.recipients[1].code, 250);
    assert_string_equal(s.recipients[1].enhanced, "2.0.0");
    assert_string_equal(s.recipients[1].text, "Saved");
    scripted_server_end(&server);
    arena_free(&s.arena);
}

static void a_refusal_is_told_in_words(void **state)
{
    struct scripted_server server = { 0 };
    struct error e;
    struct setting s;
    char wanted[400];

    (void)state;
    set_up(&s);
    scripted_server_start(&server, STEPS(EHLO_ALL, ENVELOPE, "S 550-5.7.1 Not you\r\n550 5.7.1 never\r\n503 b\r\n503 c\r\n",
        RSET, QUIT));
    assert_int_equal(deliver(&s, &server, &e), ERROR_PROTOCOL);
    snprintf(wanted, sizeof wanted, "%s: MAIL: 550 5.7.1 Not you", server.settings.address.text);
    assert_string_equal(e.text, wanted);
    scripted_server_end(&server);
    arena_free(&s.arena);
}

/* Read the commands, say 354, read some of the content, refuse the rest. */
static void refuse_in_the_middle(int fd, void *arg)
{
    static const char answers[] = "250 a\r\n250 b\r\n250 c\r\n";
    char piece[1000];
    struct linger linger = { .l_onoff = 1 };

    send(fd, "220 mx\r\n", 8, MSG_NOSIGNAL);
    recv(fd, piece, sizeof piece, 0);
    send(fd, "250-mx\r\n250 PIPELINING\r\n", 24, MSG_NOSIGNAL);
    recv(fd, piece, sizeof piece, 0);
    send(fd, answers, sizeof answers - 1, MSG_NOSIGNAL);
    recv(fd, piece, sizeof piece, 0);
    send(fd, "354 Go\r\n", 8, MSG_NOSIGNAL);
    recv(fd, piece, sizeof piece, 0);
    if (arg)
        send(fd, "552 5.3.4 Too large\r\n", 21, MSG_NOSIGNAL);
    usleep(600 * 1000);
    if (!arg)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* A server that stops reading: what it said is heard; what it did not say leaves all open. */
static void a_server_that_stops_reading_is_heard(void **state)
{
    size_t size = 20 * 1000 * 1000;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    for (int speaks = 0; speaks < 2; speaks++) {
        struct scripted_server server = { .settings = { .timeout_ms = 300 } };
        struct setting s;

        set_up(&s);
        rope_add(&s.content, (struct slice){ text, size });
        scripted_server_start_function(&server, refuse_in_the_middle, speaks ? &server : NULL);
        assert_int_equal(deliver(&s, &server, NULL), speaks ? 0 : ERROR_TIMEOUT);
        assert_fates("stops reading", &s, speaks ? "RR" : "UU");
        scripted_server_end(&server);
        arena_free(&s.arena);
    }
    free(text);
}

static void what_no_command_can_hold_is_not_sent(void **state)
{
    static const char *const bad[] = { "a@b\r\nRCPT TO:<c@d>", "a\x01@b", "\xc3\xa0@b", "a\x7f@b" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct scripted_server server = { 0 };
        struct smtp_client_settings nowhere = { .hostname = "opec.alfa.example", .timeout_ms = 100 };
        struct setting s;

        set_up(&s);
        assert_int_equal(net_address_read("127.0.0.1:1", &nowhere.address, NULL), 0);
        server.settings = nowhere;
        s.recipients[1].address = bad[i];
        assert_int_equal(deliver(&s, &server, NULL), ERROR_SYNTAX);
        s.recipients[1].address = "b@beta.example";
        s.delivery.sender = bad[i];
        assert_int_equal(deliver(&s, &server, NULL), ERROR_SYNTAX);
        arena_free(&s.arena);
    }
}

/* The words are lost then, not the knowledge. */
static void without_memory_for_words_the_fates_are_known(void **state)
{
    struct scripted_server server = { 0 };
    struct setting s;

    (void)state;
    set_up(&s);
    arena_free(&s.arena);
    s.arena = arena_new(16);
    scripted_server_start(&server, STEPS(EHLO_ALL, ENVELOPE, "S 250 a\r\n250 b\r\n550 5.1.1 c\r\n", "C " DATA,
        "S 354 Go\r\n", "C .\r\n", "S 250 2.0.0 Ok\r\n", QUIT));
    s.content = rope_new(s.arena);
    assert_int_equal(deliver(&s, &server, NULL), 0);
    assert_int_equal(s.recipients[0].fate, SMTP_TAKEN);
    assert_int_equal(s.recipients[1].fate, SMTP_REFUSED);
    assert_null(s.recipients[1].text);
    scripted_server_end(&server);
    arena_free(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_ends_as_the_server_answers),
        cmocka_unit_test(a_server_may_close_anywhere),
        cmocka_unit_test(a_server_may_fall_silent_anywhere),
        cmocka_unit_test(a_server_may_say_garbage_anywhere),
        cmocka_unit_test(extensions_are_used_where_they_are_offered),
        cmocka_unit_test(an_answer_is_kept_in_one_line),
        cmocka_unit_test(a_refusal_is_told_in_words),
        cmocka_unit_test(a_server_that_stops_reading_is_heard),
        cmocka_unit_test(what_no_command_can_hold_is_not_sent),
        cmocka_unit_test(without_memory_for_words_the_fates_are_known),
    };

    return cmocka_run_group_tests_name("smtp transaction", tests, NULL, NULL);
}
