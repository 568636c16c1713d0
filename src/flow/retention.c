/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/retention.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/record.h"
#include "ledger/folder.h"
#include "ledger/manifest.h"
#include "pec/event.h"

static const char log_removed[] = "log-removed", quarantine_removed[] = "quarantine-removed", event_ending[] = ".json", message_ending[] = ".eml";

enum { CLOCK_LEAP = 31 * 86400 };

struct finding {
    const struct retention_settings *settings;
    int64_t now;
    struct arena *arena;
    struct outlived *out;
    size_t count;
    struct error *e;
};

static int no_budget(const struct finding *f)
{
    return error_set(f->e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
}

/* The event says what was removed; its id names the file, so that a removal that was cut short is not told twice. */
static int add(struct finding *f, const char *what, const char *name, const char *digest, const char *first, const char *second)
{
    struct record r = record_writer();
    const char *text, *id;

    event_moment(&r, f->now, 0);
    record_text(&r, "event", &what);
    record_text(&r, "file", &name);
    record_text(&r, "digest", &digest);
    text = record_finish(&r, f->arena);
    id = arena_printf(f->arena, "%s %s", what, name);
    if (!text || !id || !first)
        return no_budget(f);
    f->out[f->count++] = (struct outlived){ .line = { .id = id, .text = slice_of(text) }, .paths = { first, second } };
    return 0;
}

/* --- the legal log ---------------------------------------------------------------------------------------------------------- */

static int read_manifest(const struct finding *f, const char *name, struct ledger_manifest *out)
{
    struct slice text;
    int result = ledger_manifest_load(f->settings->legal_dir, name, f->arena, &text, f->e);

    return result ? result : ledger_manifest_read(text, out, f->e);
}

/* *out_is_kept: this file's time is not over, and so no later one's. */
static int look_at_log(struct finding *f, const struct ledger_file *file, bool *out_is_kept)
{
    char name[LEDGER_NAME_SIZE], limit[CLOCK_DATE_SIZE];
    struct ledger_manifest manifest;
    int result;

    clock_utc_text(f->now - f->settings->log_kept, limit);
    ledger_file_name(file, LEDGER_MANIFEST, name);
    result = read_manifest(f, name, &manifest);
    if (result != 0)
        return result;
    *out_is_kept = strcmp(manifest.closed, limit) >= 0; /* in RFC 3339 the earlier time is the lesser text */
    if (*out_is_kept)
        return 0;
    return add(f, log_removed, arena_text(f->arena, slice_of(manifest.file)), manifest.sha256,
               arena_printf(f->arena, "%s/%s", f->settings->legal_dir, manifest.file), NULL);
}

/* A clock that has leapt ahead must not cost the evidence of years: some file was closed within the last month, by its own word. */
static int ask_clock(struct finding *f, const struct ledger_folder *folder, bool *out_is_trusted)
{
    char name[LEDGER_NAME_SIZE], limit[CLOCK_DATE_SIZE];
    struct ledger_manifest manifest;
    size_t last = folder->count;
    int result;

    *out_is_trusted = false;
    while (last && !folder->files[last - 1].manifest)
        last--;
    if (!last)
        return 0;
    ledger_file_name(&folder->files[last - 1], LEDGER_MANIFEST, name);
    clock_utc_text(f->now - CLOCK_LEAP, limit);
    result = read_manifest(f, name, &manifest);
    *out_is_trusted = result == 0 && strcmp(manifest.closed, limit) >= 0;
    return result;
}

static int find_logs(struct finding *f)
{
    struct ledger_folder folder;
    bool is_kept = false, is_trusted = false;
    int result = ledger_folder_read(f->settings->legal_dir, &folder, f->e);

    if (result != 0)
        return result;
    result = ask_clock(f, &folder, &is_trusted);
    is_kept = !is_trusted;
    for (size_t i = 0; result == 0 && i < folder.count && !is_kept && f->count < RETENTION_AT_ONCE; i++) {
        const struct ledger_file *file = &folder.files[i];

        if (file->log && !file->manifest)
            break; /* in use, or damaged: it stays, and what follows it */
        if (file->log)
            result = look_at_log(f, file, &is_kept);
    }
    ledger_folder_free(&folder);
    return result;
}

/* --- infected messages ------------------------------------------------------------------------------------------------------ */

/* The name without its ending, if it is that of an event's file whose time is over. */
static const char *outlived_name(const struct finding *f, DIR *dir, const char *name)
{
    size_t size = strlen(name), ending = sizeof event_ending - 1;
    struct stat st;

    if (size <= ending || strcmp(name + size - ending, event_ending) != 0 || fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return NULL;
    if (!S_ISREG(st.st_mode) || st.st_mtime > f->now - f->settings->quarantine_kept)
        return NULL;
    return arena_text(f->arena, (struct slice){ name, size - ending });
}

static int find_infected(struct finding *f)
{
    const char *folder = f->settings->quarantine_dir;
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return errno == ENOENT ? 0 : error_set(f->e, ERROR_FILE, "%s: %s", folder, strerror(errno));
    while (result == 0 && f->count < RETENTION_AT_ONCE && (entry = readdir(dir)) != NULL) {
        const char *name = outlived_name(f, dir, entry->d_name);

        /* The message first: as long as its event is there, it is found. */
        if (name)
            result = add(f, quarantine_removed, arena_printf(f->arena, "%s%s", name, message_ending), NULL,
                         arena_printf(f->arena, "%s/%s%s", folder, name, message_ending),
                         arena_printf(f->arena, "%s/%s%s", folder, name, event_ending));
    }
    closedir(dir);
    return result;
}

int retention_find(const struct retention_settings *settings, int64_t now, struct arena *arena, struct outlived out[RETENTION_AT_ONCE],
                   size_t *out_count, struct error *e)
{
    struct finding f = { .settings = settings, .now = now, .arena = arena, .out = out, .e = e };
    int result = settings->legal_dir ? find_logs(&f) : 0;

    if (result == 0 && settings->quarantine_dir)
        result = find_infected(&f);
    *out_count = result == 0 ? f.count : 0;
    return result;
}

void retention_remove(const struct outlived *outlived)
{
    for (size_t i = 0; i < RETENTION_PATHS && outlived->paths[i]; i++)
        if (unlink(outlived->paths[i]) != 0 && errno != ENOENT) {
            log_warning("%s: its time is over, but it cannot be removed: %s; remove it by hand", outlived->paths[i], strerror(errno));
            return;
        }
}
