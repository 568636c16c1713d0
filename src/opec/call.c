/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One call of the program: what it was given, and what it says when it fails.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "opec/verb.h"

const char call_default_config[] = "/etc/opec/opec.conf";

/* What stands before the verb; its position, or `count` without one or for an unknown option. */
static int read_options(int count, char **arguments, struct call *call)
{
    for (int i = 1; i < count; i++) {
        if (arguments[i][0] != '-')
            return i;
        if (strcmp(arguments[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(arguments[i], "-c") == 0 && i + 1 < count) {
            call->config_path = arguments[++i];
            call->config_given = true;
        } else {
            return count;
        }
    }
    return count;
}

int call_read(int count, char **arguments, struct call *out, const char **out_verb)
{
    struct call call = { .config_path = call_default_config };
    int at = read_options(count, arguments, &call);

    call.words = calloc((size_t)count + 1, sizeof *call.words);
    if (!call.words)
        return ERROR_MEMORY;
    for (int i = at + 1; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0)
            call.json = true;
        else
            call.words[call.word_count++] = arguments[i];
    }
    *out = call;
    *out_verb = at < count ? arguments[at] : NULL;
    return 0;
}

void call_say_fault(void *arg, const char *words)
{
    (void)arg;
    fprintf(stderr, "%s\n", words);
}

struct settings *call_settings(const struct call *call)
{
    struct settings *s = settings_load(call->config_path, call_say_fault, NULL);

    if (s)
        clock_set_zone(s->config->provider.timezone);
    return s;
}

int call_failed(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "opec: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    return STATUS_FAILED;
}
