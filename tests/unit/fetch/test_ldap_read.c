/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is made of a server's answer (RFC 4511 4.5.2, RFC 2696), given over a connection on which it has come already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/ldap_read.h"

enum { DEADLINE_MS = 5000, SHORT_MS = 200, LARGEST = 100000 };

/* Entries "o=x" of messages 1 and 2; the end of the search, with the mark of the next page, with the mark of the last one. */
#define ENTRY(id, value) "\x30\x16\x02\x01" id "\x64\x11\x04\x03o=x\x30\x0a\x30\x08\x04\x01o\x31\x03\x04\x01" value
#define UNKNOWN "\x30\x16\x02\x01\x01\x64\x11\x04\x03o=x\x30\x0a\x30\x08\x04\x01q\x31\x03\x04\x01z"
#define NAMELESS "\x30\x13\x02\x01\x01\x64\x0e\x04\x00\x30\x0a\x30\x08\x04\x01o\x31\x03\x04\x01x"
#define REFERENCE "\x30\x0d\x02\x01\x01\x73\x08\x04\x06ldap:/"
#define DONE(code) "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01" code "\x04\x00\x04\x00"
#define PAGE_DONE(id, sizes, cookie) \
    "\x30" sizes "\x02\x01" id "\x65\x07\x0a\x01\x00\x04\x00\x04\x00" cookie
#define PAGED_OID "\x04\x16" "1.2.840.113556.1.4.319"
#define NEXT "\xa0\x24\x30\x22" PAGED_OID "\x04\x08\x30\x06\x02\x01\x00\x04\x01N"
#define VOID "\xa0\x1a\x30\x18" PAGED_OID
#define EMPTY "\xa0\x1c\x30\x1a" PAGED_OID "\x04\x00"
#define LAST "\xa0\x23\x30\x21" PAGED_OID "\x04\x07\x30\x05\x02\x01\x00\x04\x00"

static const struct {
    const char *name;
    struct slice answer;
    bool stays; /* the server does not hang up */
    size_t maximum;
    int result;
    const char *text; /* or the words of the error */
} cases[] = {
    { "an entry", SLICE(ENTRY("\x01", "v") DONE("\x00")), false, 1000, 0, "dn: o=x\no: v\n\n" },
    { "nothing", SLICE(DONE("\x00")), false, 1000, 0, "" },
    { "two pages", SLICE(ENTRY("\x01", "v") PAGE_DONE("\x01", "\x32", NEXT) ENTRY("\x02", "w") PAGE_DONE("\x02", "\x31", LAST)), false,
      1000, 0, "dn: o=x\no: v\n\ndn: o=x\no: w\n\n" },
    { "a page that does not come", SLICE(ENTRY("\x01", "v") PAGE_DONE("\x01", "\x32", NEXT)), false, 1000, ERROR_UNREACHABLE,
      "Can't contact" },
    { "a line end in a value", SLICE(ENTRY("\x01", "\n") DONE("\x00")), false, 1000, 0, "dn: o=x\no:: Cg==\n\n" },
    { "a mark without a value", SLICE(PAGE_DONE("\x01", "\x28", VOID)), false, 1000, ERROR_REFUSED, "Decoding error" },
    { "a mark with an empty value", SLICE(PAGE_DONE("\x01", "\x2a", EMPTY)), false, 1000, ERROR_REFUSED, "Decoding error" },
    { "an attribute that is not of 4.5", SLICE(UNKNOWN DONE("\x00")), false, 1000, 0, "dn: o=x\n\n" },
    { "an entry without a name", SLICE(NAMELESS DONE("\x00")), false, 1000, 0, "dn:\no: x\n\n" },
    { "another server", SLICE(REFERENCE DONE("\x00")), false, 1000, ERROR_UNSUPPORTED, "refers to another one" },
    { "no such base", SLICE(DONE("\x20")), false, 1000, ERROR_NOT_FOUND, "No such object" },
    { "cut off", SLICE(ENTRY("\x01", "v") DONE("\x04")), false, 1000, ERROR_LIMIT, "raise its limit" },
    { "busy", SLICE(DONE("\x33")), false, 1000, ERROR_DEFERRED, "busy" },
    { "larger than is taken", SLICE(ENTRY("\x01", "v") ENTRY("\x01", "w") DONE("\x00")), false, 20, ERROR_LIMIT, "larger than 20 bytes" },
    { "hung up", SLICE(ENTRY("\x01", "v")), false, 1000, ERROR_UNREACHABLE, "Can't contact" },
    { "two gigabytes to come", SLICE("\x30\x84\x7f\xff\xff\xff"), true, 1000, ERROR_UNREACHABLE, "Can't contact" },
    { "silent", SLICE(ENTRY("\x01", "v")), true, 1000, ERROR_TIMEOUT, "imed out" },
};

static void each_answer_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fetch_request request = { .url = "ldap://server",
                                               .deadline_ms = clock_monotonic_ms() + (cases[i].stays ? SHORT_MS : DEADLINE_MS) };
        struct buffer text = buffer_new(cases[i].maximum);
        struct ldap_link link;
        struct error e = { 0 };
        int ends[2];

        print_message("  %s\n", cases[i].name);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        assert_int_equal(send(ends[1], cases[i].answer.data, cases[i].answer.size, 0), cases[i].answer.size);
        if (!cases[i].stays)
            shutdown(ends[1], SHUT_WR);
        assert_int_equal(ldap_link_adopt(&request, ends[0], LARGEST, &link, NULL), 0);
        assert_int_equal(ldap_read(&link, "(objectClass=provider)", &text, &e), cases[i].result);
        if (cases[i].result == 0)
            assert_true(slice_is(buffer_data(&text), cases[i].text));
        else if (!strstr(e.text, cases[i].text) || !strstr(e.text, "ldap://server"))
            fail_msg("%s", e.text);
        ldap_link_close(&link);
        close(ends[1]);
        buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_answer_is_read_or_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
