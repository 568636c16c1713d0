/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/fitness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

enum { WORDS_SIZE = 5000 };

struct named {
    const char *key, *path; /* "": nothing is named */
    bool is_folder;
};

/* Why the file cannot be used; NULL if it can. A pipe or a device would keep whoever reads it waiting. */
static const char *fault_of(const struct named *n)
{
    int fd = open(n->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *why = fd < 0 ? strerror(errno) : NULL;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) != 0)
        why = strerror(errno);
    else if (fd >= 0 && n->is_folder)
        why = S_ISDIR(st.st_mode) ? NULL : "it is no folder";
    else if (fd >= 0)
        why = S_ISREG(st.st_mode) ? NULL : "it is no file";
    file_close(&fd);
    return why;
}

bool fitness_files(const struct config *config, settings_fault *fault, void *arg)
{
    bool in_file = config->signer.kind == KEY_FILE, is_good = true;
    const struct named files[] = {
        { "signer.key", in_file ? config->signer.key : "", false },
        { "signer.next_certificate", config->signer.next_certificate, false },
        { "signer.next_key", in_file ? config->signer.next_key : "", false },
        { "signer.module", in_file ? "" : config->signer.module, false },
        { "signer.pin_file", in_file ? "" : config->signer.pin_file, false },
        { "directory.client_certificate", config->directory.client_certificate, false },
        { "directory.client_key", config->directory.client_key, false },
        { "directory.ca", config->directory.ca, false },
        { "directory.signer_ca", config->directory.signer_ca, false },
        { "directory.mirror_password_file", config->directory.mirror_password_file, false },
        { "tsa.ca", config->tsa.ca, false },
        { "templates.dir", config->templates_dir, true },
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const struct named *n = &files[i];
        const char *why = n->path && *n->path ? fault_of(n) : NULL;
        char line[WORDS_SIZE];

        if (!why)
            continue;
        snprintf(line, sizeof line, "%s:%u: %s: %s: %s", config->path, config_line(config, n->key), n->key, n->path, why);
        fault(arg, line);
        is_good = false;
    }
    return is_good;
}
