/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sink.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/net.h"

enum { RECIPIENTS_MAX = 512, ADDRESS_SIZE = 256, MESSAGE_MAX = 4 * 1024 * 1024 };

const char *const sink_names[SINK_COUNT] = { "relay", "mailboxes", "scanner" };

/* One connection. */
struct talk {
    enum sink sink;
    struct sink_board *board;
    const char *mail;
    FILE *in, *out;
    char sender[ADDRESS_SIZE], envid[ADDRESS_SIZE];
    char recipients[RECIPIENTS_MAX][ADDRESS_SIZE];
    size_t count;
};

static _Noreturn void give_up(const char *what)
{
    perror(what);
    _exit(99);
}

/* --- keeping ---------------------------------------------------------------------------------------------------------------- */

/* Kept before it is answered, as a mail system does. */
static void keep(struct talk *t, unsigned transaction, const char *recipient, const char *bytes, size_t size)
{
    char path[PATH_MAX], final[PATH_MAX + 20];
    unsigned number = atomic_fetch_add(&t->board->deliveries, 1);
    FILE *f;

    snprintf(path, sizeof path, "%s/.%06u", t->mail, number);
    snprintf(final, sizeof final, "%s/%06u", t->mail, number);
    f = fopen(path, "wb");
    if (!f || fprintf(f, "%d %u <%s> <%s> <%s>\n", (int)t->sink, transaction, t->sender, t->envid, recipient) < 0 ||
        fwrite(bytes, 1, size, f) != size || fclose(f) != 0 || rename(path, final) != 0)
        give_up(path);
}

/* --- SMTP and LMTP ---------------------------------------------------------------------------------------------------------- */

static void say(struct talk *t, const char *text)
{
    fprintf(t->out, "%s\r\n", text);
    fflush(t->out);
}

/* What stands between angle brackets. */
static bool read_address(const char *line, char out[ADDRESS_SIZE])
{
    return sscanf(line, "%*[^<]<%255[^>]>", out) == 1 || (strstr(line, "<>") && (out[0] = '\0', true));
}

static void take_sender(struct talk *t, const char *line)
{
    const char *envid = strstr(line, "ENVID=");

    t->count = 0;
    t->envid[0] = '\0';
    if (envid)
        sscanf(envid, "ENVID=%255[^ \r\n]", t->envid);
    say(t, read_address(line, t->sender) ? "250 2.1.0 Ok" : "501 5.5.4 What sender?");
}

static void take_recipient(struct talk *t, const char *line)
{
    char *address = t->recipients[t->count];

    if (t->count == RECIPIENTS_MAX - 1 || !read_address(line, address)) {
        say(t, "501 5.5.4 What recipient?");
    } else if (strncmp(address, "unknown", 7) == 0) {
        say(t, "550 5.1.1 No such user here");
    } else if (strncmp(address, t->sink == SINK_MAILBOXES ? "full" : "late", 4) == 0 && atomic_load(&t->board->is_full)) {
        say(t, "452 4.2.2 Mailbox full");
    } else {
        t->count++;
        say(t, "250 2.1.5 Ok");
    }
}

/* The message without its end mark and stuffed dots. False if the client left before its end. */
static bool read_data(struct talk *t, char *out, size_t *out_size)
{
    char *line = NULL;
    size_t room = 0, size = 0;
    ssize_t n;
    bool is_whole = false;

    while (!is_whole && (n = getline(&line, &room, t->in)) > 0) {
        const char *from = line[0] == '.' ? line + 1 : line;

        is_whole = n == 3 && memcmp(line, ".\r\n", 3) == 0;
        n -= from - line;
        if (is_whole)
            break;
        if (size + (size_t)n > MESSAGE_MAX)
            give_up("a large message");
        memcpy(out + size, from, (size_t)n);
        size += (size_t)n;
    }
    free(line);
    *out_size = size;
    return is_whole;
}

static bool take_data(struct talk *t)
{
    unsigned transaction = atomic_fetch_add(&t->board->transactions, 1);
    char *bytes = malloc(MESSAGE_MAX);
    size_t size;
    bool is_whole;

    say(t, t->count ? "354 Go on" : "554 5.5.1 No recipients");
    if (!t->count) {
        free(bytes);
        return true;
    }
    is_whole = bytes && read_data(t, bytes, &size);
    for (size_t i = 0; i < t->count && is_whole; i++) {
        bool is_refused = strncmp(t->recipients[i], "refusing", 8) == 0;

        if (!is_refused)
            keep(t, transaction, t->recipients[i], bytes, size);
        if (t->sink == SINK_MAILBOXES)
            say(t, is_refused ? "554 5.7.1 Not for me" : "250 2.0.0 Saved");
    }
    if (is_whole && t->sink == SINK_RELAY)
        say(t, "250 2.0.0 Queued");
    t->count = 0;
    free(bytes);
    return is_whole;
}

