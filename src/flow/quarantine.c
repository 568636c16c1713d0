/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/quarantine.h"

#include <limits.h>
#include <stdio.h>

#include "base/file.h"

enum { QUARANTINE_MODE = 0600 };

static int keep(const char *dir, const char *name, const char *ending, struct slice content, struct error *e)
{
    char path[PATH_MAX];

    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", dir, name, ending) >= sizeof path)
        return error_set(e, ERROR_FILE, "%s: name too long", dir);
    return file_replace(path, content, QUARANTINE_MODE, e);
}

int quarantine_keep(const char *dir, const char *name, struct slice message, const char *event, char out_name[QUARANTINE_NAME_SIZE],
                    struct error *e)
{
    int result = keep(dir, name, ".eml", message, e);

    if (result == 0)
        result = keep(dir, name, ".json", slice_of(event), e);
    if (result == 0)
        snprintf(out_name, QUARANTINE_NAME_SIZE, "%s.eml", name);
    return result;
}
