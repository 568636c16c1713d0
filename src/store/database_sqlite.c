/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUSY_MS = 2000,          /* nobody else should write; somebody's tool may for a moment */
    CHECKPOINT_PAGES = 2000, /* the log goes into the database whenever it has grown to so many pages */
};

struct sqlite_rows {
    struct rows rows;
    struct sqlite *sqlite;
    const char *sql;
    sqlite3_stmt *statement;
    int position[QUERY_VALUES + 1]; /* SQLite's number of $n: it counts parameters as they appear */
    struct sqlite_rows *next;
};

struct sqlite {
    struct database database;
    sqlite3 *db;
    struct sqlite_rows *statements; /* prepared, for the life of the connection */
    bool in_transaction;
    bool is_unsynced;     /* something was committed that may not be on the disk yet */
    bool is_suspect;      /* a sync has failed since all was last on the disk */
    struct error spoiled; /* why the transaction can only be rolled back; code 0 if it can go on */
};

static const struct database_word words[] = {
    { "blob", "BLOB" },
    { "text", "TEXT" },
    { "given_id", "INTEGER PRIMARY KEY" },
    { "made_id", "INTEGER PRIMARY KEY" },
    { "clustered", "WITHOUT ROWID" },
    { NULL, NULL },
};

/* --- failures --------------------------------------------------------------------------------------------------------------- */

static int code_of(sqlite3 *db)
{
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_FULL:
        return ERROR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERROR_BUSY;
    case SQLITE_NOMEM:
        return ERROR_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERROR_CORRUPT;
    case SQLITE_IOERR:
        return error_from_errno(sqlite3_system_errno(db));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return ERROR_FILE;
    case SQLITE_TOOBIG:
        return ERROR_LIMIT;
    default:
        return ERROR_BUG;
    }
}

static int failed(struct sqlite *s, struct error *e)
{
    const char *path = sqlite3_db_filename(s->db, "main");
    struct error why;

    error_set(&why, code_of(s->db), "store %s: %s", path ? path : "", sqlite3_errmsg(s->db));
    if (s->in_transaction && s->spoiled.code == 0)
        s->spoiled = why;
    return error_set(e, why.code, "%s", why.text);
}

/* --- statements ------------------------------------------------------------------------------------------------------------- */

static int prepare(struct sqlite *s, const char *sql, struct sqlite_rows **out, struct error *e)
{
    struct sqlite_rows *r;
    char text[DATABASE_STATEMENT_SIZE];
    int result = database_translate(words, sql, text, e);

    if (result != 0)
        return result;
    if (!(r = calloc(1, sizeof *r)))
        return error_set(e, ERROR_MEMORY, "out of memory");
    if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &r->statement, NULL) != SQLITE_OK) {
        free(r);
        return failed(s, e);
    }
    for (int i = 1; i <= sqlite3_bind_parameter_count(r->statement); i++) {
        const char *name = sqlite3_bind_parameter_name(r->statement, i);

        if (name && name[1] >= '1' && name[1] <= '0' + QUERY_VALUES)
            r->position[name[1] - '0'] = i;
    }
    r->rows.engine = s->database.engine;
    r->sqlite = s;
    r->sql = sql;
    r->next = s->statements;
    s->statements = r;
    *out = r;
    return 0;
}

static int find(struct sqlite *s, const char *sql, struct sqlite_rows **out, struct error *e)
{
    for (struct sqlite_rows *r = s->statements; r; r = r->next)
        if (r->sql == sql) {
            *out = r;
            return 0;
        }
    return prepare(s, sql, out, e);
}

