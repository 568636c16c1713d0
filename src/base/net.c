/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

enum { READ_SIZE = 64 * 1024, PIECES_AT_ONCE = 256, BACKLOG = 512 };

static bool read_port(struct slice s, char *out, size_t size)
{
    unsigned long long number;

    return slice_number(s, &number) && number >= 1 && number <= 65535 && text_copy(out, size, s);
}

int net_address_read(const char *text, struct net_address *out, struct error *e)
{
    struct net_address a = { 0 };
    struct slice rest = slice_of(text), host;
    size_t colon;

    if (!text_copy(a.text, sizeof a.text, rest))
        return error_set(e, ERROR_CONFIG, "\"%.40s...\" is too long for an address", text);
    if (slice_starts_nocase(rest, "unix:")) {
        a.local = true;
        rest = slice_skip(rest, 5);
        if (rest.size == 0 || rest.data[0] != '/' || !text_copy(a.path, sizeof a.path, rest))
            return error_set(e, ERROR_CONFIG, "\"%s\" is not unix:/PATH of at most %zu characters", text, sizeof a.path - 1);
        *out = a;
        return 0;
    }
    if (slice_starts_nocase(rest, "tcp:"))
        rest = slice_skip(rest, 4);
    for (colon = rest.size; colon > 0 && rest.data[colon - 1] != ':'; colon--)
        ;
    if (colon < 2 || !read_port(slice_skip(rest, colon), a.port, sizeof a.port))
        return error_set(e, ERROR_CONFIG, "\"%s\" is neither HOST:PORT nor unix:/PATH", text);
    host = (struct slice){ rest.data, colon - 1 };
    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        host = (struct slice){ host.data + 1, host.size - 2 };
    if (!text_copy(a.host, sizeof a.host, host))
        return error_set(e, ERROR_CONFIG, "\"%s\": the host name is too long", text);
    *out = a;
    return 0;
}

static int resolve(const struct net_address *address, int flags, struct addrinfo **out, struct error *e)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
    int problem = getaddrinfo(address->host, address->port, &hints, out);

    if (problem != 0)
        return error_set(e, ERROR_UNREACHABLE, "%s: %s", address->text, gai_strerror(problem));
    return 0;
}

/* The address of a socket file. */
static struct sockaddr_un local_address(const struct net_address *address)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };

    memcpy(sa.sun_path, address->path, strlen(address->path));
    return sa;
}

int net_wait(int fd, bool writing, int64_t deadline_ms, struct error *e)
{
    struct pollfd p = { .fd = fd, .events = writing ? POLLOUT : POLLIN };

    for (;;) {
        int left = clock_left_ms(deadline_ms), n = poll(&p, 1, left);

        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return error_set(e, ERROR_FILE, "poll: %s", strerror(errno));
        if (n == 0 && clock_left_ms(deadline_ms) == 0)
            return error_set(e, ERROR_TIMEOUT, "no answer in time");
    }
}

static int finish_connect(int fd, const struct sockaddr *sa, socklen_t size, int64_t deadline_ms, struct error *e)
{
    int problem = 0, result;
    socklen_t length = sizeof problem;

    if (connect(fd, sa, size) == 0)
        return 0;
    /* A local listener whose queue is full says EAGAIN at once. */
    if (errno != EINPROGRESS && errno != EINTR)
        return error_set(e, ERROR_UNREACHABLE, "%s", strerror(errno));
    result = net_wait(fd, true, deadline_ms, e);
    if (result != 0)
        return result;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) != 0)
        problem = errno;
    return problem ? error_set(e, ERROR_UNREACHABLE, "%s", strerror(problem)) : 0;
}

static int connect_one(int family, const struct sockaddr *sa, socklen_t size, int64_t deadline_ms, int *out_fd, struct error *e)
{
    int result, on = 1, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_set(e, ERROR_UNREACHABLE, "socket: %s", strerror(errno));
    result = finish_connect(fd, sa, size, deadline_ms, e);
    if (result != 0) {
        file_close(&fd);
        return result;
    }
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *out_fd = fd;
    return 0;
}

int net_connect(const struct net_address *address, int64_t deadline_ms, int *out_fd, struct error *e)
{
    struct addrinfo *list = NULL;
    int result;

    if (address->local) {
        struct sockaddr_un sa = local_address(address);

        result = connect_one(AF_UNIX, (struct sockaddr *)&sa, sizeof sa, deadline_ms, out_fd, e);
        return result ? error_prefix(e, result, "%s", address->text) : 0;
    }
    result = resolve(address, 0, &list, e);
    if (result != 0)
        return result;
    result = ERROR_UNREACHABLE;
    for (const struct addrinfo *a = list; a && result != 0; a = a->ai_next)
        result = connect_one(a->ai_family, a->ai_addr, a->ai_addrlen, deadline_ms, out_fd, e);
    freeaddrinfo(list);
    return result ? error_prefix(e, result, "%s", address->text) : 0;
}

