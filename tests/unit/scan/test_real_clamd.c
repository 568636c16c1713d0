/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The client against the real clamd, with a database of two signatures. Skipped (77) where clamd is not installed.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "scan/clamd.h"

enum { SKIPPED = 77, PATIENCE_MS = 60000, LIMIT = 2 * 1024 * 1024 };

static const char *const programs[] = { "/usr/sbin/clamd", "/usr/local/sbin/clamd", "/usr/bin/clamd" };

/* In two halves, so that no scanner takes this file for the test virus. */
#define EICAR_HEAD "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"
#define EICAR_TAIL "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
#define OWN_HEAD "OPEC-TEST-"
#define OWN_TAIL "SIGNATURE-51c7"

static struct {
    const char *program;
    char folder[200];
    pid_t pid;
    struct net_address address;
} clamd = { .pid = -1 };

static const char *find_program(void)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (access(programs[i], X_OK) == 0)
            return programs[i];
    return NULL;
}

static int write_file(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", clamd.folder, name);
    return file_replace(path, slice_of(text), 0644, NULL);
}

static int write_signatures(void)
{
    char text[1024], eicar[200], own[200];

    hex_write(SLICE(EICAR_HEAD EICAR_TAIL), eicar);
    hex_write(SLICE(OWN_HEAD OWN_TAIL), own);
    snprintf(text, sizeof text, "Eicar-Test-Signature:0:0:%s\nOpec.Test.Own:0:*:%s\n", eicar, own);
    return write_file("test.ndb", text);
}

static int write_configuration(void)
{
    char text[1024];

    snprintf(text, sizeof text,
             "DatabaseDirectory %s\nLocalSocket %s/socket\nForeground yes\nLogFile %s/log\nStreamMaxLength %d\nMaxScanSize 100M\n"
             "MaxFileSize 100M\nMaxThreads 2\nBytecode no\nPhishingSignatures no\nAlertExceedsMax yes\n%s",
             clamd.folder, clamd.folder, clamd.folder, LIMIT, geteuid() == 0 ? "User root\n" : "");
    return write_file("conf", text);
}

static void run(void)
{
    char option[256];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    snprintf(option, sizeof option, "--config-file=%s/conf", clamd.folder);
    execl(clamd.program, clamd.program, option, (char *)NULL);
    _exit(127);
}

static int wait_until_it_answers(void)
{
    int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;

    while (clock_left_ms(deadline) > 0) {
        if (waitpid(clamd.pid, NULL, WNOHANG) == clamd.pid)
            return -1;
        if (scan_ping(&clamd.address, deadline, NULL) == 0)
            return 0;
        usleep(20000);
    }
    return -1;
}

static int start_clamd(void **state)
{
    const char *temporary = getenv("TMPDIR");
    char address[256];

    (void)state;
    snprintf(clamd.folder, sizeof clamd.folder, "%s/clamd-XXXXXX", temporary ? temporary : P_tmpdir);
    if (!mkdtemp(clamd.folder))
        return -1;
    snprintf(address, sizeof address, "unix:%s/socket", clamd.folder);
    if (write_signatures() != 0 || write_configuration() != 0 || net_address_read(address, &clamd.address, NULL) != 0)
        return -1;
    fflush(NULL);
    clamd.pid = fork();
    if (clamd.pid == 0)
        run();
    return clamd.pid < 0 ? -1 : wait_until_it_answers();
}

static int stop_clamd(void **state)
{
    static const char *const names[] = { "test.ndb", "conf", "log", "socket" };
    char path[256];

    (void)state;
    if (clamd.pid > 0) {
        kill(clamd.pid, SIGKILL);
        waitpid(clamd.pid, NULL, 0);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", clamd.folder, names[i]);
        unlink(path);
    }
    return rmdir(clamd.folder);
}

static int scan(struct slice message, struct scan_verdict *v, struct error *e)
{
    return scan_message(&clamd.address, message, clock_monotonic_ms() + PATIENCE_MS, v, e);
}

