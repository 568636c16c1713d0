/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Folders, the store and the legal log, as the daemon's user finds them.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "opec/checkup.h"
#include "process/keeper_client.h"
#include "store/store.h"

enum { KEEPER_MS = 10000, KEEPER_BUDGET = 1024 * 1024 };

/* --- folders ---------------------------------------------------------------------------------------------------------------- */

/* The nearest folder above `path` that is there. */
static void find_above(const char *path, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s", path);
    for (char *slash = strrchr(out, '/'); slash && slash != out; slash = strrchr(out, '/')) {
        *slash = '\0';
        if (access(out, F_OK) == 0)
            return;
    }
    snprintf(out, PATH_MAX, "/");
}

/* The master makes a folder that is missing, as root if it is started by root. */
static void check_missing(struct checkup *c, const char *key, const char *path)
{
    char above[PATH_MAX];

    find_above(path, above);
    if (c->is_root || access(above, W_OK | X_OK) == 0)
        checkup_ok(key, "%s will be made at the start", path);
    else
        checkup_fault(c, key, "%s does not exist and cannot be made: %s: %s; make it for the daemon's user", path, above,
                      strerror(errno));
}

static void check_folder(struct checkup *c, const char *key, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 && errno == ENOENT)
        check_missing(c, key, path);
    else if (stat(path, &st) != 0)
        checkup_fault(c, key, "%s: %s", path, strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        checkup_fault(c, key, "%s is no folder; name one", path);
    else if (access(path, R_OK | W_OK | X_OK) != 0)
        checkup_fault(c, key, "%s: %s; give it to the daemon's user (%s)", path, strerror(errno),
                      *c->config->daemon.user ? c->config->daemon.user : "who starts it");
    else
        checkup_ok(key, "%s can be written", path);
}

void checkup_folders(struct checkup *c)
{
    check_folder(c, "daemon.run_dir", c->config->daemon.run_dir);
    check_folder(c, "daemon.spool_dir", c->config->daemon.spool_dir);
    check_folder(c, "antivirus.quarantine_dir", c->config->antivirus.quarantine_dir);
    check_folder(c, "log.legal_dir", c->config->log.legal_dir);
}

/* --- the store -------------------------------------------------------------------------------------------------------------- */

/* The running daemon's keeper has both open: it says how they are. */
static void ask_keeper(struct checkup *c)
{
    const struct journal_request request = { .verb = JOURNAL_STATUS, .time = clock_now() };
    struct journal_response response;
    struct journal *journal = NULL;
    struct arena *arena = arena_new(KEEPER_BUDGET);
    struct error e;
    int result = arena ? keeper_client_new(c->config, &journal, &e) : error_set(&e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = journal->ask(journal, &request, arena, &response, clock_monotonic_ms() + KEEPER_MS, &e);
    if (result != 0)
        checkup_fault(c, "store.url", "%s", e.text);
    else if (*response.status.log_damage)
        checkup_fault(c, "log.legal_dir", "the legal log is damaged: %s; see opec log verify", response.status.log_damage);
    else
        checkup_ok("store.url", "the running daemon has it open; open plans: %zu", response.status.open_plans);
    journal_close(&journal);
    arena_free(&arena);
}

/* A store that is not there yet is not made by a check. */
static void open_store(struct checkup *c)
{
    const char *url = c->config->store_url, *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : NULL;
    struct store *store = NULL;
    char folder[PATH_MAX];
    struct error e;
    int result;

    if (path && access(path, F_OK) != 0 && errno == ENOENT) {
        find_above(path, folder);
        if (strlen(folder) != (size_t)(strrchr(path, '/') - path) && strcmp(folder, "/") != 0)
            checkup_fault(c, "store.url", "its folder does not exist; make it for the daemon's user");
        else if (access(folder, W_OK | X_OK) != 0)
            checkup_fault(c, "store.url", "%s: %s; give it to the daemon's user", folder, strerror(errno));
        else
            checkup_ok("store.url", "%s will be made at the start", path);
        return;
    }
    result = path ? store_open(url, c->config->store_node, &store, &e) : store_open_reader(url, c->config->store_node, &store, &e);
    if (result == 0)
        checkup_ok("store.url", "it can be opened");
    else if (result == ERROR_NOT_FOUND && !path)
        checkup_ok("store.url", "the server answers; the first start makes the tables");
    else
        checkup_fault(c, "store.url", "%s", e.text);
    store_close(&store);
}

void checkup_store(struct checkup *c)
{
    if (c->daemon_runs)
        ask_keeper(c);
    else
        open_store(c);
}
