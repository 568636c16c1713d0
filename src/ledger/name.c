/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const endings[] = { [LEDGER_LOG] = ".log", [LEDGER_MANIFEST] = ".manifest.json" };

enum { STAMP_SIZE = sizeof "20261124T052141Z" - 1, NUMBER_SIZE = 12 };

void ledger_name_write(const struct ledger_name *name, char out[LEDGER_NAME_SIZE])
{
    time_t t = (time_t)name->seconds;
    char stamp[STAMP_SIZE + 8];
    struct tm tm;

    gmtime_r(&t, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
    snprintf(out, LEDGER_NAME_SIZE, "legal-%s-%0*llu%s", stamp, NUMBER_SIZE, (unsigned long long)name->first, endings[name->kind]);
}

static bool read_stamp(struct slice s, int64_t *out_seconds)
{
    static const struct {
        size_t at, size;
    } parts[] = { { 0, 4 }, { 4, 2 }, { 6, 2 }, { 9, 2 }, { 11, 2 }, { 13, 2 } };
    unsigned long long values[6];
    struct tm tm;

    if (s.data[8] != 'T' || s.data[STAMP_SIZE - 1] != 'Z')
        return false;
    for (size_t i = 0; i < 6; i++)
        if (!slice_number((struct slice){ s.data + parts[i].at, parts[i].size }, &values[i]))
            return false;
    tm = (struct tm){ .tm_year = (int)values[0] - 1900, .tm_mon = (int)values[1] - 1, .tm_mday = (int)values[2],
                      .tm_hour = (int)values[3], .tm_min = (int)values[4], .tm_sec = (int)values[5] };
    *out_seconds = (int64_t)timegm(&tm);
    return true;
}

bool ledger_name_read(const char *text, struct ledger_name *out)
{
    struct slice s = slice_of(text);
    struct ledger_name name = { 0 };
    char again[LEDGER_NAME_SIZE];
    unsigned long long first;

    if (s.size < 6 + STAMP_SIZE + 1 + NUMBER_SIZE || memcmp(s.data, "legal-", 6) != 0 ||
        !read_stamp((struct slice){ s.data + 6, STAMP_SIZE }, &name.seconds) ||
        !slice_number((struct slice){ s.data + 6 + STAMP_SIZE + 1, NUMBER_SIZE }, &first) || first == 0)
        return false;
    name.first = first;
    name.kind = slice_is(slice_skip(s, 6 + STAMP_SIZE + 1 + NUMBER_SIZE), endings[LEDGER_LOG]) ? LEDGER_LOG : LEDGER_MANIFEST;
    /* One name for one file: what would not be written so is none of ours (the 31st of February, another ending). */
    ledger_name_write(&name, again);
    if (strcmp(again, text) != 0)
        return false;
    *out = name;
    return true;
}

int ledger_path(const char *dir, const char *name, char out[LEDGER_PATH_SIZE], struct error *e)
{
    char path[LEDGER_PATH_SIZE];

    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return error_set(e, ERROR_LIMIT, "%.200s...: the path of the legal log is too long", dir);
    memcpy(out, path, sizeof path);
    return 0;
}
