/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/file.h"
#include "ledger/evidence.h"
#include "ledger/line.h"
#include "opec/event_csv.h"

enum { FILE_MODE = 0600, BUDGET = 1024 * 1024, RECORD_MAX = 2 * LEDGER_LINE_MAX };

enum stream { STREAM_EVENTS, STREAM_PROOFS, STREAM_OPEN, STREAM_CSV, STREAMS };

static const char *const stream_names[STREAMS] = { EXPORT_EVENTS, EXPORT_PROOFS, EXPORT_OPEN, EXPORT_CSV };

struct bundle {
    const char *path, *legal_dir;
    bool is_made; /* the file is ours */
    zip_t *zip;
    FILE *streams[STREAMS];
    struct buffer record; /* of the CSV, or of a proof */
    struct arena *arena;
    struct error *e;
};

/* --- members on their way --------------------------------------------------------------------------------------------------- */

/* A file without a name beside the ZIP: it holds what somebody asked for himself, and may not fit into /tmp. */
static int open_stream(struct bundle *b, enum stream stream)
{
    char name[4096];
    int fd;

    if ((size_t)snprintf(name, sizeof name, "%s.XXXXXX", b->path) >= sizeof name)
        return error_set(b->e, ERROR_LIMIT, "%.200s...: the path is too long", b->path);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return error_set(b->e, error_from_errno(errno), "%s: %s", name, strerror(errno));
    unlink(name);
    b->streams[stream] = fdopen(fd, "w+b");
    if (b->streams[stream])
        return 0;
    close(fd);
    return error_set(b->e, ERROR_MEMORY, "out of memory");
}

static int put(struct bundle *b, enum stream stream, struct slice text)
{
    if (fwrite(text.data, 1, text.size, b->streams[stream]) == text.size)
        return 0;
    return error_set(b->e, error_from_errno(errno), "%s: %s", b->path, strerror(errno));
}

static int put_csv(struct bundle *b, int (*write)(struct buffer *out, const json_t *event), const json_t *event)
{
    int result = write(&b->record, event);

    if (result != 0)
        return error_set(b->e, result, "an event cannot be written as CSV: %s", error_row(result)->text);
    result = put(b, STREAM_CSV, buffer_data(&b->record));
    buffer_consume(&b->record, buffer_data(&b->record).size);
    return result;
}

static int put_names(struct buffer *out, const json_t *event)
{
    (void)event;
    return event_csv_names(out);
}

static int tell_line(void *arg, struct slice text, const json_t *event, bool is_sealed)
{
    struct bundle *b = arg;
    int result = put(b, is_sealed ? STREAM_EVENTS : STREAM_OPEN, text);

    return result == 0 ? put_csv(b, event_csv_write, event) : result;
}

static int tell_gap(void *arg, const char *log, uint64_t from, uint64_t to, const char *hash)
{
    struct bundle *b = arg;
    int result = export_gap_write(&b->record, &(struct export_gap){ log, from, to, hash });

    if (result != 0)
        return error_set(b->e, result, "%s", error_row(result)->text);
    result = put(b, STREAM_PROOFS, buffer_data(&b->record));
    buffer_consume(&b->record, buffer_data(&b->record).size);
    return result;
}

/* --- the archive ------------------------------------------------------------------------------------------------------------ */

/* The source is taken over in any case. */
static int add_member(struct bundle *b, const char *name, zip_source_t *source)
{
    if (source && zip_file_add(b->zip, name, source, ZIP_FL_ENC_UTF_8) >= 0)
        return 0;
    zip_source_free(source);
    return error_set(b->e, ERROR_FILE, "%s: %s", b->path, zip_strerror(b->zip));
}

static int add_copy(struct bundle *b, const char *name, struct slice text)
{
    struct slice copy = arena_copy(b->arena, text);

    if (!copy.data)
        return error_set(b->e, ERROR_MEMORY, "out of memory");
    return add_member(b, name, zip_source_buffer(b->zip, copy.data, copy.size, 0));
}

static int add_file(struct bundle *b, const char *name)
{
    char path[LEDGER_PATH_SIZE], member[2 * LEDGER_NAME_SIZE];
    int result = ledger_path(b->legal_dir, name, path, b->e);

    if (result != 0)
        return result;
    snprintf(member, sizeof member, EXPORT_MANIFESTS "%s", name);
    return add_member(b, member, zip_source_file(b->zip, path, 0, -1));
}

