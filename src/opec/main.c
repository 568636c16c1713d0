/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * opec [-c FILE] VERB [ARGUMENT ...]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opec/verb.h"

/* What was printed must have arrived: a list that is cut off at a full disk is no success. */
static int flushed(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return call_failed("standard output: %s", errno ? strerror(errno) : "write error");
}

static int run(const struct call *call, const char *name)
{
    const struct verb *verb = name ? verb_find(name) : NULL;

    if (!name) {
        verb_print_usage(stderr);
        return STATUS_USAGE;
    }
    if (!verb) {
        fprintf(stderr, "opec: there is no verb \"%s\" (opec --help lists them)\n", name);
        return STATUS_USAGE;
    }
    return flushed(verb->run(call));
}

int main(int count, char **arguments)
{
    struct call call;
    const char *name;
    int status;

    if (count > 1 && (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "help") == 0)) {
        verb_print_usage(stdout);
        return flushed(STATUS_DONE);
    }
    if (count > 1 && strcmp(arguments[1], "--version") == 0) {
        printf("opec %s\n", OPEC_VERSION);
        return flushed(STATUS_DONE);
    }
    if (call_read(count, arguments, &call, &name) != 0)
        return call_failed("out of memory");
    status = run(&call, name);
    free(call.words);
    return status;
}
