/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/scheduler.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/own_certificate.h"
#include "process/control.h"
#include "process/download.h"
#include "process/indexer.h"
#include "process/ipc.h"
#include "process/keeper_client.h"
#include "process/layout.h"
#include "process/notary.h"
#include "process/notices.h"
#include "process/role.h"
#include "schedule/probe.h"
#include "schedule/refresh.h"

enum {
    ERRANDS = 8,      /* notices carried out side by side */
    TICK_MS = 500,    /* notices are due at their second */
    FILES_MS = 1000,
    DOMAINS_MS = 2000,
    PROBE_EVERY_MS = DEPENDENCY_RETRY_MS,
    HOUSEKEEPING_MS = 10000,
    RETRY_MS = 2000,  /* a notice that could not be carried out */
    JOURNAL_MS = 20000,
    ASK_BUDGET = 16 * 1024 * 1024,
    FRAME_MAX = 8192,
};

/* One notice on its way. */
struct errand {
    int fd; /* -1: free */
    uint64_t task;
    struct buffer in;
};

/* A task that failed is left alone for a while. */
struct resting {
    uint64_t task;
    int64_t until_ms;
};

struct scheduler {
    const struct config *config;
    struct board *board;
    struct journal *journal;
    struct net_address door;
    struct arena *arena;
    struct errand errands[ERRANDS];
    struct download download;
    struct notary notary;
    struct indexer indexer;
    struct resting resting[ERRANDS * 4];
    size_t next_resting;
    int64_t files_at, probe_at, housekeeping_at, crl_at; /* monotonic ms */
    uint64_t crl_stamp;
    int64_t domains_at;
    uint64_t domains_stamp; /* of the names in the store */
    bool has_domains;       /* it was taken once */
    int index_fault; /* the last one that was logged */
    uint64_t index_stamp; /* of the file that was looked at last, */
    int64_t index_at;     /* and until when that one need not be looked at again */
    bool uses_next;  /* signer.next_certificate is in use since the start of this process */
};

/* --- notices (RFC 6109 3.1.6) ----------------------------------------------------------------------------------------------- */

static bool is_resting(const struct scheduler *s, uint64_t task)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < sizeof s->resting / sizeof s->resting[0]; i++)
        if (s->resting[i].task == task && s->resting[i].until_ms > now)
            return true;
    for (size_t i = 0; i < ERRANDS; i++)
        if (s->errands[i].fd >= 0 && s->errands[i].task == task)
            return true;
    return false;
}

static void rest(struct scheduler *s, uint64_t task)
{
    s->resting[s->next_resting] = (struct resting){ .task = task, .until_ms = clock_monotonic_ms() + RETRY_MS };
    s->next_resting = (s->next_resting + 1) % (sizeof s->resting / sizeof s->resting[0]);
}

static struct errand *free_errand(struct scheduler *s)
{
    for (size_t i = 0; i < ERRANDS; i++)
        if (s->errands[i].fd < 0)
            return &s->errands[i];
    return NULL;
}

static void end_errand(struct errand *errand)
{
    file_close(&errand->fd);
    buffer_free(&errand->in);
}

/* Put a task to the receiver. */
static int set_out(struct scheduler *s, struct errand *errand, const struct stored_task *task, struct error *e)
{
    struct buffer body = buffer_new(FRAME_MAX), framed = buffer_new(FRAME_MAX);
    struct wire w = wire_writer(&body);
    struct stored_task said = *task;
    int64_t deadline = clock_monotonic_ms() + JOURNAL_MS;
    int result = net_connect(&s->door, deadline, &errand->fd, e);

    notices_task_visit(&w, &said);
    if (result == 0 && (!wire_ok(&w) || ipc_append(&framed, buffer_data(&body)) != 0))
        result = error_set(e, ERROR_LIMIT, "a task that is too large");
    if (result == 0)
        result = net_write(errand->fd, buffer_data(&framed), deadline, e);
    errand->task = task->id;
    errand->in = buffer_new(FRAME_MAX);
    buffer_free(&body);
    buffer_free(&framed);
    if (result != 0)
        end_errand(errand);
    return result;
}

static void begin_notices(struct scheduler *s)
{
    const struct journal_request request = { .verb = JOURNAL_DUE, .time = clock_now(), .number = ERRANDS * 8 };
    struct journal_response due;
    struct errand *errand = free_errand(s);
    struct error e;

    if (!errand || s->journal->ask(s->journal, &request, s->arena, &due, clock_monotonic_ms() + JOURNAL_MS, &e) != 0)
        return;
    for (size_t i = 0; i < due.task_count && (errand = free_errand(s)) != NULL; i++) {
        if (is_resting(s, due.tasks[i].id))
            continue;
        if (set_out(s, errand, &due.tasks[i], &e) != 0) {
            log_warning("notice: %s", e.text);
            rest(s, due.tasks[i].id);
        }
    }
}

