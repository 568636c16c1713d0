/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "letter.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Head and tail of an envelope, in one block. */
struct certified {
    char *bytes;
    size_t head, tail;
};

static void *take_memory(size_t size)
{
    void *memory = malloc(size ? size : 1);

    if (!memory)
        fail("out of memory");
    return memory;
}

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

static bool is_written_anew(const char *line)
{
    static const char *const names[] = { "From:", "To:", "Cc:", "Message-ID:" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The file's lines with CRLF ends, in which every byte may have become two. */
static void read_message(FILE *file, struct iovec *out)
{
    bool in_header = true, is_left_out = false;
    char *line = NULL, *at;
    size_t room = 0;
    ssize_t n;
    long size;

    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        fail("the message cannot be read");
    out->iov_base = at = take_memory(2 * (size_t)size + 2);
    while ((n = getline(&line, &room, file)) > 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        in_header = in_header && n > 0;
        is_left_out = in_header && (line[0] == ' ' || line[0] == '\t' ? is_left_out : is_written_anew(line));
        if (is_left_out)
            continue;
        memcpy(at, line, (size_t)n);
        memcpy(at + n, "\r\n", 2);
        at += n + 2;
    }
    free(line);
    out->iov_len = (size_t)(at - (char *)out->iov_base);
}

/* RFC 5321 4.5.2. */
static struct iovec stuff(struct iovec plain)
{
    char *from = plain.iov_base, *end = from + plain.iov_len, *dot, *memory = take_memory(2 * plain.iov_len), *at = memory;

    while (from < end && (dot = memmem(from, (size_t)(end - from), "\n.", 2)) != NULL) {
        at = mempcpy(at, from, (size_t)(dot + 2 - from));
        from = dot + 1;
    }
    at = mempcpy(at, from, (size_t)(end - from));
    return (struct iovec){ memory, (size_t)(at - memory) };
}

void letter_maker_open(struct letter_maker *m, const char *sender, const char *recipient, const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned run;

    if (!file || getrandom(&run, sizeof run, 0) != sizeof run)
        fail(path);
    *m = (struct letter_maker){ .sender = sender, .recipient = recipient, .run = run };
    read_message(file, &m->plain);
    fclose(file);
    m->stuffed = stuff(m->plain);
}

void letter_maker_close(struct letter_maker *m)
{
    for (size_t i = 0; i < m->certified_count; i++)
        free(m->certified[i].bytes);
    free(m->certified);
    free(m->plain.iov_base);
    free(m->stuffed.iov_base);
}

/* --- certified letters ------------------------------------------------------------------------------------------------------ */

/* In the header of what is sent or, in an envelope, of what the envelope holds: so the message has what a message must have. */
static void add_authors(struct letter_maker *m)
{
    size_t room = 2 * MAIL_ADDRESS_MAX + 32 + m->plain.iov_len;
    char *whole = take_memory(room);
    int n = snprintf(whole, room, "From: <%s>\r\nTo: <%s>\r\n", m->sender, m->recipient);

    memcpy(whole + n, m->plain.iov_base, m->plain.iov_len);
    free(m->plain.iov_base);
    m->plain = (struct iovec){ whole, (size_t)n + m->plain.iov_len };
    free(m->stuffed.iov_base);
    m->stuffed = stuff(m->plain);
}

void letter_maker_certify(struct letter_maker *m, const char *keys, size_t count)
{
    static struct signed_mail mail; /* large */
    const char *at = strchr(m->sender, '@');
    struct identity who;
    char id[100];

    if (!at)
        fail("the sender of an envelope has no domain");
    identity_load(keys, "other", &who);
    add_authors(m);
    m->certified = take_memory(count * sizeof *m->certified);
    m->certified_count = count;
    for (size_t i = 0; i < count; i++) {
        struct certified *c = &m->certified[i];

        snprintf(id, sizeof id, "bench.%08lx.%zu%s", m->run, i, at);
        mail_sign(&who, &(struct mail_facts){ .kind = MAIL_ENVELOPE, .domain = at + 1, .sender = m->sender,
                                              .recipient = m->recipient, .id = id, .attached = m->plain }, &mail);
        *c = (struct certified){ .head = mail.pieces[0].iov_len, .tail = mail.pieces[2].iov_len };
        c->bytes = take_memory(c->head + c->tail);
        memcpy(c->bytes, mail.pieces[0].iov_base, c->head);
        memcpy(c->bytes + c->head, mail.pieces[2].iov_base, c->tail);
    }
    identity_free(&who);
}

/* --- writing ---------------------------------------------------------------------------------------------------------------- */

void letter_write(const struct letter_maker *m, unsigned long number, struct letter *out)
{
    const struct certified *c = m->certified ? &m->certified[number] : NULL;
    static char end[] = ".\r\n";
    int n;

    snprintf(out->queue_id, sizeof out->queue_id, "4%08lX%06lX", m->run, number);
    n = snprintf(out->first, sizeof out->first,
                 "Received: from client.example (client.example [192.0.2.17])\r\n\tby mail.gestore.example (Postfix)"
                 " with ESMTPSA id %s\r\n\tfor <%s>; Mon,  2 Nov 2026 10:11:12 +0100 (CET)\r\n",
                 out->queue_id, m->recipient);
    if (!c && n > 0 && n < LETTER_FIRST_MAX)
        n += snprintf(out->first + n, sizeof out->first - (size_t)n,
                      "From: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s@client.example>\r\n", m->sender, m->recipient, out->queue_id);
    if (n < 0 || n >= LETTER_FIRST_MAX)
        fail("addresses too long");
    out->piece_count = 0;
    out->pieces[out->piece_count++] = (struct iovec){ out->first, (size_t)n };
    if (c)
        out->pieces[out->piece_count++] = (struct iovec){ c->bytes, c->head };
    out->pieces[out->piece_count++] = m->stuffed;
    if (c)
        out->pieces[out->piece_count++] = (struct iovec){ c->bytes + c->head, c->tail };
    out->pieces[out->piece_count++] = (struct iovec){ end, sizeof end - 1 };
}
