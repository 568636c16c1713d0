/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/reader.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

enum { CALLS_MAX = 20, WORDS_SIZE = 200 };

/* Why libConfuse stopped. */
enum stop { STOP_NONE, STOP_UNKNOWN, STOP_SYNTAX, STOP_REFUSED };

/* One call of libConfuse. It hands no argument of ours to its callbacks, so that this is where they find it; its scanner is global
 * to the process as well, and two calls at a time are not possible anyway. */
static struct call {
    struct reading *reading;
    struct arena *arena;
    enum stop stop;
    unsigned line;
    char section[WORDS_SIZE]; /* where it stopped, "" outside of all sections */
    char words[WORDS_SIZE];   /* the name that is unknown, or what is wrong */
} call;

/* "listen" of "listen access". */
static struct slice base_of(const char *section)
{
    struct slice rest = slice_of(section), base;

    slice_cut(&rest, ' ', &base);
    return base;
}

static bool has_title(const char *section)
{
    return strchr(section, ' ') != NULL;
}

/* The name of the section that libConfuse is in, as in the table. */
static void section_name(cfg_t *cfg, char *out, size_t size)
{
    const char *title = cfg_title(cfg);

    if (strcmp(cfg_name(cfg), "root") == 0)
        out[0] = '\0';
    else
        snprintf(out, size, "%s%s%s", cfg_name(cfg), title ? " " : "", title ? title : "");
}

/* Only the first words count: libConfuse stops there. */
static void stop(cfg_t *cfg, enum stop why)
{
    call.stop = why;
    call.line = cfg->line > 0 ? (unsigned)cfg->line : 1;
    section_name(cfg, call.section, sizeof call.section);
}

static void on_error(cfg_t *cfg, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
    if (call.stop != STOP_NONE)
        return;
    if (strcmp(format, "no such option '%s'") == 0) {
        stop(cfg, STOP_UNKNOWN);
        snprintf(call.words, sizeof call.words, "%s", va_arg(args, const char *));
    } else {
        stop(cfg, STOP_SYNTAX);
        vsnprintf(call.words, sizeof call.words, format, args);
    }
}

static int refuse(cfg_t *cfg, const char *words)
{
    stop(cfg, STOP_REFUSED);
    snprintf(call.words, sizeof call.words, "%s", words);
    return -1;
}

/* False without memory. */
static bool add_value(struct given *given, const char *text, unsigned line)
{
    struct slice s = { text, strnlen(text, SCHEMA_TEXT_MAX + 1) };

    if (given->count == given->capacity) {
        size_t capacity = given->capacity ? 2 * given->capacity : 1;
        struct given_value *grown = arena_array(call.arena, capacity, sizeof *grown);

        if (!grown)
            return false;
        if (given->count > 0)
            memcpy(grown, given->values, given->count * sizeof *grown);
        given->values = grown;
        given->capacity = capacity;
    }
    given->values[given->count] = (struct given_value){ arena_text(call.arena, s), line };
    return given->values[given->count++].text != NULL;
}

/* A value, or an element of a list. libConfuse would let the last one win where a key is set twice. */
static int on_value(cfg_t *cfg, cfg_opt_t *option, const char *value, void *out)
{
    char section[WORDS_SIZE];
    unsigned line = (unsigned)cfg->line;
    struct given *given;
    size_t row;

    *(const char **)out = value;
    section_name(cfg, section, sizeof section);
    row = schema_find(section, option->name);
    if (section[0] == '\0')
        return refuse(cfg, "keys stand in their section; write SECTION { KEY = VALUE }");
    if (row == schema_count)
        return 0; /* a title that does not exist: check_titles says so */
    given = &call.reading->keys[row];
    if (given->count > 0 && option->nvalues == 1) {
        given->again = line;
        return 0;
    }
    if (given->count == SCHEMA_LIST_MAX)
        return refuse(cfg, "the list is too long; leave some out");
    if (given->count == 0)
        given->line = line;
    return add_value(given, value, line) ? 0 : refuse(cfg, "there is no memory for the value");
}

