/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scan/clamd.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rope.h"
#include "scan/answer.h"

enum {
    CHUNK_SIZE = 256 * 1024,
    LENGTH_SIZE = 4, /* in front of each chunk, in network order; 0 ends the stream */
    PIECES = 64,     /* handed to the kernel in one go */
    ANSWER_MAX = 1024,
};

static void write_length(char out[LENGTH_SIZE], size_t length)
{
    for (size_t i = 0; i < LENGTH_SIZE; i++)
        out[i] = (char)(length >> (8 * (LENGTH_SIZE - 1 - i)));
}

/* The command, the message in chunks, the end. The message stays where it is: what is written are slices of it between lengths,
 * and only two lengths are needed, that of a full chunk and that of the last one. */
static int send_stream(int fd, struct slice message, int64_t deadline_ms, struct error *e)
{
    char full[LENGTH_SIZE], rest[LENGTH_SIZE], end[LENGTH_SIZE] = { 0 };
    struct slice pieces[PIECES];
    struct rope rope = { .pieces = pieces, .capacity = PIECES };

    write_length(full, CHUNK_SIZE);
    write_length(rest, message.size % CHUNK_SIZE);
    rope_add(&rope, SLICE("zINSTREAM\0"));
    for (; message.size >= CHUNK_SIZE; message = slice_skip(message, CHUNK_SIZE)) {
        /* Room is kept for the last chunk and the end. */
        if (rope.count + 5 > PIECES) {
            int result = net_write_rope(fd, &rope, deadline_ms, e);

            if (result != 0)
                return result;
            rope.count = rope.size = 0;
        }
        rope_add(&rope, (struct slice){ full, LENGTH_SIZE });
        rope_add(&rope, (struct slice){ message.data, CHUNK_SIZE });
    }
    if (message.size)
        rope_add(&rope, (struct slice){ rest, LENGTH_SIZE });
    rope_add(&rope, message);
    rope_add(&rope, (struct slice){ end, LENGTH_SIZE });
    return net_write_rope(fd, &rope, deadline_ms, e);
}

/* What follows from a failure to read more of an answer of which `begun` is there. */
static int explain_short_answer(int result, struct slice begun, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];

    if (result == ERROR_LIMIT)
        return error_set(e, ERROR_PROTOCOL, "an endless answer: %s", log_quote(begun, quoted));
    return begun.size ? error_prefix(e, result, "after %s", log_quote(begun, quoted)) : result;
}

/* The one answer of a connection, up to the NUL that ends it (the command began with "z"). */
static int read_answer(int fd, struct buffer *in, int64_t deadline_ms, struct slice *out, struct error *e)
{
    for (;;) {
        struct slice begun = buffer_data(in);
        size_t end = slice_find_byte(begun, '\0');
        int result;

        /* Of two answers neither can be trusted. */
        if (end + 1 < begun.size)
            return error_set(e, ERROR_PROTOCOL, "more than one answer");
        if (end < begun.size) {
            *out = (struct slice){ begun.data, end };
            return 0;
        }
        result = net_fill(fd, in, deadline_ms, e);
        if (result != 0)
            return explain_short_answer(result, begun, e);
    }
}

/* A message of which clamd did not take the end has no verdict, whatever it says. What it says is why it stopped ("size limit
 * exceeded"), which tells more than the failed write. */
static int explain_stop(int sent, int fd, struct buffer *in, int64_t deadline_ms, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];
    struct slice answer;

    if (read_answer(fd, in, deadline_ms, &answer, NULL) != 0)
        return sent;
    return error_set(e, ERROR_PROTOCOL, "took only a part of the message: %s", log_quote(answer, quoted));
}

static int converse(int fd, struct slice message, int64_t deadline_ms, struct scan_verdict *out, struct error *e)
{
    struct buffer in = buffer_new(ANSWER_MAX);
    struct slice answer;
    int result = send_stream(fd, message, deadline_ms, e);

    if (result != 0)
        result = explain_stop(result, fd, &in, deadline_ms, e);
    else
        result = read_answer(fd, &in, deadline_ms, &answer, e);
    if (result == 0)
        result = scan_answer_read(answer, out, e);
    buffer_free(&in);
    return result;
}

int scan_message(const struct net_address *clamd, struct slice message, int64_t deadline_ms, struct scan_verdict *out,
                 struct error *e)
{
    int fd = -1, result = net_connect(clamd, deadline_ms, &fd, e);

    if (result == 0)
        result = converse(fd, message, deadline_ms, out, e);
    file_close(&fd);
    return result ? error_prefix(e, result, "clamd") : 0;
}

static int ping(int fd, int64_t deadline_ms, struct error *e)
{
    struct buffer in = buffer_new(ANSWER_MAX);
    char quoted[LOG_QUOTED_SIZE];
    struct slice answer;
    int result = net_write(fd, SLICE("zPING\0"), deadline_ms, e);

    if (result == 0)
        result = read_answer(fd, &in, deadline_ms, &answer, e);
    if (result == 0 && !slice_is(answer, "PONG"))
        result = error_set(e, ERROR_PROTOCOL, "not PONG, but %s", log_quote(answer, quoted));
    buffer_free(&in);
    return result;
}

int scan_ping(const struct net_address *clamd, int64_t deadline_ms, struct error *e)
{
    int fd = -1, result = net_connect(clamd, deadline_ms, &fd, e);

    if (result == 0)
        result = ping(fd, deadline_ms, e);
    file_close(&fd);
    return result ? error_prefix(e, result, "clamd") : 0;
}
