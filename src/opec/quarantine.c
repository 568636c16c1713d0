/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Infected messages that are kept (RFC 6109 2.2.4): list them, look at one, take one out.
 */
#include "opec/quarantine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "flow/quarantine.h"
#include "mime/header.h"
#include "opec/arguments.h"
#include "opec/print.h"

enum { BUDGET = 256 * 1024 * 1024, LINE_BUDGET = 64 * 1024 * 1024, HEADER_MAX = 1024 * 1024 };

/* One call of the verb. */
struct visit {
    const struct call *call;
    const struct config *config;
    struct arena *arena; /* of all of it */
    struct arena *line;  /* of one message or line */
};

json_t *quarantined_event(const struct config *config, const char *id, struct arena *arena, struct error *e)
{
    const char *dir = config->antivirus.quarantine_dir;
    struct slice text = SLICE_NONE;
    json_t *event;

    if (quarantine_event(dir, id, arena, &text, e) != 0)
        return NULL;
    event = json_loadb(text.size ? text.data : "", text.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(event)) {
        json_decref(event);
        error_set(e, ERROR_CORRUPT, "%s/%s.json: damaged, it is no event; opec log search has it too", dir, id);
        return NULL;
    }
    return event;
}

static const char *line_of(struct visit *v, const json_t *event, const char *name)
{
    const json_t *text = json_object_get(event, name);

    return json_is_string(text) ? print_line(v->line, (struct slice){ json_string_value(text), json_string_length(text) }) : "";
}

/* --- list ------------------------------------------------------------------------------------------------------------------- */

static json_t *listed_json(const char *id, json_t *event)
{
    static const char *const names[] = { "utc", "point", "verdict", "reason", "pec_id", "msgid", "sender", "recipients", "subject", "size" };
    json_t *one = json_pack("{s:s}", "id", id);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_object_set(one, names[i], event && json_object_get(event, names[i]) ? json_object_get(event, names[i]) : json_null());
    return one;
}

static void print_listed(struct visit *v, const char *id, const json_t *event)
{
    size_t recipients = json_array_size(json_object_get(event, "recipients"));
    const char *sender = line_of(v, event, "sender");

    printf("%s  %s  %s\n", id, line_of(v, event, "legal_time"), line_of(v, event, "reason"));
    printf("    from %s to %zu recipients by the %s point: %s\n", *sender ? sender : "<>", recipients, line_of(v, event, "point"),
           line_of(v, event, "subject"));
}

/* One that cannot be read is told of on stderr; the others are listed all the same. */
static int list_one(struct visit *v, const char *id, json_t *list)
{
    struct error e = { 0 };
    json_t *event;

    arena_reset(v->line);
    event = quarantined_event(v->config, id, v->line, &e);
    if (!event)
        call_failed("%s", print_line(v->line, slice_of(e.text)));
    if (list)
        json_array_append_new(list, listed_json(id, event));
    else if (event)
        print_listed(v, id, event);
    json_decref(event);
    return event ? STATUS_DONE : STATUS_FAILED;
}

static int list(struct visit *v)
{
    json_t *all = v->call->json ? json_array() : NULL;
    int status = STATUS_DONE;
    const char **ids;
    size_t count;
    struct error e;

    if (quarantine_list(v->config->antivirus.quarantine_dir, v->arena, &ids, &count, &e) != 0) {
        json_decref(all);
        return call_failed("%s", e.text);
    }
    for (size_t i = 0; i < count; i++)
        status |= list_one(v, ids[i], all);
    if (all && print_json(stdout, all) != STATUS_DONE)
        return STATUS_FAILED;
    return status;
}

/* --- show ------------------------------------------------------------------------------------------------------------------- */

/* Each field of an event as "name: value", lists and numbers as JSON has them. */
static void print_event(struct visit *v, json_t *event)
{
    const char *name;
    json_t *value;

    json_object_foreach(event, name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        bool is_text = json_is_string(value);

        arena_reset(v->line);
        printf("%s: ", print_line(v->line, slice_of(name)));
        printf("%s\n", print_line(v->line, slice_of(is_text ? json_string_value(value) : text ? text : "")));
        free(text);
    }
}

/* The header section as it stands; what is beyond all measure is cut. */
static struct slice header_of(struct slice message)
{
    size_t end = slice_find(message, SLICE("\r\n\r\n"));
    size_t size = end < message.size ? end + 2 : message.size;

    return (struct slice){ message.data, size < HEADER_MAX ? size : HEADER_MAX };
}

static void print_header(struct visit *v, struct slice header, json_t *list)
{
    struct slice line;

    while (slice_next_line(&header, &line)) {
        size_t blanks = 0;

        arena_reset(v->line);
        if (list) {
            json_array_append_new(list, print_json_text(slice_trim(line)));
            continue;
        }
        blanks = line.size && (line.data[0] == ' ' || line.data[0] == '\t');
        printf("    %s%s\n", blanks ? "    " : "", print_line(v->line, line));
    }
}

