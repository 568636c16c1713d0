/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as what an LDAP server answers when it is asked for the index: refused, or LDIF that our own reader takes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/ldap_read.h"
#include "index/ldif.h"

enum { LARGEST = 1 << 20, BUDGET = 16 * 1024 * 1024, DEADLINE_MS = 5000, INPUT_MAX = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libldap itself loses a message when a server says that it disconnects (RFC 4511 4.4.1). What we would lose is seen by the unit test, for
 * which nothing is passed over. */
const char *__lsan_default_suppressions(void)
{
    return "leak:ber_mem*alloc_x\n";
}

/* A record without attributes is what a server may send and the reader refuses; any other fault is one of our writing. */
static void must_be_ldif(struct slice text)
{
    struct arena *arena = arena_new(BUDGET);
    struct ldif ldif = ldif_reader(text, "answer", arena);
    struct ldif_record record;
    struct error e = { 0 };
    int result = ERROR_NOT_FOUND;

    while (arena && (result = ldif_next(&ldif, &record, &e)) == 0)
        ;
    if (result == ERROR_SYNTAX && !strstr(e.text, "a record without attributes"))
        abort();
    arena_free(&arena);
}

/* A connection on which the answer has come already, and its end. The other side takes in what is asked, which is little. */
static void answer(const uint8_t *data, size_t size, int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || send(ends[1], data, size, MSG_NOSIGNAL) != (ssize_t)size ||
        shutdown(ends[1], SHUT_WR) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fetch_request request = { .url = "ldap://answer", .deadline_ms = clock_monotonic_ms() + DEADLINE_MS };
    struct buffer text = buffer_new(LARGEST);
    struct ldap_link link;
    struct error e;
    int ends[2];

    if (size == 0 || size > INPUT_MAX)
        return 0;
    answer(data, size, ends);
    if (ldap_link_adopt(&request, ends[0], LARGEST, &link, &e) != 0)
        abort();
    if (ldap_read(&link, "(objectClass=provider)", &text, &e) == 0)
        must_be_ldif(buffer_data(&text));
    ldap_link_close(&link);
    close(ends[1]);
    buffer_free(&text);
    return 0;
}
