/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pki.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[200];

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "pki: %s\n", what);
    exit(99);
}

int pki_run(const char *const *arguments)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int null = open("/dev/null", O_RDWR);

        if (chdir(folder) == 0 && null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 &&
            (getenv("PKI_VERBOSE") || dup2(null, 2) == 2))
            execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("fork");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int pki_shell(const char *command)
{
    return pki_run((const char *[]){ "sh", "-c", command, NULL });
}

void pki_begin(const char *script)
{
    const char *above = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/opec-sign-XXXXXX", above ? above : P_tmpdir);
    if (!mkdtemp(folder))
        give_up(folder);
    if (script && pki_run((const char *[]){ script, folder, NULL }) != 0)
        give_up(script);
}

void pki_end(void)
{
    pki_run((const char *[]){ "rm", "-rf", folder, NULL });
}

const char *pki_path(const char *name)
{
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];

    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

struct slice pki_read(const char *name)
{
    FILE *f = fopen(pki_path(name), "rb");
    struct stat st;
    char *bytes;

    if (!f || fstat(fileno(f), &st) != 0)
        give_up(name);
    bytes = malloc((size_t)st.st_size + 1);
    if (!bytes || fread(bytes, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        give_up(name);
    fclose(f);
    return (struct slice){ bytes, (size_t)st.st_size };
}

X509 *pki_certificate(const char *name)
{
    FILE *f = fopen(pki_path(name), "r");
    X509 *certificate = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

    if (!certificate)
        give_up(name);
    fclose(f);
    return certificate;
}

void pki_write(const char *name, struct slice content)
{
    FILE *f = fopen(pki_path(name), "wb");

    if (!f || fwrite(content.data ? content.data : "", 1, content.size, f) != content.size || fclose(f) != 0)
        give_up(name);
}

bool pki_has(const char *program)
{
    return pki_run((const char *[]){ "sh", "-c", "command -v \"$1\"", "sh", program, NULL }) == 0;
}
