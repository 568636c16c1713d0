/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "process/channel.h"

enum { BUDGET = 1 << 16, PATIENCE_MS = 2000 };

struct pair {
    int fds[2];
    struct arena *arena;
    size_t open_before;
};

static size_t open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static int set_up(void **state)
{
    static struct pair p;

    p.open_before = open_descriptors();
    p.arena = arena_new(BUDGET);
    *state = &p;
    return channel_pair(p.fds, NULL);
}

/* No descriptor is left open by whatever came. */
static int tear_down(void **state)
{
    struct pair *p = *state;

    close(p->fds[0]);
    close(p->fds[1]);
    arena_free(&p->arena);
    return open_descriptors() == p->open_before ? 0 : -1;
}

static int64_t soon(void)
{
    return clock_monotonic_ms() + PATIENCE_MS;
}

static int file_with(const char *text)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static void a_job_comes_with_its_file(void **state)
{
    struct pair *p = *state;
    const struct channel_job job = { .message_size = 0x123456789a };
    struct channel_job back;
    char text[16] = "";
    int file = file_with("message"), fd;

    assert_int_equal(channel_send_job(p->fds[0], &job, file, NULL), 0);
    close(file);
    assert_int_equal(channel_receive_job(p->fds[1], p->arena, &back, &fd, soon(), NULL), 0);
    assert_false(back.is_notice);
    assert_true(back.message_size == job.message_size);
    assert_int_equal(pread(fd, text, sizeof text - 1, 0), 7);
    assert_string_equal(text, "message");
    close(fd);
}

static void a_notice_comes_whole(void **state)
{
    struct pair *p = *state;
    const struct channel_job job = { .is_notice = true,
                                     .task = { .id = 7, .kind = TASK_SECOND_NOTICE, .due = -3, .transaction = UINT64_MAX, .address = "a@x" } };
    struct channel_job back;
    int fd = 5;

    assert_int_equal(channel_send_job(p->fds[0], &job, -1, NULL), 0);
    assert_int_equal(channel_receive_job(p->fds[1], p->arena, &back, &fd, soon(), NULL), 0);
    assert_int_equal(fd, -1);
    assert_true(back.is_notice && back.task.id == 7 && back.task.kind == TASK_SECOND_NOTICE && back.task.due == -3);
    assert_true(back.task.transaction == UINT64_MAX);
    assert_string_equal(back.task.address, "a@x");
}

static void messages_keep_their_borders(void **state)
{
    struct pair *p = *state;
    struct channel_job job = { .message_size = 1 }, back;
    int fd;

    for (job.message_size = 1; job.message_size <= 5; job.message_size++)
        assert_int_equal(channel_send_job(p->fds[0], &job, -1, NULL), 0);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(channel_receive_job(p->fds[1], p->arena, &back, &fd, soon(), NULL), 0);
        assert_true(back.message_size == i);
    }
}

static void a_result_comes_whole(void **state)
{
    struct pair *p = *state;
    struct channel_result result = { .is_answer = true, .is_last = true, .error = ERROR_DEFERRED }, back;

    memset(result.reply, 'x', sizeof result.reply - 1);
    assert_int_equal(channel_send_result(p->fds[1], &result, NULL), 0);
    assert_int_equal(channel_receive_result(p->fds[0], &back, NULL), 0);
    assert_true(back.is_answer && back.is_last && back.error == ERROR_DEFERRED);
    assert_string_equal(back.reply, result.reply);
}

static void the_receiver_never_waits(void **state)
{
    struct pair *p = *state;
    const struct channel_job job = { .message_size = 1 };
    struct channel_result result;
    int sent, i;

    assert_int_equal(channel_receive_result(p->fds[0], &result, NULL), ERROR_BUSY);
    for (i = 0; (sent = channel_send_job(p->fds[0], &job, -1, NULL)) == 0 && i < 1000000; i++)
        ;
    assert_int_equal(sent, ERROR_BUSY);
}

static void a_worker_waits_so_long_and_no_longer(void **state)
{
    struct pair *p = *state;
    struct channel_job job;
    int64_t began = clock_monotonic_ms();
    int fd;

    assert_int_equal(channel_receive_job(p->fds[1], p->arena, &job, &fd, began + 50, NULL), ERROR_TIMEOUT);
    assert_in_range(clock_monotonic_ms() - began, 50, 1000);
}

static void the_end_of_the_other_is_seen(void **state)
{
    struct pair *p = *state;
    const struct channel_job job = { .message_size = 1 };
    struct channel_job back;
    struct channel_result result;
    int fd;

    close(p->fds[0]);
    assert_int_equal(channel_receive_job(p->fds[1], p->arena, &back, &fd, soon(), NULL), ERROR_CLOSED);
    assert_int_equal(channel_receive_result(p->fds[1], &result, NULL), ERROR_CLOSED);
    assert_int_equal(channel_send_job(p->fds[1], &job, -1, NULL), ERROR_CLOSED);
    p->fds[0] = dup(p->fds[1]);
}

/* A process whose memory has been taken over may say anything. */
static void what_is_malformed_is_refused_and_its_file_closed(void **state)
{
    struct pair *p = *state;
    struct channel_job job;
    struct channel_result result;
    char bytes[256] = { 0 };
    int file = file_with("x"), fd;

    for (size_t size = 1; size < sizeof bytes; size += 13) {
        memset(bytes, size % 2 ? 0xff : 0, sizeof bytes);
        assert_int_equal(channel_send_fd(p->fds[0], bytes, size, file, NULL), 0);
        assert_int_equal(channel_receive_job(p->fds[1], p->arena, &job, &fd, soon(), NULL), ERROR_PROTOCOL);
        assert_int_equal(channel_send_fd(p->fds[1], bytes, size, file, NULL), 0);
        assert_int_equal(channel_receive_result(p->fds[0], &result, NULL), ERROR_PROTOCOL);
    }
    close(file);
}

static void a_reply_beyond_its_place_is_refused(void **state)
{
    struct pair *p = *state;
    char bytes[1 + 1 + 4 + 4 + FLOW_REPLY_SIZE] = { 1, 0, 0, 0, 0, 0, 0, 0, FLOW_REPLY_SIZE >> 8, FLOW_REPLY_SIZE & 0xff };
    struct channel_result result;

    memset(bytes + 10, 'x', FLOW_REPLY_SIZE);
    assert_int_equal(channel_send_fd(p->fds[1], bytes, sizeof bytes, -1, NULL), 0);
    assert_int_equal(channel_receive_result(p->fds[0], &result, NULL), ERROR_PROTOCOL);
}

/* Nobody sends more than one; who does gets rid of none of ours. */
static void of_several_descriptors_the_first_is_taken(void **state)
{
    struct pair *p = *state;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control = { 0 };
    char byte = 'x', text[4] = "";
    struct iovec piece = { &byte, 1 };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int files[3] = { file_with("one"), file_with("two"), file_with("three") }, fd;
    size_t size;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof files);
    memcpy(CMSG_DATA(c), files, sizeof files);
    assert_int_equal(sendmsg(p->fds[0], &message, 0), 1);
    for (int i = 0; i < 3; i++)
        close(files[i]);
    assert_int_equal(channel_receive_fd(p->fds[1], &byte, 1, &size, &fd, NULL), 0);
    assert_int_equal(pread(fd, text, 3, 0), 3);
    assert_string_equal(text, "one");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_job_comes_with_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_notice_comes_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_keep_their_borders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_result_comes_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_receiver_never_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_waits_so_long_and_no_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_the_other_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_malformed_is_refused_and_its_file_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_beyond_its_place_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_several_descriptors_the_first_is_taken, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
