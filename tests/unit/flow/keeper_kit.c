/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_kit.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/name.h"
#include "ledger/verify.h"

enum { BUDGET = 256 * 1024 * 1024, LOG_MAX = 64 * 1024 * 1024 };

unsigned kit_commits_to_fail;
char kit_trace[64];

int __real_ledger_sync(struct ledger *ledger, struct error *e);
int __wrap_ledger_sync(struct ledger *ledger, struct error *e);
int __real_store_commit(struct store *s, bool durable, struct error *e);
int __wrap_store_commit(struct store *s, bool durable, struct error *e);

static void trace(char c)
{
    size_t used = strlen(kit_trace);

    if (used + 1 < sizeof kit_trace)
        memcpy(kit_trace + used, (char[]){ c, '\0' }, 2);
}

int __wrap_ledger_sync(struct ledger *ledger, struct error *e)
{
    trace('l');
    return __real_ledger_sync(ledger, e);
}

int __wrap_store_commit(struct store *s, bool durable, struct error *e)
{
    trace(durable ? 'C' : 'c');
    if (!kit_commits_to_fail)
        return __real_store_commit(s, durable, e);
    kit_commits_to_fail--;
    return error_set(e, ERROR_FULL, "the disk is full");
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

void kit_open(struct kit *k)
{
    struct error e = { 0 };

    if (keeper_open(&k->settings, &k->keeper, &e) != 0)
        fail_msg("%s", e.text);
}

void kit_open_again(struct kit *k)
{
    keeper_close(&k->keeper);
    kit_open(k);
}

void kit_make(struct kit *k, const char *url, const char *node)
{
    const char *above = getenv("TMPDIR");

    *k = (struct kit){ .arena = arena_new(BUDGET) };
    snprintf(k->folder, sizeof k->folder, "%s/keeper-XXXXXX", above ? above : P_tmpdir);
    assert_non_null(mkdtemp(k->folder));
    if (url)
        snprintf(k->url, sizeof k->url, "%s", url);
    else
        snprintf(k->url, sizeof k->url, "sqlite:%s/store.db", k->folder);
    snprintf(k->legal, sizeof k->legal, "%s/legal", k->folder);
    assert_int_equal(0, mkdir(k->legal, 0700));
    assert_non_null(k->arena);
    k->settings = (struct keeper_settings){
        .store_url = k->url, .store_node = node, .crashes_max = KIT_CRASHES_MAX, .finished_kept = KIT_KEPT, .tracked_kept = KIT_KEPT,
        .ledger = { .dir = k->legal, .close_size = 1000000000, .close_age = 86400, .provider = "Alfa PEC S.p.A." },
    };
    kit_commits_to_fail = 0;
    kit_open(k);
    kit_trace[0] = '\0';
}

int kit_set_up(void **state)
{
    struct kit *k = calloc(1, sizeof *k);

    if (!k)
        return -1;
    kit_make(k, NULL, "nodo");
    *state = k;
    return 0;
}

static void remove_all(const char *pattern)
{
    glob_t found;

    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        unlink(found.gl_pathv[i]);
    globfree(&found);
}

void kit_unmake(struct kit *k)
{
    char pattern[300];

    keeper_close(&k->keeper);
    arena_free(&k->arena);
    snprintf(pattern, sizeof pattern, "%s/*", k->legal);
    remove_all(pattern);
    rmdir(k->legal);
    snprintf(pattern, sizeof pattern, "%s/*", k->folder);
    remove_all(pattern);
    rmdir(k->folder);
}

int kit_tear_down(void **state)
{
    kit_unmake(*state);
    free(*state);
    return 0;
}

/* --- asking ----------------------------------------------------------------------------------------------------------------- */

struct journal_response kit_ask(struct kit *k, keeper_client client, const struct journal_request *request)
{
    struct journal_response response;
    struct error e = { 0 };

    if (keeper_batch_begin(k->keeper, &e) != 0)
        fail_msg("%s", e.text);
    keeper_apply(k->keeper, client, request, k->arena, &response);
    if (keeper_batch_end(k->keeper, &e) != 0)
        response.error = e.code;
    return response;
}

void kit_expect_state(struct kit *k, keeper_client client, const struct journal_request *request, enum journal_state state)
{
    struct journal_response response = kit_ask(k, client, request);

    if (response.error != 0)
        fail_msg("%s", response.words ? response.words : "?");
    assert_int_equal(response.state, state);
}

void kit_expect_error(struct kit *k, keeper_client client, const struct journal_request *request, int error)
{
    assert_int_equal(kit_ask(k, client, request).error, error);
}

struct journal_request kit_about(enum journal_verb verb, unsigned char byte)
{
    struct journal_request r = { .verb = verb, .time = KIT_START };

    memset(r.key, byte, sizeof r.key);
    return r;
}

void kit_begin(struct kit *k, unsigned char byte)
{
    struct journal_request claim = kit_about(JOURNAL_CLAIM, byte), begin = kit_about(JOURNAL_BEGIN, byte);

    kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_FRESH);
    begin.record = SLICE("plan");
    kit_expect_state(k, KIT_ALICE, &begin, JOURNAL_DONE);
}

