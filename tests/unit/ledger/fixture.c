/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/folder.h"

enum { FOLDERS_AT_ONCE = 8 };

static void path_of(const struct fixture *f, const char *name, char out[LEDGER_PATH_SIZE])
{
    snprintf(out, LEDGER_PATH_SIZE, "%s/%s", f->dir, name);
}

void fixture_begin(struct fixture *f)
{
    const char *folder = getenv("TMPDIR");

    snprintf(f->dir, sizeof f->dir, "%s/ledger-XXXXXX", folder ? folder : P_tmpdir);
    if (!mkdtemp(f->dir))
        abort();
    f->settings = (struct ledger_settings){ .dir = f->dir, .close_size = 1000000, .close_age = 86400, .provider = "Gestore Alfa" };
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void fixture_end(struct fixture *f)
{
    nftw(f->dir, remove_one, FOLDERS_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

struct ledger *fixture_open(const struct fixture *f, const struct ledger_head *known, struct error *out_damage)
{
    struct ledger_head none = { 0 };
    struct ledger *ledger = NULL;
    struct error damage = { 0 }, e = { 0 };

    if (ledger_open(&f->settings, known ? known : &none, &ledger, &damage, &e) != 0)
        fail_msg("%s", e.text);
    if (out_damage)
        *out_damage = damage;
    else
        assert_string_equal("", damage.text);
    return ledger;
}

void fixture_append(struct ledger *ledger, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char event[128], id[32];
        struct error e = { 0 };

        snprintf(event, sizeof event, "{\"event\":\"acceptance\",\"pec_id\":\"opec.%u@alfa.example\"}", i);
        snprintf(id, sizeof id, "plan%u:0", i);
        if (ledger_append(ledger, id, slice_of(event), FIXTURE_START + i, &e) != 0)
            fail_msg("%s", e.text);
    }
}

struct ledger_head fixture_fill(const struct fixture *f, unsigned count, unsigned per_file)
{
    struct ledger *ledger = fixture_open(f, NULL, NULL);
    struct ledger_head head;
    char closed[LEDGER_PATH_SIZE];

    for (unsigned i = 1; i <= count; i++) {
        fixture_append(ledger, i, 1);
        if (per_file && i % per_file == 0 && i < count)
            assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START + i, true, closed, NULL));
    }
    assert_int_equal(0, ledger_sync(ledger, NULL));
    head = ledger_head(ledger);
    ledger_close(&ledger);
    return head;
}

bool fixture_name(const struct fixture *f, enum ledger_file_kind kind, uint64_t first, char out[LEDGER_NAME_SIZE])
{
    struct ledger_folder folder = { 0 };
    bool found = false;

    assert_int_equal(0, ledger_folder_read(f->dir, &folder, NULL));
    for (size_t i = 0; i < folder.count && !found; i++) {
        found = folder.files[i].first == first && (kind == LEDGER_LOG ? folder.files[i].log : folder.files[i].manifest);
        if (found)
            ledger_file_name(&folder.files[i], kind, out);
    }
    ledger_folder_free(&folder);
    return found;
}

size_t fixture_count(const struct fixture *f, enum ledger_file_kind kind)
{
    struct ledger_folder folder = { 0 };
    size_t count = 0;

    assert_int_equal(0, ledger_folder_read(f->dir, &folder, NULL));
    for (size_t i = 0; i < folder.count; i++)
        count += kind == LEDGER_LOG ? folder.files[i].log : folder.files[i].manifest;
    ledger_folder_free(&folder);
    return count;
}

struct slice fixture_read(const struct fixture *f, const char *name)
{
    char path[LEDGER_PATH_SIZE], *data = NULL;
    size_t size = 0;
    FILE *file;

    path_of(f, name, path);
    file = fopen(path, "rb");
    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF; size++) {
        if (size % 4096 == 0)
            data = realloc(data, size + 4096);
        assert_non_null(data);
        data[size] = (char)c;
    }
    fclose(file);
    return (struct slice){ data, size };
}

void fixture_write(const struct fixture *f, const char *name, struct slice content)
{
    char path[LEDGER_PATH_SIZE];
    FILE *file;

    path_of(f, name, path);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(content.size, content.size ? fwrite(content.data, 1, content.size, file) : 0);
    fclose(file);
}

void fixture_remove(const struct fixture *f, const char *name)
{
    char path[LEDGER_PATH_SIZE];

    path_of(f, name, path);
    assert_int_equal(0, unlink(path));
}

void fixture_rename(const struct fixture *f, const char *from, const char *to)
{
    char old[LEDGER_PATH_SIZE], new[LEDGER_PATH_SIZE];

    path_of(f, from, old);
    path_of(f, to, new);
    assert_int_equal(0, rename(old, new));
}
