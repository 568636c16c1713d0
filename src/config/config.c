/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "config/check.h"
#include "config/faults.h"
#include "config/form.h"
#include "config/reader.h"
#include "config/schema.h"
#include "config/value.h"

enum { SCRATCH_BUDGET = 40 * 1000000, WORKERS_EACH = 8, WORKERS_MAX = 512, SIGNERS_MAX = 64, HOSTNAME_SIZE = 256 };

/* A configuration in the making. */
struct builder {
    struct config *config;
    struct arena *arena; /* of the configuration */
    unsigned *lines;
    const struct reading *reading;
    struct faults *faults;
    bool sound[SCHEMA_ROWS_MAX];
};

static void wrong(struct builder *b, size_t i, unsigned line, const char *words)
{
    b->sound[i] = false;
    faults_add(b->faults, line, "%s.%s: %s", schema_rows[i].section, schema_rows[i].name, words);
}

static void read_value(struct builder *b, size_t i, const char *text, unsigned line)
{
    struct error e;
    int result = value_read(&schema_rows[i], text, b->arena, b->config, &e);

    if (result == ERROR_BUDGET)
        b->faults->failed = true;
    else if (result != 0)
        wrong(b, i, line, e.text);
}

static unsigned line_of_section(const struct builder *b, const char *section, unsigned otherwise)
{
    unsigned line = reader_section_line(b->reading, section);

    return line ? line : otherwise;
}

/* A key that is not in the file. */
static void build_default(struct builder *b, size_t i)
{
    const struct schema_row *row = &schema_rows[i];

    /* What stands behind the place where the reading ended is not known to be missing. */
    if (b->reading->broken)
        b->sound[i] = false;
    else if (row->value)
        read_value(b, i, row->value, 1);
    else
        wrong(b, i, line_of_section(b, row->section, b->reading->source.last_line), "this key is missing; it is required");
}

static void build_key(struct builder *b, size_t i)
{
    const struct schema_row *row = &schema_rows[i];
    const struct given *given = &b->reading->keys[i];

    b->sound[i] = true;
    b->lines[i] = given->line ? given->line : line_of_section(b, row->section, 1);
    if (value_begin(row, given->count, b->arena, b->config) != 0) {
        b->faults->failed = true;
        return;
    }
    if (!given->line) {
        build_default(b, i);
        return;
    }
    for (size_t n = 0; n < given->count; n++)
        read_value(b, i, given->values[n].text, given->values[n].line);
    if (row->count_place && row->filled && b->sound[i] && value_list_count(row, b->config) == 0)
        wrong(b, i, given->line, "the list is empty; write { \"...\" }");
}

/* The machine's name: its canonical one if that has a dot, for other servers want to see one. */
static const char *machine_name(struct arena *arena)
{
    struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM }, *list = NULL;
    char name[HOSTNAME_SIZE] = "";
    const char *made;

    if (gethostname(name, sizeof name - 1) != 0 || form_domain(name, NULL) != 0)
        snprintf(name, sizeof name, "localhost");
    if (!strchr(name, '.') && getaddrinfo(name, NULL, &hints, &list) == 0 && list->ai_canonname &&
        strchr(list->ai_canonname, '.') && form_domain(list->ai_canonname, NULL) == 0)
        made = arena_text(arena, slice_of(list->ai_canonname));
    else
        made = arena_text(arena, slice_of(name));
    if (list)
        freeaddrinfo(list);
    return made;
}

static unsigned at_most(long value, unsigned most)
{
    return value > (long)most ? most : (unsigned)value;
}

/* What keys leave to the machine, and what follows from them. */
static void complete(struct config *c, struct arena *arena, struct faults *faults)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < 1)
        processors = 1;
    if (c->daemon.workers == 0)
        c->daemon.workers = at_most(WORKERS_EACH * processors, WORKERS_MAX);
    if (c->signer.processes == 0)
        c->signer.processes = at_most(processors > (long)c->signer.token_count ? processors : (long)c->signer.token_count, SIGNERS_MAX);
    if (c->provider.hostname[0] == '\0')
        c->provider.hostname = machine_name(arena);
    if (!c->provider.hostname)
        faults->failed = true;
    if (c->store_node[0] == '\0')
        c->store_node = c->provider.hostname;
    c->antivirus.enabled = c->antivirus.clamd.text[0] != '\0';
}

/* ERROR_MEMORY, ERROR_BUDGET; else *out, which is whole only if there is no fault. */
static int build(struct slice text, const char *path, struct arena *arena, struct faults *faults, const struct config **out)
{
    struct reading *reading = arena_alloc(faults->arena, sizeof *reading);
    struct builder b = { .config = arena_alloc(arena, sizeof *b.config), .arena = arena, .reading = reading, .faults = faults };

    b.lines = arena_array(arena, schema_count, sizeof *b.lines);
    if (!reading || !b.config || !b.lines)
        return ERROR_BUDGET;
    b.config->path = arena_text(arena, slice_of(path));
    b.config->lines = b.lines;
    if (!b.config->path)
        return ERROR_BUDGET;
    if (reader_read(reading, text, faults) != 0)
        return ERROR_MEMORY;
    for (size_t i = 0; i < schema_count; i++)
        build_key(&b, i);
    check_config(b.config, b.sound, faults);
    if (faults->count == 0)
        complete(b.config, arena, faults);
    if (faults->failed)
        return ERROR_BUDGET;
    *out = b.config;
    return 0;
}

int config_read(struct slice text, const char *path, struct arena *arena, const struct config **out,
                void (*fault)(void *arg, const char *words), void *arg)
{
    struct arena *scratch = arena_new(SCRATCH_BUDGET);
    struct faults faults = faults_new(scratch);
    const struct config *made = NULL;
    int result = ERROR_MEMORY;

    if (scratch && text.size > CONFIG_SIZE_MAX) {
        faults_add(&faults, 1, "the file has more than %d bytes; make it shorter", CONFIG_SIZE_MAX);
        result = 0;
    } else if (scratch) {
        result = build(text, path, arena, &faults, &made);
    }
    faults_tell(&faults, path, fault, arg);
    if (result != 0)
        fault(arg, "there is no memory to read the configuration");
    else if (faults.count > 0)
        result = ERROR_CONFIG;
    else
        *out = made;
    arena_free(&scratch);
    return result;
}

int config_load(const char *path, struct arena *arena, const struct config **out, struct slice *out_text,
                void (*fault)(void *arg, const char *words), void *arg)
{
    struct slice text = SLICE_NONE;
    struct error e = { 0 };
    int result = file_read(path, CONFIG_SIZE_MAX, arena, &text, &e);

    if (result != 0) {
        fault(arg, e.text);
        return result;
    }
    result = config_read(text, path, arena, out, fault, arg);
    if (result == 0)
        *out_text = text;
    return result;
}

unsigned config_line(const struct config *config, const char *key)
{
    size_t i = schema_find_key(key);

    return config->lines && i < schema_count ? config->lines[i] : 1;
}

bool config_store_is_shared(const struct config *c)
{
    return strncmp(c->store_url, "postgresql:", 11) == 0;
}
