/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

void secret_wipe(struct secret *s)
{
    if (s->bytes) {
        OPENSSL_cleanse(s->bytes, SECRET_MAX);
        free(s->bytes);
    }
    *s = (struct secret){ 0 };
}

/* Up to the end of the file or of the room. */
static int fill(int fd, const char *path, struct secret *s, struct error *e)
{
    while (s->size < SECRET_MAX) {
        ssize_t n = read(fd, s->bytes + s->size, SECRET_MAX - s->size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(e, ERROR_CONFIG, "%s: %s", path, strerror(errno));
        if (n == 0)
            break;
        s->size += (size_t)n;
    }
    if (s->size == 0)
        return error_set(e, ERROR_CONFIG, "%s: empty", path);
    if (s->size == SECRET_MAX)
        return error_set(e, ERROR_CONFIG, "%s: more than %d bytes", path, SECRET_MAX - 1);
    s->bytes[s->size] = '\0';
    return 0;
}

int secret_read(const char *path, struct secret *out, struct error *e)
{
    struct secret s = { .bytes = calloc(1, SECRET_MAX) };
    int result, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (!s.bytes)
        result = error_set(e, ERROR_MEMORY, "%s: no memory to read it", path);
    else if (fd < 0)
        result = error_set(e, ERROR_CONFIG, "%s: %s", path, strerror(errno));
    else
        result = fill(fd, path, &s, e);
    file_close(&fd);
    if (result != 0)
        secret_wipe(&s);
    else
        *out = s;
    return result;
}

void secret_cut_line(struct secret *s)
{
    size_t length = 0;

    while (length < s->size && s->bytes[length] != '\n' && s->bytes[length] != '\r')
        length++;
    OPENSSL_cleanse(s->bytes + length, s->size - length);
    s->size = length;
}
