/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A driver that sends messages over parallel SMTP sessions, as Postfix would, and tells how they were answered and how fast:
 *
 *   load [-s SESSIONS] [-m COUNT] [-e SECONDS] [-d] [-f SENDER] [-t RECIPIENT] [-E KEYS] -F FILE ADDRESS:PORT
 *
 * Messages are sent until COUNT of them are, or for SECONDS. -d keeps connections, else each message has its own. -E sends signed
 * envelopes (letter.h) and wants -m. The other letters are those of Postfix's smtp-source, in whose place this may stand; that one
 * sends one message time and again, which an engine that recognises a message carries out once.
 *
 * Prints one line; as smtp-source, like that one, only when something is wrong. Exit status 0 if every message was answered 2xx.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "letter.h"

enum { SESSIONS_MAX = 1000, INPUT_MAX = 4096, COMMAND_MAX = 2048, EVENTS = 64, OUT_MAX = LETTER_PIECES, WAIT_MS = 120000 };

/* What the session waits for. */
enum state { GREETING, HELLO, XFORWARD, ENVELOPE, CONTENT, QUIT };

struct session {
    int fd; /* -1 when there is nothing left to do */
    enum state state;
    bool has_letter, forwards, is_writing;
    int replies; /* to the pipelined commands, still to come */
    struct letter letter;
    char in[INPUT_MAX], command[COMMAND_MAX];
    size_t in_size;
    struct iovec out[OUT_MAX];
    size_t out_count, out_at;
};

