/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "process/layout.h"

json_t *control_done(void)
{
    return json_pack("{s:b}", "done", 1);
}

json_t *control_failure(int code, const char *words)
{
    return json_pack("{s:b, s:b, s:s}", "done", 0, "busy", code == ERROR_BUSY, "words", words);
}

bool control_read_verb(const char *line, size_t size, char out[CONTROL_VERB_SIZE])
{
    json_t *request = json_loadb(line, size, JSON_DISABLE_EOF_CHECK, NULL);
    const char *verb = json_string_value(json_object_get(request, "verb"));
    bool is_good = verb && text_copy(out, CONTROL_VERB_SIZE, slice_of(verb));

    json_decref(request);
    return is_good;
}

char *control_write_answer(json_t *answer, size_t *out_size)
{
    char *dumped = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    size_t size = dumped ? strlen(dumped) : 0;
    char *line = dumped ? realloc(dumped, size + 2) : NULL;

    json_decref(answer);
    if (!line) {
        free(dumped);
        return NULL;
    }
    line[size] = '\n';
    line[size + 1] = '\0';
    *out_size = size + 1;
    return line;
}

/* Everything until the daemon closes the connection. */
static int read_answer(int fd, struct buffer *in, int64_t deadline_ms, struct error *e)
{
    int result;

    while ((result = net_fill(fd, in, deadline_ms, e)) == 0)
        ;
    return result == ERROR_CLOSED ? 0 : result;
}

static int understand(struct slice text, json_t **out, struct error *e)
{
    const char *words;
    json_t *answer;

    *out = NULL;
    if (text.size == 0)
        return 0;
    answer = json_loadb(text.data, text.size, 0, NULL);
    if (!json_is_object(answer)) {
        json_decref(answer);
        return error_set(e, ERROR_PROTOCOL, "the daemon's answer is no JSON");
    }
    if (!json_is_true(json_object_get(answer, "done"))) {
        int code = json_is_true(json_object_get(answer, "busy")) ? ERROR_BUSY : ERROR_REFUSED;

        words = json_string_value(json_object_get(answer, "words"));
        error_set(e, code, "%s", words ? words : "the daemon refused");
        json_decref(answer);
        return code;
    }
    *out = answer;
    return 0;
}

/* A socket that is there and closed to us is another matter than none. */
static int not_connected(const char *path, struct error *e)
{
    if (access(path, F_OK) == 0 && access(path, W_OK) != 0)
        return error_set(e, ERROR_FILE, "%s: no permission to use it", path);
    return error_set(e, ERROR_STOPPED, "the daemon is not running (nothing answers at %s)", path);
}

int control_ask(const struct config *config, const char *verb, int64_t deadline_ms, json_t **out_answer, struct error *e)
{
    struct buffer in = buffer_new(CONTROL_LINE_MAX);
    struct net_address address;
    char line[CONTROL_VERB_SIZE + 32];
    int fd = -1, result = layout_socket(config, SOCKET_CONTROL, &address, e);

    snprintf(line, sizeof line, "{\"verb\": \"%s\"}\n", verb);
    if (result == 0 && net_connect(&address, deadline_ms, &fd, NULL) != 0)
        result = not_connected(address.path, e);
    if (result == 0)
        result = net_write(fd, slice_of(line), deadline_ms, e);
    if (result == 0)
        result = read_answer(fd, &in, deadline_ms, e);
    if (result == 0)
        result = understand(buffer_data(&in), out_answer, e);
    file_close(&fd);
    buffer_free(&in);
    return result;
}
