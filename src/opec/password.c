/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/password.h"

#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HASH_LEAST = 20 };

const char password_none[] = "*";

/* One byte at a time: what follows the line is not ours. */
static int read_line(int fd, char out[PASSWORD_MAX + 1], size_t *out_size, struct error *e)
{
    size_t size = 0;

    for (;;) {
        char byte;
        ssize_t n = read(fd, &byte, 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(e, ERROR_FILE, "the password cannot be read: %s", strerror(errno));
        if (n == 0 || byte == '\n')
            break;
        if (size == PASSWORD_MAX)
            return error_set(e, ERROR_LIMIT, "a password has at most %d octets", PASSWORD_MAX);
        out[size++] = byte;
    }
    if (size && out[size - 1] == '\r')
        size--;
    *out_size = size;
    return 0;
}

int password_read(int fd, char out[PASSWORD_MAX + 1], struct error *e)
{
    char line[PASSWORD_MAX + 1];
    size_t size = 0;
    int result = read_line(fd, line, &size, e);

    if (result == 0 && (size == 0 || memchr(line, '\0', size)))
        result = error_set(e, ERROR_SYNTAX, "the first line of standard input is no password");
    if (result == 0) {
        memcpy(out, line, size);
        out[size] = '\0';
    }
    explicit_bzero(line, sizeof line);
    return result;
}

int password_hash(const char *clear, char out[PASSWORD_HASH_SIZE], struct error *e)
{
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *hash = NULL;

    if (data && crypt_gensalt_rn("$6$", 0, NULL, 0, salt, sizeof salt))
        hash = crypt_r(clear, salt, data);
    /* A failure is a text that begins with an asterisk. */
    if (hash && hash[0] == '$' && strlen(hash) < PASSWORD_HASH_SIZE)
        memcpy(out, hash, strlen(hash) + 1);
    else
        hash = NULL;
    if (data)
        explicit_bzero(data, sizeof *data);
    free(data);
    return hash ? 0 : error_set(e, ERROR_BUG, "crypt(3) made no hash of the password");
}

/* Visible ASCII, and nothing that would end a field of a password file. */
static bool is_plain(const char *hash)
{
    for (; *hash; hash++)
        if (*hash <= ' ' || *hash > '~' || *hash == ':')
            return false;
    return true;
}

int password_check_hash(const char *hash, struct error *e)
{
    size_t size = strlen(hash);

    if (hash[0] != '$' || size < HASH_LEAST || size >= PASSWORD_HASH_SIZE || !is_plain(hash))
        return error_set(e, ERROR_SYNTAX, "the hash is none of crypt(3); write one that begins with \"$6$\" or another method's mark");
    if (crypt_checksalt(hash) != CRYPT_SALT_OK)
        return error_set(e, ERROR_SYNTAX, "crypt(3) of this machine does not take that hash, or calls its method too weak");
    return 0;
}
