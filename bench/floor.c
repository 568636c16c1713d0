/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The floor: the least filter that does what cannot be avoided, to measure the program against. No parsing, policy, index, log or
 * store, nothing durable.
 *
 *   floor access|incoming LISTEN NEXT KEYS PROCESSES
 *   floor crypto access|incoming KEYS FILE COUNT
 *
 * access: an acceptance and a transport envelope are made and signed. incoming: the envelope is verified, goes on as it came, and
 * a take-charge and a delivery receipt with the message are made and signed. All of it is relayed to NEXT over one kept
 * connection, and only then comes the 250. LISTEN and NEXT are address:port. PROCESSES serve one connection each, blocking, with
 * the whole message in memory. crypto: the signatures alone, COUNT times over FILE, as microseconds of CPU for each message.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mail.h"

enum {
    READ_SIZE = 1024 * 1024,
    PIECES_AT_ONCE = 1000, /* of one writev, below IOV_MAX */
    COMMAND_MAX = 1024,
    BACKLOG = 512,
};

/* Bytes that were read and not used yet are data[used..size). */
struct stream {
    int fd;
    char *data;
    size_t used, size, room;
};

struct floor {
    bool is_incoming;
    const char *domain;
    struct identity identity;
    struct sockaddr_in next_address;
    struct stream next; /* the kept connection; fd -1 before the first message */
    struct signed_mail mails[2];
    unsigned long made;
};

struct envelope {
    char sender[MAIL_ADDRESS_MAX], recipient[MAIL_ADDRESS_MAX];
};

/* --- streams ---------------------------------------------------------------------------------------------------------------- */

