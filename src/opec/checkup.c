/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/checkup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_SIZE = 2048, LINE_SIZE = 8192 };

void checkup_ok(const char *key, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("ok %s: ", key);
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

/* Words of other rooms may name the key themselves. */
static void write_line(const struct checkup *c, const char *key, const char *mark, char out[LINE_SIZE], const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));
static void write_line(const struct checkup *c, const char *key, const char *mark, char out[LINE_SIZE], const char *format, va_list args)
{
    size_t size = strlen(key);
    char words[WORDS_SIZE];
    bool names_key;

    vsnprintf(words, sizeof words, format, args);
    names_key = strncmp(words, key, size) == 0 && words[size] == ':';
    snprintf(out, LINE_SIZE, "%s:%u: %s%s%s%s", c->config->path, config_line(c->config, key), mark, names_key ? "" : key, names_key ? "" : ": ",
             words);
}

/* FNV-1a; 0 stands for none. */
static uint64_t hash_of(const char *line)
{
    uint64_t hash = 0xCBF29CE484222325;

    for (; *line; line++)
        hash = (hash ^ (unsigned char)*line) * 0x100000001B3;
    return hash ? hash : 1;
}

static bool is_told(struct checkup *c, const char *line)
{
    uint64_t hash = hash_of(line);

    for (size_t i = 0; i < CHECKUP_TOLD; i++) {
        if (c->told[i] == hash)
            return true;
        if (c->told[i] == 0) {
            c->told[i] = hash;
            break;
        }
    }
    return false;
}

void checkup_fault_line(void *arg, const char *line)
{
    struct checkup *c = arg;

    if (!is_told(c, line))
        fprintf(stderr, "%s\n", line);
    c->faults++;
}

void checkup_fault(struct checkup *c, const char *key, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    va_start(args, format);
    write_line(c, key, "", line, format, args);
    va_end(args);
    checkup_fault_line(c, line);
}

void checkup_warning(const struct checkup *c, const char *key, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    va_start(args, format);
    write_line(c, key, "warning: ", line, format, args);
    va_end(args);
    fprintf(stderr, "%s\n", line);
}

void checkup_warning_line(void *arg, const char *line)
{
    const struct checkup *c = arg;
    size_t size = strlen(c->config->path);
    const char *words = strncmp(line, c->config->path, size) == 0 ? strstr(line + size, ": ") : NULL;

    if (words)
        fprintf(stderr, "%.*s: warning: %s\n", (int)(words - line), line, words + 2);
    else
        fprintf(stderr, "warning: %s\n", line);
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

void checkup_in_child(struct checkup *c, const char *key, void (*area)(struct checkup *c))
{
    struct checkup child = *c;
    int status;
    pid_t pid;

    /* What is buffered would be printed by both. */
    fflush(stdout);
    fflush(stderr);
    pid = fork();
    if (pid < 0) {
        checkup_fault(c, key, "it cannot be checked: fork: %s", strerror(errno));
        return;
    }
    if (pid == 0) {
        child.faults = 0;
        area(&child);
        fflush(stdout);
        _exit(child.faults ? EXIT_FAILURE : EXIT_SUCCESS);
    }
    status = wait_for(pid);
    if (status < 0 || !WIFEXITED(status))
        checkup_fault(c, key, "the process that checked it died of signal %d", status < 0 ? 0 : WTERMSIG(status));
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        c->faults++;
}
