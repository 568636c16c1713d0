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
#include "process/ipc.h"
#include "process/role.h"
#include "process/sandbox.h"
#include "process/signer_client.h"
#include "process/signer_tokens.h"

enum {
    QUESTION_MS = 2000,
    QUESTION_BUDGET = 64 * 1024,
    LOOK_MS = 500,      /* whether the own token is back, whether another process has one */
    PROBE_MS = 5000,    /* an idle token is asked to sign, so that one that has gone is known before the next message */
    KEYLESS_MS = 1000,  /* how long a process without a token lives on */
    STRAYED_MS = 5000,  /* and one that cannot go back to its own */
};

struct signing {
    const struct config *config;
    struct board *board;
    struct signer_tokens tokens;
    int64_t born_ms, used_ms; /* monotonic */
    struct arena *arena;
    struct buffer in, out;
    struct signer_question question;
    struct signer_reply reply;
    struct error error;
};

static int sign_all(struct signing *s)
{
    int result = 0;

    for (size_t i = 0; i < s->question.count && result == 0; i++) {
        char hex[2 * SIGNED_DIGEST_SIZE + 1];

        result = signer_tokens_sign(&s->tokens, s->question.certificate, s->question.digests[i], &s->reply.values[i],
                                    signer_patience_ms(s->config->signer.timeout, 1), &s->error);
        hex_write((struct slice){ (const char *)s->question.digests[i], SIGNED_DIGEST_SIZE }, hex);
        if (result == 0)
            log_debug("signed: plan=%s digest=%s", s->question.plan ? s->question.plan : "-", hex);
    }
    s->used_ms = clock_monotonic_ms();
    return result;
}

/* Has he who asked given up? What is signed now would be signed for nobody. */
static bool is_abandoned(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
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
    if (is_abandoned(fd))
        goto out;
    answer(s, frame);
    signer_reply_visit(&w, &s->reply);
    if (wire_ok(&w) && ipc_append(&framed, buffer_data(&s->out)) == 0)
        net_write(fd, buffer_data(&framed), clock_monotonic_ms() + QUESTION_MS, NULL);
out:
    buffer_free(&framed);
}

/* Without a token it is left to those who have one to take a question; if nobody has, it is answered at once. */
static bool takes_questions(const struct signing *s)
{
    return s->tokens.token >= 0 || board_signers_with_token(s->board) == 0;
}

/* One with no token, or with another's and no way to see whether its own is back, makes room for a process that can read the PIN. */
static bool is_over(const struct signing *s)
{
    int64_t age = clock_monotonic_ms() - s->born_ms;

    return role_is_ending() || (s->tokens.token < 0 && age >= KEYLESS_MS) ||
           (signer_tokens_strayed(&s->tokens) && !s->tokens.can_open_again && age >= STRAYED_MS);
}

static void look_after_token(struct signing *s)
{
    signer_tokens_return(&s->tokens);
    if (s->tokens.token >= 0 && clock_monotonic_ms() - s->used_ms >= PROBE_MS) {
        signer_tokens_probe(&s->tokens, &s->error);
        s->used_ms = clock_monotonic_ms();
    }
}

static void loop(struct signing *s, int listener)
{
    int64_t look_at = 0;

    while (!is_over(s)) {
        struct pollfd p = { .fd = listener, .events = POLLIN };
        int fd;

        if (poll(&p, takes_questions(s), LOOK_MS) > 0 && (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
            serve(s, fd);
            file_close(&fd);
        }
        if (clock_monotonic_ms() >= look_at) {
            look_after_token(s);
            look_at = clock_monotonic_ms() + LOOK_MS;
        }
    }
}

/* The key is opened before the identity is changed: it may be readable by root alone. A wrong key ends the start; a token that is
 * out does not (it may come back). */
static int open_at_start(struct signing *s, unsigned number, bool is_first, struct error *e)
{
    int result = signer_tokens_begin(&s->tokens, s->config, s->board, number, e);

    if (result != 0)
        return result;
    s->tokens.is_first_birth = is_first;
    result = signer_tokens_open(&s->tokens, e);
    return result == ERROR_CONFIG ? result : 0;
}

/* As daemon.user: a token that only root can use is out from here on. A key of another certificate is a fault of the configuration. */
static int try_at_start(struct signing *s, struct error *e)
{
    const char *secret = s->config->signer.kind == KEY_FILE ? s->tokens.pairs[0].file : s->config->signer.pin_file;
    int result = 0;

    s->tokens.can_open_again = access(secret, R_OK) == 0;
    if (s->tokens.token < 0)
        board_signer_has(s->board, s->tokens.slot, -1);
    else
        result = signer_tokens_probe(&s->tokens, e);
    s->tokens.is_first_birth = false;
    s->used_ms = clock_monotonic_ms();
    return result == ERROR_CONFIG ? result : 0;
}

/* Give up what is not needed, once the library has shown what it does. One that has no socket to a network after it has opened the token and
 * signed is local; one that makes a connection for each call is found out by the next signature, and successors keep the network. */
static void shut_in(struct signing *s)
{
    bool is_file = s->config->signer.kind == KEY_FILE;
    _Atomic unsigned *shut_out = &s->board->signing.shut_out;
    bool with_network = !is_file && (atomic_load(shut_out) >= SIGNING_SHUT_OUT || sandbox_has_network());
    struct error e;

    if (sandbox_enter(with_network, &e) != 0) {
        log_warning("system calls are not restricted: %s", e.text);
        return;
    }
    if (is_file || with_network || s->tokens.token < 0)
        return;
    if (signer_tokens_probe(&s->tokens, &e) == 0)
        atomic_store(shut_out, 0);
    else if (atomic_fetch_add(shut_out, 1) + 1 < SIGNING_SHUT_OUT)
        log_warning("the token did not sign once the network was denied (%s); the next signer process tries again", e.text);
    else
        log_warning("the token does not sign without the network (%s); the next signer process keeps it", e.text);
}

int signer_process(const struct config *config, struct board *board, unsigned number, int listener, int ready)
{
    static struct signing s; /* large */
    struct error e = { 0 };
    int result;

    role_begin("opec-signer");
    prctl(PR_SET_DUMPABLE, 0);
    s = (struct signing){ .config = config, .board = board, .arena = arena_new(QUESTION_BUDGET), .in = buffer_new(QUESTION_BUDGET),
                          .out = buffer_new(IPC_FRAME_MAX), .born_ms = clock_monotonic_ms() };
    result = s.arena ? open_at_start(&s, number, ready >= 0, &e) : error_set(&e, ERROR_MEMORY, "out of memory");
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
    shut_in(&s);
    loop(&s, listener);
    signer_tokens_close(&s.tokens);
    return EXIT_SUCCESS;
}
