/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_private.h"

int store_setting_get(struct store *s, const char *name, struct arena *arena, struct slice *out, struct error *e)
{
    const struct query query = { "SELECT value FROM setting WHERE name = $1", { value_text(name) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result == ERROR_NOT_FOUND)
        return error_set(e, result, "store: there is no setting %s", name);
    if (result == 0)
        result = store_blob(rows, 0, arena, out, e);
    database_finish(&rows);
    return result;
}

int store_setting_put(struct store *s, const char *name, struct slice value, struct error *e)
{
    const struct query query = { "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
                                 { value_text(name), value_blob(value) } };

    return database_run(s->database, &query, NULL, e);
}
