/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "opec/verify/line_ends.h"
#include "opec/verify/mbox.h"

enum { READ_SIZE = 1024 * 1024 };

/* What stands in one file. */
struct content {
    struct slice text;   /* mapped, or in `read` */
    struct buffer read;  /* of what cannot be mapped */
    bool is_mapped, is_open;
    bool is_mbox, is_many;
    struct slice rest;   /* of a mailbox file */
    size_t taken;        /* messages */
};

struct verify_source {
    char **paths;
    size_t count, next;
    bool is_folder;
    struct content content; /* of the path before `next` */
    char *converted;        /* the message that was given out last, if it had LF line ends */
    char *name;
};

/* --- a file ----------------------------------------------------------------------------------------------------------------- */

static void close_content(struct content *c)
{
    if (c->is_mapped)
        file_unmap(&c->text);
    buffer_free(&c->read);
    *c = (struct content){ 0 };
}

static int too_long(struct error *e)
{
    return error_set(e, ERROR_LIMIT, "a message of more than %d MB is not read", VERIFY_MESSAGE_MAX / 1000000);
}

static int read_to_end(int fd, struct buffer *in, struct error *e)
{
    for (;;) {
        size_t room;
        char *at = buffer_reserve(in, READ_SIZE, &room);
        ssize_t n;

        if (!at)
            return too_long(e);
        n = read(fd, at, room);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return error_set(e, ERROR_FILE, "%s", strerror(errno));
        if (n > 0)
            buffer_commit(in, (size_t)n);
    }
}

/* Mailbox files may be larger than memory: what is a file is mapped. */
static int read_content(int fd, struct content *c, struct error *e)
{
    struct stat status;
    int result;

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        result = file_map(fd, &c->text, e);
        c->is_mapped = result == 0;
        return result;
    }
    c->read = buffer_new(VERIFY_MESSAGE_MAX);
    result = read_to_end(fd, &c->read, e);
    c->text = buffer_data(&c->read);
    return result;
}

/* Is there more than one message in it? */
static bool holds_many(const struct content *c)
{
    struct slice rest = c->text, message;

    return c->is_mbox && mbox_next(&rest, &message) && rest.size;
}

static int open_content(const char *path, struct content *c, struct error *e)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), result;

    if (fd < 0)
        return error_set(e, ERROR_FILE, "%s", strerror(errno));
    result = read_content(fd, c, e);
    if (!is_input)
        file_close(&fd);
    if (result != 0) {
        close_content(c);
        return result;
    }
    c->is_open = true;
    c->is_mbox = mbox_is(c->text);
    c->rest = c->text;
    c->is_many = holds_many(c);
    return 0;
}

/* --- the list of files ------------------------------------------------------------------------------------------------------ */

static int is_visible(const struct dirent *d)
{
    return d->d_name[0] != '.' && (d->d_type == DT_REG || d->d_type == DT_LNK || d->d_type == DT_UNKNOWN);
}

static int add_path(struct verify_source *s, char *path)
{
    char **more = path ? realloc(s->paths, (s->count + 1) * sizeof *more) : NULL;

    if (!more) {
        free(path);
        return ERROR_MEMORY;
    }
    s->paths = more;
    s->paths[s->count++] = path;
    return 0;
}

static int add_joined(struct verify_source *s, const char *folder, const char *name)
{
    char *path;

    return add_path(s, asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path);
}

