/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as an export of the legal log: as a ZIP, and as the members of one, each behind a line of its name that begins with the
 * record separator (1E), so that no checksum stands in the way.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "opec/export/check.h"

enum { NOW = 1795497701, NAME_SIZE = 128, SEPARATOR = 0x1E };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice zip)
{
    struct evidence_judge judge;
    struct export_report report;

    evidence_judge_open(&(struct evidence_settings){ 0 }, &judge);
    /* One that holds shows something. */
    if (export_check_bytes(zip, &judge, NOW, &report, NULL) == 0 && !*report.fault && report.sealed + report.open == 0)
        abort();
    evidence_judge_close(&judge);
}

static void add_members(zip_t *zip, struct slice text)
{
    struct slice record;

    while (slice_cut(&text, SEPARATOR, &record) || record.size) {
        char name[NAME_SIZE];
        struct slice line;
        zip_source_t *source;

        if (!slice_cut(&record, '\n', &line) || line.size == 0 || line.size >= sizeof name)
            continue;
        memcpy(name, line.data, line.size);
        name[line.size] = '\0';
        source = zip_source_buffer(zip, record.data, record.size, 0);
        if (zip_file_add(zip, name, source, 0) < 0)
            zip_source_free(source);
    }
}

/* The archive's bytes; to be freed. */
static struct slice pack(struct slice text)
{
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    struct slice out = SLICE_NONE;
    zip_stat_t st;

    zip_source_keep(source);
    add_members(zip, text);
    if (zip_close(zip) != 0) {
        zip_discard(zip);
    } else if (zip_source_stat(source, &st) == 0 && zip_source_open(source) == 0) {
        char *bytes = malloc(st.size ? st.size : 1);

        if (!bytes || zip_source_read(source, bytes, st.size) != (zip_int64_t)st.size)
            abort();
        zip_source_close(source);
        out = (struct slice){ bytes, st.size };
    }
    zip_source_free(source);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size }, packed;

    check(text);
    packed = pack(text);
    check(packed);
    free((void *)(uintptr_t)packed.data);
    return 0;
}
