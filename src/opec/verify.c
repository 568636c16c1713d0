/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any PEC message, for lawyers, offices and support: no daemon and no rights are needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "opec/arguments.h"
#include "opec/index_way.h"
#include "opec/line_ends.h"
#include "opec/print.h"
#include "opec/verb.h"
#include "opec/verify_extract.h"
#include "opec/verify_judge.h"

enum { MESSAGE_MAX = 200 * 1000 * 1000, READ_SIZE = 1024 * 1024, BUDGET_EXTRA = 64 * 1024 * 1024 };

static const char legal_zone[] = "Europe/Rome"; /* RFC 6109 4.2; of a configuration, if there is one */

/* --- the message ------------------------------------------------------------------------------------------------------------ */

static int read_to_end(int fd, struct buffer *in, struct error *e)
{
    for (;;) {
        size_t room;
        char *at = buffer_reserve(in, READ_SIZE, &room);
        ssize_t n;

        if (!at)
            return error_set(e, ERROR_LIMIT, "a message of more than %d MB is not read", MESSAGE_MAX / 1000000);
        n = read(fd, at, room);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return error_set(e, ERROR_FILE, "%s", strerror(errno));
        if (n > 0)
            buffer_commit(in, (size_t)n);
    }
}

/* "-" is standard input. With CRLF line ends; *out_text is to be freed. */
static int read_message(const char *path, char **out_text, size_t *out_size, struct error *e)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), result;
    struct buffer in = buffer_new(MESSAGE_MAX);
    struct slice message;

    if (fd < 0)
        return error_set(e, ERROR_FILE, "%s", strerror(errno));
    result = read_to_end(fd, &in, e);
    message = buffer_data(&in);
    if (result == 0 && line_ends_are_lf(message)) {
        *out_text = line_ends_to_crlf(message, out_size);
    } else if (result == 0) {
        *out_size = message.size;
        *out_text = malloc(message.size + 1);
        if (*out_text && message.size)
            memcpy(*out_text, message.data, message.size);
    }
    if (result == 0 && !*out_text)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    buffer_free(&in);
    if (!is_input)
        file_close(&fd);
    return result;
}

/* --- whom we trust ---------------------------------------------------------------------------------------------------------- */

/* With --ca alone nothing else of this machine is asked: the message may be judged anywhere. */
static int open_sources(const struct config *config, const char *ca, struct trust **out_trust, struct index **out_index, struct error *e)
{
    const struct trust_settings settings = { .ca = ca ? ca : config->trust.ca, .crl_dir = config ? config->trust.crl_dir : NULL,
                                             .sha1_accepted = config ? config->trust.sha1_accepted : true };
    int result = trust_open(&settings, out_trust, e);

    if (result == 0 && config) {
        result = index_way_open(config, out_index, e);
        if (result != 0)
            error_prefix(e, result, "the providers' index cannot be read");
    }
    return result;
}

/* --- the verb --------------------------------------------------------------------------------------------------------------- */

static int report(const struct call *call, const char *source, const struct verify_report *r)
{
    if (call->json) {
        if (print_json(stdout, verify_report_json(r)) != STATUS_DONE)
            return STATUS_FAILED;
    } else {
        verify_report_print(stdout, source, r);
    }
    return r->holds ? STATUS_DONE : call_failed("%s: it does not hold: %s", source, r->why ? r->why : "");
}

static int judge(const struct call *call, const char *path, const char *folder, const struct verify_sources *sources)
{
    const char *source = strcmp(path, "-") == 0 ? "standard input" : path;
    struct verify_report found;
    struct arena *arena = NULL;
    char *text = NULL;
    size_t size = 0;
    struct error e;
    int result = read_message(path, &text, &size, &e), status;

    /* Parts are decoded at most three times. */
    if (result == 0 && !(arena = arena_new(4 * size + BUDGET_EXTRA)))
        result = error_set(&e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = verify_judge((struct slice){ text, size }, sources, arena, &found, &e);
    if (result == 0 && folder)
        result = verify_extract(folder, "", arena, &found, &e);
    status = result ? call_failed("%s: %s", source, e.text) : report(call, source, &found);
    arena_free(&arena);
    free(text);
    return status;
}

static int run(const struct call *call, const struct config *config, const struct arguments *a)
{
    struct verify_sources sources = { .now = clock_now() };
    struct trust *trust = NULL;
    struct index *index = NULL;
    struct error e;
    int status;

    if (open_sources(config, arguments_value(a, "--ca"), &trust, &index, &e) != 0) {
        status = call_failed("%s", e.text);
    } else {
        sources.trust = trust;
        sources.index = index;
        status = judge(call, a->word_count ? a->words[0] : "-", arguments_value(a, "--extract"), &sources);
    }
    index_close(&index);
    trust_close(&trust);
    return status;
}

int verb_verify(const struct call *call)
{
    struct argument_option options[] = { { .name = "--ca", .takes_value = true }, { .name = "--extract", .takes_value = true } };
    struct arguments a = { .options = options, .option_count = sizeof options / sizeof options[0] };
    struct settings *settings = NULL;
    const char *ca;
    int status;

    if (!arguments_read(&a, call->words, call->word_count) || a.word_count > 1)
        return call_misused("verify");
    ca = arguments_value(&a, "--ca");
    if (!ca || call->config_given) {
        settings = call_settings(call);
        if (!settings)
            return ca ? STATUS_FAILED : call_failed("without a configuration, --ca FILE names the authorities to trust");
    } else {
        clock_set_zone(legal_zone); /* a machine that lacks it shows its own */
    }
    status = run(call, settings ? settings->config : NULL, &a);
    settings_free(&settings);
    return status;
}