static int add_folder(struct verify_source *s, const char *folder, struct error *e)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort), result = 0;

    if (count < 0)
        return error_set(e, errno == ENOMEM ? ERROR_MEMORY : ERROR_FILE, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = add_joined(s, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return result ? error_set(e, result, "out of memory") : 0;
}

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A part of a Maildir that is missing is empty. */
static int add_part(struct verify_source *s, const char *folder, const char *part, struct error *e)
{
    char *path;
    int result;

    if (asprintf(&path, "%s/%s", folder, part) < 0)
        return error_set(e, ERROR_MEMORY, "out of memory");
    result = is_folder(path) ? add_folder(s, path, e) : 0;
    free(path);
    return result;
}

static int add_maildir(struct verify_source *s, const char *folder, struct error *e)
{
    int result = add_part(s, folder, "cur", e);

    return result ? result : add_part(s, folder, "new", e);
}

static bool is_maildir(const char *folder)
{
    char *path;
    bool is_one;

    if (asprintf(&path, "%s/cur", folder) < 0)
        return false;
    is_one = is_folder(path);
    free(path);
    return is_one;
}

int verify_source_open(const char *path, struct verify_source **out, struct error *e)
{
    struct verify_source *s = calloc(1, sizeof *s);
    int result;

    if (!s)
        return error_set(e, ERROR_MEMORY, "out of memory");
    s->is_folder = strcmp(path, "-") != 0 && is_folder(path);
    if (!s->is_folder)
        result = add_path(s, strdup(path)) ? error_set(e, ERROR_MEMORY, "out of memory") : 0;
    else
        result = is_maildir(path) ? add_maildir(s, path, e) : add_folder(s, path, e);
    if (result != 0)
        verify_source_close(&s);
    else
        *out = s;
    return result;
}

void verify_source_close(struct verify_source **source)
{
    struct verify_source *s = *source;

    if (!s)
        return;
    close_content(&s->content);
    for (size_t i = 0; i < s->count; i++)
        free(s->paths[i]);
    free(s->paths);
    free(s->converted);
    free(s->name);
    free(s);
    *source = NULL;
}

/* --- messages --------------------------------------------------------------------------------------------------------------- */

static const char *name_of_content(const struct verify_source *s)
{
    const char *path = s->paths[s->next - 1];

    return strcmp(path, "-") == 0 ? "standard input" : path;
}

bool verify_source_is_many(struct verify_source *s)
{
    struct error e;

    if (s->is_folder || s->next)
        return s->is_folder || s->content.is_many;
    /* What cannot be opened is told when its message is asked for. */
    if (open_content(s->paths[0], &s->content, &e) != 0)
        return false;
    s->next = 1;
    return s->content.is_many;
}

/* The next message of the content that is open; it is closed behind its last. */
static bool take(struct content *c, struct slice *out)
{
    if (!c->is_open)
        return false;
    if (c->is_mbox ? mbox_next(&c->rest, out) : c->taken == 0) {
        if (!c->is_mbox)
            *out = c->text;
        c->taken++;
        return true;
    }
    close_content(c);
    return false;
}

static int give(struct verify_source *s, struct slice message, struct verify_message *out, struct error *e)
{
    size_t size = message.size;

    if (size > VERIFY_MESSAGE_MAX)
        return too_long(e);
    if (line_ends_are_lf(message)) {
        s->converted = line_ends_to_crlf(message, &size);
        if (!s->converted)
            return error_set(e, ERROR_MEMORY, "out of memory");
        message = (struct slice){ s->converted, size };
    }
    out->bytes = message;
    return 0;
}

static void name_message(struct verify_source *s, struct verify_message *out)
{
    free(s->name);
    s->name = NULL;
    if (s->content.is_many && asprintf(&s->name, "%s:%zu", name_of_content(s), s->content.taken) < 0)
        s->name = NULL;
    out->name = s->name ? s->name : name_of_content(s);
}

bool verify_source_next(struct verify_source *s, struct verify_message *out, int *out_result, struct error *e)
{
    struct slice message;

    free(s->converted);
    s->converted = NULL;
    *out = (struct verify_message){ 0 };
    while (!take(&s->content, &message)) {
        if (s->next == s->count)
            return false;
        *out_result = open_content(s->paths[s->next++], &s->content, e);
        if (*out_result != 0) {
            name_message(s, out);
            return true;
        }
    }
    out->is_of_mbox = s->content.is_mbox;
    name_message(s, out);
    *out_result = give(s, message, out, e);
    return true;
}