/* An answer has come for an errand, or its end. */
static void hear(struct scheduler *s, struct errand *errand)
{
    struct notices_result result = { 0 };
    struct slice frame;
    struct wire w;
    bool is_broken;

    if (net_fill(errand->fd, &errand->in, clock_monotonic_ms(), NULL) != 0) {
        rest(s, errand->task);
        end_errand(errand);
        return;
    }
    if (!ipc_next(&errand->in, &frame, &is_broken) && !is_broken)
        return;
    w = wire_reader(is_broken ? SLICE_NONE : frame, s->arena);
    notices_result_visit(&w, &result);
    if (!wire_done(&w) || result.error != 0)
        rest(s, errand->task);
    end_errand(errand);
}

/* Sleep until something is to be heard, or the next tick. */
static void wait_and_hear(struct scheduler *s)
{
    struct pollfd polled[ERRANDS];

    for (size_t i = 0; i < ERRANDS; i++)
        polled[i] = (struct pollfd){ .fd = s->errands[i].fd, .events = POLLIN };
    if (poll(polled, ERRANDS, TICK_MS) <= 0)
        return;
    for (size_t i = 0; i < ERRANDS; i++)
        if (polled[i].revents)
            hear(s, &s->errands[i]);
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

/* One that was refused is not compiled again until it changes or is to be read again anyhow: it may be large. */
static void watch_index(struct scheduler *s, int64_t now)
{
    uint64_t stamp = refresh_index_stamp(s->config);
    struct index_totals totals;
    struct error e = { 0 };
    bool changed = false;
    bool is_refused = s->index_fault == ERROR_SYNTAX || s->index_fault == ERROR_LIMIT;
    int result;

    if (is_refused && stamp == s->index_stamp && now < s->index_at)
        return;
    s->index_stamp = stamp;
    s->index_at = now + s->config->directory.refresh * 1000;
    result = refresh_index(s->config, REFRESH_IF_CHANGED, &changed, &totals, &e);
    if (result == 0 && changed) {
        log_info("index: %zu records, %zu certificates, %zu domains", totals.providers, totals.certificates, totals.domains);
        atomic_fetch_add(&s->board->index_generation, 1);
    }
    if (result == 0 && (changed || !atomic_load(&s->board->dependencies[DEP_INDEX].has_answered)))
        board_report(s->board, DEP_INDEX, 0, "");
    if (result != 0 && result != s->index_fault)
        log_error("index: %s; the last good one stays in force", e.text);
    s->index_fault = result;
}

/* New lists are taken up when the folder changes, and all are read again from time to time, since they age. */
static void watch_crls(struct scheduler *s, int64_t now)
{
    uint64_t stamp = refresh_crl_stamp(s->config);

    if (stamp == s->crl_stamp && now < s->crl_at)
        return;
    s->crl_stamp = stamp;
    s->crl_at = now + s->config->trust.crl_refresh * 1000;
    atomic_fetch_add(&s->board->trust_generation, 1);
}

/* --- other nodes ------------------------------------------------------------------------------------------------------------ */

static int stamp_domains(uint64_t *out, struct scheduler *s, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST, .time = clock_now() };
    struct journal_response list;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    int result = s->journal->ask(s->journal, &request, s->arena, &list, clock_monotonic_ms() + JOURNAL_MS, e);

    for (size_t i = 0; result == 0 && i < list.name_count; i++)
        for (const char *c = list.names[i];; c++) {
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
            if (*c == '\0')
                break;
        }
    if (result == 0)
        *out = hash;
    return result;
}

/* A domain that was added or removed on another node comes in force here by a reload, as it did there. */
static void watch_domains(struct scheduler *s)
{
    uint64_t stamp = 0;
    json_t *answer = NULL;
    struct error e;

    if (!config_store_is_shared(s->config) || stamp_domains(&stamp, s, &e) != 0)
        return;
    if (s->has_domains && stamp != s->domains_stamp) {
        log_info("the domains have changed on another node");
        if (control_ask(s->config, "reload", clock_monotonic_ms() + JOURNAL_MS, &answer, &e) != 0) {
            log_warning("the domains of another node: %s; tried again", e.text);
            return;
        }
        json_decref(answer);
    }
    s->domains_stamp = stamp;
    s->has_domains = true;
}

/* --- dependencies ----------------------------------------------------------------------------------------------------------- */

typedef int probe(const struct config *config, struct error *e);

/* What the operator is to look at. */
static const char *const remedies[DEP_COUNT] = {
    [DEP_ANTIVIRUS] = "is clamd running at antivirus.clamd?",
    [DEP_RELAY] = "is the re-injection service of Postfix running at relay.smtp?",
    [DEP_MAILBOXES] = "is the mailbox server running at relay.lmtp?",
};