static void serve_mail(struct talk *t)
{
    char line[2000];

    if (atomic_load(&t->board->is_out[t->sink])) {
        say(t, "421 4.3.2 Out of service");
        return;
    }
    say(t, "220 sink");
    while (fgets(line, sizeof line, t->in)) {
        if (strncmp(line, "EHLO", 4) == 0 || strncmp(line, "LHLO", 4) == 0)
            say(t, "250-sink\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 8BITMIME");
        else if (strncmp(line, "MAIL", 4) == 0)
            take_sender(t, line);
        else if (strncmp(line, "RCPT", 4) == 0)
            take_recipient(t, line);
        else if (strncmp(line, "QUIT", 4) == 0)
            return say(t, "221 2.0.0 Bye");
        else if (strncmp(line, "DATA", 4) != 0)
            say(t, "250 2.0.0 Ok");
        else if (!take_data(t))
            return;
    }
}

/* --- INSTREAM --------------------------------------------------------------------------------------------------------------- */

static void serve_scanner(struct talk *t)
{
    char command[20], *bytes = malloc(MESSAGE_MAX);
    unsigned char length[4];
    size_t size = 0;

    if (!bytes)
        give_up("memory");
    if (!atomic_load(&t->board->is_out[SINK_SCANNER]) && fread(command, 1, sizeof "zINSTREAM", t->in) == sizeof "zINSTREAM")
        while (fread(length, 1, sizeof length, t->in) == sizeof length) {
            size_t chunk = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
            bool is_infected;

            if (size + chunk > MESSAGE_MAX || fread(bytes + size, 1, chunk, t->in) != chunk)
                break;
            size += chunk;
            if (chunk)
                continue;
            is_infected = !atomic_load(&t->board->is_blind) && memmem(bytes, size, "INFECTED", 8) != NULL;
            fwrite(is_infected ? "stream: Test.Virus FOUND" : "stream: OK", 1, is_infected ? 25 : 11, t->out);
            fflush(t->out);
            break;
        }
    free(bytes);
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

static _Noreturn void serve(enum sink sink, struct sink_board *board, const char *mail, int listener)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    fcntl(listener, F_SETFL, 0);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        struct talk t = { .sink = sink, .board = board, .mail = mail };

        if (fd < 0 || !(t.in = fdopen(fd, "rb")) || !(t.out = fdopen(dup(fd), "wb")))
            give_up("accept");
        if (sink == SINK_SCANNER)
            serve_scanner(&t);
        else
            serve_mail(&t);
        fclose(t.out);
        fclose(t.in);
    }
}

void sinks_start(struct sinks *s, const char *folder, const char *mail)
{
    s->board = mmap(NULL, sizeof *s->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->board == MAP_FAILED)
        abort();
    for (size_t i = 0; i < SINK_COUNT; i++) {
        struct net_address address;
        char text[NET_ADDRESS_SIZE];
        int listener;

        snprintf(text, sizeof text, "unix:%s/%s", folder, sink_names[i]);
        if (net_address_read(text, &address, NULL) != 0 || net_listen(&address, 0600, &listener, NULL) != 0)
            abort();
        fflush(NULL);
        s->pids[i] = fork();
        if (s->pids[i] < 0)
            abort();
        if (s->pids[i] == 0)
            serve((enum sink)i, s->board, mail, listener);
        file_close(&listener);
    }
}

void sinks_end(struct sinks *s)
{
    for (size_t i = 0; i < SINK_COUNT; i++) {
        kill(s->pids[i], SIGKILL);
        waitpid(s->pids[i], NULL, 0);
    }
    munmap(s->board, sizeof *s->board);
}

/* --- reading again ---------------------------------------------------------------------------------------------------------- */

static const char *cut_text(struct slice *line, struct arena *arena)
{
    struct slice before;

    if (!slice_cut(line, '<', &before) || !slice_cut(line, '>', &before))
        abort();
    return arena_text(arena, before);
}

static struct delivery read_delivery(const char *mail, const char *name, struct arena *arena)
{
    struct delivery d = { 0 };
    struct slice line;
    char path[PATH_MAX];
    int sink;

    snprintf(path, sizeof path, "%s/%s", mail, name);
    if (file_read(path, MESSAGE_MAX + 1000, arena, &d.bytes, NULL) != 0 || sscanf(d.bytes.data, "%d %u", &sink, &d.transaction) != 2 ||
        !slice_cut(&d.bytes, '\n', &line))
        abort();
    d.sink = (enum sink)sink;
    d.sender = cut_text(&line, arena);
    d.envid = cut_text(&line, arena);
    d.recipient = cut_text(&line, arena);
    return d;
}

static int is_kept(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

struct delivery *sink_deliveries(const char *mail, struct arena *arena, size_t *out_count)
{
    struct dirent **names;
    int count = scandir(mail, &names, is_kept, alphasort);
    struct delivery *list = count >= 0 ? arena_array(arena, (size_t)count + 1, sizeof *list) : NULL;

    if (!list)
        abort();
    for (int i = 0; i < count; i++) {
        list[i] = read_delivery(mail, names[i]->d_name, arena);
        free(names[i]);
    }
    free(names);
    *out_count = (size_t)count;
    return list;
}
