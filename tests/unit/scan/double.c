/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "double.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

/* A double that nobody stops ends by itself. */
enum { LIFE_SECONDS = 60 };

static int listen_at(struct double_clamd *d, enum double_place place)
{
    char text[256];
    int fd;

    if (place == DOUBLE_UNIX) {
        const char *folder = getenv("TMPDIR");

        snprintf(d->folder, sizeof d->folder, "%s/scan-XXXXXX", folder ? folder : P_tmpdir);
        if (!mkdtemp(d->folder))
            abort();
        snprintf(text, sizeof text, "unix:%s/socket", d->folder);
        if (net_address_read(text, &d->address, NULL) != 0 || net_listen(&d->address, 0600, &fd, NULL) != 0)
            abort();
    } else {
        struct sockaddr_in sa;
        socklen_t size = sizeof sa;

        /* Port 0 is no address for a configuration, but lets the kernel choose. */
        d->address = (struct net_address){ .text = "127.0.0.1:0", .host = "127.0.0.1", .port = "0" };
        if (net_listen(&d->address, 0, &fd, NULL) != 0 || getsockname(fd, (struct sockaddr *)&sa, &size) != 0)
            abort();
        snprintf(text, sizeof text, "tcp:127.0.0.1:%u", ntohs(sa.sin_port));
        if (net_address_read(text, &d->address, NULL) != 0)
            abort();
    }
    return fd;
}

static void serve(int listener, double_script *script, const void *argument)
{
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    alarm(LIFE_SECONDS);
    fcntl(listener, F_SETFL, 0);
    fd = accept(listener, NULL, NULL);
    if (fd >= 0)
        script(fd, argument);
    file_close(&fd);
    _exit(0);
}

void double_start(struct double_clamd *d, enum double_place place, double_script *script, const void *argument)
{
    int listener;

    *d = (struct double_clamd){ .pid = -1 };
    listener = listen_at(d, place);
    fflush(NULL);
    d->pid = fork();
    if (d->pid < 0)
        abort();
    if (d->pid == 0)
        serve(listener, script, argument);
    file_close(&listener);
}

void double_stop(struct double_clamd *d)
{
    kill(d->pid, SIGKILL);
    waitpid(d->pid, NULL, 0);
    if (d->folder[0]) {
        unlink(d->address.path);
        rmdir(d->folder);
    }
}

static bool read_exactly(int fd, char *out, size_t size)
{
    while (size) {
        ssize_t n = read(fd, out, size);

        if (n <= 0)
            return false;
        out += n;
        size -= (size_t)n;
    }
    return true;
}

bool double_read_command(int fd, const char *expected)
{
    char command[64];
    size_t size = strlen(expected) + 1;

    return size <= sizeof command && read_exactly(fd, command, size) && memcmp(command, expected, size) == 0;
}

long double_read_chunk(int fd, char *out, size_t room)
{
    unsigned char length[4];
    size_t size;

    if (!read_exactly(fd, (char *)length, sizeof length))
        return -1;
    size = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    if (size > room || !read_exactly(fd, out, size))
        return -1;
    return (long)size;
}

void double_write(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);

        if (n <= 0)
            return;
        data += n;
        size -= (size_t)n;
    }
}