static bool fill(struct stream *s)
{
    ssize_t n;

    if (s->room - s->size < READ_SIZE) {
        s->room = 2 * s->room + READ_SIZE;
        s->data = realloc(s->data, s->room);
        if (!s->data)
            fail("out of memory");
    }
    do
        n = read(s->fd, s->data + s->size, s->room - s->size);
    while (n < 0 && errno == EINTR);
    s->size += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* What was used gives its place to what comes. */
static void compact(struct stream *s)
{
    s->size -= s->used;
    memmove(s->data, s->data + s->used, s->size);
    s->used = 0;
}

/* The next line, with a NUL in place of its end; NULL at the end of the stream. */
static char *next_line(struct stream *s)
{
    char *end, *line;

    if (s->used && s->used == s->size)
        s->used = s->size = 0;
    while (s->used == s->size || !(end = memchr(s->data + s->used, '\n', s->size - s->used)))
        if (!fill(s))
            return NULL;
    *end = '\0';
    if (end > s->data + s->used && end[-1] == '\r')
        end[-1] = '\0';
    line = s->data + s->used;
    s->used = (size_t)(end - s->data) + 1;
    return line;
}

static bool send_pieces(int fd, struct iovec *pieces, size_t count)
{
    while (count > 0) {
        ssize_t n = writev(fd, pieces, (int)(count < PIECES_AT_ONCE ? count : PIECES_AT_ONCE));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        for (; count > 0 && (size_t)n >= pieces->iov_len; pieces++, count--)
            n -= (ssize_t)pieces->iov_len;
        if (count > 0) {
            pieces->iov_base = (char *)pieces->iov_base + n;
            pieces->iov_len -= (size_t)n;
        }
    }
    return true;
}

static bool say(int fd, const char *text)
{
    return send_pieces(fd, &(struct iovec){ (void *)(uintptr_t)text, strlen(text) }, 1);
}

/* --- the next hop ----------------------------------------------------------------------------------------------------------- */

static bool expect(struct stream *s, char class)
{
    char *line;

    do
        line = next_line(s);
    while (line && strlen(line) > 3 && line[3] == '-');
    return line && line[0] == class;
}

static bool dial(struct floor *f)
{
    int on = 1;

    f->next.fd = socket(AF_INET, SOCK_STREAM, 0);
    f->next.used = f->next.size = 0;
    if (f->next.fd < 0 || connect(f->next.fd, (struct sockaddr *)&f->next_address, sizeof f->next_address) != 0)
        return false;
    setsockopt(f->next.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return expect(&f->next, '2') && say(f->next.fd, "EHLO floor.example\r\n") && expect(&f->next, '2');
}

static struct iovec *room_for(struct iovec **list, size_t *room, size_t count)
{
    if (count + 4 > *room) {
        *room = 2 * *room + 64;
        *list = realloc(*list, *room * sizeof **list);
        if (!*list)
            fail("out of memory");
    }
    return *list + count;
}

/* Send the pieces with their dots doubled (RFC 5321 4.5.2), each of which begins at the start of a line. */
static bool send_content(int fd, const struct iovec *pieces, size_t count)
{
    static struct iovec *out;
    static size_t room;
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        char *from = pieces[i].iov_base, *end, *dot;

        if (pieces[i].iov_len == 0)
            continue;
        end = from + pieces[i].iov_len;
        while (from < end && (dot = memmem(from, (size_t)(end - from), "\n.", 2)) != NULL) {
            *room_for(&out, &room, n++) = (struct iovec){ from, (size_t)(dot + 2 - from) };
            from = dot + 1;
        }
        *room_for(&out, &room, n++) = (struct iovec){ from, (size_t)(end - from) };
    }
    *room_for(&out, &room, n++) = (struct iovec){ (char[]){ ".\r\n" }, 3 };
    return send_pieces(fd, out, n);
}

static bool relay(struct floor *f, const char *sender, const char *recipient, const struct iovec *pieces, size_t count)
{
    char commands[COMMAND_MAX];

    if (f->next.fd < 0 && !dial(f))
        return false;
    snprintf(commands, sizeof commands, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", sender, recipient);
    return say(f->next.fd, commands) && expect(&f->next, '2') && expect(&f->next, '2') && expect(&f->next, '3') &&
           send_content(f->next.fd, pieces, count) && expect(&f->next, '2');
}

/* --- a message -------------------------------------------------------------------------------------------------------------- */

static const struct signed_mail *make(struct floor *f, enum mail_kind kind, const struct envelope *e, struct iovec attached)
{
    struct signed_mail *out = &f->mails[kind == MAIL_ENVELOPE || kind == MAIL_DELIVERY];
    char id[80];

    snprintf(id, sizeof id, "floor.%d.%lu@%s", (int)getpid(), ++f->made, f->domain);
    mail_sign(&f->identity, &(struct mail_facts){ .kind = kind, .domain = f->domain, .sender = e->sender, .recipient = e->recipient,
                                                  .id = id, .attached = attached }, out);
    return out;
}

static bool process_access(struct floor *f, const struct envelope *e, struct iovec message)
{
    const struct signed_mail *acceptance = make(f, MAIL_ACCEPTANCE, e, (struct iovec){ 0 });
    const struct signed_mail *envelope = make(f, MAIL_ENVELOPE, e, message);

    return relay(f, e->sender, e->recipient, envelope->pieces, MAIL_PIECES) &&
           relay(f, "", e->sender, acceptance->pieces, MAIL_PIECES);
}

static bool process_incoming(struct floor *f, const struct envelope *e, struct iovec message)
{
    struct iovec attached;
    const struct signed_mail *taken, *delivery;

    if (!mail_verify(&f->identity, message, &attached))
        return false;
    taken = make(f, MAIL_TAKE_CHARGE, e, (struct iovec){ 0 });
    delivery = make(f, MAIL_DELIVERY, e, attached);
    return relay(f, "", e->sender, taken->pieces, MAIL_PIECES) && relay(f, e->sender, e->recipient, &message, 1) &&
           relay(f, "", e->sender, delivery->pieces, MAIL_PIECES);
}

/* --- a client --------------------------------------------------------------------------------------------------------------- */

/* The message without its end and its doubled dots, in the stream's memory, which it has for itself. */
static bool read_content(struct stream *s, struct iovec *out)
{
    size_t seen = 0;
    char *end, *from, *to, *dot;

    compact(s);
    while (s->size < 5 || !(end = memmem(s->data + seen, s->size - seen, "\r\n.\r\n", 5))) {
        seen = s->size > 4 ? s->size - 4 : 0;
        if (!fill(s))
            return false;
    }
    s->used = (size_t)(end + 5 - s->data);
    end += 2;
    from = to = s->data;
    while ((dot = memmem(from, (size_t)(end - from), "\n..", 3)) != NULL) {
        memmove(to, from, (size_t)(dot + 2 - from));
        to += dot + 2 - from;
        from = dot + 3;
    }
    if (to != from)
        memmove(to, from, (size_t)(end - from));
    *out = (struct iovec){ s->data, (size_t)(to + (end - from) - s->data) };
    return true;
}

static void read_path(const char *line, char out[MAIL_ADDRESS_MAX])
{
    const char *from = strchr(line, '<'), *end = from ? strchr(from, '>') : NULL;

    snprintf(out, MAIL_ADDRESS_MAX, "%.*s", end ? (int)(end - from - 1) : 0, from ? from + 1 : "");
}

static bool serve_data(struct floor *f, struct stream *s, const struct envelope *e)
{
    struct iovec message;
    bool done;

    if (!say(s->fd, "354 go on\r\n") || !read_content(s, &message))
        return false;
    done = f->is_incoming ? process_incoming(f, e, message) : process_access(f, e, message);
    return say(s->fd, done ? "250 2.0.0 Ok\r\n" : "451 4.3.0 Later\r\n");
}

static void serve(struct floor *f, struct stream *s)
{
    struct envelope e = { "", "" };
    bool goes_on = say(s->fd, "220 floor.example ESMTP\r\n");
    char *line;

    while (goes_on && (line = next_line(s)) != NULL) {
        if (strncasecmp(line, "EHLO", 4) == 0) {
            goes_on = say(s->fd, "250-floor.example\r\n250-PIPELINING\r\n250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\r\n"
                                 "250 SIZE\r\n");
        } else if (strncasecmp(line, "DATA", 4) == 0) {
            goes_on = serve_data(f, s, &e);
        } else if (strncasecmp(line, "QUIT", 4) == 0) {
            say(s->fd, "221 2.0.0 Bye\r\n");
            return;
        } else {
            if (strncasecmp(line, "MAIL", 4) == 0)
                read_path(line, e.sender);
            if (strncasecmp(line, "RCPT", 4) == 0)
                read_path(line, e.recipient);
            goes_on = say(s->fd, "250 2.0.0 Ok\r\n");
        }
    }
}

static _Noreturn void serve_all(struct floor *f, int listener)
{
    struct stream s = { 0 };
    int on = 1;

    for (;;) {
        s.fd = accept(listener, NULL, NULL);
        if (s.fd < 0)
            continue;
        s.used = s.size = 0;
        setsockopt(s.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        serve(f, &s);
        close(s.fd);
    }
}

/* --- the program ------------------------------------------------------------------------------------------------------------ */

static struct sockaddr_in address_of(const char *text)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    const char *colon = strrchr(text, ':');
    char host[64];

    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - text) : 0, text);
    if (!colon || inet_pton(AF_INET, host, &a.sin_addr) != 1)
        fail("an address is number:port");
    a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return a;
}