static int tell_file(void *arg, const char *manifest)
{
    struct bundle *b = arg;
    int result = add_file(b, manifest);

    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && result == 0; kind++) {
        char name[LEDGER_NAME_SIZE + 8], path[LEDGER_PATH_SIZE];

        snprintf(name, sizeof name, "%s%s", manifest, ledger_evidence_endings[kind]);
        result = ledger_path(b->legal_dir, name, path, b->e);
        if (result == 0 && access(path, F_OK) == 0)
            result = add_file(b, name);
    }
    return result;
}

static int add_streams(struct bundle *b, const struct extract_counts *counts)
{
    for (int i = 0; i < STREAMS; i++) {
        FILE *stream = b->streams[i];
        zip_source_t *source;
        int result;

        if (i == STREAM_OPEN && counts->open == 0)
            continue;
        if (fflush(stream) != 0 || fseek(stream, 0, SEEK_SET) != 0)
            return error_set(b->e, error_from_errno(errno), "%s: %s", b->path, strerror(errno));
        source = zip_source_filep(b->zip, stream, 0, -1);
        if (source)
            b->streams[i] = NULL; /* the source closes it */
        result = add_member(b, stream_names[i], source);
        if (result != 0)
            return result;
    }
    return 0;
}

static int add_facts(struct bundle *b, const struct export_facts *facts, const struct extract_counts *counts)
{
    struct export_facts all = *facts;
    struct buffer readme = buffer_new(EXPORT_TEXT_MAX);
    const char *json;
    int result;

    all.sealed = (int64_t)counts->sealed;
    all.open = (int64_t)counts->open;
    all.withheld = (int64_t)counts->withheld;
    all.files = (int64_t)counts->files;
    json = export_facts_write(&all, b->arena);
    result = json ? add_copy(b, EXPORT_FACTS, slice_of(json)) : error_set(b->e, ERROR_MEMORY, "out of memory");
    if (result == 0) {
        result = export_readme_write(&readme, &all);
        result = result == 0 ? add_copy(b, EXPORT_README, buffer_data(&readme)) : error_set(b->e, result, "%s", error_row(result)->text);
    }
    buffer_free(&readme);
    return result;
}

/* --- the whole -------------------------------------------------------------------------------------------------------------- */

/* The name is taken first, so that of two who export at once neither replaces the other's. */
static int begin(struct bundle *b)
{
    int fd = open(b->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE), fault, result = 0;

    if (fd < 0 && errno == EEXIST)
        return error_set(b->e, ERROR_EXISTS, "%s: there is such a file already; name another one by --out", b->path);
    if (fd < 0)
        return error_set(b->e, error_from_errno(errno), "%s: %s", b->path, strerror(errno));
    close(fd);
    b->is_made = true;
    b->zip = zip_open(b->path, ZIP_CREATE | ZIP_TRUNCATE, &fault);
    if (!b->zip)
        result = error_set(b->e, ERROR_FILE, "%s: the archive cannot be made", b->path);
    for (int i = 0; i < STREAMS && result == 0; i++)
        result = open_stream(b, (enum stream)i);
    return result ? result : put_csv(b, put_names, NULL);
}

static int fill(struct bundle *b, const struct extract_settings *settings, const struct export_facts *facts, struct extract_counts *counts)
{
    const struct extract_tellers tellers = { .line = tell_line, .gap = tell_gap, .file = tell_file, .arg = b };
    int result = extract(settings, &tellers, counts, b->e);

    if (result == 0 && counts->sealed + counts->open == 0)
        result = error_set(b->e, ERROR_NOT_FOUND, "the legal log has nothing about %s that its holder may see", settings->address);
    if (result == 0)
        result = add_streams(b, counts);
    if (result == 0)
        result = add_facts(b, facts, counts);
    if (result == 0 && zip_close(b->zip) != 0)
        return error_set(b->e, ERROR_FILE, "%s: %s", b->path, zip_strerror(b->zip));
    if (result == 0)
        b->zip = NULL;
    return result;
}

int bundle_write(const char *path, const struct extract_settings *settings, const struct export_facts *facts, struct extract_counts *out_counts,
                 struct error *e)
{
    struct bundle b = { .path = path, .legal_dir = settings->dir, .record = buffer_new(RECORD_MAX), .arena = arena_new(BUDGET), .e = e };
    mode_t before = umask(077); /* libzip makes its file anew */
    int result = b.arena ? begin(&b) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = fill(&b, settings, facts, out_counts);
    if (b.zip)
        zip_discard(b.zip);
    if (result != 0 && b.is_made)
        unlink(path);
    for (int i = 0; i < STREAMS; i++)
        if (b.streams[i])
            fclose(b.streams[i]);
    umask(before);
    buffer_free(&b.record);
    arena_free(&b.arena);
    return result;
}
