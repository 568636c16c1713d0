/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verb.h"

#include <string.h>

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
    { "log", verb_log, "search [TERM] [OPTION ...] | index [--rebuild] | close | reconcile [FROM [TO]] [--csv]\n"
      "       verify [FOLDER | EXPORT.zip] [FROM [TO]] [--ca FILE] [--tsa-ca FILE] | export ADDRESS [FROM [TO]] [--out FILE.zip]",
      "the legal log: find a message's life, prove that nothing was touched, hold it against itself, give a holder what is his, close the file in use" },
    { "quarantine", verb_quarantine, "list | show ID [--raw] | release ID --to FILE --reason WORDS",
      "infected messages that are kept: list them, look at one, take one out" },
    { "index", verb_index, "show | update [--force] | export [--url URL] [--description TEXT] [--p7m FILE] [FILE]",
      "the providers' index: show it; fetch it and compile it anew; write our own record" },
    { "crl", verb_crl, "update", "the revocation lists: fetch them, judge them and take them up" },
    { "verify", verb_verify, "[--json | --full] [--lang it|en] [--ca FILE] [--extract DIR] [MESSAGES | -] ...",
      "say of PEC messages what they are, who signed them, whether they hold" },
    { "domain", verb_domain, "add NAME | list | remove NAME", "domains of ours beside those of the configuration" },
    { "account", verb_account,
      "add ADDRESS [OPTIONS] | set ADDRESS [OPTIONS] | list [DOMAIN] | remove ADDRESS\n"
      "       OPTIONS: --password-stdin | --password-hash HASH, --quota SIZE, --active yes|no",
      "mailboxes of ours" },
};

const size_t verb_count = sizeof verbs / sizeof verbs[0];

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < verb_count; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

void verb_print_usage(FILE *out)
{
    fprintf(out, "usage: opec [-c FILE] VERB [ARGUMENT ...]\n\n");
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "  %s%s%s\n        %s\n", verbs[i].name, *verbs[i].arguments ? " " : "", verbs[i].arguments, verbs[i].help);
    fprintf(out, "\n  -c FILE  the configuration; else %s\n  --json   tables as JSON\n", call_default_config);
}

int call_misused(const char *verb)
{
    const struct verb *v = verb_find(verb);

    if (v)
        fprintf(stderr, "usage: opec [-c FILE] %s %s\n", v->name, v->arguments);
    return STATUS_USAGE;
}
