/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/identity.h"
#include "flow/spool.h"
#include "ledger/verify.h"
#include "mime/init.h"
#include "pki.h"
#include "schedule/refresh.h"
#include "sign/signer.h"
#include "smtp/session.h"

enum { TEST_BUDGET = 1024 * 1024 * 1024, FILE_MAX = 64 * 1024 * 1024, NOTICES_MAX = 16 };

static const char in_memory[] = "/dev/shm";
static const char *const site_names[SITE_COUNT] = { "alfa", "beta" };
static const char *const provider_names[SITE_COUNT] = { "Alfa PEC S.p.A.", "Beta PEC S.r.l." };

struct world world;
static struct arena *lasting; /* configurations */

/* The journey of this process, and what the parent sees of it. */
static const struct journey *under_way;
static struct journey_end *seen;

_Noreturn void world_give_up(const char *what)
{
    fprintf(stderr, "world: %s\n", what);
    exit(99);
}

/* --- the clock and the disk, by way of the linker's --wrap ------------------------------------------------------------------ */

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);
int __real_store_commit(struct store *s, bool durable, struct error *e);
int __wrap_store_commit(struct store *s, bool durable, struct error *e);

int64_t __wrap_clock_now(void)
{
    return under_way ? under_way->now : WORLD_START;
}

static void cross(enum boundary at)
{
    seen->last = at;
    if (++seen->boundaries == under_way->die_at)
        kill(getpid(), SIGKILL);
}

/* The boundary of the keeper: the log is written and synced, the store does not know (BOUNDARY_COUNT stands for it). */
int __wrap_store_commit(struct store *s, bool durable, struct error *e)
{
    if (!under_way)
        return __real_store_commit(s, durable, e);
    cross(BOUNDARY_COUNT);
    if (++seen->commits == under_way->fail_commit) {
        seen->is_refused_a_commit = true;
        return error_set(e, ERROR_FULL, "the disk is full");
    }
    return __real_store_commit(s, durable, e);
}

static void note_recorded(const struct step *step)
{
    bool is_made = role_rows[step->role].matter == MATTER_MADE;
    const char *server = sink_names[role_rows[step->role].way == WAY_RELAY ? SINK_RELAY : SINK_MAILBOXES];

    for (size_t i = 0; i < step->recipient_count && seen->recorded_count < WORLD_RECORDED_MAX; i++)
        snprintf(seen->recorded[seen->recorded_count++], sizeof seen->recorded[0], is_made ? "%s %s <%s>" : "%s %s -", server,
                 step->recipients[i], step->message.id);
}

static void watch(void *arg, enum boundary at, const struct plan *plan, size_t step)
{
    (void)arg;
    if (at == BOUNDARY_BEGUN)
        seen->has_begun = true;
    if (at == BOUNDARY_RECORDED)
        note_recorded(&plan->steps[step]);
    cross(at);
}

/* --- the folder ------------------------------------------------------------------------------------------------------------- */

static void shell(const char *command)
{
    if (pki_shell(command) != 0)
        world_give_up(command);
}

void world_keep(void)
{
    shell("rm -rf kept; cp -a state kept");
}

void world_restore(void)
{
    shell("rm -rf state mail/*; cp -a kept state");
}

void world_forget_deliveries(void)
{
    shell("rm -f mail/*");
}

static void fault(void *arg, const char *words)
{
    (void)arg;
    world_give_up(words);
}

static const struct config *read_config(enum site site, bool refuses_ordinary, struct arena *arena)
{
    const char *home = pki_path(""), *name = site_names[site];
    const struct config *config;
    char *text = arena_printf(
        arena,
        "provider { name = \"%s\" domains = { \"%s.example\" } address = \"posta-certificata@%s.example\"\n"
        "           service_mailbox = \"ricevute@%s.example\" hostname = \"%s.example\" }\n"
        "relay { smtp = \"unix:%srelay\" lmtp = \"unix:%smailboxes\" timeout = \"20s\" }\n"
        "daemon { user = \"\" run_dir = \"%sstate/%s/run\" spool_dir = \"%sstate/%s/spool\" }\n"
        "signer { certificate = \"%s%s.crt\" key = \"%s%s.key\" }\n"
        "trust { ca = \"%sca.crt\" crl_dir = \"%scrl\" crl_missing = \"accept\" }\n"
        "directory { source = \"ldif:%sindex.ldif\" }\n"
        "antivirus { clamd = \"unix:%sscanner\" quarantine_dir = \"%sstate/%s/quarantine\" }\n"
        "incoming { ordinary_mail = \"%s\" }\n"
        "store { url = \"sqlite:%sstate/%s/store.db\" }\n"
        "log { legal_dir = \"%sstate/%s/legal\" }\n",
        provider_names[site], name, name, name, name, home, home, home, name, home, name, home, name, home, name, home, home, home, home,
        home, name, refuses_ordinary ? "reject" : "wrap", home, name, home, name);

    if (!text || config_read(slice_of(text), name, arena, &config, fault, NULL) != 0)
        world_give_up("configuration");
    return config;
}

