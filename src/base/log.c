/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

enum { LINE_SIZE = 2048, LONGEST_ESCAPE = 8 };

static struct {
    int fd; /* -1: syslog */
    bool owned;
    enum error_level level;
    char role[32];
} target = { .fd = STDERR_FILENO, .level = LEVEL_INFO, .role = "opec" };

static void take(int fd, bool owned)
{
    if (target.owned)
        close(target.fd);
    target.fd = fd;
    target.owned = owned;
}

int log_open(const char *where, enum error_level level, struct error *e)
{
    if (strcmp(where, "syslog") == 0) {
        openlog("opec", LOG_PID | LOG_NDELAY, LOG_MAIL);
        take(-1, false);
    } else if (strcmp(where, "stderr") == 0) {
        take(STDERR_FILENO, false);
    } else if (strncmp(where, "file:", 5) == 0) {
        int fd = open(where + 5, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

        if (fd < 0)
            return error_set(e, error_from_errno(errno), "%s: %s", where + 5, strerror(errno));
        take(fd, true);
    } else {
        return error_set(e, ERROR_CONFIG, "\"%s\" is not \"syslog\", \"stderr\" or \"file:/path\"", where);
    }
    target.level = level;
    return 0;
}

void log_close(void)
{
    if (target.fd < 0)
        closelog();
    take(STDERR_FILENO, false);
}

void log_role(const char *role)
{
    text_copy(target.role, sizeof target.role, slice_of(role));
}

bool log_wants(enum error_level level)
{
    return level <= target.level;
}

static void to_syslog(enum error_level level, const char *line)
{
    static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

    syslog(priorities[level], "%s: %s", target.role, line);
}

static void to_file(enum error_level level, const char *line)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    char out[LINE_SIZE + 128], when[32];
    struct timespec now;
    struct tm tm;
    int n;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    n = snprintf(out, sizeof out, "%s.%03ld %s[%d] %s: %s\n", when, now.tv_nsec / 1000000, target.role, (int)getpid(), names[level],
                 line);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof out)
        n = sizeof out - 1;
    /* One write for a line, so that lines of several processes do not mix. A log that cannot be written has no one to tell. */
    if (write(target.fd, out, (size_t)n) < 0)
        return;
}

/* Whatever words came to stand in it, a line is one line. */
static void make_one_line(char *line)
{
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7F)
            *at = ' ';
}

void log_write(enum error_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;

    if (!log_wants(level))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    make_one_line(line);
    if (target.fd < 0)
        to_syslog(level, line);
    else
        to_file(level, line);
}

/* The bytes of a character that a terminal or a reader of lines might obey. */
static size_t escape(struct slice bytes, char *out)
{
    for (size_t i = 0; i < bytes.size; i++)
        snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)bytes.data[i]);
    return 4 * bytes.size;
}

const char *log_quote(struct slice s, char out[LOG_QUOTED_SIZE])
{
    size_t n = 0;

    out[n++] = '"';
    while (s.size && n < LOG_QUOTED_SIZE - LONGEST_ESCAPE - 2) {
        struct slice bytes = s;
        uint32_t c;

        utf8_next(&s, &c);
        bytes.size -= s.size;
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c == 0xFFFD && bytes.size == 1)) {
            n += escape(bytes, out + n);
            continue;
        }
        if (c == '"' || c == '\\')
            out[n++] = '\\';
        memcpy(out + n, bytes.data, bytes.size);
        n += bytes.size;
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}
