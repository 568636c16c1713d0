/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/role.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

enum { FOLDER_MODE = 0750 };

static volatile sig_atomic_t ending;
static pid_t master;

void role_be_parent(void)
{
    master = getpid();
}

static void on_term(int number)
{
    (void)number;
    ending = 1;
}

bool role_is_ending(void)
{
    return ending != 0;
}

static void set_signals(void)
{
    struct sigaction act = { .sa_handler = on_term };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t none;

    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    /* A terminal's interrupt and hangup go to the whole group; the master alone acts on them. */
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void role_begin(const char *name)
{
    const struct rlimit no_core = { 0, 0 };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master)
        _exit(EXIT_FAILURE); /* it died before we could ask to die with it */
    prctl(PR_SET_NAME, name);
    log_role(name);
    set_signals();
    setrlimit(RLIMIT_CORE, &no_core);
}

static void say(int *pipe_end, const void *words, size_t size)
{
    if (*pipe_end >= 0 && write(*pipe_end, words, size) < 0)
        log_warning("the master does not listen");
    file_close(pipe_end);
}

void role_ready(int *pipe_end)
{
    say(pipe_end, "", 1);
}

void role_failed(int *pipe_end, const char *words)
{
    log_error("%s", words);
    say(pipe_end, words, strlen(words));
}

int role_identity(const struct config *config, unsigned *out_uid, unsigned *out_gid, struct error *e)
{
    const struct passwd *user;

    *out_uid = getuid();
    *out_gid = getgid();
    if (!*config->daemon.user)
        return 0;
    errno = 0;
    user = getpwnam(config->daemon.user);
    if (!user)
        return error_set(e, ERROR_CONFIG, "daemon.user: there is no user \"%s\"", config->daemon.user);
    *out_uid = user->pw_uid;
    *out_gid = user->pw_gid;
    return 0;
}

int role_make_folder(const struct config *config, const char *path, struct error *e)
{
    unsigned uid, gid;
    bool was_there = access(path, F_OK) == 0;
    int result = file_make_folder(path, FOLDER_MODE, e);

    if (result != 0 || was_there)
        return result;
    result = role_identity(config, &uid, &gid, e);
    if (result == 0 && chown(path, uid, gid) != 0)
        result = error_set(e, ERROR_FILE, "%s: %s", path, strerror(errno));
    return result;
}

int role_become(const struct config *config, struct error *e)
{
    unsigned uid, gid;
    int result = role_identity(config, &uid, &gid, e);

    if (result != 0)
        return result;
    if (*config->daemon.user && geteuid() == 0 && uid != 0) {
        if (initgroups(config->daemon.user, gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
            return error_set(e, ERROR_CONFIG, "daemon.user: cannot become \"%s\": %s", config->daemon.user, strerror(errno));
        /* A change of identity forgets whose death is ours. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return 0;
}
