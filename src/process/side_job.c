/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/side_job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "process/role.h"

enum { LIFE_S = 3600 };

bool side_job_begin(struct side_job *job, const struct config *config)
{
    if (job->child)
        return true;
    role_be_parent();
    job->child = fork();
    if (job->child == 0) {
        role_begin(job->name);
        alarm(LIFE_S); /* libraries have their deadlines; this one is for what they forgot */
        _exit(job->work(config, job->arg) ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    if (job->child < 0) {
        log_error("%s: fork: %s", job->name, strerror(errno));
        job->child = 0;
    }
    return job->child != 0;
}

bool side_job_ended(struct side_job *job, bool *out_good)
{
    int status;

    if (!job->child || waitpid(job->child, &status, WNOHANG) != job->child)
        return false;
    job->child = 0;
    if (WIFSIGNALED(status))
        log_error("the process %s died of signal %d", job->name, WTERMSIG(status));
    *out_good = status == 0;
    return true;
}

void side_job_stop(struct side_job *job)
{
    if (!job->child)
        return;
    kill(job->child, SIGKILL);
    waitpid(job->child, NULL, 0);
    job->child = 0;
}
