/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each command does. The table at the end is the one place that knows their order.
 */
#include <string.h>

#include "smtp/session_private.h"

enum argument_rule { ARGUMENT_NONE, ARGUMENT_ANY, ARGUMENT_NEEDED };

struct command {
    const char *verb;
    unsigned states; /* in which it is good */
    enum argument_rule argument;
    void (*run)(struct smtp_session *s, struct slice argument);
};

/* RFC 5321 4.1.1.1: one word. Its form is not judged: the client is our own Postfix, the name is used for logs alone. */
static bool hello(struct smtp_session *s, struct slice name)
{
    if (slice_find_byte(name, ' ') < name.size) {
        session_fault(s, "501 5.5.4 One host name is wanted");
        return false;
    }
    session_end_transaction(s);
    session_neutral(name, s->helo, sizeof s->helo);
    session_enter(s, SESSION_READY);
    return true;
}

static void run_ehlo(struct smtp_session *s, struct slice argument)
{
    if (!hello(s, argument))
        return;
    session_print(s, "250-%s\r\n250-PIPELINING\r\n250-SIZE %llu\r\n", s->settings.hostname,
        (unsigned long long)s->settings.size_max);
    if (s->settings.eight_bit_mime)
        session_print(s, "250-8BITMIME\r\n");
    session_print(s, "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n");
}

static void run_helo(struct smtp_session *s, struct slice argument)
{
    if (hello(s, argument))
        session_print(s, "250 %s\r\n", s->settings.hostname);
}

static void run_xforward(struct smtp_session *s, struct slice argument)
{
    if (session_forward_read(argument, &s->forward))
        session_say(s, "250 2.0.0 Ok");
    else
        session_fault(s, "501 5.5.4 Malformed XFORWARD");
}

static const char *take_sender(struct smtp_session *s, struct slice address)
{
    const char *sender, *refusal;

    /* A sender who was refused has left his address there. */
    arena_reset(s->arena);
    sender = arena_text(s->arena, address);
    if (!sender)
        return "451 4.3.0 Out of memory, try again later";
    refusal = s->owner.sender(s->owner.arg, sender);
    if (refusal)
        return refusal;
    s->envelope.sender = sender;
    s->open = true;
    return NULL;
}

/* MAIL or RCPT is not taken, and what was pipelined behind it will come out of order. A word that is not understood is a fault
 * of the client. An address is what its users wrote: a row of malformed ones must not end in a 421 that defers the good ones. */
static void refuse(struct smtp_session *s, const char *reply)
{
    s->excused = true;
    if (strncmp(reply, "501 5.5", 7) == 0 || strncmp(reply, "555", 3) == 0)
        session_fault(s, reply);
    else
        session_say(s, reply);
}

/* The owner is asked only once all of the command has been found good. */
static void run_mail(struct smtp_session *s, struct slice argument)
{
    const char *refusal = "501 5.1.7 Malformed sender: MAIL FROM:<address>";
    struct smtp_path path;

    if (smtp_path_read(argument, "FROM:", true, &path)) {
        refusal = session_mail_parameters(s, &path);
        if (!refusal)
            refusal = take_sender(s, path.address);
    }
    if (refusal) {
        refuse(s, refusal);
        return;
    }
    s->excused = false;
    session_enter(s, SESSION_SENDER);
    session_say(s, "250 2.1.0 Ok");
}

/* The list is grown by doubling, in the arena: what is left behind is never more than what is used. */
static bool add_recipient(struct smtp_session *s, const char *address)
{
    struct smtp_envelope *e = &s->envelope;

    if (e->recipient_count == s->recipient_capacity) {
        size_t capacity = s->recipient_capacity ? s->recipient_capacity * 2 : 16;
        const char **grown = arena_array(s->arena, capacity, sizeof *grown);

        if (!grown)
            return false;
        if (e->recipient_count)
            memcpy(grown, e->recipients, e->recipient_count * sizeof *grown);
        e->recipients = grown;
        s->recipient_capacity = capacity;
    }
    e->recipients[e->recipient_count++] = address;
    return true;
}

/* RFC 5321 4.5.3.1.10: 452 for too many, and the client sends the rest in another transaction. */
static const char *take_recipient(struct smtp_session *s, struct slice address)
{
    const char *recipient, *refusal;

    if (s->envelope.recipient_count >= s->settings.recipients_max)
        return "452 4.5.3 Too many recipients";
    recipient = arena_text(s->arena, address);
    if (!recipient)
        return "452 4.5.3 Too many recipients";
    refusal = s->owner.recipient(s->owner.arg, recipient);
    if (refusal)
        return refusal;
    return add_recipient(s, recipient) ? NULL : "452 4.5.3 Too many recipients";
}

