/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Verbs that begin, end and steer the daemon.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "opec/fitness.h"
#include "opec/verb.h"
#include "process/control.h"
#include "process/debug.h"
#include "process/master.h"

enum { ANSWER_MS = 60000, STOP_EXTRA_MS = 30000 };

/* --- start ------------------------------------------------------------------------------------------------------------------ */

static bool is_foreground(const struct call *call, int *out_status)
{
    bool foreground = call->word_count == 1 && strcmp(call->words[0], "--foreground") == 0;

    *out_status = foreground || call->word_count == 0 ? STATUS_DONE : STATUS_USAGE;
    return foreground;
}

/* The ends of the caller that the daemon keeps until it serves. */
struct caller {
    int waiting; /* a pipe on which the caller waits; -1: nobody does */
    int errors;  /* where faults of the start are said */
};

static void tell_caller(void *arg)
{
    struct caller *caller = arg;

    if (caller->waiting >= 0 && write(caller->waiting, "", 1) != 1)
        log_warning("the process that started the daemon is gone");
    file_close(&caller->waiting);
    if (caller->errors > STDERR_FILENO)
        file_close(&caller->errors);
}

static int run_master(struct settings *settings, bool suspends, struct caller *caller)
{
    const struct master_options options = { .settings = settings, .suspends = suspends, .errors = caller->errors, .is_fit = fitness_to_start,
                                            .serves = tell_caller, .arg = caller };

    return master_run(&options);
}

/* No terminal and nobody's pipes: whoever waits for the end of our output would wait for the end of the daemon. */
static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    if (null < 0)
        return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    file_close(&null);
}

static int in_background(struct settings *settings, bool suspends)
{
    int ends[2], status;
    pid_t pid;
    char byte;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return call_failed("pipe failed");
    pid = fork();
    if (pid < 0)
        return call_failed("fork failed");
    if (pid == 0) {
        struct caller caller = { .waiting = ends[1], .errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) };

        file_close(&ends[0]);
        detach();
        exit(run_master(settings, suspends, &caller));
    }
    file_close(&ends[1]);
    settings_free(&settings);
    if (read(ends[0], &byte, 1) == 1)
        return STATUS_DONE;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

static int start(const struct call *call, const char *verb, bool suspends)
{
    int status;
    bool foreground = is_foreground(call, &status);
    struct settings *settings;
    struct error e;

    if (status != STATUS_DONE)
        return call_misused(verb);
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    if (!fitness_to_start(settings->config, call_say_fault, NULL)) {
        settings_free(&settings);
        return STATUS_FAILED;
    }
    if (log_open(settings->config->log.system, settings->config->log.level, &e) != 0) {
        settings_free(&settings);
        return call_failed("log.system: %s", e.text);
    }
    if (!foreground)
        return in_background(settings, suspends);
    return run_master(settings, suspends, &(struct caller){ .waiting = -1, .errors = STDERR_FILENO });
}

int verb_start(const struct call *call)
{
    return start(call, "start", false);
}

int verb_suspend(const struct call *call)
{
    return start(call, "suspend", true);
}

int verb_debug(const struct call *call)
{
    struct settings *settings;
    int status;

    if (call->word_count)
        return call_misused("debug");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    status = fitness_to_start(settings->config, call_say_fault, NULL) ? debug_run(settings) : STATUS_FAILED;
    settings_free(&settings);
    return status;
}

/* --- verbs of the running daemon -------------------------------------------------------------------------------------------- */

static int put(const struct call *call, const char *verb, int64_t extra_ms)
{
    struct settings *settings;
    json_t *answer = NULL;
    struct error e;
    int result;

    if (call->word_count)
        return call_misused(verb);
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    result = control_ask(settings->config, verb, clock_monotonic_ms() + ANSWER_MS + extra_ms, &answer, &e);
    json_decref(answer);
    settings_free(&settings);
    return result ? call_failed("%s", e.text) : STATUS_DONE;
}

int verb_stop(const struct call *call)
{
    /* A message in hand has its whole time. */
    return put(call, "stop", 3600 * 1000 + STOP_EXTRA_MS);
}

int verb_pause(const struct call *call)
{
    return put(call, "pause", 0);
}

int verb_resume(const struct call *call)
{
    return put(call, "resume", 0);
}

/* A configuration that is bad is said here with all its faults; the daemon would say the first. */
int verb_reload(const struct call *call)
{
    return put(call, "reload", 0);
}
