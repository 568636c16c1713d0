/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/evidence_wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "schedule/evidence.h"

enum { PAUSE_NS = 50000000 };

/* The manifest of a log, with its path and without an ending behind it. */
static bool manifest_of(const char *log, char out[LEDGER_PATH_SIZE])
{
    const char *slash = strrchr(log, '/');
    struct ledger_name name;
    char manifest[LEDGER_NAME_SIZE];

    if (!slash || !ledger_name_read(slash + 1, &name))
        return false;
    name.kind = LEDGER_MANIFEST;
    ledger_name_write(&name, manifest);
    return (size_t)snprintf(out, LEDGER_PATH_SIZE, "%.*s/%s", (int)(slash - log), log, manifest) < LEDGER_PATH_SIZE;
}

/* True: nothing more is to be waited for. */
static bool look(const struct config *config, const char *manifest, enum ledger_evidence kind, int64_t since, struct evidence_wait *out)
{
    char path[LEDGER_PATH_SIZE + 8];
    struct evidence_state state;

    out->missing[kind][0] = '\0';
    snprintf(path, sizeof path, "%s%s", manifest, ledger_evidence_endings[kind]);
    out->has[kind] = access(path, F_OK) == 0;
    if (out->has[kind] || !evidence_is_wanted(config, kind))
        return true;
    evidence_state_read(config, kind, &state);
    text_copy(out->missing[kind], sizeof out->missing[kind], slice_of(state.out_since ? state.words : "not done yet"));
    return state.out_since && state.tried >= since;
}

void evidence_wait(const struct config *config, const char *closed, int64_t since, int64_t deadline_ms, struct evidence_wait *out)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    char manifest[LEDGER_PATH_SIZE];
    bool is_done = false;

    *out = (struct evidence_wait){ 0 };
    if (!manifest_of(closed, manifest))
        return;
    for (;;) {
        is_done = true;
        for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++)
            is_done = look(config, manifest, (enum ledger_evidence)kind, since, out) && is_done;
        if (is_done || clock_left_ms(deadline_ms) == 0)
            return;
        nanosleep(&pause, NULL);
    }
}
