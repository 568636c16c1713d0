/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/transaction.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/path.h"
#include "smtp/stuffing.h"

enum {
    IN_FLIGHT_MAX = 100,  /* commands written before their answers are read: neither side's buffers fill up */
    COMMAND_SIZE = 1024,
    COMMANDS_SIZE = IN_FLIGHT_MAX * COMMAND_SIZE,
    ENVID_SIZE = 101,     /* RFC 3461 4.4 */
};

/* Commands have numbers: 0 is MAIL, 1 to n the recipients' RCPT, n + 1 DATA. */
static size_t data_number(const struct smtp_transaction *t)
{
    return t->delivery->recipient_count + 1;
}

static bool is_lmtp(const struct smtp_transaction *t)
{
    return t->connection->settings->kind == LMTP_CLIENT;
}

/* RFC 3461 is asked for with the ENVID alone. */
static bool wants_dsn(const struct smtp_transaction *t)
{
    return t->delivery->envid && t->connection->dsn;
}

static int append(struct buffer *out, struct error *e, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int append(struct buffer *out, struct error *e, const char *format, ...)
{
    char line[COMMAND_SIZE];
    va_list args;
    int size, result;

    va_start(args, format);
    size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof line)
        return error_set(e, ERROR_SYNTAX, "an address too long for a command");
    result = buffer_append(out, (struct slice){ line, (size_t)size });
    return result ? error_set(e, result, "no memory for a command") : 0;
}

static int append_mail(const struct smtp_transaction *t, struct buffer *out, struct error *e)
{
    const struct smtp_delivery *d = t->delivery;
    const char *body = d->eight_bit && t->connection->eight_bit_mime ? " BODY=8BITMIME" : "";
    char envid[ENVID_SIZE];

    if (!wants_dsn(t))
        return append(out, e, "MAIL FROM:<%s>%s\r\n", d->sender, body);
    if (!smtp_xtext_write(slice_of(d->envid), envid, sizeof envid))
        return error_set(e, ERROR_SYNTAX, "an ENVID of more than %d octets", ENVID_SIZE - 1);
    return append(out, e, "MAIL FROM:<%s> RET=HDRS ENVID=%s%s\r\n", d->sender, envid, body);
}

static int append_command(const struct smtp_transaction *t, size_t number, struct buffer *out, struct error *e)
{
    if (number == 0)
        return append_mail(t, out, e);
    if (number == data_number(t))
        return append(out, e, "DATA\r\n");
    return append(out, e, "RCPT TO:<%s>%s\r\n", t->delivery->recipients[number - 1].address,
        wants_dsn(t) ? " NOTIFY=FAILURE" : "");
}

/* The answer to a recipient, its words kept in the arena. Without memory the words are missing: what became of the message is
 * known all the same. */
static struct smtp_recipient answer_of(struct arena *arena, const struct smtp_reply *reply)
{
    static const enum smtp_fate fates[] = { [2] = SMTP_TAKEN, [4] = SMTP_DEFERRED, [5] = SMTP_REFUSED };
    char *text = arena_text(arena, (struct slice){ reply->text, reply->text_size });

    for (char *at = text; at && *at; at++)
        if (*at == '\n')
            *at = ' ';
    return (struct smtp_recipient){
        .fate = fates[reply->code / 100],
        .code = reply->code,
        .enhanced = reply->enhanced[0] ? arena_text(arena, slice_of(reply->enhanced)) : NULL,
        .text = text,
    };
}

static void settle(struct smtp_recipient *r, struct smtp_recipient answer)
{
    answer.address = r->address;
    *r = answer;
}

static int note_mail(struct smtp_transaction *t, const struct smtp_reply *reply, struct error *e)
{
    t->mail_code = reply->code;
    if (reply->code / 100 != 2)
        t->refused = smtp_connection_refused("MAIL", reply, e);
    return reply->code / 100 == 3 ? t->refused : 0;
}

static int note_recipient(struct smtp_transaction *t, size_t index, const struct smtp_reply *reply, struct error *e)
{
    int class = reply->code / 100;

    if (class == 3)
        return smtp_connection_refused("RCPT", reply, e);
    /* Without a sender each recipient is out of order. */
    if (t->refused)
        return 0;
    if (class == 2) {
        t->accepted[index] = true;
        t->accepted_count++;
    } else {
        settle(&t->delivery->recipients[index], answer_of(t->arena, reply));
        t->deferred |= class == 4;
    }
    return 0;
}

static int note_data(struct smtp_transaction *t, const struct smtp_reply *reply, struct error *e)
{
    bool expected = !t->refused && t->accepted_count;

    t->data_code = reply->code;
    /* RFC 2920 3.1: without a good recipient DATA should be refused; if it is not, the server waits for a message. */
    if (reply->code == 354) {
        t->broken = !expected;
        return 0;
    }
    if (reply->code / 100 < 4)
        return smtp_connection_refused("DATA", reply, e);
    if (expected)
        t->refused = smtp_connection_refused("DATA", reply, e);
    return 0;
}

static int note_reply(struct smtp_transaction *t, size_t number, const struct smtp_reply *reply, struct error *e)
{
    if (number == 0)
        return note_mail(t, reply, e);
    if (number == data_number(t))
        return note_data(t, reply, e);
    return note_recipient(t, number - 1, reply, e);
}