static int listen_on(const char *text)
{
    struct sockaddr_in a = address_of(text);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(fd, BACKLOG) != 0)
        fail("cannot listen");
    return fd;
}

/* The children end with their parent. */
static int run(struct floor *f, const char *where, const char *next, unsigned long processes)
{
    int listener = listen_on(where);

    f->next_address = address_of(next);
    f->next.fd = -1;
    signal(SIGPIPE, SIG_IGN);
    for (unsigned long i = 0; i < processes; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve_all(f, listener);
        }
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    return EXIT_FAILURE;
}

static double cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static struct iovec read_file(const char *path)
{
    struct stream s = { .fd = STDIN_FILENO };

    if (!freopen(path, "r", stdin))
        fail(path);
    while (fill(&s))
        ;
    return (struct iovec){ s.data, s.size };
}

static struct iovec flatten(const struct signed_mail *mail)
{
    struct iovec whole = { 0 };
    char *at;

    for (int i = 0; i < MAIL_PIECES; i++)
        whole.iov_len += mail->pieces[i].iov_len;
    whole.iov_base = at = malloc(whole.iov_len);
    if (!at)
        fail("out of memory");
    for (int i = 0; i < MAIL_PIECES; i++)
        at = mempcpy(at, mail->pieces[i].iov_base, mail->pieces[i].iov_len);
    return whole;
}

/* The signatures of one message and, at the incoming point, its verification. */
static int measure_crypto(struct floor *f, const char *path, unsigned long count)
{
    const struct envelope e = { "mittente@altro.example", "destinatario@gestore.example" };
    struct iovec message = read_file(path), attached = message, whole = flatten(make(f, MAIL_ENVELOPE, &e, message));
    double began = cpu_us();

    for (unsigned long i = 0; i < count; i++) {
        if (f->is_incoming && !mail_verify(&f->identity, whole, &attached))
            fail("an envelope of our own does not hold");
        make(f, f->is_incoming ? MAIL_TAKE_CHARGE : MAIL_ACCEPTANCE, &e, (struct iovec){ 0 });
        make(f, f->is_incoming ? MAIL_DELIVERY : MAIL_ENVELOPE, &e, attached);
    }
    printf("%.1f\n", (cpu_us() - began) / (double)count);
    free(whole.iov_base);
    free(message.iov_base);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct floor f; /* large */
    bool is_crypto = argc == 6 && strcmp(argv[1], "crypto") == 0;

    if (argc != 6) {
        fprintf(stderr, "usage: floor access|incoming LISTEN NEXT KEYS PROCESSES\n"
                        "       floor crypto access|incoming KEYS FILE COUNT\n");
        return 2;
    }
    f.is_incoming = strcmp(argv[is_crypto ? 2 : 1], "incoming") == 0;
    f.domain = "gestore.example";
    identity_load(argv[is_crypto ? 3 : 4], "signer", &f.identity);
    if (is_crypto)
        return measure_crypto(&f, argv[4], strtoul(argv[5], NULL, 10));
    return run(&f, argv[2], argv[3], strtoul(argv[5], NULL, 10));
}
