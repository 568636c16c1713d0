/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as the files of a ledger: verified, searched, opened, gone on with and verified again. The input is a log, then (behind a
 * form feed) a manifest and a second log. Lines that lack only their hash are given one that holds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/folder.h"
#include "ledger/line.h"
#include "ledger/indexing.h"
#include "ledger/search.h"
#include "ledger/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];

static void empty_folder(void)
{
    struct ledger_folder folder = { 0 };
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];

    if (ledger_folder_read(dir, &folder, NULL) != 0)
        abort();
    for (size_t i = 0; i < folder.count; i++) {
        for (int kind = LEDGER_LOG; kind <= LEDGER_MANIFEST; kind++) {
            ledger_file_name(&folder.files[i], (enum ledger_file_kind)kind, name);
            if (ledger_path(dir, name, path, NULL) == 0)
                unlink(path);
        }
    }
    ledger_folder_free(&folder);
}

static void remove_folder(void)
{
    char index[sizeof dir + 8];

    empty_folder();
    snprintf(index, sizeof index, "%s/index", dir);
    rmdir(index);
    rmdir(dir);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(dir, sizeof dir, "%s/fuzz-XXXXXX", parent && strlen(parent) < sizeof dir - 16 ? parent : P_tmpdir);
    if (!mkdtemp(dir))
        abort();
    atexit(remove_folder);
}

/* A line that ends in its previous hash gets a hash of its own. */
static void append_line(struct buffer *out, struct slice line)
{
    size_t start = buffer_data(out).size;
    struct slice text = slice_trim(line);
    unsigned char hash[LEDGER_HASH_SIZE];
    int result;

    if (text.size > 1 && text.data[0] == '{' && text.data[text.size - 1] == '"') {
        result = buffer_append(out, text);
        result = result == 0 ? ledger_hash_append(out, start, hash) : result;
    } else {
        result = buffer_append(out, line);
    }
    if (result != 0)
        abort();
}

static void write_file(const char *name, struct slice content)
{
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    char path[LEDGER_PATH_SIZE];
    struct slice line;

    while (slice_next_line(&content, &line))
        append_line(&out, line);
    if (ledger_path(dir, name, path, NULL) != 0 || file_replace(path, buffer_data(&out), 0600, NULL) != 0)
        abort();
    buffer_free(&out);
}

static bool found(void *arg, struct slice line)
{
    return ++*(size_t *)arg < 1000 && line.size > 0;
}

/* However damaged: it opens, takes a line, and nothing that held before is broken by it. */
static void go_on(const struct ledger_head *known, bool held)
{
    struct ledger_settings settings = { .dir = dir, .close_size = 1000, .close_age = 10, .provider = "Alfa" };
    char closed[LEDGER_PATH_SIZE];
    struct ledger_report report;
    struct ledger *ledger = NULL;
    struct error damage;
    int result = ledger_open(&settings, known, &ledger, &damage, NULL);

    if (result == ERROR_FILE)
        return;
    if (result != 0 || ledger_append(ledger, "fuzz", SLICE("{\"event\":\"more\"}"), 1795497701, NULL) != 0)
        abort();
    if (ledger_rotate(ledger, 1795497702, true, closed, NULL) == 0 && held && damage.code == 0 &&
        (ledger_verify(dir, known, 0, &report, NULL) != 0 || report.fault[0]))
        abort();
    ledger_close(&ledger);
}

static size_t search(enum ledger_search_way way)
{
    const struct ledger_asked asked = { .term = "opec.1@alfa.example", .from = INT64_MIN, .to = INT64_MAX };
    struct ledger_query query;
    size_t count = 0;

    if (ledger_query_make(&asked, &query, NULL) != 0 || ledger_search(dir, &query, way, found, &count, NULL) != 0)
        abort();
    ledger_query_free(&query);
    return count;
}

/* An index changes nothing of what is found. */
static void search_both(void)
{
    struct ledger_indexed made;

    if (ledger_index_update(dir, &made, NULL) != 0 || search(LEDGER_SEARCH_INDEX) != search(LEDGER_SEARCH_FILES) ||
        ledger_index_is_due(dir) || ledger_index_remove(dir, NULL) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, part;
    struct ledger_head none = { 0 };
    struct ledger_report report;

    if (!dir[0])
        make_folder();
    empty_folder();
    if (slice_cut(&rest, '\f', &part) && slice_cut(&rest, '\f', &part))
        write_file("legal-20261124T052141Z-000000000001.manifest.json", part);
    rest = (struct slice){ (const char *)data, size };
    slice_cut(&rest, '\f', &part);
    write_file("legal-20261124T052141Z-000000000001.log", part);
    slice_cut(&rest, '\f', &part);
    if (rest.size)
        write_file("legal-20261124T052142Z-000000000002.log", rest);
    if (ledger_verify(dir, NULL, 0, &report, NULL) != 0)
        abort();
    search_both();
    go_on(size % 2 ? &none : &report.head, !report.fault[0]);
    return 0;
}
