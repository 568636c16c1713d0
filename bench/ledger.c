/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log: a ledger of realistic events, and what verifying it costs beside hashing its bytes once.
 *
 *     ledger write DIR EVENTS [DAYS [SEED]]   write EVENTS lines (some 750 bytes each) over DAYS days (900) into a folder that exists
 *     ledger verify DIR                       the rate of ledger_verify and of the floor on a folder, the better of three turns each
 *     ledger                                  both, in a folder of its own, with 300,000 lines
 *
 * The lines are those of the keeper (pec/event.h): for each message of ours received, sent and its acceptance; for each one that comes
 * received, take-charge, delivered and the receipt; many messages at once. Files are closed once a day, or at 1 GB.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"
#include "pec/event.h"

enum { AT_ONCE = 32, TO_MAX = 5, TEXT_SIZE = 100, BUDGET = 1024 * 1024, BLOCK = 256 * 1024, TURNS = 3, ROTATE_EVERY = 64 };
enum { START = 1717192800 /* 2024-06-01 in Rome */, DEFAULT_DAYS = 900, DEFAULT_EVENTS = 300000 };
#define PROVIDER "Gestore Alfa S.p.A."

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "ledger: %s\n", what);
    exit(1);
}

/* --- events ----------------------------------------------------------------------------------------------------------------- */

static uint64_t state = 1;

