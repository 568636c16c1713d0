/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/download.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "fetch/fetch.h"
#include "process/role.h"
#include "schedule/crl_fetch.h"
#include "schedule/index_fetch.h"
#include "schedule/mirror.h"
#include "schedule/refresh.h"

/* Index and lists say themselves when they are due; after a failure everybody has a rest: a short one if there is no index at all. */
enum { EVERY_MS = 60000, FAILED_REST_MS = 600000, NO_INDEX_REST_MS = 5000, FIRST_MS = 5000, ALARM_AGE_S = 86400 };

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
    return index_fetch_is_wanted(config) && clock_now() >= index_fetch_time(config) + config->directory.refresh;
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

/* Nobody's mail depends on it: that it fails is said, and keeps nothing else from its time. */
static void update_mirror(const struct config *config)
{
    struct ldap_mirror_totals totals;
    struct error e;

    if (!mirror_is_due(config))
        return;
    if (mirror_update(config, &totals, &e) != 0)
        log_warning("mirror of the index: %s; it is tried again later", e.text);
    else if (totals.added + totals.changed + totals.removed)
        log_info("mirror of the index: added=%zu changed=%zu removed=%zu", totals.added, totals.changed, totals.removed);
}

/* In the child. */
static bool work(const struct config *config, void *arg)
{
    struct error e;
    bool is_good = true;

    (void)arg;
    if (fetch_begin(&e) != 0) {
        log_error("%s", e.text);
        return false;
    }
    if (is_index_due(config))
        is_good = download_index(config);
    is_good = download_lists(config) && is_good;
    update_mirror(config);
    return is_good;
}

/* Has an LDAP server never been asked with success? Without it there may be no index at all. */
static bool is_first(const struct config *config)
{
    return refresh_is_ldap(config) && index_fetch_time(config) == 0;
}

/* Never longer than directory.refresh: what is to be read every second is. */
static int64_t rest_ms(const struct config *config, int64_t at_most)
{
    int64_t refresh = config->directory.refresh * 1000;

    return (index_fetch_is_wanted(config) || mirror_is_wanted(config)) && refresh < at_most ? refresh : at_most;
}

void download_begin(struct download *d)
{
    *d = (struct download){ .job = { .name = "opec-download", .work = work } };
}

static void bury(struct download *d, const struct config *config)
{
    bool is_good;

    if (side_job_ended(&d->job, &is_good) && !is_good)
        d->at_ms = clock_monotonic_ms() + (is_first(config) ? NO_INDEX_REST_MS : rest_ms(config, FAILED_REST_MS));
}

void download_tick(struct download *d, const struct config *config)
{
    int64_t now = clock_monotonic_ms();

    bury(d, config);
    if (d->job.child || now < d->at_ms)
        return;
    d->at_ms = now + rest_ms(config, EVERY_MS);
    side_job_begin(&d->job, config);
}

void download_first(struct download *d, const struct config *config)
{
    const struct timespec pause = { .tv_nsec = 20000000 };
    int64_t deadline = clock_monotonic_ms() + FIRST_MS;

    if (!is_first(config))
        return;
    download_tick(d, config);
    while (d->job.child && is_first(config) && clock_left_ms(deadline) && !role_is_ending()) {
        nanosleep(&pause, NULL);
        bury(d, config);
    }
}

void download_end(struct download *d)
{
    side_job_stop(&d->job);
}
