/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * opec [-c FILE] VERB [ARGUMENT ...]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mime/init.h"
#include "opec/verb.h"

static const char default_config[] = "/etc/opec/opec.conf";

const struct verb verbs[] = {
    { "start", verb_start, "[--foreground]", "start the daemon" },
    { "stop", verb_stop, "", "finish the messages in hand, then end" },
    { "suspend", verb_suspend, "[--foreground]", "start in self-suspending mode: take no mail while a vital dependency is out" },
    { "pause", verb_pause, "", "answer 421 to new mail" },
    { "resume", verb_resume, "", "take mail again" },
    { "reload", verb_reload, "", "read the configuration and the domains again" },
    { "debug", verb_debug, "", "one process, in the foreground, log on stderr" },
    { "status", verb_status, "[--json]", "say what the daemon does, how its dependencies are, what it has counted" },
    { "check", verb_check, "", "check the configuration, the certificate and every dependency" },
    { "log", verb_log, "search TERM | verify | close", "the legal log: find a message's life, prove nothing was touched, close the file in use" },
    { "index", verb_index, "show | update", "the providers' index" },
    { "crl", verb_crl, "update", "the revocation lists" },
    { "verify", verb_verify, "[--json] [--ca FILE] [MESSAGE]", "say of a PEC message (file or standard input) what it is and whether it holds" },
    { "domain", verb_domain, "add NAME | list | remove NAME", "domains of ours beside those of the configuration" },
    { "account", verb_account, "add ADDRESS | list [DOMAIN] | set ADDRESS | remove ADDRESS", "mailboxes" },
};

const size_t verb_count = sizeof verbs / sizeof verbs[0];

static void print_usage(FILE *out)
{
    fprintf(out, "usage: opec [-c FILE] VERB [ARGUMENT ...]\n\n");
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "  %s%s%s\n        %s\n", verbs[i].name, *verbs[i].arguments ? " " : "", verbs[i].arguments, verbs[i].help);
    fprintf(out, "\n  -c FILE  the configuration; else %s\n  --json   tables as JSON\n", default_config);
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

int call_misused(const char *verb)
{
    for (size_t i = 0; i < verb_count; i++)
        if (strcmp(verbs[i].name, verb) == 0)
            fprintf(stderr, "usage: opec [-c FILE] %s %s\n", verb, verbs[i].arguments);
    return STATUS_USAGE;
}

static void say_fault(void *arg, const char *words)
{
    (void)arg;
    fprintf(stderr, "%s\n", words);
}

struct settings *call_settings(const struct call *call)
{
    struct settings *s = settings_load(call->config_path, say_fault, NULL);

    if (s)
        clock_set_zone(s->config->provider.timezone);
    return s;
}

/* What stands before the verb. False for wrong usage. */
static bool read_options(int count, char **words, struct call *call, int *out_verb)
{
    int i = 1;

    call->config_path = default_config;
    for (; i < count && words[i][0] == '-'; i++) {
        if (strcmp(words[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(words[i], "-c") == 0 && i + 1 < count) {
            call->config_path = words[++i];
            call->config_given = true;
        } else {
            return false;
        }
    }
    *out_verb = i;
    return true;
}

int main(int count, char **words)
{
    struct call call = { 0 };
    int at = 0;

    if (count > 1 && (strcmp(words[1], "--help") == 0 || strcmp(words[1], "help") == 0)) {
        print_usage(stdout);
        return STATUS_DONE;
    }
    if (count > 1 && strcmp(words[1], "--version") == 0) {
        printf("opec %s\n", OPEC_VERSION);
        return STATUS_DONE;
    }
    call.words = calloc((size_t)count + 1, sizeof *call.words);
    if (!call.words)
        return call_failed("out of memory");
    if (!read_options(count, words, &call, &at) || at >= count) {
        print_usage(stderr);
        return STATUS_USAGE;
    }
    for (int i = at + 1; i < count; i++) {
        if (strcmp(words[i], "--json") == 0)
            call.json = true;
        else
            call.words[call.word_count++] = words[i];
    }
    for (size_t i = 0; i < verb_count; i++) {
        if (strcmp(verbs[i].name, words[at]) == 0) {
            int status = verbs[i].run(&call);

            free(call.words);
            return status;
        }
    }
    fprintf(stderr, "opec: there is no verb \"%s\" (opec --help lists them)\n", words[at]);
    free(call.words);
    return STATUS_USAGE;
}