#define HEAD "From: a@alfa.example\r\nTo: b@beta.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
#define PARTS HEAD "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--b\r\n"

struct message_case {
    const char *name;
    struct slice message;
    const char *virus;
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct message_case cases[] = {
    { "an empty message", TEXT(""), "" },
    { "a clean message", TEXT(HEAD "\r\nHello.\r\n"), "" },
    { "NULs and 8-bit bytes", TEXT("\0\xff\0stream: OK\0"), "" },
    { "the test virus alone", TEXT(EICAR_HEAD EICAR_TAIL), "Eicar-Test-Signature.UNOFFICIAL" },
    { "the test virus in a base64 part",
      TEXT(PARTS "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                 "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNU\r\nLUZJTEUhJEgrSCo=\r\n--b--\r\n"),
      "Eicar-Test-Signature.UNOFFICIAL" },
    { "a signature in the text", TEXT(HEAD "\r\nHello " OWN_HEAD OWN_TAIL "\r\n"), "Opec.Test.Own.UNOFFICIAL" },
    { "a signature in a message inside a message",
      TEXT(PARTS "Content-Type: message/rfc822; name=postacert.eml\r\n\r\n" HEAD "\r\nHello " OWN_HEAD OWN_TAIL "\r\n--b--\r\n"),
      "Opec.Test.Own.UNOFFICIAL" },
};

static void messages_get_their_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scan_verdict v = { "untouched" };
        struct error e = { 0 };
        int result = scan(cases[i].message, &v, &e);

        if (result != 0 || strcmp(v.virus, cases[i].virus) != 0)
            fail_msg("%s: %d %s \"%s\"", cases[i].name, result, e.text, v.virus);
    }
}

/* A message of `size` bytes with the signature at its very end, so that all chunks must arrive. */
static struct slice make_large(size_t size)
{
    static const char signature[] = OWN_HEAD OWN_TAIL;
    char *bytes = malloc(size);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = i % 70 == 69 ? '\n' : 'x';
    memcpy(bytes + size - (sizeof signature - 1), signature, sizeof signature - 1);
    return (struct slice){ bytes, size };
}

static void a_virus_behind_several_chunks_is_found(void **state)
{
    struct slice message = make_large(LIMIT - 1000);
    struct scan_verdict v;

    (void)state;
    assert_int_equal(scan(message, &v, NULL), 0);
    assert_string_equal(v.virus, "Opec.Test.Own.UNOFFICIAL");
    free((void *)(uintptr_t)message.data);
}

/* clamd answers and closes while we still write. */
static void the_size_limit_is_no_verdict(void **state)
{
    static const size_t sizes[] = { LIMIT + 1, LIMIT + 1000, 2 * LIMIT, 16 * LIMIT };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct slice message = make_large(sizes[i]);
        struct scan_verdict v;
        struct error e = { 0 };

        assert_int_equal(scan(message, &v, &e), ERROR_PROTOCOL);
        assert_non_null(strstr(e.text, "\"INSTREAM size limit exceeded. ERROR\""));
        free((void *)(uintptr_t)message.data);
    }
}

static void a_stopped_clamd_times_out(void **state)
{
    struct scan_verdict v;

    (void)state;
    kill(clamd.pid, SIGSTOP);
    assert_int_equal(scan_message(&clamd.address, SLICE("x"), clock_monotonic_ms() + 300, &v, NULL), ERROR_TIMEOUT);
    kill(clamd.pid, SIGCONT);
    assert_int_equal(scan(SLICE("x"), &v, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_get_their_verdict),
        cmocka_unit_test(a_virus_behind_several_chunks_is_found),
        cmocka_unit_test(the_size_limit_is_no_verdict),
        cmocka_unit_test(a_stopped_clamd_times_out),
    };

    clamd.program = find_program();
    if (!clamd.program) {
        fputs("skipped: clamd is not installed\n", stderr);
        return SKIPPED;
    }
    return cmocka_run_group_tests_name("real clamd", tests, start_clamd, stop_clamd);
}