static void run_rcpt(struct smtp_session *s, struct slice argument)
{
    const char *refusal = "501 5.1.3 Malformed recipient: RCPT TO:<address>";
    struct smtp_path path;

    if (smtp_path_read(argument, "TO:", false, &path)) {
        refusal = session_recipient_parameters(s, &path);
        if (!refusal)
            refusal = take_recipient(s, path.address);
    }
    if (refusal) {
        refuse(s, refusal);
        return;
    }
    session_enter(s, SESSION_RECIPIENTS);
    session_say(s, "250 2.1.5 Ok");
}

static void run_data(struct smtp_session *s, struct slice argument)
{
    const char *refusal = s->owner.data_begin(s->owner.arg);

    (void)argument;
    if (refusal) {
        session_say(s, refusal);
        session_end_transaction(s);
        return;
    }
    session_say(s, "354 End data with <CR><LF>.<CR><LF>");
    session_data_begin(s);
    session_enter(s, SESSION_DATA);
}

static void run_rset(struct smtp_session *s, struct slice argument)
{
    (void)argument;
    session_end_transaction(s);
    session_say(s, "250 2.0.0 Ok");
}

static void run_noop(struct smtp_session *s, struct slice argument)
{
    (void)argument;
    session_say(s, "250 2.0.0 Ok");
}

static void run_vrfy(struct smtp_session *s, struct slice argument)
{
    (void)argument;
    session_say(s, "252 2.5.0 Cannot tell, but a message for this user is tried");
}

static void run_help(struct smtp_session *s, struct slice argument)
{
    (void)argument;
    session_say(s, "214 2.0.0 See RFC 5321");
}

static void run_quit(struct smtp_session *s, struct slice argument)
{
    (void)argument;
    session_say(s, "221 2.0.0 Bye");
    session_enter(s, SESSION_CLOSING);
}

enum {
    GREETED = SESSION_READY | SESSION_SENDER | SESSION_RECIPIENTS,
    ANY_TIME = SESSION_CONNECTED | GREETED,
};

static const struct command commands[] = {
    { "EHLO", ANY_TIME, ARGUMENT_NEEDED, run_ehlo },
    { "HELO", ANY_TIME, ARGUMENT_NEEDED, run_helo },
    { "XFORWARD", SESSION_READY, ARGUMENT_NEEDED, run_xforward },
    { "MAIL", SESSION_READY, ARGUMENT_NEEDED, run_mail },
    { "RCPT", SESSION_SENDER | SESSION_RECIPIENTS, ARGUMENT_NEEDED, run_rcpt },
    { "DATA", SESSION_RECIPIENTS, ARGUMENT_NONE, run_data },
    { "RSET", ANY_TIME, ARGUMENT_NONE, run_rset },
    { "NOOP", ANY_TIME, ARGUMENT_ANY, run_noop },
    { "VRFY", ANY_TIME, ARGUMENT_NEEDED, run_vrfy },
    { "HELP", ANY_TIME, ARGUMENT_ANY, run_help },
    { "QUIT", ANY_TIME, ARGUMENT_NONE, run_quit },
};

static const struct command *find_command(struct slice verb)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (slice_is_nocase(verb, commands[i].verb))
            return &commands[i];
    return NULL;
}

/* RFC 2920 3.1: a client may have sent RCPT and DATA before it saw its MAIL refused. */
static void out_of_order(struct smtp_session *s)
{
    if (s->excused)
        session_say(s, "503 5.5.1 Bad sequence of commands");
    else
        session_fault(s, "503 5.5.1 Bad sequence of commands");
}

void session_command(struct smtp_session *s, struct slice line)
{
    struct slice verb, argument = line;
    const struct command *command;

    slice_cut(&argument, ' ', &verb);
    argument = slice_trim(argument);
    command = find_command(verb);
    if (!command)
        session_fault(s, "500 5.5.1 Unknown command");
    else if (!(command->states & s->state))
        out_of_order(s);
    else if (command->argument == ARGUMENT_NONE && argument.size)
        session_fault(s, "501 5.5.4 No argument allowed");
    else if (command->argument == ARGUMENT_NEEDED && argument.size == 0)
        session_fault(s, "501 5.5.4 An argument is needed");
    else
        command->run(s, argument);
}
