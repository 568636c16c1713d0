/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/notary.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "fetch/fetch.h"
#include "flow/own_certificate.h"
#include "process/signer_client.h"
#include "schedule/evidence.h"

enum { WAITING_MS = 2000, IDLE_MS = 60000 };

static void tell(void *arg, enum error_level level, const char *words)
{
    (void)arg;
    log_write(level, "%s", words);
}

static int open_hand(const struct config *config, struct certificate_chain *chain, struct signer **out, struct error *e)
{
    struct own_certificate own;
    int result = own_certificate_at(config, clock_now(), &own, e);

    if (result == 0)
        result = certificate_chain_read(own.path, chain, e);
    return result == 0 ? signer_client_new(config, out, e) : result;
}

/* In the child. */
static bool work(const struct config *config, void *arg)
{
    const struct notary *n = arg;
    struct certificate_chain chain = { 0 };
    struct evidence_hand hand = { .chain = &chain };
    struct error e;
    bool is_good;

    if (fetch_begin(&e) != 0) {
        log_error("%s", e.text);
        return false;
    }
    open_hand(config, &chain, &hand.signer, &hand.fault);
    is_good = evidence_work(config, &hand, n->anyhow, tell, NULL);
    signer_close(&hand.signer);
    certificate_chain_free(&chain);
    return is_good;
}

void notary_begin(struct notary *n)
{
    *n = (struct notary){ .job = { .name = "opec-notary", .work = work, .arg = n }, .anyhow = true };
}

/* A number that changes when a name in the folder appears or goes; that lines are appended to a file changes nothing. */
static uint64_t stamp_of(const char *folder)
{
    struct stat st;

    if (stat(folder, &st) != 0)
        return 0;
    return (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
}

/* A folder that cannot be read tells nothing new. */
static void show(struct board *board, const struct config *config)
{
    struct ledger_waiting w;

    if (ledger_waiting_read(config->log.legal_dir, &w, NULL) != 0)
        return;
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        atomic_store(&board->evidence[kind].is_wanted, evidence_is_wanted(config, (enum ledger_evidence)kind));
        atomic_store(&board->evidence[kind].waiting, w.of[kind].count);
        atomic_store(&board->evidence[kind].since, w.of[kind].since);
    }
}

void notary_tick(struct notary *n, const struct config *config, struct board *board)
{
    uint64_t stamp = stamp_of(config->log.legal_dir);
    int64_t now = clock_monotonic_ms();
    bool waits, is_good;

    if (side_job_ended(&n->job, &is_good))
        n->anyhow = false;
    if (n->job.child || (stamp == n->folder_stamp && now < n->look_at_ms))
        return;
    n->folder_stamp = stamp;
    show(board, config);
    if (evidence_is_due(config, n->anyhow, &waits))
        side_job_begin(&n->job, config);
    else
        n->anyhow = false;
    n->look_at_ms = now + (waits ? WAITING_MS : IDLE_MS);
}

void notary_end(struct notary *n)
{
    side_job_stop(&n->job);
}