/* The same at every run (xorshift64). */
static unsigned choose(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

/* A message on its way. */
struct way {
    struct plan plan;
    struct recipient to[TO_MAX];
    const char *concerned[1];
    struct pec_message message;
    unsigned seed[2];
    char pec_id[TEXT_SIZE], msgid[TEXT_SIZE], sender[TEXT_SIZE], subject[TEXT_SIZE], id[TEXT_SIZE];
    char addresses[TO_MAX][TEXT_SIZE];
    size_t next; /* event; 0: a new message */
};

static void write_address(char *out, bool is_ours)
{
    static const char *const first[] = { "anna", "bruno", "carla", "dario", "elena", "fabio", "giulia", "ugo" };
    static const char *const last[] = { "bianchi", "rossi", "verdi", "esposito", "russo", "colombo", "ricci", "marino" };

    if (is_ours)
        snprintf(out, TEXT_SIZE, "%s.%s.%u@alfa.example", first[choose(8)], last[choose(8)], choose(200));
    else
        snprintf(out, TEXT_SIZE, "ufficio.%s.%u@pec.comune-%u.example", last[choose(8)], choose(20), choose(500));
}

static void begin(struct way *w, int64_t now)
{
    struct plan *plan = &w->plan;
    struct legal_time t = clock_legal(now);
    char stamp[CLOCK_TEXT_SIZE];

    *w = (struct way){ 0 };
    clock_stamp(&t, stamp);
    plan->point = choose(2) ? POINT_INCOMING : POINT_ACCESS;
    plan->verdict = plan->point == POINT_ACCESS ? VERDICT_ACCEPTED : VERDICT_ENVELOPE;
    plan->time = now;
    plan->size = 2000 + choose(500000);
    w->seed[0] = choose(1u << 31);
    w->seed[1] = choose(1u << 31);
    snprintf(w->pec_id, sizeof w->pec_id, "opec3.%.14s.%08x%08x.0@alfa.example", stamp, w->seed[0], w->seed[1]);
    snprintf(w->msgid, sizeof w->msgid, "<%08X.%u@client.example>", choose(1u << 31), choose(1000000));
    snprintf(w->subject, sizeof w->subject, "Comunicazione n. %u: avviso di scadenza", choose(100000));
    write_address(w->sender, plan->point == POINT_ACCESS);
    plan->about = (struct transaction){ .pec_id = w->pec_id, .msgid = w->msgid, .sender = w->sender, .subject = w->subject, .provider = PROVIDER,
                                        .recipients = w->to, .recipient_count = choose(4) ? 1 : 1 + choose(TO_MAX) };
    for (size_t i = 0; i < plan->about.recipient_count; i++) {
        write_address(w->addresses[i], plan->point == POINT_INCOMING);
        w->to[i] = (struct recipient){ w->addresses[i], true };
    }
}

/* The next event of a message; false behind its last one. */
static bool next_event(struct way *w, struct event *out)
{
    static const struct {
        const char *what;
        bool has_message, is_to_sender;
        enum message_kind kind;
    } rows[2][5] = { [POINT_ACCESS] = { { "received", false, false, 0 },
                                        { "sent", true, false, KIND_TRANSPORT_ENVELOPE },
                                        { "sent", true, true, KIND_ACCEPTANCE } },
                     [POINT_INCOMING] = { { "received", false, false, 0 },
                                          { "sent", true, true, KIND_TAKE_CHARGE },
                                          { "delivered", false, false, 0 },
                                          { "sent", true, true, KIND_DELIVERY_COMPLETE } } };
    const char *what = rows[w->plan.point][w->next].what;

    if (!what)
        return false;
    snprintf(w->id, sizeof w->id, "opec3.%08x%08x.%zu@alfa.example", w->seed[0], w->seed[1], w->next);
    w->message = (struct pec_message){ .kind = rows[w->plan.point][w->next].kind, .id = w->id };
    w->concerned[0] = w->sender;
    *out = (struct event){ .what = what, .time = w->plan.time, .number = w->next,
                           .message = rows[w->plan.point][w->next].has_message ? &w->message : NULL,
                           .recipients = w->concerned, .recipient_count = rows[w->plan.point][w->next].is_to_sender };
    w->next++;
    return true;
}

static void append(struct ledger *ledger, struct way *w, const struct event *event, int64_t now, struct arena *arena)
{
    char id[2 * TEXT_SIZE], digest[65];
    const char *text;
    struct error e;

    snprintf(digest, sizeof digest, "%08x%08x%08x%08x%08x%08x%08x%08x", choose(1u << 31), choose(1u << 31), choose(1u << 31), choose(1u << 31),
             choose(1u << 31), choose(1u << 31), choose(1u << 31), choose(1u << 31));
    snprintf(id, sizeof id, "%08x%08x.%zu.0", w->seed[0], w->seed[1], event->number);
    arena_reset(arena);
    text = event_write(&w->plan, event, event->message ? digest : NULL, arena);
    if (!text || ledger_append(ledger, id, slice_of(text), now, &e) != 0)
        stop(text ? e.text : "out of memory");
}

static void write_ledger(const char *dir, uint64_t events, int64_t days)
{
    const struct ledger_settings settings = { .dir = dir, .close_size = 1000000000, .close_age = 86400, .provider = PROVIDER };
    static const struct ledger_head none;
    static struct way ways[AT_ONCE];
    struct arena *arena = arena_new(BUDGET);
    struct ledger *ledger = NULL;
    char closed[LEDGER_PATH_SIZE];
    struct event event;
    struct error damage, e;

    if (!arena || ledger_open(&settings, &none, &ledger, &damage, &e) != 0)
        stop(arena ? e.text : "out of memory");
    for (uint64_t i = 0; i < events; i++) {
        int64_t now = START + (int64_t)((double)days * 86400 * (double)i / (double)events);
        struct way *w = &ways[choose(AT_ONCE)];

        if (i % ROTATE_EVERY == 0 && ledger_rotate(ledger, now, false, closed, &e) != 0)
            stop(e.text);
        if (w->next == 0 || !next_event(w, &event)) {
            begin(w, now);
            next_event(w, &event);
        }
        append(ledger, w, &event, now, arena);
    }
    if (ledger_sync(ledger, &e) != 0)
        stop(e.text);
    ledger_close(&ledger);
    arena_free(&arena);
}

/* --- verifying -------------------------------------------------------------------------------------------------------------- */

/* Read and hash each log once: less nobody can do who proves bytes. */
static uint64_t hash_folder(const char *dir)
{
    struct ledger_folder folder = { 0 };
    struct digest *sha256 = digest_new(DIGEST_SHA256);
    unsigned char hash[DIGEST_MAX];
    static char block[BLOCK];
    uint64_t size = 0;
    struct error e;

    if (!sha256 || ledger_folder_read(dir, &folder, &e) != 0)
        stop(sha256 ? e.text : "out of memory");
    for (size_t i = 0; i < folder.count; i++) {
        char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
        int fd;

        ledger_file_name(&folder.files[i], LEDGER_LOG, name);
        if (ledger_path(dir, name, path, &e) != 0 || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
            stop("a log cannot be opened");
        for (ssize_t n; (n = read(fd, block, sizeof block)) > 0; size += (uint64_t)n)
            digest_update(sha256, (struct slice){ block, (size_t)n });
        digest_final(sha256, hash);
        close(fd);
    }
    ledger_folder_free(&folder);
    digest_free(&sha256);
    return size;
}

static void verify_folder(const char *dir)
{
    double ours = 1e18, floor_ = 1e18;
    struct ledger_report report;
    uint64_t size = 0;
    struct error e;

    for (int turn = 0; turn < TURNS; turn++) {
        int64_t from = clock_monotonic_us();

        size = hash_folder(dir);
        floor_ = (double)(clock_monotonic_us() - from) < floor_ ? (double)(clock_monotonic_us() - from) : floor_;
        from = clock_monotonic_us();
        if (ledger_verify(dir, NULL, 0, &report, &e) != 0 || *report.fault)
            stop(*report.fault ? report.fault : e.text);
        ours = (double)(clock_monotonic_us() - from) < ours ? (double)(clock_monotonic_us() - from) : ours;
    }
    printf("legal log of %llu MB, %llu lines in %llu files\n", (unsigned long long)size / 1000000, (unsigned long long)report.lines,
           (unsigned long long)report.files);
    printf("verify    %8.0f MB/s   SHA-256 once   %6.0f MB/s  ratio %6.2f\n", (double)size / ours, (double)size / floor_, ours / floor_);
}

static void remove_folder(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;

    while (d && (entry = readdir(d)) != NULL)
        unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    rmdir(dir);
}

static uint64_t number(const char *word)
{
    unsigned long long value;

    if (!slice_number(slice_of(word), &value) || value == 0)
        stop("a number is wanted");
    return value;
}

int main(int count, char **words)
{
    const char *folder = getenv("TMPDIR");
    char dir[LEDGER_PATH_SIZE];

    clock_set_zone("Europe/Rome");
    if (count >= 4 && strcmp(words[1], "write") == 0) {
        state = count > 5 ? number(words[5]) : 1;
        write_ledger(words[2], number(words[3]), count > 4 ? (int64_t)number(words[4]) : DEFAULT_DAYS);
    } else if (count == 3 && strcmp(words[1], "verify") == 0) {
        verify_folder(words[2]);
    } else if (count == 1) {
        snprintf(dir, sizeof dir, "%s/opec-ledger-XXXXXX", folder ? folder : P_tmpdir);
        if (!mkdtemp(dir))
            stop("no folder can be made");
        write_ledger(dir, DEFAULT_EVENTS, DEFAULT_DAYS);
        verify_folder(dir);
        remove_folder(dir);
    } else {
        stop("usage: ledger [write DIR EVENTS [DAYS [SEED]] | verify DIR]");
    }
    return 0;
}
