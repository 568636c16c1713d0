/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The connection that is kept between deliveries, and deliveries to many.
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
#include "smtp/session.h"

#define STEPS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define HELLO "S 220 mx\r\n", "C EHLO opec.alfa.example\r\n", "S 250-mx\r\n250 PIPELINING\r\n"
#define ENVELOPE "C MAIL FROM:<>\r\nRCPT TO:<a@beta.example>\r\n"
#define REST "C DATA\r\n", "S 354 Go\r\n", "C x\r\n.\r\n", "S 250 2.0.0 Ok\r\n"
#define DELIVERY ENVELOPE, "S 250 a\r\n250 b\r\n", REST
#define QUIT "C QUIT\r\n", "S 221 Bye\r\n"

struct setting {
    struct scripted_server server;
    struct smtp_client *client;
    struct arena *arena;
    struct rope content;
};

static void set_up(struct setting *s, const char *const *script)
{
    *s = (struct setting){ .arena = arena_new(50000000), .server = { .settings = { .timeout_ms = 1000 } } };
    s->content = rope_new(s->arena);
    rope_text(&s->content, "x");
    scripted_server_start(&s->server, script);
    s->client = smtp_client_new(&s->server.settings);
    assert_non_null(s->client);
}

static void tear_down(struct setting *s)
{
    smtp_client_free(&s->client);
    scripted_server_end(&s->server);
    arena_free(&s->arena);
}

/* To one recipient; what became of it. */
static int deliver(struct setting *s, enum smtp_fate *out_fate)
{
    struct smtp_recipient recipient = { .address = "a@beta.example" };
    struct smtp_delivery delivery = { .sender = "", .recipients = &recipient, .recipient_count = 1, .content = &s->content };
    struct error e = { 0 };
    int result = smtp_client_deliver(s->client, &delivery, clock_monotonic_ms() + 10000, s->arena, &e);

    assert_int_equal(e.code, result);
    *out_fate = recipient.fate;
    return result;
}

static void assert_delivered(struct setting *s)
{
    enum smtp_fate fate;

    assert_int_equal(deliver(s, &fate), 0);
    assert_int_equal(fate, SMTP_TAKEN);
}

static void assert_failed(struct setting *s, int wanted)
{
    enum smtp_fate fate;

    assert_int_equal(deliver(s, &fate), wanted);
    assert_int_equal(fate, SMTP_UNTRIED);
}

/* The server has closed its side; it can take a moment to be seen. */
static void a_moment(void)
{
    usleep(50 * 1000);
}

static void a_connection_is_kept(void **state)
{
    struct setting s;

    (void)state;
    set_up(&s, STEPS(HELLO, DELIVERY, DELIVERY, DELIVERY, QUIT));
    assert_delivered(&s);
    assert_delivered(&s);
    assert_delivered(&s);
    tear_down(&s);
}

static void it_is_kept_after_a_refusal(void **state)
{
    struct setting s;
    enum smtp_fate fate;

    (void)state;
    set_up(&s, STEPS(HELLO, ENVELOPE, "S 250 a\r\n550 No\r\n", "C RSET\r\n", "S 250 Ok\r\n", DELIVERY, QUIT));
    assert_int_equal(deliver(&s, &fate), 0);
    assert_int_equal(fate, SMTP_REFUSED);
    assert_delivered(&s);
    tear_down(&s);
}

static void one_that_died_idle_is_replaced(void **state)
{
    const char *const *const scripts[] = {
        STEPS(HELLO, DELIVERY, "X", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, "R", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, "S 421 4.4.2 Idle for too long\r\n", "X", HELLO, DELIVERY, QUIT),
    };

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct setting s;

        set_up(&s, scripts[i]);
        assert_delivered(&s);
        a_moment();
        assert_delivered(&s);
        tear_down(&s);
    }
}

static void one_that_dies_at_mail_is_replaced(void **state)
{
    const char *const *const scripts[] = {
        STEPS(HELLO, DELIVERY, ENVELOPE, "X", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, ENVELOPE, "R", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, ENVELOPE, "S 421 4.4.2 Idle for too long\r\n", "X", HELLO, DELIVERY, QUIT),
    };

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct setting s;

        set_up(&s, scripts[i]);
        assert_delivered(&s);
        assert_delivered(&s);
        tear_down(&s);
    }
}