static bool is_there(const cfg_opt_t *keys, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The keys of all sections of one base name: both listeners have the same. */
static size_t add_keys(cfg_opt_t *keys, struct slice section)
{
    size_t n = 0;

    for (size_t i = 0; i < schema_count; i++) {
        const struct schema_row *row = &schema_rows[i];

        if (!slice_equal(base_of(row->section), section) || is_there(keys, n, row->name))
            continue;
        keys[n++] = (cfg_opt_t){
            .name = row->name,
            .type = CFGT_STR,
            .flags = row->count_place ? CFGF_NODEFAULT | CFGF_LIST : CFGF_NODEFAULT,
            .parsecb = on_value,
        };
    }
    return n;
}

/* The table as libConfuse wants it. The rows of one section stand together in it. NULL without memory. */
static cfg_opt_t *make_options(struct arena *arena)
{
    cfg_opt_t *sections = arena_array(arena, schema_count + 1, sizeof *sections);
    cfg_opt_t *keys = arena_array(arena, 2 * schema_count, sizeof *keys);
    struct slice last = SLICE_NONE;
    size_t n = 0;

    for (size_t i = 0; sections && keys && i < schema_count; i++) {
        struct slice base = base_of(schema_rows[i].section);

        if (slice_equal(base, last))
            continue;
        last = base;
        sections[n++] = (cfg_opt_t){
            .name = arena_text(arena, base),
            .type = CFGT_SEC,
            .flags = has_title(schema_rows[i].section) ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE,
            .subopts = keys,
        };
        if (!sections[n - 1].name)
            return NULL;
        keys += add_keys(keys, base) + 1; /* one that is all zero is the end */
    }
    return keys ? sections : NULL;
}

/* ERROR_MEMORY; why libConfuse stopped is in `call`. */
static int call_once(struct reading *r, cfg_opt_t *options, struct arena *arena)
{
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    int result;

    if (!cfg)
        return ERROR_MEMORY;
    memset(r->keys, 0, sizeof r->keys);
    call = (struct call){ .reading = r, .arena = arena };
    cfg_set_error_function(cfg, on_error);
    result = cfg_parse_buf(cfg, r->source.text);
    /* The one name that it refuses without a word. */
    if (result != CFG_SUCCESS && call.stop == STOP_NONE)
        refuse(cfg, "a name is empty; write one");
    cfg_free(cfg);
    return 0;
}

/* The names that would be right, as "a, b, c": the keys of a section, or the sections. */
static void list_names(const char *section, char *out, size_t size)
{
    const char *last = "";
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < schema_count && n < size; i++) {
        const char *name = section[0] == '\0' ? schema_rows[i].section : schema_rows[i].name;

        if (strcmp(name, last) == 0 || (section[0] != '\0' && strcmp(schema_rows[i].section, section) != 0))
            continue;
        n += (size_t)snprintf(out + n, size - n, "%s%s", n == 0 ? "" : ", ", name);
        last = name;
    }
}

static void add_unknown(struct faults *faults)
{
    char names[300], quoted[LOG_QUOTED_SIZE];

    log_quote(slice_of(call.words), quoted);
    list_names(call.section, names, sizeof names);
    if (call.section[0] == '\0')
        faults_add(faults, call.line, "there is no section %s; there are %s", quoted, names);
    else
        faults_add(faults, call.line, "there is no key %s in section %s; there %s%s", quoted, call.section,
                   names[0] ? "are " : "is no such section", names);
}

/* Where a section is not closed, libConfuse takes the next one for a key of it, or says nothing at the end of the file. */
static void add_stop(struct reading *r, struct faults *faults)
{
    static const char *const how = "; write SECTION { KEY = VALUE } and lists as { \"a\", \"b\" }";

    if (call.stop == STOP_SYNTAX || call.stop == STOP_REFUSED)
        faults_add(faults, call.line, "%s%s%s%s", call.section, call.section[0] ? ": " : "", call.words,
                   call.stop == STOP_SYNTAX ? how : "");
    else if (r->source.open_line)
        faults_add(faults, r->source.open_line, "the brace { that opens here is never closed; write } behind its last line");
    r->broken = call.stop != STOP_NONE || r->source.open_line;
}

/* libConfuse takes any title of a section that has titles; that there is none, it says itself. */
static void check_titles(const struct reading *r, struct faults *faults)
{
    for (size_t i = 0; i < r->source.section_count; i++) {
        const struct source_section *s = &r->source.sections[i];
        const char *known = NULL;
        bool found = false;

        for (size_t row = 0; row < schema_count && !found; row++) {
            struct slice title = slice_of(schema_rows[row].section), base;

            if (!slice_cut(&title, ' ', &base) || !slice_equal(base, s->name))
                continue;
            known = schema_rows[row].section;
            found = slice_equal(title, s->title);
        }
        if (known && !found && s->title.data)
            faults_add(faults, s->line, "there is no section %.*s \"%.*s\"; one that there is, is %s", SLICE_ARGS(s->name),
                       (int)(s->title.size > 40 ? 40 : s->title.size), s->title.data ? s->title.data : "", known);
    }
}

static void check_repeated(const struct reading *r, struct faults *faults)
{
    for (size_t i = 0; i < schema_count; i++) {
        if (r->keys[i].again)
            faults_add(faults, r->keys[i].again, "%s.%s was set on line %u already; leave one of them", schema_rows[i].section,
                       schema_rows[i].name, r->keys[i].line);
    }
}

int reader_read(struct reading *r, struct slice text, struct faults *faults)
{
    cfg_opt_t *options = make_options(faults->arena);
    bool again = true;

    *r = (struct reading){ .broken = true };
    if (!options)
        return ERROR_MEMORY;
    if (!source_open(&r->source, text, faults))
        return faults->failed ? ERROR_MEMORY : 0;
    for (int i = 0; i < CALLS_MAX && again; i++) {
        if (call_once(r, options, faults->arena) != 0)
            return ERROR_MEMORY;
        again = call.stop == STOP_UNKNOWN && !r->source.open_line;
        if (again) {
            add_unknown(faults);
            again = source_drop(&r->source, call.line, call.words);
        }
    }
    add_stop(r, faults);
    check_titles(r, faults);
    check_repeated(r, faults);
    return 0;
}

unsigned reader_section_line(const struct reading *r, const char *section)
{
    struct slice title = slice_of(section), name;

    slice_cut(&title, ' ', &name);
    for (size_t i = 0; i < r->source.section_count; i++) {
        if (slice_equal(r->source.sections[i].name, name) && slice_equal(r->source.sections[i].title, title))
            return r->source.sections[i].line;
    }
    return 0;
}