/* One line, in memory that is used again after a few calls. */
static void add_line(struct journal_request *r, const char *id)
{
    static struct journal_line lines[64];
    static unsigned next;
    struct journal_line *line = &lines[next++ % 64];

    *line = (struct journal_line){ id, SLICE("{\"event\":\"sent\"}") };
    r->lines = line;
    r->line_count = 1;
}

struct journal_request kit_outcome(unsigned char byte, uint32_t number, const char *line_id)
{
    struct journal_request r = kit_about(JOURNAL_OUTCOME, byte);

    r.number = number;
    r.record = SLICE("outcome");
    add_line(&r, line_id);
    return r;
}

struct journal_request kit_end(unsigned char byte, const char *answer, const char *line_id)
{
    struct journal_request r = kit_about(JOURNAL_END, byte);

    r.text = answer;
    add_line(&r, line_id);
    return r;
}

/* --- the log ---------------------------------------------------------------------------------------------------------------- */

static char *add_ids(struct kit *k, char *ids, const char *path)
{
    struct slice text, line;

    if (file_read(path, LOG_MAX, k->arena, &text, NULL) != 0)
        fail_msg("%s", path);
    while (slice_next_line(&text, &line)) {
        const char *at = memmem(line.data, line.size, "\"id\":\"", 6);

        assert_non_null(at);
        ids = arena_printf(k->arena, "%s%s%.*s", ids, *ids ? " " : "", (int)strcspn(at + 6, "\""), at + 6);
    }
    return ids;
}

char *kit_log(struct kit *k, bool *is_all_known)
{
    struct ledger_head head;
    struct ledger_report report;
    char pattern[300], *ids = arena_text(k->arena, SLICE(""));
    glob_t found;

    assert_int_equal(keeper_known_head(k->url, "nodo", &head, NULL), 0);
    assert_int_equal(ledger_verify(k->legal, &head, 0, &report, NULL), 0);
    if (*report.fault)
        fail_msg("%s", report.fault);
    if (is_all_known)
        *is_all_known = report.lines == head.count;
    snprintf(pattern, sizeof pattern, "%s/*.log", k->legal);
    if (glob(pattern, 0, NULL, &found) != 0)
        return ids;
    for (size_t i = 0; i < found.gl_pathc; i++)
        ids = add_ids(k, ids, found.gl_pathv[i]);
    globfree(&found);
    return ids;
}

static char *first_log(struct kit *k)
{
    char pattern[300], *path;
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/*.log", k->legal);
    if (glob(pattern, 0, NULL, &found) != 0)
        fail_msg("no log");
    path = arena_text(k->arena, slice_of(found.gl_pathv[0]));
    globfree(&found);
    return path;
}

void kit_change_log(struct kit *k, const char *from, const char *to)
{
    const char *path = first_log(k);
    struct slice text, changed;
    char *at;

    if (file_read(path, LOG_MAX, k->arena, &text, NULL) != 0)
        fail_msg("%s", path);
    changed = arena_copy(k->arena, text);
    at = memmem(changed.data, changed.size, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    assert_int_equal(file_replace(path, changed, 0600, NULL), 0);
}

int64_t kit_first_line_time(struct kit *k)
{
    struct ledger_name name;

    assert_true(ledger_name_read(strrchr(first_log(k), '/') + 1, &name));
    return name.seconds;
}
