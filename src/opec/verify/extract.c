/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600 }; /* it is somebody's mail */

/* Neither what exists nor what a link points to is written upon. */
static int write_new(const char *path, struct slice content, struct error *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE), result;

    if (fd < 0)
        return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    result = file_write(fd, content, e);
    if (result != 0)
        unlink(path);
    file_close(&fd);
    return result;
}

static int write_part(const char *path, struct slice content, struct verify_report *out, struct error *e)
{
    int result = path ? write_new(path, content, e) : error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);

    if (result == 0)
        out->extracted[out->extracted_count++] = path;
    return result;
}

int verify_extract(const char *folder, const char *prefix, struct arena *arena, struct verify_report *out, struct error *e)
{
    const struct {
        const char *name;
        struct slice content;
    } files[VERIFY_PARTS] = {
        { "postacert.eml", out->original }, { "daticert.xml", out->certification_data }, { "smime.p7s", out->signature }
    };
    int result = file_make_folder(folder, FOLDER_MODE, e);

    for (size_t i = 0; result == 0 && i < VERIFY_PARTS; i++)
        if (files[i].content.size)
            result = write_part(arena_printf(arena, "%s/%s%s", folder, prefix, files[i].name), files[i].content, out, e);
    while (result != 0 && out->extracted_count)
        unlink(out->extracted[--out->extracted_count]);
    return result;
}