/* Those that are out are asked again, and those that nobody has asked yet, so that an operator knows before the first message. In
 * suspending mode the antivirus is asked always, since nothing else may ask it. */
static void probe_one(struct scheduler *s, enum dependency d, probe *ask, bool always)
{
    struct error e = { 0 };
    bool was_out = board_is_out(s->board, d);
    int result;

    if (!was_out && !always && atomic_load(&s->board->dependencies[d].has_answered))
        return;
    result = ask(s->config, &e);
    board_report(s->board, d, result, e.text);
    if (result == 0 && was_out)
        log_info("%s is back", dependency_names[d]);
    if (result != 0 && !was_out)
        log_error("%s is out: %s; %s", dependency_names[d], e.text, remedies[d]);
}

static void probe_all(struct scheduler *s)
{
    probe_one(s, DEP_ANTIVIRUS, probe_antivirus, atomic_load(&s->board->suspends));
    probe_one(s, DEP_RELAY, probe_relay, false);
    probe_one(s, DEP_MAILBOXES, probe_mailboxes, false);
}

static void housekeeping(struct scheduler *s)
{
    const struct journal_request request = { .verb = JOURNAL_HOUSEKEEPING, .time = clock_now() };
    struct journal_response response;
    struct error e;

    if (s->journal->ask(s->journal, &request, s->arena, &response, clock_monotonic_ms() + JOURNAL_MS, &e) != 0)
        log_warning("housekeeping: %s", e.text);
    else if (response.text && *response.text)
        log_info("legal log: closed %s", response.text);
}

/* The first certificate has ended: everybody is to take up the next one, which a reload does. */
static void watch_certificate(struct scheduler *s)
{
    struct own_certificate own;
    json_t *answer = NULL;
    struct error e;

    if (own_certificate_at(s->config, clock_now(), &own, &e) != 0 || own.is_next == s->uses_next)
        return;
    log_warning("the certificate has ended; signer.next_certificate is used from now on");
    if (control_ask(s->config, "reload", clock_monotonic_ms() + JOURNAL_MS, &answer, &e) != 0)
        log_error("the next certificate is not taken up: %s", e.text);
    json_decref(answer);
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

static bool is_due(int64_t *at, int64_t now, int64_t every_ms)
{
    if (now < *at)
        return false;
    *at = now + every_ms;
    return true;
}

static void tick(struct scheduler *s)
{
    int64_t now = clock_monotonic_ms();

    arena_reset(s->arena);
    begin_notices(s);
    download_tick(&s->download, s->config);
    notary_tick(&s->notary, s->config, s->board);
    indexer_tick(&s->indexer, s->config);
    if (is_due(&s->files_at, now, FILES_MS)) {
        watch_index(s, now);
        watch_crls(s, now);
    }
    if (is_due(&s->domains_at, now, DOMAINS_MS))
        watch_domains(s);
    if (is_due(&s->probe_at, now, PROBE_EVERY_MS))
        probe_all(s);
    if (is_due(&s->housekeeping_at, now, HOUSEKEEPING_MS)) {
        housekeeping(s);
        watch_certificate(s);
    }
}

static int open_scheduler(struct scheduler *s, struct error *e)
{
    struct own_certificate own;
    int result;

    s->arena = arena_new(ASK_BUDGET);
    if (!s->arena)
        return error_set(e, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < ERRANDS; i++)
        s->errands[i].fd = -1;
    if ((result = keeper_client_new(s->config, &s->journal, e)) != 0 || (result = layout_socket(s->config, SOCKET_NOTICES, &s->door, e)) != 0)
        return result;
    if ((result = own_certificate_at(s->config, clock_now(), &own, e)) != 0)
        return result;
    s->uses_next = own.is_next;
    s->crl_stamp = refresh_crl_stamp(s->config);
    s->crl_at = clock_monotonic_ms() + s->config->trust.crl_refresh * 1000;
    s->housekeeping_at = clock_monotonic_ms() + HOUSEKEEPING_MS;
    return 0;
}

int scheduler_process(const struct config *config, struct board *board, int ready)
{
    struct scheduler s = { .config = config, .board = board };
    struct error e = { 0 };
    int result;

    role_begin("opec-scheduler");
    result = role_become(config, &e);
    if (result == 0)
        result = open_scheduler(&s, &e);
    if (result != 0) {
        role_failed(&ready, e.text);
        return EXIT_FAILURE;
    }
    download_begin(&s.download);
    notary_begin(&s.notary);
    indexer_begin(&s.indexer);
    download_first(&s.download, config);
    watch_index(&s, clock_monotonic_ms());
    role_ready(&ready);
    while (!role_is_ending()) {
        tick(&s);
        wait_and_hear(&s);
    }
    download_end(&s.download);
    notary_end(&s.notary);
    indexer_end(&s.indexer);
    return EXIT_SUCCESS;
}