static int listen_on(int family, const struct sockaddr *sa, socklen_t size, int *out_fd, struct error *e)
{
    int on = 1, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_set(e, ERROR_FILE, "socket: %s", strerror(errno));
    if (family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, sa, size) != 0 || listen(fd, BACKLOG) != 0) {
        int problem = errno;

        file_close(&fd);
        return error_set(e, problem == EADDRINUSE ? ERROR_BUSY : ERROR_FILE, "%s", strerror(problem));
    }
    *out_fd = fd;
    return 0;
}

/* A socket file that nobody listens on is left over from a crash. What is no socket, or answers in any other way than by refusing, is
 * not ours to remove. */
static bool is_stale(const struct net_address *address)
{
    struct sockaddr_un sa = local_address(address);
    struct stat st;
    bool is_refused;
    int fd;

    if (lstat(address->path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    is_refused = fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0 && errno == ECONNREFUSED;
    file_close(&fd);
    return is_refused;
}

/* Its mode is there from the first moment, and no name is followed to give it one. */
static int listen_local(const struct net_address *address, unsigned mode, int *out_fd, struct error *e)
{
    struct sockaddr_un sa = local_address(address);
    mode_t before;
    int result;

    if (is_stale(address))
        unlink(address->path);
    before = umask((mode_t)~mode & 0777);
    result = listen_on(AF_UNIX, (struct sockaddr *)&sa, sizeof sa, out_fd, e);
    umask(before);
    return result;
}

int net_listen(const struct net_address *address, unsigned mode, int *out_fd, struct error *e)
{
    struct addrinfo *list = NULL;
    int result;

    if (address->local) {
        result = listen_local(address, mode, out_fd, e);
        return result ? error_prefix(e, result, "%s", address->text) : 0;
    }
    result = resolve(address, AI_PASSIVE, &list, e);
    if (result != 0)
        return result;
    result = listen_on(list->ai_family, list->ai_addr, list->ai_addrlen, out_fd, e);
    freeaddrinfo(list);
    return result ? error_prefix(e, result, "%s", address->text) : 0;
}

static bool must_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Pieces from `from` on, the first one without its first `skipped` bytes, as far as one call takes. */
static size_t gather(const struct rope *r, size_t from, size_t skipped, struct iovec out[PIECES_AT_ONCE])
{
    size_t n = 0;

    for (size_t i = from; i < r->count && n < PIECES_AT_ONCE; i++, n++) {
        out[n].iov_base = (void *)(uintptr_t)(r->pieces[i].data + skipped);
        out[n].iov_len = r->pieces[i].size - skipped;
        skipped = 0;
    }
    return n;
}

static int send_some(int fd, struct iovec *pieces, size_t count, int64_t deadline_ms, size_t *out_sent, struct error *e)
{
    struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };

    for (;;) {
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        int result;

        if (n >= 0) {
            *out_sent = (size_t)n;
            return 0;
        }
        if (!must_wait())
            return error_set(e, ERROR_CLOSED, "write: %s", strerror(errno));
        result = net_wait(fd, true, deadline_ms, e);
        if (result != 0)
            return result;
    }
}

int net_write_rope(int fd, const struct rope *r, int64_t deadline_ms, struct error *e)
{
    size_t at = 0, skipped = 0;

    while (at < r->count) {
        struct iovec pieces[PIECES_AT_ONCE];
        size_t sent = 0, n = gather(r, at, skipped, pieces);
        int result = send_some(fd, pieces, n, deadline_ms, &sent, e);

        if (result != 0)
            return result;
        sent += skipped;
        while (at < r->count && sent >= r->pieces[at].size)
            sent -= r->pieces[at++].size;
        skipped = sent;
    }
    return 0;
}

int net_write(int fd, struct slice s, int64_t deadline_ms, struct error *e)
{
    struct rope r = { .pieces = &s, .count = s.size ? 1 : 0, .size = s.size };

    return net_write_rope(fd, &r, deadline_ms, e);
}

int net_fill(int fd, struct buffer *in, int64_t deadline_ms, struct error *e)
{
    size_t room;
    char *at = buffer_reserve(in, READ_SIZE, &room);

    if (!at)
        return error_set(e, ERROR_LIMIT, "answer too long");
    for (;;) {
        ssize_t n = recv(fd, at, room, 0);
        int result;

        if (n > 0) {
            buffer_commit(in, (size_t)n);
            return 0;
        }
        if (n == 0)
            return error_set(e, ERROR_CLOSED, "the connection was closed");
        if (!must_wait())
            return error_set(e, ERROR_CLOSED, "read: %s", strerror(errno));
        result = net_wait(fd, false, deadline_ms, e);
        if (result != 0)
            return result;
    }
}
