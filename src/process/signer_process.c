/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/signer_process.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/own_certificate.h"
#include "process/ipc.h"
#include "process/role.h"
#include "process/signer_client.h"
#include "sign/certificate.h"
#include "sign/key.h"

enum { QUESTION_MS = 2000, IDLE_MS = 1000, QUESTION_BUDGET = 64 * 1024, REOPEN_MS = 1000 };

struct signing {
    const struct config *config;
    struct board *board;
    struct own_certificate own; /* the pair in use since the start of this process */
    unsigned char certificate[CERTIFICATE_HASH_SIZE];
    struct key *key;      /* NULL while it is out */
    int64_t reopen_after; /* monotonic ms */
    struct arena *arena;
    struct buffer in, out;
    struct signer_question question;
    struct signer_reply reply;
    struct error error;
};

void signer_key_settings(const struct config *config, const char *file, struct key_settings *out)
{
    bool is_file = config->signer.kind == KEY_FILE;

    *out = (struct key_settings){
        .file = is_file ? file : NULL,
        .module = is_file ? NULL : config->signer.module,
        .token = is_file || config->signer.token_count == 0 ? NULL : config->signer.tokens[0],
        .label = config->signer.key_label,
        .pin_file = config->signer.pin_file,
    };
}

/* Open the key if it is not; not more often than once in a while. */
static int open_key(struct signing *s)
{
    struct key_settings settings;
    int result;

    if (s->key)
        return 0;
    if (clock_monotonic_ms() < s->reopen_after)
        return ERROR_OUT;
    signer_key_settings(s->config, s->own.key, &settings);
    result = key_open(&settings, &s->key, &s->error);
    board_report(s->board, DEP_SIGNER, result, s->error.text);
    if (result != 0) {
        s->reopen_after = clock_monotonic_ms() + REOPEN_MS;
        log_error("key: %s", s->error.text);
    }
    return result;
}

/* Does the key belong to the certificate that will stand in every signature? */
static int check_pair(struct signing *s, struct error *e)
{
    struct certificate_chain chain = { 0 };
    int result = certificate_chain_read(s->own.path, &chain, e);

    if (result == 0)
        result = key_matches(s->key, X509_get0_pubkey(chain.leaf), e);
    certificate_chain_free(&chain);
    return result;
}

/* A worker that means another certificate was born before or after it changed: its signature would not hold. */
static int check_certificate(struct signing *s)
{
    if (memcmp(s->question.certificate, s->certificate, sizeof s->certificate) == 0)
        return 0;
    return error_set(&s->error, ERROR_OUT, "another certificate is in use");
}

static int sign_all(struct signing *s)
{
    int result = check_certificate(s);

    if (result != 0)
        return result;
    result = open_key(s);

    for (size_t i = 0; i < s->question.count && result == 0; i++) {
        char hex[2 * SIGNED_DIGEST_SIZE + 1];

        result = key_sign(s->key, s->question.digests[i], &s->reply.values[i], &s->error);
        hex_write((struct slice){ (const char *)s->question.digests[i], SIGNED_DIGEST_SIZE }, hex);
        if (result == 0)
            log_debug("signed: plan=%s digest=%s", s->question.plan ? s->question.plan : "-", hex);
    }
    /* A token that fails is opened anew for the next question. */
    if (result != 0) {
        key_close(&s->key);
        board_report(s->board, DEP_SIGNER, result, s->error.text);
        log_error("signing failed: %s", s->error.text);
    }
    return result;
}

static void answer(struct signing *s, struct slice frame)
{
    struct wire w = wire_reader(frame, s->arena);

    signer_question_visit(&w, &s->question);
    s->reply.count = 0;
    s->reply.words = NULL;
    s->reply.error = wire_done(&w) ? sign_all(s) : ERROR_PROTOCOL;
    if (s->reply.error == 0)
        s->reply.count = s->question.count;
    else
        s->reply.words = s->error.text;
}

/* One question over one connection. Who is slow to put it is let go. */
static void serve(struct signing *s, int fd)
{
    int64_t deadline = clock_monotonic_ms() + QUESTION_MS;
    struct wire w = wire_writer(&s->out);
    struct buffer framed = buffer_new(IPC_FRAME_MAX);
    struct slice frame;
    bool is_broken = false;

    arena_reset(s->arena);
    buffer_consume(&s->in, buffer_data(&s->in).size);
    buffer_consume(&s->out, buffer_data(&s->out).size);
    while (!ipc_next(&s->in, &frame, &is_broken))
        if (is_broken || net_fill(fd, &s->in, deadline, NULL) != 0)
            goto out;
    answer(s, frame);
    signer_reply_visit(&w, &s->reply);
    if (wire_ok(&w) && ipc_append(&framed, buffer_data(&s->out)) == 0)
        net_write(fd, buffer_data(&framed), deadline, NULL);
out:
    buffer_free(&framed);
}

static void loop(struct signing *s, int listener)
{
    while (!role_is_ending()) {
        struct pollfd p = { .fd = listener, .events = POLLIN };
        int fd;

        if (poll(&p, 1, IDLE_MS) <= 0) {
            if (!s->key)
                open_key(s); /* so that one that is back is noticed before it is needed */
            continue;
        }
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            serve(s, fd);
        file_close(&fd);
    }
}

/* The key is opened before the identity is changed: it may be readable by root alone. A wrong key ends the start; a token that is
 * out does not (it may come back). */
static int open_at_start(struct signing *s, struct error *e)
{
    int result = own_certificate_at(s->config, clock_now(), &s->own, e);

    if (result == 0)
        result = own_certificate_hash(s->config, s->certificate, e);
    if (result != 0)
        return result;
    result = open_key(s);
    if (result == ERROR_CONFIG)
        *e = s->error;
    return result == ERROR_CONFIG ? result : 0;
}

/* As daemon.user: a token that only root can use is out from here on. A key of another certificate is a fault of the configuration. */
static int try_at_start(struct signing *s, struct error *e)
{
    int result = s->key ? check_pair(s, e) : 0;

    if (result == 0 || result == ERROR_CONFIG)
        return result;
    key_close(&s->key);
    board_report(s->board, DEP_SIGNER, result, e->text);
    log_error("the key was opened but cannot be used as daemon.user: %s", e->text);
    return 0;
}

int signer_process(const struct config *config, struct board *board, int listener, int ready)
{
    static struct signing s; /* large */
    struct error e = { 0 };
    int result;

    role_begin("opec-signer");
    prctl(PR_SET_DUMPABLE, 0);
    s = (struct signing){ .config = config, .board = board, .arena = arena_new(QUESTION_BUDGET), .in = buffer_new(QUESTION_BUDGET),
                          .out = buffer_new(IPC_FRAME_MAX) };
    result = s.arena ? open_at_start(&s, &e) : error_set(&e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = role_become(config, &e);
    prctl(PR_SET_DUMPABLE, 0); /* a change of identity may have set it */
    if (result == 0)
        result = try_at_start(&s, &e);
    if (result != 0) {
        role_failed(&ready, e.text);
        return EXIT_FAILURE;
    }
    role_ready(&ready);
    loop(&s, listener);
    key_close(&s.key);
    return EXIT_SUCCESS;
}
