/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "flow/quarantine.h"
#include "opec/keeper_way.h"
#include "opec/print.h"
#include "opec/quarantine.h"
#include "pec/event.h"

enum { RELEASED_MODE = 0600 };

/* --- the file --------------------------------------------------------------------------------------------------------------- */

/* What stands there may be the beginning of the message: a release that was cut off. *out_is_whole: all of it. */
static int compare(int fd, const char *path, struct slice message, bool *out_is_whole, struct error *e)
{
    struct slice there = SLICE_NONE;
    int result = file_map(fd, &there, e);
    bool is_beginning = result == 0 && there.size <= message.size && (!there.size || memcmp(there.data, message.data, there.size) == 0);

    *out_is_whole = is_beginning && there.size == message.size;
    file_unmap(&there);
    if (result != 0)
        return result;
    return is_beginning ? 0 : error_set(e, ERROR_FILE, "%s is there, and is not this message; name another file", path);
}

/* Open it, and shut others out, while we are still who we were called by. *out_is_whole: nothing is left to be done. */
static int open_target(const char *path, struct slice message, int *out, bool *out_is_whole, struct error *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, RELEASED_MODE), result = 0;
    bool is_there = fd < 0 && errno == EEXIST;
    struct stat st;

    *out_is_whole = false;
    if (is_there)
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    if (is_there && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
        result = error_set(e, ERROR_FILE, "%s: not a regular file", path);
    else if (is_there)
        result = compare(fd, path, message, out_is_whole, e);
    if (result == 0 && fchmod(fd, RELEASED_MODE) != 0)
        result = error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    if (result != 0)
        file_close(&fd);
    else
        *out = fd;
    return result;
}

static int write_target(int fd, const char *path, struct slice message, struct error *e)
{
    int result = lseek(fd, 0, SEEK_SET) == 0 ? file_write(fd, message, e) : error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));

    if (result == 0 && fsync(fd) != 0)
        result = error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    return result;
}

/* --- the event -------------------------------------------------------------------------------------------------------------- */

/* "root (sudo: anna)": the identity counts, what sudo says is a hint. */
static const char *caller(struct arena *arena)
{
    const struct passwd *user = getpwuid(getuid());
    const char *name = user ? user->pw_name : arena_printf(arena, "uid %ju", (uintmax_t)getuid()), *sudo = getenv("SUDO_USER");

    return name && sudo && *sudo ? arena_printf(arena, "%s (sudo: %s)", name, print_line(arena, slice_of(sudo))) : name;
}

static const char *text_of(json_t *event, const char *name, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(event, name));

    return text ? arena_text(arena, slice_of(text)) : NULL;
}

/* The log is read elsewhere and years later: a name within some folder would say nothing. */
static const char *whole_path(const char *path, struct arena *arena)
{
    char *folder = *path == '/' ? NULL : getcwd(NULL, 0);
    const char *whole = folder ? arena_printf(arena, "%s/%s", folder, path) : path;

    free(folder);
    return whole ? print_line(arena, slice_of(whole)) : NULL;
}

static char *event_text(json_t *kept, const struct release_order *order, const char *digest, struct arena *arena)
{
    struct record r = record_writer();
    const char *what = "quarantine-released", *file = arena_printf(arena, "%s.eml", order->id), *by = caller(arena);
    const char *pec_id = text_of(kept, "pec_id", arena), *sender = text_of(kept, "sender", arena);
    const char *to = whole_path(order->to, arena), *reason = print_line(arena, slice_of(order->reason));

    event_moment(&r, clock_now(), 0);
    record_text(&r, "event", &what);
    record_text(&r, "pec_id", &pec_id);
    record_text(&r, "sender", &sender);
    record_text(&r, "file", &file);
    record_text(&r, "digest", &digest);
    record_text(&r, "by", &by);
    record_text(&r, "to", &to);
    record_text(&r, "reason", &reason);
    return record_finish(&r, arena);
}

/* Its id names what is released and where to, so that the same release, asked for again at once, is one line. An event of the quarantine
 * that is damaged or gone holds nothing back: the message is what counts. */
static int make_line(const struct config *config, const struct release_order *order, struct slice message, struct arena *arena,
                     struct journal_line *out, struct error *e)
{
    unsigned char hash[DIGEST_MAX];
    char digest[DIGEST_HEX_MAX], where[DIGEST_HEX_MAX];
    json_t *kept = quarantined_event(config, order->id, arena, e);
    int result = digest_slice(DIGEST_SHA256, message, hash);

    if (result == 0) {
        hex_write((struct slice){ (const char *)hash, sizeof hash }, digest);
        result = digest_slice(DIGEST_SHA256, slice_of(order->to), hash);
    }
    if (result != 0) {
        error_set(e, result, "%s", error_row(result)->text);
        goto out;
    }
    hex_write((struct slice){ (const char *)hash, sizeof hash }, where);
    out->id = arena_printf(arena, "quarantine-released %s %s", order->id, where);
    out->text = slice_of(event_text(kept, order, digest, arena));
    if (!out->id || !out->text.data)
        result = error_set(e, ERROR_BUDGET, "the event of the release cannot be written: its words are too long, or no UTF-8");
out:
    json_decref(kept);
    return result;
}

static int note(const struct config *config, struct journal_line *line, struct arena *arena, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_NOTE, .lines = line, .line_count = 1 };
    struct journal_response response;
    struct keeper_way way = { 0 };
    int result = keeper_way_open(config, &way, e);

    if (result == 0)
        result = keeper_way_ask(&way, &request, arena, &response, e);
    keeper_way_close(&way);
    return result;
}

int quarantine_release(const struct config *config, const struct release_order *order, struct arena *arena, bool *out_is_new, struct error *e)
{
    struct slice message = SLICE_NONE;
    struct journal_line line;
    bool is_whole = true;
    int fd = -1, result = quarantine_message(config->antivirus.quarantine_dir, order->id, &message, e);

    if (result != 0)
        return result;
    result = make_line(config, order, message, arena, &line, e);
    if (result == 0)
        result = open_target(order->to, message, &fd, &is_whole, e);
    if (result == 0 && !is_whole)
        result = note(config, &line, arena, e);
    if (result == 0 && !is_whole)
        result = write_target(fd, order->to, message, e);
    if (result == 0)
        *out_is_new = !is_whole;
    file_close(&fd);
    file_unmap(&message);
    return result;
}
