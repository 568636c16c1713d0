/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the kernel refuses a signer process, and what it must not refuse. Each case is a process of its own, since there is no way back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/sandbox.h"

/* What a call comes to in the sandbox: 0 or errno. */
typedef int attempt(void);

static int result_of(long answer)
{
    return answer < 0 ? errno : 0;
}

static int local_socket(void)
{
    int pair[2];

    return result_of(socket(AF_UNIX, SOCK_STREAM, 0)) + result_of(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int network_socket(void)
{
    return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int network_socket_6(void)
{
    return result_of(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int program(void)
{
    char name[] = "true", *words[] = { name, NULL };

    return result_of(execv("/bin/true", words));
}

static int trace(void)
{
    return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int ring(void)
{
    return result_of(syscall(SYS_io_uring_setup, 1, NULL));
}

static void *attempt_in_thread(void *arg)
{
    int *pipe_ends = arg;
    char byte;
    static int found;

    if (read(pipe_ends[0], &byte, 1) != 1) /* until the sandbox is closed */
        return NULL;
    found = network_socket();
    return &found;
}

static int memory_and_threads(void)
{
    pthread_t thread;
    int ends[2];

    if (pipe(ends) != 0 || write(ends[1], "", 1) != 1 || pthread_create(&thread, NULL, attempt_in_thread, ends) != 0)
        return errno;
    pthread_join(thread, NULL);
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int in_sandbox(bool with_network, attempt *try)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _exit(sandbox_enter(with_network, NULL) == 0 ? try() : 255);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 255);
    return WEXITSTATUS(status);
}

static void what_no_library_needs_is_refused(void **state)
{
    static attempt *const refused[] = { program, trace, ring };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(in_sandbox(false, refused[i]), EPERM);
        assert_int_equal(in_sandbox(true, refused[i]), EPERM);
    }
}

static void the_network_is_refused_to_who_can_do_without(void **state)
{
    (void)state;
    assert_int_equal(in_sandbox(false, network_socket), EACCES);
    assert_int_equal(in_sandbox(false, network_socket_6), EACCES);
    assert_int_equal(in_sandbox(true, network_socket), 0);
    assert_int_equal(in_sandbox(true, network_socket_6), 0);
}

static void the_rest_goes_on(void **state)
{
    (void)state;
    assert_int_equal(in_sandbox(false, local_socket), 0);
    assert_int_equal(in_sandbox(false, memory_and_threads), 0);
}

static void threads_that_were_there_before_are_in_it_too(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        pthread_t thread;
        int ends[2];
        void *found = NULL;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (pipe(ends) != 0 || pthread_create(&thread, NULL, attempt_in_thread, ends) != 0 || sandbox_enter(false, NULL) != 0 ||
            write(ends[1], "", 1) != 1)
            _exit(255);
        pthread_join(thread, &found);
        _exit(found ? *(int *)found : 255);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EACCES);
}

static void a_socket_to_the_network_is_seen(void **state)
{
    int local = socket(AF_UNIX, SOCK_STREAM, 0), far;

    (void)state;
    assert_false(sandbox_has_network());
    far = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(far >= 0);
    assert_true(sandbox_has_network());
    close(far);
    assert_false(sandbox_has_network());
    close(local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_library_needs_is_refused),
        cmocka_unit_test(the_network_is_refused_to_who_can_do_without),
        cmocka_unit_test(the_rest_goes_on),
        cmocka_unit_test(threads_that_were_there_before_are_in_it_too),
        cmocka_unit_test(a_socket_to_the_network_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