static void it_is_replaced_once(void **state)
{
    struct setting s;

    (void)state;
    set_up(&s, STEPS(HELLO, DELIVERY, ENVELOPE, "X", HELLO, ENVELOPE, "X"));
    assert_delivered(&s);
    assert_failed(&s, ERROR_CLOSED);
    tear_down(&s);
}

static void one_that_cannot_be_replaced_is_unreachable(void **state)
{
    struct setting s;

    (void)state;
    set_up(&s, STEPS(HELLO, DELIVERY, ENVELOPE, "L", "X"));
    assert_delivered(&s);
    assert_failed(&s, ERROR_UNREACHABLE);
    tear_down(&s);
}

/* From the answer to MAIL on a second try could be a second message. */
static void one_that_dies_later_is_not_replaced(void **state)
{
    const char *const *const scripts[] = {
        STEPS(HELLO, DELIVERY, ENVELOPE, "S 250 a\r\n", "X", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, ENVELOPE, "S 250 a\r\n250 b\r\n", "C DATA\r\n", "X", HELLO, DELIVERY, QUIT),
        STEPS(HELLO, DELIVERY, ENVELOPE, "S 250 a\r\n250 b\r\n", "C DATA\r\n", "S 354 Go\r\n", "C x\r\n.\r\n", "X", HELLO,
            DELIVERY, QUIT),
    };

    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct setting s;

        set_up(&s, scripts[i]);
        assert_delivered(&s);
        assert_failed(&s, ERROR_CLOSED);
        assert_delivered(&s);
        tear_down(&s);
    }
}

static void one_that_is_silent_is_not_replaced(void **state)
{
    struct setting s;

    (void)state;
    set_up(&s, STEPS(HELLO, DELIVERY, ENVELOPE, "W"));
    assert_delivered(&s);
    assert_failed(&s, ERROR_TIMEOUT);
    tear_down(&s);
}

static void nobody_there_is_unreachable(void **state)
{
    struct smtp_client_settings settings = { .hostname = "opec.alfa.example", .timeout_ms = 1000 };
    struct setting s = { .arena = arena_new(10000) };

    (void)state;
    assert_int_equal(net_address_read("127.0.0.1:1", &settings.address, NULL), 0);
    s.client = smtp_client_new(&settings);
    s.content = rope_new(s.arena);
    assert_failed(&s, ERROR_UNREACHABLE);
    smtp_client_free(&s.client);
    smtp_client_free(&s.client);
    arena_free(&s.arena);
}

static void a_probe_makes_a_connection_and_uses_it(void **state)
{
    struct setting s;

    (void)state;
    set_up(&s, STEPS(HELLO, "C NOOP\r\n", "S 250 Ok\r\n", DELIVERY, "C NOOP\r\n", "S 421 Bye\r\n", "X", HELLO, "X",
        "S 554 No\r\n", "W"));
    assert_int_equal(smtp_client_probe(s.client, clock_monotonic_ms() + 5000, NULL), 0);
    assert_int_equal(smtp_client_probe(s.client, clock_monotonic_ms() + 5000, NULL), 0);
    assert_delivered(&s);
    assert_int_equal(smtp_client_probe(s.client, clock_monotonic_ms() + 5000, NULL), 0);
    a_moment();
    assert_int_equal(smtp_client_probe(s.client, clock_monotonic_ms() + 5000, NULL), ERROR_PROTOCOL);
    tear_down(&s);
}

static void a_delivery_to_nobody_is_our_fault(void **state)
{
    struct smtp_client_settings settings = { .hostname = "opec.alfa.example", .timeout_ms = 1000 };
    struct smtp_delivery delivery = { .sender = "" };
    struct smtp_client *client = smtp_client_new(&settings);

    (void)state;
    assert_int_equal(smtp_client_deliver(client, &delivery, clock_monotonic_ms() + 1000, NULL, NULL), ERROR_BUG);
    smtp_client_free(&client);
}