static void make_snapshot(const struct config *config)
{
    struct index_totals totals;
    struct error e = { 0 };
    bool changed;

    if (refresh_index(config, true, &changed, &totals, &e) != 0)
        world_give_up(e.text);
}

static struct keeper *open_keeper(const struct config *config)
{
    const struct keeper_settings settings = {
        .store_url = config->store_url, .store_node = config->store_node,
        .ledger = { .dir = config->log.legal_dir, .close_size = config->log.close_size, .close_age = config->log.close,
                    .provider = config->provider.name },
        .crashes_max = WORLD_CRASHES_MAX, .finished_kept = 2 * 86400, .tracked_kept = 30 * 86400,
    };
    struct keeper *keeper = NULL;
    struct error e = { 0 };

    if (keeper_open(&settings, &keeper, &e) != 0)
        world_give_up(e.text);
    return keeper;
}

static void make_store(const struct config *config)
{
    struct keeper *keeper = open_keeper(config);

    keeper_close(&keeper);
}

int world_begin(void **state)
{
    (void)state;
    /* Processes die here, not the machine: waiting for a disk would prove nothing. */
    if (access(in_memory, W_OK | X_OK) == 0)
        setenv("TMPDIR", in_memory, 0);
    pki_begin(WORLD_SCRIPT);
    mime_init();
    clock_set_zone("Europe/Rome");
    lasting = arena_new(TEST_BUDGET);
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!lasting || seen == MAP_FAILED)
        world_give_up("memory");
    shell("mkdir state mail; for s in alfa beta; do mkdir state/$s state/$s/run state/$s/spool state/$s/legal state/$s/quarantine; done");
    sinks_start(&world.sinks, pki_path(""), arena_text(lasting, slice_of(pki_path("mail"))));
    for (size_t i = 0; i < SITE_COUNT; i++) {
        world.configs[i] = read_config((enum site)i, false, lasting);
        make_snapshot(world.configs[i]);
        make_store(world.configs[i]);
    }
    shell("cp -a state first");
    return 0;
}

int world_end(void **state)
{
    (void)state;
    sinks_end(&world.sinks);
    munmap(seen, sizeof *seen);
    arena_free(&world.arena);
    arena_free(&lasting);
    pki_end();
    return 0;
}

int world_begin_test(void **state)
{
    (void)state;
    arena_free(&world.arena);
    world.arena = arena_new(TEST_BUDGET);
    shell("rm -rf state kept mail/*; cp -a first state");
    memset(world.sinks.board->is_out, 0, sizeof world.sinks.board->is_out);
    atomic_store(&world.sinks.board->is_full, false);
    atomic_store(&world.sinks.board->is_blind, false);
    return world.arena ? 0 : -1;
}

/* --- the engine, in a process of its own ------------------------------------------------------------------------------------ */

struct engine {
    struct keeper *keeper;
    struct services services;
};

static void open_engine(struct engine *engine, const struct config *config)
{
    const struct key_settings settings = { .file = config->signer.key };
    struct services *s = &engine->services;
    struct key *key = NULL;
    struct error e = { 0 };

    engine->keeper = open_keeper(config);
    *s = (struct services){ .config = config, .board = board_new(2), .journal = journal_of_keeper(engine->keeper, 1), .watch = watch };
    if (key_open(&settings, &key, &e) != 0 || !(s->signer = signer_of_key(key)) || !s->board || !s->journal || services_open(s, &e) != 0)
        world_give_up(e.text);
}

static void close_engine(struct engine *engine)
{
    struct services *s = &engine->services;

    services_close(s);
    journal_close(&s->journal);
    signer_close(&s->signer);
    board_free(&s->board);
    keeper_close(&engine->keeper);
}

static int spool(const struct config *config, const struct mail *mail)
{
    const struct smtp_envelope envelope = { .sender = mail->sender, .recipients = mail->recipients, .ident = mail->ident, .helo = "client",
                                            .recipient_count = mail->recipient_count, .client = "192.0.2.1", .size = mail->bytes.size,
                                            .bare_cr = mail->bare_cr, .bare_lf = mail->bare_lf };
    struct error e = { 0 };
    int fd;

    if (spool_create(config->daemon.spool_dir, &fd, &e) != 0 || spool_write(fd, mail->bytes, &e) != 0 ||
        spool_finish(fd, mail->point, &envelope, 0, &e) != 0)
        world_give_up(e.text);
    return fd;
}

void world_key(enum site site, const struct mail *mail, unsigned char out[STORE_KEY_SIZE])
{
    int fd = spool(world.configs[site], mail);
    struct spooled spooled;

    if (spool_read(fd, mail->bytes.size, world.arena, &spooled, NULL) != 0 || identity_of_message(&spooled, world.arena, out) != 0)
        world_give_up("key");
    spool_unmap(&spooled);
    file_close(&fd);
}