static int show_json(struct visit *v, const char *id, json_t *event, struct slice message)
{
    json_t *header = json_array();

    print_header(v, header_of(message), header);
    return print_json(stdout, json_pack("{s:s, s:O, s:o, s:I}", "id", id, "event", event, "header", header, "octets", (json_int_t)message.size));
}

static int show_raw(struct slice message)
{
    struct error e;

    if (isatty(STDOUT_FILENO))
        return call_failed("an infected message is not written to a terminal; write it to a file or a pipe");
    return file_write(STDOUT_FILENO, message, &e) == 0 ? STATUS_DONE : call_failed("%s", e.text);
}

static int show_event(struct visit *v, const char *id, struct slice message)
{
    struct error e;
    json_t *event = quarantined_event(v->config, id, v->arena, &e);
    int status = STATUS_DONE;

    if (!event)
        return call_failed("%s", print_line(v->line, slice_of(e.text)));
    if (v->call->json) {
        status = show_json(v, id, event, message);
    } else {
        print_event(v, event);
        printf("%zu octets, whose header is\n", message.size);
        print_header(v, header_of(message), NULL);
    }
    json_decref(event);
    return status;
}

static int show(struct visit *v, const char *id, bool as_it_came)
{
    struct slice message = SLICE_NONE;
    struct error e;
    int status;

    if (quarantine_message(v->config->antivirus.quarantine_dir, id, &message, &e) != 0)
        return call_failed("%s", print_line(v->line, slice_of(e.text)));
    status = as_it_came ? show_raw(message) : show_event(v, id, message);
    file_unmap(&message);
    return status;
}

/* --- release ---------------------------------------------------------------------------------------------------------------- */

static int release(struct visit *v, const struct release_order *order)
{
    bool is_new = false;
    struct error e;

    if (quarantine_release(v->config, order, v->arena, &is_new, &e) != 0)
        return call_failed("%s", print_line(v->line, slice_of(e.text)));
    if (v->call->json)
        return print_json(stdout, json_pack("{s:s, s:o, s:b}", "id", order->id, "to", print_json_text(slice_of(order->to)), "new", (int)is_new));
    printf("%s %s %s\n", order->id, is_new ? "is now in" : "was already in", print_line(v->line, slice_of(order->to)));
    return STATUS_DONE;
}

/* --- the verb --------------------------------------------------------------------------------------------------------------- */

enum { OPTION_RAW, OPTION_TO, OPTION_REASON, OPTION_COUNT };

static bool has(const struct arguments *a, size_t words, bool raw, bool to)
{
    return a->word_count == words && a->options[OPTION_RAW].is_given <= raw && a->options[OPTION_TO].is_given == to &&
           a->options[OPTION_REASON].is_given == to;
}

/* False for a call that is none of the three. */
static bool act(struct visit *v, const struct arguments *a, int *out_status)
{
    const struct release_order what = { a->word_count > 1 ? a->words[1] : NULL, a->options[OPTION_TO].value, a->options[OPTION_REASON].value };

    if (a->word_count == 0)
        return false;
    if (strcmp(a->words[0], "list") == 0 && has(a, 1, false, false))
        *out_status = list(v);
    else if (strcmp(a->words[0], "show") == 0 && has(a, 2, true, false) && !(v->call->json && a->options[OPTION_RAW].is_given))
        *out_status = show(v, a->words[1], a->options[OPTION_RAW].is_given);
    else if (strcmp(a->words[0], "release") == 0 && has(a, 2, false, true) && *what.to && *what.reason)
        *out_status = release(v, &what);
    else
        return false;
    return true;
}

int verb_quarantine(const struct call *call)
{
    struct argument_option options[OPTION_COUNT] = { { .name = "--raw" }, { .name = "--to", .takes_value = true },
                                                     { .name = "--reason", .takes_value = true } };
    struct arguments a = { .options = options, .option_count = OPTION_COUNT };
    struct visit v = { .call = call };
    struct settings *settings;
    int status = STATUS_FAILED;

    if (!arguments_read(&a, call->words, call->word_count) || a.word_count == 0)
        return call_misused("quarantine");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    v.config = settings->config;
    v.arena = arena_new(BUDGET);
    v.line = arena_new(LINE_BUDGET);
    if (!v.arena || !v.line)
        status = call_failed("out of memory");
    else if (!act(&v, &a, &status))
        status = call_misused("quarantine");
    arena_free(&v.line);
    arena_free(&v.arena);
    settings_free(&settings);
    return status;
}