static int bind(struct sqlite_rows *r, int position, const struct value *v)
{
    /* A NULL pointer would be the SQL null. */
    const char *data = v->bytes.data ? v->bytes.data : "";

    switch (v->kind) {
    case VALUE_NUMBER:
        return sqlite3_bind_int64(r->statement, position, v->number);
    case VALUE_TEXT:
        return sqlite3_bind_text64(r->statement, position, data, v->bytes.size, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BLOB:
        return sqlite3_bind_blob64(r->statement, position, data, v->bytes.size, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(r->statement, position);
    }
}

static void finish(struct rows *rows)
{
    struct sqlite_rows *r = (struct sqlite_rows *)rows;

    sqlite3_reset(r->statement);
    sqlite3_clear_bindings(r->statement);
}

static int start(struct database *d, const struct query *query, struct rows **out, struct error *e)
{
    struct sqlite *s = (struct sqlite *)d;
    struct sqlite_rows *r;
    int result;

    if (s->spoiled.code != 0)
        return error_set(e, s->spoiled.code, "%s", s->spoiled.text);
    if ((result = find(s, query->sql, &r, e)) != 0)
        return result;
    for (int i = 0; i < QUERY_VALUES && query->values[i].kind != VALUE_END; i++)
        if (bind(r, r->position[i + 1], &query->values[i]) != SQLITE_OK) {
            result = failed(s, e);
            finish(&r->rows);
            return result;
        }
    if (!sqlite3_stmt_readonly(r->statement))
        s->is_unsynced = true;
    *out = &r->rows;
    return 0;
}

static int next(struct rows *rows, bool *out_row, struct error *e)
{
    struct sqlite_rows *r = (struct sqlite_rows *)rows;
    int status = sqlite3_step(r->statement);

    if (status != SQLITE_ROW && status != SQLITE_DONE)
        return failed(r->sqlite, e);
    *out_row = status == SQLITE_ROW;
    return 0;
}

static uint64_t changed(struct rows *rows)
{
    return (uint64_t)sqlite3_changes64(((struct sqlite_rows *)rows)->sqlite->db);
}

static bool is_null(struct rows *rows, int column)
{
    return sqlite3_column_type(((struct sqlite_rows *)rows)->statement, column) == SQLITE_NULL;
}

static int64_t number(struct rows *rows, int column)
{
    return sqlite3_column_int64(((struct sqlite_rows *)rows)->statement, column);
}

static struct slice bytes(struct rows *rows, int column)
{
    sqlite3_stmt *statement = ((struct sqlite_rows *)rows)->statement;
    const char *data = sqlite3_column_blob(statement, column);

    return (struct slice){ data, (size_t)sqlite3_column_bytes(statement, column) };
}

static int execute(struct database *d, const char *sql, struct error *e)
{
    struct sqlite *s = (struct sqlite *)d;

    if (s->spoiled.code != 0)
        return error_set(e, s->spoiled.code, "%s", s->spoiled.text);
    s->is_unsynced = true;
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, e);
}

static int has_table(struct database *d, const char *name, bool *out_has, struct error *e)
{
    struct query query = { "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1", { value_text(name) } };
    struct rows *rows = NULL;
    int result = database_first(d, &query, &rows, e);

    if (result == 0)
        *out_has = number(rows, 0) > 0;
    database_finish(&rows);
    return result;
}

/* --- transactions ----------------------------------------------------------------------------------------------------------- */

/* One of the statements that begin and end a transaction. */
static int control(struct sqlite *s, const char *sql, struct error *e)
{
    struct sqlite_rows *r;
    bool is_row;
    int result = find(s, sql, &r, e);

    if (result != 0)
        return result;
    result = next(&r->rows, &is_row, e);
    finish(&r->rows);
    return result;
}

/* Deferred: what only reads takes no lock. */
static int begin(struct database *d, struct error *e)
{
    struct sqlite *s = (struct sqlite *)d;
    int result;

    if (s->in_transaction)
        return error_set(e, ERROR_BUG, "store: a transaction within a transaction");
    result = control(s, "BEGIN", e);
    s->in_transaction = result == 0;
    return result;
}

/* SQLite has rolled back by itself after some failures. */
static void rollback(struct database *d)
{
    struct sqlite *s = (struct sqlite *)d;

    if (s->in_transaction && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->in_transaction = false;
    s->spoiled.code = 0;
}

static int sync_failed(struct sqlite *s, int status, int error_number, struct error *e)
{
    s->is_suspect = true;
    return error_set(e, error_from_errno(error_number), "store %s: sync: %s", sqlite3_db_filename(s->db, "main"),
                     error_number ? strerror(error_number) : sqlite3_errstr(status));
}

/* Pages that could not be synced once are taken for clean by the kernel, and the next sync of them says nothing. So the whole log is
 * written into the database, which is synced for itself. */
static int rewrite_log(struct sqlite *s, struct error *e)
{
    if (sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_FULL, NULL, NULL) != SQLITE_OK)
        return failed(s, e);
    s->is_suspect = s->is_unsynced = false;
    return 0;
}

/* With synchronous=NORMAL a commit writes to the write-ahead log and does not sync it; to sync the log after a commit is what FULL
 * does. Done here, it can be decided when the transaction ends (the pragma only before it begins), and it covers the commits before,
 * also when this one has no change of its own. */
static int sync_log(struct sqlite *s, struct error *e)
{
    sqlite3_file *log = NULL;
    int status, error_number = 0;

    if (s->is_suspect)
        return rewrite_log(s, e);
    if (!s->is_unsynced)
        return 0;
    status = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (status != SQLITE_OK)
        return sync_failed(s, status, 0, e);
    if (log->pMethods && (status = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL)) != SQLITE_OK) {
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error_number);
        return sync_failed(s, status, error_number, e);
    }
    s->is_unsynced = false;
    return 0;
}

