/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/download.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "fetch/fetch.h"
#include "process/role.h"
#include "schedule/crl_fetch.h"
#include "schedule/index_fetch.h"

/* Index and lists say themselves when they are due; after a failure everybody has a rest. */
enum { EVERY_MS = 60000, FAILED_REST_MS = 600000, ALARM_AGE_S = 86400 };

static void say_fault(void *arg, const char *words)
{
    (void)arg;
    log_warning("revocation list: %s", words);
}

static void log_change(void *arg, const struct index_change *c)
{
    char provider[LOG_QUOTED_SIZE], domain[LOG_QUOTED_SIZE];

    (void)arg;
    log_info("index: %c provider=%s domain=%s", c->sign, log_quote(c->provider, provider), log_quote(c->domain, domain));
}

static bool is_index_due(const struct config *config)
{
    return *config->directory.url && clock_now() >= index_fetch_time(config) + config->directory.refresh;
}

static bool download_index(const struct config *config)
{
    struct index_fetch_totals totals;
    struct error e;
    int64_t last = index_fetch_time(config);

    if (index_fetch(config, false, log_change, NULL, &totals, &e) == 0) {
        log_info("index fetched: added=%zu removed=%zu changed=%zu", totals.added, totals.removed, totals.changed);
        return true;
    }
    if (last && clock_now() - last > ALARM_AGE_S)
        log_error("index: %s; the one in force is older than a day", e.text);
    else
        log_warning("index: %s; the one in force stays", e.text);
    return false;
}

static bool download_lists(const struct config *config)
{
    struct crl_fetch_totals totals;
    struct error e;

    if (crl_fetch(config, false, say_fault, NULL, &totals, &e) != 0) {
        log_error("revocation lists: %s", e.text);
        return false;
    }
    if (totals.fetched)
        log_info("revocation lists: fetched=%zu current=%zu failed=%zu", totals.fetched, totals.current, totals.failed);
    return totals.failed == 0;
}

static bool work(const struct config *config)
{
    struct error e;
    bool is_good = true;

    role_begin("opec-download");
    if (fetch_begin(&e) != 0) {
        log_error("%s", e.text);
        return false;
    }
    if (is_index_due(config))
        is_good = download_index(config);
    return download_lists(config) && is_good;
}

static void bury(struct download *d)
{
    int status;

    if (!d->child || waitpid(d->child, &status, WNOHANG) != d->child)
        return;
    d->child = 0;
    if (WIFSIGNALED(status))
        log_error("the process that fetches the index and the revocation lists died of signal %d", WTERMSIG(status));
    if (status != 0)
        d->at_ms = clock_monotonic_ms() + FAILED_REST_MS;
}

void download_tick(struct download *d, const struct config *config)
{
    int64_t now = clock_monotonic_ms();

    bury(d);
    if (d->child || now < d->at_ms)
        return;
    d->at_ms = now + EVERY_MS;
    role_be_parent();
    d->child = fork();
    if (d->child == 0) {
        _exit(work(config) ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    if (d->child < 0) {
        log_error("fork: %s", strerror(errno));
        d->child = 0;
    }
}

void download_end(struct download *d)
{
    if (!d->child)
        return;
    kill(d->child, SIGKILL);
    waitpid(d->child, NULL, 0);
    d->child = 0;
}