/* Our own session as the server; every seventh recipient is refused. What the owner got is in the counters. */
struct big_server {
    struct smtp_session *session;
    size_t recipients, taken, size;
    uint64_t sum;
};

static const char *on_sender(void *arg, const char *address)
{
    (void)arg;
    (void)address;
    return NULL;
}

static const char *on_recipient(void *arg, const char *address)
{
    struct big_server *b = arg;

    (void)address;
    return ++b->recipients % 7 == 0 ? "550 5.1.1 Unknown" : NULL;
}

static const char *on_begin(void *arg)
{
    (void)arg;
    return NULL;
}

static const char *on_bytes(void *arg, struct slice bytes)
{
    struct big_server *b = arg;

    b->size += bytes.size;
    for (size_t i = 0; i < bytes.size; i++)
        b->sum = b->sum * 31 + (unsigned char)bytes.data[i];
    return NULL;
}

static const char *on_end(void *arg, const struct smtp_envelope *envelope)
{
    struct big_server *b = arg;

    b->taken = envelope->recipient_count;
    return "250 2.0.0 Taken";
}

static void on_reset(void *arg)
{
    (void)arg;
}

static void serve_session(int fd, void *arg)
{
    struct smtp_settings settings = {
        .hostname = "mx", .size_max = 100000000, .recipients_max = 20000, .line_max = 1000, .errors_max = 5,
    };
    struct smtp_owner owner = { arg, on_sender, on_recipient, on_begin, on_bytes, on_end, on_reset };
    struct big_server *b = arg;
    struct buffer in = buffer_new(65536), *out;
    enum smtp_status status = SMTP_READING;

    b->session = smtp_session_new(&settings, &owner);
    out = smtp_session_output(b->session);
    smtp_session_greet(b->session, NULL);
    while (net_write(fd, buffer_data(out), clock_monotonic_ms() + 5000, NULL) == 0 && status == SMTP_READING) {
        buffer_consume(out, buffer_data(out).size);
        if (net_fill(fd, &in, clock_monotonic_ms() + 5000, NULL) != 0)
            break;
        status = smtp_session_feed(b->session, &in);
    }
    smtp_session_free(&b->session);
    buffer_free(&in);
}

enum { MANY = 10000 };

static void ten_thousand_recipients_are_served(void **state)
{
    struct setting s = { .arena = arena_new(50000000), .server = { .settings = { .timeout_ms = 5000 } } };
    struct smtp_recipient *recipients = calloc(MANY, sizeof *recipients);
    struct smtp_delivery delivery = { .sender = "s@alfa.example", .recipients = recipients, .recipient_count = MANY };
    struct big_server big = { 0 };

    (void)state;
    assert_non_null(recipients);
    for (size_t i = 0; i < MANY; i++)
        recipients[i].address = arena_printf(s.arena, "recipient-%zu@beta.example", i);
    s.content = rope_new(s.arena);
    rope_text(&s.content, "x\r\n");
    delivery.content = &s.content;
    scripted_server_start_function(&s.server, serve_session, &big);
    s.client = smtp_client_new(&s.server.settings);
    assert_int_equal(smtp_client_deliver(s.client, &delivery, clock_monotonic_ms() + 20000, s.arena, NULL), 0);
    tear_down(&s);
    assert_int_equal(big.recipients, MANY);
    assert_int_equal(big.taken, MANY - MANY / 7);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(recipients[i].fate, (i + 1) % 7 == 0 ? SMTP_REFUSED : SMTP_TAKEN);
    free(recipients);
}

/* LMTP with as many answers as recipients, from a server that reads one line at a time. */
static void serve_lmtp(int fd, void *arg)
{
    FILE *in = fdopen(dup(fd), "r"), *out = fdopen(dup(fd), "w");
    char line[2000];
    size_t recipients = 0;

    (void)arg;
    assert_true(in && out);
    fprintf(out, "220 mx\r\n");
    fflush(out);
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, "LHLO", 4) == 0)
            fprintf(out, "250-mx\r\n250 PIPELINING\r\n");
        else if (strncmp(line, "DATA", 4) == 0)
            fprintf(out, "354 Go\r\n");
        else if (strcmp(line, ".\r\n") == 0)
            for (size_t i = 0; i < recipients; i++)
                fprintf(out, i % 3 == 0 ? "452 4.2.2 Full\r\n" : "250 2.0.0 Saved\r\n");
        else if (strncmp(line, "MAIL", 4) == 0 || strncmp(line, "RCPT", 4) == 0 || strncmp(line, "QUIT", 4) == 0)
            fprintf(out, "250 Ok\r\n");
        recipients += strncmp(line, "RCPT", 4) == 0;
        fflush(out);
    }
    fclose(in);
    fclose(out);
}