struct load {
    struct letter_maker maker;
    struct sockaddr_in address;
    unsigned long count, begun;
    unsigned sessions, active;
    double seconds, start, last; /* last: when the latest answer came */
    bool keeps;
    int epoll;
    unsigned long answers[10], lost; /* by the first digit */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- writing ---------------------------------------------------------------------------------------------------------------- */

static void watch(struct load *l, struct session *s, int operation, bool writing)
{
    struct epoll_event event = { .events = EPOLLIN | (writing ? (unsigned)EPOLLOUT : 0), .data.ptr = s };

    s->is_writing = writing;
    epoll_ctl(l->epoll, operation, s->fd, &event);
}

/* False when the connection is lost. */
static bool flush(struct load *l, struct session *s)
{
    while (s->out_at < s->out_count) {
        ssize_t n = writev(s->fd, s->out + s->out_at, (int)(s->out_count - s->out_at));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        for (; s->out_at < s->out_count && (size_t)n >= s->out[s->out_at].iov_len; s->out_at++)
            n -= (ssize_t)s->out[s->out_at].iov_len;
        if (s->out_at < s->out_count) {
            s->out[s->out_at].iov_base = (char *)s->out[s->out_at].iov_base + n;
            s->out[s->out_at].iov_len -= (size_t)n;
        }
    }
    if (s->out_at < s->out_count && errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    if (s->is_writing != (s->out_at < s->out_count))
        watch(l, s, EPOLL_CTL_MOD, s->out_at < s->out_count);
    return true;
}

__attribute__((format(printf, 4, 5)))
static bool command(struct load *l, struct session *s, enum state next, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(s->command, sizeof s->command, format, args);
    va_end(args);
    if (n < 0 || n >= COMMAND_MAX)
        fail("addresses too long");
    s->state = next;
    s->out[0] = (struct iovec){ s->command, (size_t)n };
    s->out_at = 0;
    s->out_count = 1;
    return flush(l, s);
}

static bool send_content(struct load *l, struct session *s)
{
    memcpy(s->out, s->letter.pieces, s->letter.piece_count * sizeof s->out[0]);
    s->out_at = 0;
    s->out_count = s->letter.piece_count;
    s->state = CONTENT;
    return flush(l, s);
}

static bool send_envelope(struct load *l, struct session *s)
{
    s->replies = 3;
    return command(l, s, ENVELOPE, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", l->maker.sender, l->maker.recipient);
}

static bool send_letter(struct load *l, struct session *s)
{
    if (!s->forwards)
        return send_envelope(l, s);
    return command(l, s, XFORWARD,
                   "XFORWARD NAME=client.example ADDR=192.0.2.17 PROTO=ESMTP HELO=client.example IDENT=%s\r\n", s->letter.queue_id);
}

/* --- sessions --------------------------------------------------------------------------------------------------------------- */

/* The next message, unless all are begun or the time is over. */
static bool take_letter(struct load *l, struct session *s)
{
    if (l->begun >= l->count || (l->seconds > 0 && now() - l->start >= l->seconds))
        return false;
    letter_write(&l->maker, l->begun++, &s->letter);
    s->has_letter = true;
    return true;
}

static void settle(struct load *l, struct session *s, char first_digit)
{
    if (first_digit >= '0' && first_digit <= '9')
        l->answers[first_digit - '0']++;
    else
        l->lost++;
    l->last = now();
    s->has_letter = false;
}

static bool dial(struct load *l, struct session *s)
{
    int on = 1;

    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    s->state = GREETING;
    s->in_size = s->out_count = s->out_at = 0;
    s->forwards = false;
    if (s->fd < 0)
        fail("no socket is left");
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(s->fd, (struct sockaddr *)&l->address, sizeof l->address) != 0 && errno != EINPROGRESS)
        return false;
    watch(l, s, EPOLL_CTL_ADD, false);
    return true;
}

/* A connection is over; what it had in hand is lost. Begins the next one while there are messages. */
static void next_connection(struct load *l, struct session *s)
{
    do {
        if (s->fd >= 0)
            close(s->fd);
        s->fd = -1;
        if (s->has_letter)
            settle(l, s, '\0');
        if (!take_letter(l, s)) {
            l->active--;
            return;
        }
    } while (!dial(l, s));
}

/* --- answers ---------------------------------------------------------------------------------------------------------------- */

static bool after_answer(struct load *l, struct session *s, char digit)
{
    settle(l, s, digit);
    if (l->keeps && take_letter(l, s))
        return send_letter(l, s);
    return command(l, s, QUIT, "QUIT\r\n");
}

/* The last line of a reply. False when the connection is of no use any more. */
static bool on_reply(struct load *l, struct session *s, char digit)
{
    switch (s->state) {
    case GREETING:
        return digit == '2' && command(l, s, HELLO, "EHLO client.example\r\n");
    case HELLO:
        return digit == '2' && send_letter(l, s);
    case XFORWARD:
        return digit == '2' && send_envelope(l, s);
    case ENVELOPE:
        if (--s->replies > 0) {
            if (digit == '2')
                return true;
        } else if (digit == '3') {
            return send_content(l, s);
        }
        settle(l, s, digit);
        return false;
    case CONTENT:
        return after_answer(l, s, digit);
    case QUIT:
        break;
    }
    return false;
}

static bool on_line(struct load *l, struct session *s, const char *line, size_t size)
{
    if (s->state == HELLO && memmem(line, size, "XFORWARD", 8) && memmem(line, size, "IDENT", 5))
        s->forwards = true;
    if (size > 3 && line[3] == '-')
        return true;
    return on_reply(l, s, size > 0 ? line[0] : '\0');
}

static bool on_input(struct load *l, struct session *s)
{
    ssize_t n = read(s->fd, s->in + s->in_size, sizeof s->in - s->in_size);
    char *from = s->in, *end;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    s->in_size += (size_t)n;
    while ((end = memchr(from, '\n', (size_t)(s->in + s->in_size - from))) != NULL) {
        if (!on_line(l, s, from, (size_t)(end - from)))
            return false;
        from = end + 1;
    }
    s->in_size -= (size_t)(from - s->in);
    memmove(s->in, from, s->in_size);
    return s->in_size < sizeof s->in;
}

static void on_event(struct load *l, struct session *s, uint32_t events)
{
    bool goes_on = true;

    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        goes_on = on_input(l, s);
    else if (events & EPOLLOUT)
        goes_on = flush(l, s);
    if (!goes_on)
        next_connection(l, s);
}

/* --- the program ------------------------------------------------------------------------------------------------------------ */

static void run(struct load *l)
{
    struct session *sessions = calloc(l->sessions, sizeof *sessions);
    struct epoll_event events[EVENTS];

    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!sessions || l->epoll < 0)
        fail("out of memory");
    l->start = l->last = now();
    l->active = l->sessions;
    for (unsigned i = 0; i < l->sessions; i++) {
        sessions[i].fd = -1;
        next_connection(l, &sessions[i]);
    }
    while (l->active > 0) {
        int n = epoll_wait(l->epoll, events, EVENTS, WAIT_MS);

        if (n == 0)
            fail("no answer for two minutes");
        for (int i = 0; i < n; i++)
            on_event(l, events[i].data.ptr, events[i].events);
    }
    free(sessions);
    close(l->epoll);
}

static int report(const struct load *l)
{
    double seconds = l->last - l->start;
    unsigned long done = l->answers[2] + l->answers[4] + l->answers[5];
    bool is_well = l->begun > 0 && l->answers[2] == l->begun;

    if (!is_well || strcmp(program_invocation_short_name, "smtp-source") != 0)
        printf("messages=%lu seconds=%.3f rate=%.1f 2xx=%lu 4xx=%lu 5xx=%lu lost=%lu\n", l->begun, seconds,
               seconds > 0 ? (double)done / seconds : 0, l->answers[2], l->answers[4], l->answers[5], l->lost);
    return is_well ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int usage(void)
{
    fprintf(stderr, "usage: load [-s SESSIONS] [-m COUNT] [-e SECONDS] [-d] [-f SENDER] [-t RECIPIENT] [-E KEYS] -F FILE"
                    " ADDRESS:PORT\n");
    return 2;
}

static bool read_address(const char *text, struct sockaddr_in *out)
{
    const char *colon = text ? strrchr(text, ':') : NULL;
    char host[64];

    if (!colon)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    *out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)) };
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

int main(int argc, char **argv)
{
    const char *sender = "rossi@mittente.example", *recipient = "bianchi@destinatario.example", *file = NULL, *keys = NULL;
    struct load l = { .sessions = 8, .count = ULONG_MAX };
    int option;

    while ((option = getopt(argc, argv, "s:m:e:df:t:E:F:")) != -1)
        switch (option) {
        case 's': l.sessions = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'm': l.count = strtoul(optarg, NULL, 10); break;
        case 'e': l.seconds = strtod(optarg, NULL); break;
        case 'd': l.keeps = true; break;
        case 'f': sender = optarg; break;
        case 't': recipient = optarg; break;
        case 'E': keys = optarg; break;
        case 'F': file = optarg; break;
        default: return usage();
        }
    if (!file || !read_address(argv[optind], &l.address) || l.sessions == 0 || l.sessions > SESSIONS_MAX ||
        (l.count == ULONG_MAX && (l.seconds <= 0 || keys)))
        return usage();
    signal(SIGPIPE, SIG_IGN);
    letter_maker_open(&l.maker, sender, recipient, file);
    if (keys)
        letter_maker_certify(&l.maker, keys, l.count);
    run(&l);
    letter_maker_close(&l.maker);
    return report(&l);
}
