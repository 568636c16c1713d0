/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/wire.h"

enum { ENVELOPE_MAX = 16 * 1024 * 1024 };

/* What is written behind the message. */
struct spooled_envelope {
    int point;
    const char *sender;
    const char **recipients;
    size_t recipient_count;
    const char *ident, *client, *helo;
    bool bare_cr, bare_lf, long_line, eight_bit, nul;
    int64_t began_us, whole_us;
};

static void envelope_visit(struct wire *w, struct spooled_envelope *e)
{
    wire_enum(w, &e->point, POINT_COUNT);
    wire_text(w, &e->sender);
    wire_texts(w, &e->recipients, &e->recipient_count);
    wire_text(w, &e->ident);
    wire_text(w, &e->client);
    wire_text(w, &e->helo);
    wire_bool(w, &e->bare_cr);
    wire_bool(w, &e->bare_lf);
    wire_bool(w, &e->long_line);
    wire_bool(w, &e->eight_bit);
    wire_bool(w, &e->nul);
    wire_i64(w, &e->began_us);
    wire_i64(w, &e->whole_us);
}

int spool_create(const char *dir, int *out_fd, struct error *e)
{
    char path[PATH_MAX];
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    /* Not every file system has files without a name. */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR) && (size_t)snprintf(path, sizeof path, "%s/msgXXXXXX", dir) < sizeof path) {
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return error_set(e, error_from_errno(errno), "%s: %s", dir, strerror(errno));
    *out_fd = fd;
    return 0;
}

int spool_write(int fd, struct slice bytes, struct error *e)
{
    return file_write(fd, bytes, e);
}

int spool_finish(int fd, enum point point, const struct smtp_envelope *envelope, int64_t began_us, struct error *e)
{
    struct buffer out = buffer_new(ENVELOPE_MAX);
    struct wire w = wire_writer(&out);
    struct spooled_envelope written = {
        .point = (int)point, .sender = envelope->sender, .recipients = envelope->recipients,
        .recipient_count = envelope->recipient_count, .ident = envelope->ident, .client = envelope->client, .helo = envelope->helo,
        .bare_cr = envelope->bare_cr, .bare_lf = envelope->bare_lf, .long_line = envelope->long_line,
        .eight_bit = envelope->eight_bit, .nul = envelope->nul, .began_us = began_us,
        .whole_us = clock_monotonic_us(),
    };
    int result;

    envelope_visit(&w, &written);
    result = wire_ok(&w) ? spool_write(fd, buffer_data(&out), e) : error_set(e, ERROR_LIMIT, "the envelope is too large");
    buffer_free(&out);
    return result;
}

static int order(const void *a, const void *b)
{
    const char *const *const *x = a, *const *const *y = b;
    int compared = strcasecmp(**x, **y);

    return compared ? compared : (*x > *y) - (*x < *y);
}

/* A recipient named twice (case does not count) is one recipient: it gets the message, and its receipts, once. */
static int without_repeats(const char **recipients, size_t *count, struct arena *arena)
{
    const char ***sorted = arena_array(arena, *count, sizeof *sorted);
    size_t kept = 0;

    if (!sorted)
        return ERROR_BUDGET;
    for (size_t i = 0; i < *count; i++)
        sorted[i] = &recipients[i];
    qsort(sorted, *count, sizeof *sorted, order);
    for (size_t i = *count; i-- > 1;)
        if (strcasecmp(*sorted[i], *sorted[i - 1]) == 0)
            *sorted[i] = NULL;
    for (size_t i = 0; i < *count; i++)
        if (recipients[i])
            recipients[kept++] = recipients[i];
    *count = kept;
    return 0;
}

int spool_read(int fd, size_t message_size, struct arena *arena, struct spooled *out, struct error *e)
{
    struct spooled s = { 0 };
    struct spooled_envelope envelope = { 0 };
    struct wire w;
    int result = file_map(fd, &s.mapped, e);

    if (result != 0)
        return result;
    w = wire_reader(slice_skip(s.mapped, message_size), arena);
    envelope_visit(&w, &envelope);
    if (message_size > s.mapped.size || !wire_done(&w) || !envelope.sender || envelope.recipient_count == 0) {
        file_unmap(&s.mapped);
        return error_set(e, ERROR_CORRUPT, "the spool file has no envelope");
    }
    result = without_repeats(envelope.recipients, &envelope.recipient_count, arena);
    if (result != 0) {
        file_unmap(&s.mapped);
        return error_set(e, result, "%s", error_row(result)->text);
    }
    s.point = (enum point)envelope.point;
    s.arrival = (struct arrival){
        .sender = envelope.sender, .recipients = envelope.recipients, .recipient_count = envelope.recipient_count,
        .bytes = { s.mapped.data, message_size }, .bare_cr = envelope.bare_cr, .long_line = envelope.long_line,
        .eight_bit = envelope.eight_bit, .nul = envelope.nul,
    };
    s.bare_lf = envelope.bare_lf;
    s.ident = envelope.ident ? envelope.ident : "";
    s.client = envelope.client ? envelope.client : "";
    s.helo = envelope.helo ? envelope.helo : "";
    s.began_us = envelope.began_us;
    s.whole_us = envelope.whole_us;
    *out = s;
    return 0;
}

void spool_unmap(struct spooled *spooled)
{
    file_unmap(&spooled->mapped);
}
