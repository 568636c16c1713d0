/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The verbs of the program: what each is given and gives back.
 */
#ifndef OPEC_OPEC_VERB_H
#define OPEC_OPEC_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "process/settings.h"

/* Exit statuses (design 4). */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* One call of the program. */
struct call {
    const char *config_path;
    bool config_given;  /* by -c */
    bool json;          /* --json, wherever it stood */
    const char **words; /* behind the verb, without --json */
    size_t word_count;
};

typedef int verb_function(const struct call *call);

struct verb {
    const char *name;
    verb_function *run;
    const char *arguments; /* for the usage text */
    const char *help;
};

extern const struct verb verbs[];
extern const size_t verb_count;

/* daemon.c */
int verb_start(const struct call *call);
int verb_suspend(const struct call *call);
int verb_stop(const struct call *call);
int verb_pause(const struct call *call);
int verb_resume(const struct call *call);
int verb_reload(const struct call *call);
int verb_debug(const struct call *call);
/* status.c */
int verb_status(const struct call *call);
/* check.c */
int verb_check(const struct call *call);
/* ledger.c */
int verb_log(const struct call *call);
/* quarantine.c */
int verb_quarantine(const struct call *call);
/* directory.c */
int verb_index(const struct call *call);
int verb_crl(const struct call *call);
/* verify.c */
int verb_verify(const struct call *call);
/* domain.c */
int verb_domain(const struct call *call);
/* account.c */
int verb_account(const struct call *call);

/* --- a call ----------------------------------------------------------------------------------------------------------------- */

/* Of calls without -c. */
extern const char call_default_config[];

/* Read the program's arguments: options, a verb, its words. *out_verb is NULL if there is none, or an option before it is unknown.
 * out->words is to be freed. ERROR_MEMORY. */
int call_read(int count, char **arguments, struct call *out, const char **out_verb);

/* NULL for a verb that is none. */
const struct verb *verb_find(const char *name);

void verb_print_usage(FILE *out);

/* --- for all verbs ---------------------------------------------------------------------------------------------------------- */

/* The configuration, its faults said on stderr. NULL if there were any. The zone of the process is set by it. */
struct settings *call_settings(const struct call *call);

/* A fault in one line on stderr (settings_fault). */
void call_say_fault(void *arg, const char *words);

/* "opec: WORDS" on stderr; returns STATUS_FAILED. */
int call_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with the verb's usage; returns STATUS_USAGE. */
int call_misused(const char *verb);

#endif
