/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/net.h"
#include "base/text.h"
#include "base/wire.h"

int channel_pair(int out_fds[2], struct error *e)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0)
        return error_set(e, ERROR_MEMORY, "socketpair: %s", strerror(errno));
    out_fds[0] = fds[0];
    out_fds[1] = fds[1];
    return 0;
}

int channel_send_fd(int socket, const void *data, size_t size, int fd, struct error *e)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec piece = { (void *)(uintptr_t)data, size };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    ssize_t n;

    if (fd >= 0) {
        struct cmsghdr *c;

        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    do
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)size)
        return 0;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return error_set(e, ERROR_BUSY, "the channel is full");
    return error_set(e, ERROR_CLOSED, "%s", n < 0 ? strerror(errno) : "short message");
}

/* Every descriptor that came; all but the first are closed: nobody sends more. */
static int take_descriptor(struct msghdr *message)
{
    int first = -1;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        size_t count = c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (first < 0)
                first = fd;
            else
                close(fd);
        }
    }
    return first;
}

int channel_receive_fd(int socket, void *data, size_t size, size_t *out_size, int *out_fd, struct error *e)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control = { 0 };
    struct iovec piece = { data, size };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    ssize_t n;

    do
        n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return error_set(e, ERROR_BUSY, "nothing is there");
    if (n <= 0)
        return error_set(e, ERROR_CLOSED, "%s", n < 0 ? strerror(errno) : "the channel was closed");
    *out_fd = take_descriptor(&message);
    *out_size = (size_t)n;
    return 0;
}

/* --- jobs and results ------------------------------------------------------------------------------------------------------- */

static void job_visit(struct wire *w, struct channel_job *job)
{
    int kind = (int)job->task.kind;

    wire_bool(w, &job->is_notice);
    wire_u64(w, &job->message_size);
    wire_u64(w, &job->task.id);
    wire_enum(w, &kind, TASK_SECOND_NOTICE + 1);
    job->task.kind = (enum task_kind)kind;
    wire_i64(w, &job->task.due);
    wire_u64(w, &job->task.transaction);
    wire_text(w, &job->task.address);
}

static void result_visit(struct wire *w, struct channel_result *r)
{
    struct slice reply = slice_of(r->reply);

    wire_bool(w, &r->is_answer);
    wire_bool(w, &r->is_last);
    wire_int(w, &r->error);
    wire_slice(w, &reply);
    if (wire_reads(w) && wire_ok(w) && !text_copy(r->reply, sizeof r->reply, reply))
        wire_fail(w);
}

int channel_send_job(int channel, const struct channel_job *job, int fd, struct error *e)
{
    struct buffer out = buffer_new(CHANNEL_MESSAGE_MAX);
    struct wire w = wire_writer(&out);
    struct channel_job written = *job;
    struct slice data;
    int result;

    job_visit(&w, &written);
    data = buffer_data(&out);
    result = wire_ok(&w) ? channel_send_fd(channel, data.data, data.size, fd, e) : error_set(e, ERROR_LIMIT, "the job is too large");
    buffer_free(&out);
    return result;
}

int channel_receive_job(int channel, struct arena *arena, struct channel_job *out, int *out_fd, int64_t deadline_ms, struct error *e)
{
    char bytes[CHANNEL_MESSAGE_MAX];
    struct channel_job job = { 0 };
    struct wire w;
    size_t size;
    int fd = -1, result = net_wait(channel, false, deadline_ms, e);

    if (result == 0)
        result = channel_receive_fd(channel, bytes, sizeof bytes, &size, &fd, e);
    if (result != 0)
        return result;
    w = wire_reader((struct slice){ bytes, size }, arena);
    job_visit(&w, &job);
    if (!wire_done(&w)) {
        if (fd >= 0)
            close(fd);
        return error_set(e, ERROR_PROTOCOL, "a malformed job");
    }
    *out = job;
    *out_fd = fd;
    return 0;
}

int channel_send_result(int channel, const struct channel_result *result, struct error *e)
{
    struct buffer out = buffer_new(CHANNEL_MESSAGE_MAX);
    struct wire w = wire_writer(&out);
    struct channel_result written = *result;
    struct slice data;
    int sent;

    result_visit(&w, &written);
    data = buffer_data(&out);
    sent = wire_ok(&w) ? channel_send_fd(channel, data.data, data.size, -1, e) : error_set(e, ERROR_LIMIT, "the result is too large");
    buffer_free(&out);
    return sent;
}

int channel_receive_result(int channel, struct channel_result *out, struct error *e)
{
    char bytes[CHANNEL_MESSAGE_MAX];
    struct channel_result result = { 0 };
    struct wire w;
    size_t size;
    int fd = -1, received = channel_receive_fd(channel, bytes, sizeof bytes, &size, &fd, e);

    if (received != 0)
        return received;
    if (fd >= 0)
        close(fd);
    w = wire_reader((struct slice){ bytes, size }, NULL);
    result_visit(&w, &result);
    if (!wire_done(&w))
        return error_set(e, ERROR_PROTOCOL, "a malformed result");
    *out = result;
    return 0;
}
