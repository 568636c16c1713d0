/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/signer_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/own_certificate.h"
#include "process/ipc.h"
#include "process/layout.h"

enum { REPLY_MAX = SIGNER_BATCH_MAX * (SIGNATURE_MAX + 16) + 4096 };

struct signer_client {
    struct signer signer;
    struct net_address address;
    int64_t timeout; /* seconds */
    struct arena *arena;
    struct buffer in, out;
    struct signer_question question;
    struct signer_reply reply;
};

void signer_question_visit(struct wire *w, struct signer_question *q)
{
    wire_text(w, &q->plan);
    wire_bytes(w, q->certificate, sizeof q->certificate);
    wire_size(w, &q->count);
    if (q->count > SIGNER_BATCH_MAX)
        wire_fail(w);
    for (size_t i = 0; i < q->count && wire_ok(w); i++)
        wire_bytes(w, q->digests[i], SIGNED_DIGEST_SIZE);
}

void signer_reply_visit(struct wire *w, struct signer_reply *r)
{
    wire_int(w, &r->error);
    wire_text(w, &r->words);
    wire_size(w, &r->count);
    if (r->count > SIGNER_BATCH_MAX)
        wire_fail(w);
    for (size_t i = 0; i < r->count && wire_ok(w); i++) {
        wire_size(w, &r->values[i].size);
        if (r->values[i].size > SIGNATURE_MAX)
            wire_fail(w);
        else
            wire_bytes(w, r->values[i].bytes, r->values[i].size);
    }
}

static int exchange(struct signer_client *c, int64_t deadline_ms, struct error *e)
{
    struct wire w;
    struct slice frame;
    int fd = -1, result;

    buffer_consume(&c->in, buffer_data(&c->in).size);
    result = net_connect(&c->address, deadline_ms, &fd, e);

    if (result == 0)
        result = ipc_call(fd, buffer_data(&c->out), &c->in, deadline_ms, &frame, e);
    file_close(&fd);
    if (result != 0)
        return result;
    w = wire_reader(frame, c->arena);
    signer_reply_visit(&w, &c->reply);
    if (!wire_done(&w))
        return error_set(e, ERROR_PROTOCOL, "a malformed reply");
    if (c->reply.error != 0)
        return error_set(e, c->reply.error, "%s", c->reply.words ? c->reply.words : error_row(c->reply.error)->text);
    return 0;
}

/* One that crashes, hangs or has lost its token is not all of them: it cannot take the question a second time, so that another does. The
 * digests are the same, and so is what is signed. */
static int exchange_twice(struct signer_client *c, int64_t deadline_ms, struct error *e)
{
    int64_t first = clock_monotonic_ms() + signer_patience_ms(c->timeout, c->question.count);
    struct error words = { 0 };
    int result = exchange(c, first < deadline_ms ? first : deadline_ms, &words);

    if (result == 0)
        return 0;
    if (clock_left_ms(deadline_ms) == 0)
        return error_set(e, result, "%s", words.text);
    if (result != ERROR_OUT) /* that one has said why itself */
        log_warning("signer: %s; another one is asked", words.text);
    return exchange(c, deadline_ms, e);
}

static int sign(struct signer *self, const char *plan, const unsigned char (*digests)[SIGNED_DIGEST_SIZE], size_t count,
                struct signature_value *out, int64_t deadline_ms, struct error *e)
{
    struct signer_client *c = (struct signer_client *)self;
    struct wire w = wire_writer(&c->out);
    int result;

    arena_reset(c->arena);
    buffer_consume(&c->out, buffer_data(&c->out).size);
    c->question.plan = plan;
    c->question.count = count;
    if (count > SIGNER_BATCH_MAX)
        return error_set(e, ERROR_BUG, "a batch of %zu signatures", count);
    memcpy(c->question.digests, digests, count * SIGNED_DIGEST_SIZE);
    signer_question_visit(&w, &c->question);
    if (!wire_ok(&w))
        return error_set(e, ERROR_LIMIT, "the question is too large");
    result = exchange_twice(c, deadline_ms, e);
    if (result == 0 && c->reply.count != count)
        result = error_set(e, ERROR_PROTOCOL, "%zu signatures for %zu digests", c->reply.count, count);
    if (result == 0)
        memcpy(out, c->reply.values, count * sizeof *out);
    return result;
}

static void close_client(struct signer *self)
{
    struct signer_client *c = (struct signer_client *)self;

    buffer_free(&c->in);
    buffer_free(&c->out);
    arena_free(&c->arena);
    free(c);
}

int signer_client_new(const struct config *config, struct signer **out, struct error *e)
{
    struct signer_client *c = calloc(1, sizeof *c);
    int result;

    if (!c)
        return error_set(e, ERROR_MEMORY, "out of memory");
    c->timeout = config->signer.timeout;
    c->arena = arena_new(REPLY_MAX);
    result = c->arena ? layout_socket(config, SOCKET_SIGNER, &c->address, e) : error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = own_certificate_hash(config, c->question.certificate, e);
    if (result != 0) {
        arena_free(&c->arena);
        free(c);
        return result;
    }
    c->signer = (struct signer){ .sign = sign, .close = close_client };
    c->in = buffer_new(IPC_HEADER_SIZE + REPLY_MAX);
    c->out = buffer_new(REPLY_MAX);
    *out = &c->signer;
    return 0;
}