static void ten_thousand_mailboxes_answer(void **state)
{
    struct setting s = { .arena = arena_new(50000000), .server = { .settings = { .kind = LMTP_CLIENT, .timeout_ms = 5000 } } };
    struct smtp_recipient *recipients = calloc(MANY, sizeof *recipients);
    struct smtp_delivery delivery = { .sender = "s@alfa.example", .recipients = recipients, .recipient_count = MANY };

    (void)state;
    assert_non_null(recipients);
    for (size_t i = 0; i < MANY; i++)
        recipients[i].address = arena_printf(s.arena, "recipient-%zu@beta.example", i);
    s.content = rope_new(s.arena);
    rope_text(&s.content, "x\r\n");
    delivery.content = &s.content;
    scripted_server_start_function(&s.server, serve_lmtp, NULL);
    s.client = smtp_client_new(&s.server.settings);
    assert_int_equal(smtp_client_deliver(s.client, &delivery, clock_monotonic_ms() + 20000, s.arena, NULL), 0);
    tear_down(&s);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(recipients[i].fate, i % 3 == 0 ? SMTP_DEFERRED : SMTP_TAKEN);
    free(recipients);
}

/* What the client sends is what the session hands on, dots and all. */
static void a_message_of_megabytes_arrives_as_it_was(void **state)
{
    static const char *const bits[] = { ".", "..", "\r\n", "\r\n.", "\r\n..\r\n", "x", "a longer piece of text", "\r\n.x" };
    struct setting s = { .arena = arena_new(200000000), .server = { .settings = { .timeout_ms = 5000 } } };
    struct big_server big = { 0 };
    enum smtp_fate fate;
    uint64_t sum = 0;
    unsigned seed = 1;

    (void)state;
    s.content = rope_new(s.arena);
    for (size_t i = 0; i < 400000; i++) {
        seed = seed * 1103515245 + 12345;
        rope_text(&s.content, bits[(seed >> 16) % 8]);
    }
    rope_text(&s.content, "\r\n");
    for (size_t i = 0; i < s.content.count; i++)
        for (size_t k = 0; k < s.content.pieces[i].size; k++)
            sum = sum * 31 + (unsigned char)s.content.pieces[i].data[k];
    scripted_server_start_function(&s.server, serve_session, &big);
    s.client = smtp_client_new(&s.server.settings);
    assert_int_equal(deliver(&s, &fate), 0);
    assert_int_equal(fate, SMTP_TAKEN);
    assert_int_equal(big.size, s.content.size);
    tear_down(&s);
    assert_true(big.sum == sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_kept),
        cmocka_unit_test(it_is_kept_after_a_refusal),
        cmocka_unit_test(one_that_died_idle_is_replaced),
        cmocka_unit_test(one_that_dies_at_mail_is_replaced),
        cmocka_unit_test(it_is_replaced_once),
        cmocka_unit_test(one_that_cannot_be_replaced_is_unreachable),
        cmocka_unit_test(one_that_dies_later_is_not_replaced),
        cmocka_unit_test(one_that_is_silent_is_not_replaced),
        cmocka_unit_test(nobody_there_is_unreachable),
        cmocka_unit_test(a_probe_makes_a_connection_and_uses_it),
        cmocka_unit_test(a_delivery_to_nobody_is_our_fault),
        cmocka_unit_test(ten_thousand_recipients_are_served),
        cmocka_unit_test(ten_thousand_mailboxes_answer),
        cmocka_unit_test(a_message_of_megabytes_arrives_as_it_was),
    };

    return cmocka_run_group_tests_name("smtp client", tests, NULL, NULL);
}