static int commit(struct database *d, bool durable, struct error *e)
{
    struct sqlite *s = (struct sqlite *)d;
    int result;

    if (!s->in_transaction)
        return error_set(e, ERROR_BUG, "store: a commit outside of a transaction");
    result = s->spoiled.code ? error_set(e, s->spoiled.code, "%s", s->spoiled.text) : control(s, "COMMIT", e);
    if (result != 0) {
        rollback(d);
        return result;
    }
    s->in_transaction = false;
    return durable ? sync_log(s, e) : 0;
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

static void close_all(struct database *d)
{
    struct sqlite *s = (struct sqlite *)d;

    while (s->statements) {
        struct sqlite_rows *r = s->statements;

        s->statements = r->next;
        sqlite3_finalize(r->statement);
        free(r);
    }
    sqlite3_close(s->db);
    free(s);
}

static const struct database_engine engine = {
    .words = words,
    .has_table = has_table,
    .execute = execute,
    .start = start,
    .next = next,
    .changed = changed,
    .is_null = is_null,
    .number = number,
    .bytes = bytes,
    .finish = finish,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .close = close_all,
};

/* Readers see the log beside the database; a file system without shared memory cannot have one. */
static int use_log(struct sqlite *s, struct error *e)
{
    struct rows *rows = NULL;
    bool is_row = false, is_log = false;
    int result = database_start(&s->database, &(struct query){ .sql = "PRAGMA journal_mode = WAL" }, &rows, e);

    if (result == 0)
        result = next(rows, &is_row, e);
    if (result == 0)
        is_log = is_row && slice_is(bytes(rows, 0), "wal");
    database_finish(&rows);
    if (result == 0 && !is_log)
        result = error_set(e, ERROR_FILE, "store %s: no write-ahead log is possible here", sqlite3_db_filename(s->db, "main"));
    return result;
}

/* Freed pages are not overwritten where that alone would cost a write: the legal log beside it says more than they do. */
static int set_up_writer(struct sqlite *s, struct error *e)
{
    int result = use_log(s, e);

    if (result == 0)
        result = execute(&s->database, "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY;"
                         "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;", e);
    if (result == 0 && sqlite3_wal_autocheckpoint(s->db, CHECKPOINT_PAGES) != SQLITE_OK)
        result = failed(s, e);
    return result;
}

int database_sqlite_open(const char *path, enum database_access access, struct database **out, struct error *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    struct sqlite *s = calloc(1, sizeof *s);
    int result = 0;

    if (!s)
        return error_set(e, ERROR_MEMORY, "out of memory");
    s->database.engine = &engine;
    if (access == DATABASE_WRITE)
        flags |= SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK) {
        int system = s->db ? sqlite3_system_errno(s->db) : ENOMEM;

        result = error_set(e, s->db ? code_of(s->db) : ERROR_MEMORY, "store %s: %s", path, system ? strerror(system) : "cannot be opened");
        goto out;
    }
    sqlite3_busy_timeout(s->db, BUSY_MS);
    result = access == DATABASE_WRITE ? set_up_writer(s, e) : execute(&s->database, "PRAGMA query_only = ON", e);
    s->is_unsynced = true; /* what a writer before us left behind */
    if (result == 0) {
        *out = &s->database;
        s = NULL;
    }
out:
    if (s)
        close_all(&s->database);
    return result;
}