/* Write some commands, then read their replies: all of them, wanted or not. */
static int exchange(struct smtp_transaction *t, size_t first, size_t end, struct error *e)
{
    struct buffer out = buffer_new(COMMANDS_SIZE);
    struct smtp_reply reply;
    int result = 0;

    for (size_t i = first; i < end && result == 0; i++)
        result = append_command(t, i, &out, e);
    if (result == 0)
        result = smtp_connection_send(t->connection, buffer_data(&out), t->deadline_ms, e);
    for (size_t i = first; i < end && result == 0 && !t->connection->doomed; i++) {
        result = smtp_connection_reply(t->connection, t->deadline_ms, &reply, e);
        if (result == 0)
            result = note_reply(t, i, &reply, e);
    }
    buffer_free(&out);
    return result;
}

static bool may_say(const struct smtp_transaction *t, size_t number)
{
    if (t->refused || t->connection->doomed || (t->deferred && !is_lmtp(t)))
        return false;
    return number < data_number(t) || t->accepted_count;
}

/* With SMTP the data wait until all recipients are known, so that one who is deferred can still stop them. */
static size_t batch_end(const struct smtp_transaction *t, size_t first)
{
    size_t end = first + (t->connection->pipelining ? IN_FLIGHT_MAX : 1), data = data_number(t);

    if (first == data || (is_lmtp(t) && end > data))
        return data + 1;
    return end < data ? end : data;
}

static int say_commands(struct smtp_transaction *t, struct error *e)
{
    size_t end;

    for (size_t first = 0; first <= data_number(t) && may_say(t, first); first = end) {
        int result;

        end = batch_end(t, first);
        result = exchange(t, first, end, e);
        if (result != 0) {
            t->broken = true;
            return result;
        }
    }
    return t->refused;
}

/* Write it all. Just before the end mark goes out the line must be silent: what is said before it cannot be the answer to it. */
static int write_content(struct smtp_transaction *t, struct error *e)
{
    struct smtp_stuffing stuffing = smtp_stuffing_new(t->delivery->content);
    struct slice pieces[SMTP_STUFFING_PIECES];
    size_t count;

    while ((count = smtp_stuffing_next(&stuffing, pieces)) > 0) {
        struct rope part = { .pieces = pieces, .count = count };
        int result;

        if (stuffing.ended && !smtp_connection_is_quiet(t->connection))
            return error_set(e, ERROR_CLOSED, "the server did not wait for the end of the message");
        result = net_write_rope(t->connection->fd, &part, smtp_connection_step(t->connection, t->deadline_ms), e);
        if (result != 0)
            return result;
    }
    t->end_sent = true;
    return 0;
}

static int read_answer(struct smtp_transaction *t, int64_t deadline_ms, struct smtp_recipient *out, struct error *e)
{
    struct smtp_reply reply;
    int result = smtp_connection_reply(t->connection, deadline_ms, &reply, e);

    if (result != 0)
        return result;
    if (reply.code / 100 == 3 || (reply.code / 100 == 2 && !t->end_sent))
        return smtp_connection_refused("data", &reply, e);
    *out = answer_of(t->arena, &reply);
    return 0;
}

/* One answer for all that were accepted, or one for each in their order (RFC 2033 4.2). */
static int read_answers(struct smtp_transaction *t, int64_t deadline_ms, struct error *e)
{
    struct smtp_recipient answer = { 0 };
    size_t done = 0;

    for (size_t i = 0; done < t->accepted_count; i++) {
        if (!t->accepted[i])
            continue;
        if (done == 0 || is_lmtp(t)) {
            int result = t->connection->doomed ? error_set(e, ERROR_CLOSED, "the server said 421 before its other answers")
                                               : read_answer(t, deadline_ms, &answer, e);

            if (result != 0)
                return result;
        }
        settle(&t->delivery->recipients[i], answer);
        done++;
    }
    t->answered = true;
    return 0;
}

/* A server that stops reading may have said why. */
static int send_content(struct smtp_transaction *t, struct error *e)
{
    int result = write_content(t, e), late;

    if (result == 0) {
        result = read_answers(t, t->deadline_ms, e);
        t->broken = result != 0;
        return result;
    }
    t->broken = true;
    late = read_answers(t, result == ERROR_TIMEOUT ? clock_monotonic_ms() : t->deadline_ms, NULL);
    return late == 0 ? 0 : result;
}

/* 421 at a RCPT of LMTP: who has no answer yet will get none. */
static int left_over(const struct smtp_transaction *t, struct error *e)
{
    for (size_t i = 0; i < t->delivery->recipient_count; i++)
        if (t->delivery->recipients[i].fate == SMTP_UNTRIED)
            return error_set(e, ERROR_CLOSED, "the server said 421 to a recipient");
    return 0;
}

/* Leave the connection ready for the next transaction, or closed. */
static void tidy(struct smtp_transaction *t)
{
    struct smtp_reply reply;

    if (!t->broken && !t->connection->doomed) {
        if (t->answered)
            return;
        if (smtp_connection_ask(t->connection, "RSET", t->deadline_ms, &reply, NULL) == 0 && reply.code / 100 == 2)
            return;
    }
    smtp_connection_close(t->connection);
}

int smtp_transaction_run(struct smtp_transaction *t, struct error *e)
{
    int result;

    t->accepted = arena_array(t->arena, t->delivery->recipient_count, sizeof *t->accepted);
    if (!t->accepted)
        return error_set(e, ERROR_BUDGET, "no memory for %zu recipients", t->delivery->recipient_count);
    result = say_commands(t, e);
    if (result == 0 && t->connection->doomed && is_lmtp(t))
        result = left_over(t, e);
    else if (result == 0 && t->data_code == 354 && !t->broken)
        result = send_content(t, e);
    tidy(t);
    return result;
}
