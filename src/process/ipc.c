/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/ipc.h"

#include "base/net.h"

static void write_header(char header[IPC_HEADER_SIZE], size_t size)
{
    for (int i = 0; i < IPC_HEADER_SIZE; i++)
        header[i] = (char)(unsigned char)(size >> 8 * (IPC_HEADER_SIZE - 1 - i));
}

bool ipc_next(const struct buffer *in, struct slice *out, bool *out_broken)
{
    struct slice data = buffer_data(in);
    size_t size = 0;

    *out_broken = false;
    if (data.size < IPC_HEADER_SIZE)
        return false;
    for (int i = 0; i < IPC_HEADER_SIZE; i++)
        size = size << 8 | (unsigned char)data.data[i];
    if (size > IPC_FRAME_MAX) {
        *out_broken = true;
        return false;
    }
    if (data.size - IPC_HEADER_SIZE < size)
        return false;
    *out = (struct slice){ data.data + IPC_HEADER_SIZE, size };
    return true;
}

void ipc_consume(struct buffer *in, struct slice frame)
{
    buffer_consume(in, IPC_HEADER_SIZE + frame.size);
}

int ipc_append(struct buffer *out, struct slice frame)
{
    char header[IPC_HEADER_SIZE];
    int result;

    if (frame.size > IPC_FRAME_MAX)
        return ERROR_LIMIT;
    write_header(header, frame.size);
    result = buffer_append(out, (struct slice){ header, sizeof header });
    return result ? result : buffer_append(out, frame);
}

int ipc_call(int fd, struct slice request, struct buffer *in, int64_t deadline_ms, struct slice *out, struct error *e)
{
    char header[IPC_HEADER_SIZE];
    struct slice pieces[2] = { { header, sizeof header }, request };
    const struct rope rope = { .pieces = pieces, .count = request.size ? 2 : 1, .size = sizeof header + request.size };
    bool is_broken;
    int result;

    if (request.size > IPC_FRAME_MAX)
        return error_set(e, ERROR_LIMIT, "request of %zu bytes", request.size);
    write_header(header, request.size);
    result = net_write_rope(fd, &rope, deadline_ms, e);
    while (result == 0 && !ipc_next(in, out, &is_broken)) {
        if (is_broken)
            return error_set(e, ERROR_PROTOCOL, "a frame beyond all measure");
        result = net_fill(fd, in, deadline_ms, e);
    }
    return result;
}
