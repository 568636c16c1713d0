/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARENA_BUDGET = 64 * 1024 * 1024 };

/* Named as the folder, which nobody else has. */
static int make_schema(struct fixture *f, const char *server)
{
    const char *name = strrchr(f->folder, '/') + 1;
    struct database *d = NULL;
    char sql[100];
    int result;

    f->is_shared = true;
    snprintf(f->url, sizeof f->url, "%s&options=-csearch_path%%3D%%22%s%%22", server, name);
    snprintf(sql, sizeof sql, "CREATE SCHEMA \"%s\"", name);
    result = database_postgresql_open(server, "opec test", DATABASE_WRITE, &d, &f->error);
    if (result == 0)
        result = database_execute(d, sql, &f->error);
    database_close(&d);
    if (result != 0)
        print_error("%s\n", f->error.text);
    return result ? -1 : 0;
}

int fixture_setup_folder(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *folder = getenv("TMPDIR");

    if (!f || !(f->arena = arena_new(ARENA_BUDGET)))
        return -1;
    *state = f;
    snprintf(f->folder, sizeof f->folder, "%s/store-XXXXXX", folder ? folder : P_tmpdir);
    if (!mkdtemp(f->folder))
        return -1;
    if (getenv("OPEC_TEST_STORE"))
        return make_schema(f, getenv("OPEC_TEST_STORE"));
    snprintf(f->path, sizeof f->path, "%s/opec.db", f->folder);
    snprintf(f->url, sizeof f->url, "sqlite:%s", f->path);
    return 0;
}

struct database *fixture_database(struct fixture *f)
{
    struct database *d = NULL;

    if (f->is_shared)
        EXPECT(f, 0, database_postgresql_open(f->url, "opec test", DATABASE_WRITE, &d, &f->error));
    else
        EXPECT(f, 0, database_sqlite_open(f->path, DATABASE_WRITE, &d, &f->error));
    return d;
}

void fixture_open(struct fixture *f)
{
    EXPECT(f, 0, store_open(f->url, "nodo", &f->store, &f->error));
}

int fixture_setup(void **state)
{
    if (fixture_setup_folder(state) != 0)
        return -1;
    fixture_open(*state);
    return 0;
}

int fixture_setup_batch(void **state)
{
    struct fixture *f;

    if (fixture_setup(state) != 0)
        return -1;
    f = *state;
    EXPECT(f, 0, store_begin(f->store, &f->error));
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *entry;
    char path[FIXTURE_PATH_SIZE + sizeof entry->d_name];

    while (d && (entry = readdir(d)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (d)
        closedir(d);
    rmdir(folder);
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    store_close(&f->store);
    arena_free(&f->arena);
    remove_folder(f->folder);
    free(f);
    return 0;
}

void fixture_next_batch(struct fixture *f)
{
    EXPECT(f, 0, store_commit(f->store, false, &f->error));
    EXPECT(f, 0, store_begin(f->store, &f->error));
}

void fixture_expect(const struct fixture *f, int wanted, int result, const char *what, const char *file, int line)
{
    if (result == wanted)
        return;
    print_error("%s\n  gave %s, not %s: %s\n", what, error_row(result)->name, error_row(wanted)->name, f->error.text);
    _fail(file, line);
}

const unsigned char *fixture_key(unsigned char byte)
{
    static unsigned char keys[256][STORE_KEY_SIZE];

    return memset(keys[byte], byte, STORE_KEY_SIZE);
}

int64_t fixture_file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}