static void claim_elsewhere(struct engine *engine, const struct journey *journey)
{
    struct journal *other = journal_of_keeper(engine->keeper, 2);
    struct journal_request request = { .verb = JOURNAL_CLAIM, .time = journey->now };
    struct journal_response response;

    world_key(journey->site, journey->mail, request.key);
    if (!other || other->ask(other, &request, world.arena, &response, 0, NULL) != 0)
        world_give_up("claim");
    journal_close(&other);
}

static void carry_message(struct engine *engine, const struct journey *journey)
{
    const struct mail *mail = journey->mail;
    int fd = spool(engine->services.config, mail);

    if (journey->is_in_other_hands)
        claim_elsewhere(engine, journey);
    under_way = journey;
    flow_message(&engine->services, fd, mail->bytes.size, seen->reply);
    file_close(&fd);
}

static void carry_notices(struct engine *engine, const struct journey *journey)
{
    const struct journal_request request = { .verb = JOURNAL_DUE, .time = journey->now, .number = NOTICES_MAX };
    struct journal_response due;
    struct error e = { 0 };

    if (engine->services.journal->ask(engine->services.journal, &request, world.arena, &due, 0, &e) != 0)
        world_give_up(e.text);
    under_way = journey;
    for (size_t i = 0; i < due.task_count; i++)
        seen->result = flow_notice(&engine->services, &due.tasks[i], &e);
}

static _Noreturn void travel(const struct journey *journey)
{
    const struct config *config = journey->refuses_ordinary ? read_config(journey->site, true, world.arena) : world.configs[journey->site];
    struct engine engine = { 0 };

    log_open(arena_printf(world.arena, "file:%s", pki_path("log")), LEVEL_INFO, NULL);
    open_engine(&engine, config);
    if (journey->mail)
        carry_message(&engine, journey);
    else
        carry_notices(&engine, journey);
    under_way = NULL;
    close_engine(&engine);
    arena_free(&world.arena);
    arena_free(&lasting);
    /* The search for leaks is slow: once for each kind of message is enough. */
    if (journey->die_at || journey->fail_commit)
        exit(0);
    _exit(0);
}

struct journey_end world_run(const struct journey *journey)
{
    pid_t child;
    int status;

    memset(seen, 0, sizeof *seen);
    fflush(NULL);
    child = fork();
    if (child == 0)
        travel(journey);
    if (child < 0 || waitpid(child, &status, 0) != child)
        world_give_up("fork");
    seen->died = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && journey->die_at;
    if (!seen->died && status != 0)
        world_give_up("the engine ended otherwise than it should");
    return *seen;
}

/* --- what is kept ----------------------------------------------------------------------------------------------------------- */

struct journal_response world_ask(enum site site, const struct journal_request *request)
{
    struct keeper *keeper = open_keeper(world.configs[site]);
    struct journal *journal = journal_of_keeper(keeper, 1);
    struct journal_response response;
    struct error e = { 0 };

    if (!journal || journal->ask(journal, request, world.arena, &response, 0, &e) != 0)
        world_give_up(e.text);
    journal_close(&journal);
    keeper_close(&keeper);
    return response;
}

static struct slice read_file(const char *path)
{
    struct slice content;

    if (file_read(path, FILE_MAX, world.arena, &content, NULL) != 0)
        world_give_up(path);
    return content;
}

/* The files of that pattern in a site's folder, one behind the other. */
static struct slice read_all(enum site site, const char *pattern, size_t *out_count)
{
    struct rope all = rope_new(world.arena);
    char path[PATH_MAX];
    glob_t found;

    snprintf(path, sizeof path, "%s/%s/%s", pki_path("state"), site_names[site], pattern);
    *out_count = 0;
    if (glob(path, 0, NULL, &found) != 0)
        return (struct slice){ 0 };
    for (size_t i = 0; i < found.gl_pathc; i++)
        rope_add(&all, read_file(found.gl_pathv[i]));
    *out_count = found.gl_pathc;
    globfree(&found);
    return rope_flat(&all);
}

struct slice *world_log(enum site site, size_t *out_count)
{
    const struct config *config = world.configs[site];
    struct slice text, line, *lines;
    struct ledger_head known;
    struct ledger_report report;
    size_t files, count = 0;

    if (keeper_known_head(config->store_url, config->store_node, &known, NULL) != 0 || ledger_verify(config->log.legal_dir, &known, 0, &report, NULL) != 0)
        world_give_up("legal log");
    if (*report.fault || report.lines != known.count)
        world_give_up(*report.fault ? report.fault : "the store does not know of every line");
    text = read_all(site, "legal/*.log", &files);
    lines = arena_array(world.arena, (size_t)report.lines + 1, sizeof *lines);
    while (count < report.lines && slice_next_line(&text, &line))
        lines[count++] = line;
    *out_count = count;
    return lines;
}

size_t world_quarantine(enum site site, struct slice *out_message)
{
    size_t messages, events;
    struct slice all = read_all(site, "quarantine/*.eml", &messages);

    read_all(site, "quarantine/*.json", &events);
    if (messages != events)
        world_give_up("a message in quarantine without its event, or an event without message");
    if (messages == 1)
        *out_message = all;
    return messages;
}
