/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of revocation lists in LDAP servers (RFC 4516), and a server that answers as a real one would not on demand. (Real ones:
 * tests/integration.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/ldap_list.h"

enum { DEADLINE_MS = 5000, SHORT_MS = 300 };

static const struct {
    const char *url;
    bool can;
} addresses[] = {
    { "ldap://h/cn=a,o=b?certificateRevocationList;binary", true },
    { "LDAPS://h:636/cn=a,o=b?CERTIFICATEREVOCATIONLIST?base?(objectClass=*)", true },
    { "ldap://h/cn=a%20b,o=b?authorityRevocationList;binary?sub?(cn=a)", true },
    { "ldap://h/cn=a", true },
    { "ldap:///cn=a?certificateRevocationList", false },
    { "ldap://h", false },
    { "ldap://h/", false },
    { "ldap://h/cn=a?cACertificate;binary", false },
    { "ldap://h/cn=a?certificateRevocationList,cn", false },
    { "ldap://h/cn=a?certificateRevocationList;lang-it", false },
    { "ldap://h/cn=a?certificateRevocationList?" "?(cn=a", true }, /* the server will say so */
    { "ldap://h/cn=a?" "?" "?" "?!critical", false },
    { "http://h/cn=a", false },
    { "ldapi://h/cn=a", false },
    { "", false },
};

static void an_address_is_one_of_a_list_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        print_message("  %s\n", addresses[i].url);
        assert_int_equal(ldap_list_can(addresses[i].url), addresses[i].can);
    }
}

/* SearchResultEntry "o=x" with a list of one octet, SearchResultDone (RFC 4511 4.5.2), of message 1. */
#define NAME "\x04\x20" "certificateRevocationList;binary"
#define ENTRY "\x30\x35\x02\x01\x01\x64\x30\x04\x03o=x\x30\x29\x30\x27" NAME "\x31\x03\x04\x01L"
#define TWO "\x30\x38\x02\x01\x01\x64\x33\x04\x03o=x\x30\x2c\x30\x2a" NAME "\x31\x06\x04\x01L\x04\x01M"
#define BARE "\x30\x0c\x02\x01\x01\x64\x07\x04\x03o=x\x30\x00"
#define DONE "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00"
#define REFUSED "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x32\x04\x00\x04\x00" /* insufficientAccessRights */
#define NOBODY "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x20\x04\x00\x04\x00"  /* noSuchObject */

static const struct {
    const char *name;
    struct slice answer;
    bool is_silent;
    size_t maximum;
    int result;
} answers[] = {
    { "as it should be", SLICE(ENTRY DONE), false, 100, 0 },
    { "two entries, a list in one of them", SLICE(BARE ENTRY DONE), false, 100, 0 },
    { "two lists in one entry", SLICE(TWO DONE), false, 100, ERROR_UNSUPPORTED },
    { "two lists in two entries", SLICE(ENTRY ENTRY DONE), false, 100, ERROR_UNSUPPORTED },
    { "no list", SLICE(BARE DONE), false, 100, ERROR_NOT_FOUND },
    { "no entry", SLICE(DONE), false, 100, ERROR_NOT_FOUND },
    { "no such entry", SLICE(NOBODY), false, 100, ERROR_NOT_FOUND },
    { "refused behind a list", SLICE(ENTRY REFUSED), false, 100, ERROR_REFUSED },
    { "too large", SLICE(ENTRY DONE), false, 0, ERROR_LIMIT },
    { "says that two gigabytes follow", SLICE("\x30\x84\x7f\xff\xff\xff"), false, 100, ERROR_UNREACHABLE },
    { "no LDAP", SLICE("220 mx.example ESMTP\r\n"), false, 100, ERROR_UNREACHABLE },
    { "cut short", SLICE(ENTRY), false, 100, ERROR_UNREACHABLE },
    { "silent behind a list", SLICE(ENTRY), true, 100, ERROR_TIMEOUT },
    { "silent", SLICE(""), true, 100, ERROR_TIMEOUT },
};

static void answer_one(int listener, struct slice answer, bool is_silent)
{
    int fd = accept(listener, NULL, NULL);
    char request[4096];

    if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0)
        _exit(1);
    send(fd, answer.data, answer.size, MSG_NOSIGNAL);
    if (is_silent)
        pause();
    close(fd);
    _exit(0);
}

static pid_t serve(struct slice answer, bool is_silent, char url[80])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t pid;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(url, 80, "ldap://127.0.0.1:%u/o=x?certificateRevocationList;binary", ntohs(address.sin_port));
    pid = fork();
    if (pid == 0)
        answer_one(listener, answer, is_silent);
    close(listener);
    return pid;
}

static void each_answer_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct buffer list = buffer_new(answers[i].maximum);
        struct error e = { 0 };
        char url[80];
        pid_t pid = serve(answers[i].answer, answers[i].is_silent, url);
        const struct fetch_request request = { .url = url,
                                               .deadline_ms = clock_monotonic_ms() + (answers[i].is_silent ? SHORT_MS : DEADLINE_MS) };

        print_message("  %s\n", answers[i].name);
        assert_int_equal(ldap_list_fetch(&request, &list, &e), answers[i].result);
        if (answers[i].result == 0)
            assert_true(slice_is(buffer_data(&list), "L"));
        else
            assert_non_null(strstr(e.text, url));
        buffer_free(&list);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

static void what_is_no_address_is_not_asked(void **state)
{
    const struct fetch_request request = { .url = "ldap:///cn=a", .deadline_ms = clock_monotonic_ms() + DEADLINE_MS };
    struct buffer list = buffer_new(10);
    struct error e;

    (void)state;
    assert_int_equal(ldap_list_fetch(&request, &list, &e), ERROR_CONFIG);
    buffer_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_one_of_a_list_or_not),
        cmocka_unit_test(each_answer_is_judged),
        cmocka_unit_test(what_is_no_address_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
