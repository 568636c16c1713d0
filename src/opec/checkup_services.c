/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The servers around us, and the addresses that will be ours.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "fetch/fetch.h"
#include "opec/checkup.h"
#include "scan/clamd.h"
#include "schedule/evidence.h"
#include "schedule/probe.h"

/* --- listeners -------------------------------------------------------------------------------------------------------------- */

/* A socket file would be left behind. */
static void try_to_listen(struct checkup *c, const char *key, const struct net_address *address)
{
    struct error e;
    int fd = -1;

    if (address->local)
        return;
    if (net_listen(address, 0600, &fd, &e) != 0)
        checkup_fault(c, key, "%s", e.text);
    else
        checkup_ok(key, "%s is free", address->text);
    file_close(&fd);
}

void checkup_listeners(struct checkup *c)
{
    if (c->daemon_runs)
        return;
    try_to_listen(c, "listen access.socket", &c->config->listen_access);
    try_to_listen(c, "listen incoming.socket", &c->config->listen_incoming);
}

/* --- antivirus -------------------------------------------------------------------------------------------------------------- */

static const char scan_header[] = "From: check@localhost\r\nSubject: check\r\nMIME-Version: 1.0\r\n"
                                  "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
enum { SCAN_LINE = 1000 }; /* the longest that RFC 5322 2.1.1 allows, with its CRLF */

/* A message of so many octets, as harmless as can be: nothing that a scanner could take for a word, a link or base64 and look into. */
static struct slice make_message(struct arena *arena, size_t size)
{
    char *text = arena_alloc(arena, size);
    size_t head = sizeof scan_header - 1;

    if (!text || size < head)
        return SLICE_NONE;
    memcpy(text, scan_header, head);
    memset(text + head, '-', size - head);
    for (size_t at = head + SCAN_LINE; at <= size; at += SCAN_LINE)
        memcpy(text + at - 2, "\r\n", 2);
    return (struct slice){ text, size };
}

/* clamd's "size limit exceeded" is no verdict: mail of that size would be deferred for ever. */
static void scan_largest(struct checkup *c, struct arena *arena)
{
    struct slice message = make_message(arena, (size_t)c->config->limits.notice_size);
    int64_t deadline = clock_monotonic_ms() + c->config->antivirus.timeout * 1000;
    struct scan_verdict verdict;
    struct error e;

    if (!message.data) {
        checkup_fault(c, "limits.notice_size", "there is no memory for a message of that size");
        return;
    }
    if (scan_message(&c->config->antivirus.clamd, message, deadline, &verdict, &e) == 0)
        checkup_ok("antivirus.clamd", "it answers, and takes %" PRIu64 " octets (limits.notice_size)", c->config->limits.notice_size);
    else
        checkup_fault(c, "antivirus.clamd",
                      "a message of limits.notice_size (%" PRIu64 " octets) is not scanned: %s; "
                      "set StreamMaxLength, MaxScanSize and MaxFileSize of clamd above it",
                      c->config->limits.notice_size, e.text);
}

void checkup_antivirus(struct checkup *c)
{
    struct arena *arena;
    struct error e;

    if (!c->config->antivirus.enabled)
        return; /* config_warnings says so */
    if (probe_antivirus(c->config, &e) != 0) {
        checkup_fault(c, "antivirus.clamd", "%s", e.text);
        return;
    }
    arena = arena_new((size_t)c->config->limits.notice_size + 4096);
    if (arena)
        scan_largest(c, arena);
    else
        checkup_fault(c, "antivirus.clamd", "out of memory");
    arena_free(&arena);
}

/* --- relay and mailboxes ---------------------------------------------------------------------------------------------------- */

void checkup_mail(struct checkup *c)
{
    struct error e;

    if (probe_relay(c->config, &e) != 0)
        checkup_fault(c, "relay.smtp", "%s", e.text);
    else
        checkup_ok("relay.smtp", "%s answers", c->config->relay.smtp.text);
    if (probe_mailboxes(c->config, &e) != 0)
        checkup_fault(c, "relay.lmtp", "%s", e.text);
    else
        checkup_ok("relay.lmtp", "%s answers", c->config->relay.lmtp.text);
}

/* --- time stamps ------------------------------------------------------------------------------------------------------------ */

/* No less than a stamp shows that the authority gives them and that tsa.ca is its bundle. */
void checkup_stamps(struct checkup *c)
{
    struct error e;

    if (!*c->config->tsa.url || !*c->config->tsa.ca)
        return; /* config_warnings says so */
    if (fetch_begin(&e) != 0 || evidence_try_authority(c->config, &e) != 0)
        checkup_fault(c, "tsa.url", "%s", e.text);
    else
        checkup_ok("tsa.url", "%s stamps", c->config->tsa.url);
}
