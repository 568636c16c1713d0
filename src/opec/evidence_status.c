/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/evidence_status.h"

#include <stdio.h>

#include "opec/print.h"
#include "schedule/evidence.h"

enum { ALARM_AGE_S = 86400, ALARM_SIZE = 700 };

static void add_late(json_t *alarms, size_t count, int64_t since, const char *what, const struct evidence_state *state)
{
    char words[ALARM_SIZE], moment[PRINT_SIZE];

    snprintf(words, sizeof words, "closed files of the legal log that wait for a %s: %zu, the oldest since %s%s%s", what, count,
             print_moment(since, moment), *state->words ? ": " : "", state->words);
    json_array_append_new(alarms, print_json_text(slice_of(words)));
}

void evidence_status(const struct config *config, json_t *status, json_t *alarms, int64_t now)
{
    static const char *const keys[] = { [LEDGER_SIGNATURE] = "signature", [LEDGER_STAMP] = "stamp" };
    static const char *const names[] = { [LEDGER_SIGNATURE] = "signature", [LEDGER_STAMP] = "time stamp" };
    struct ledger_waiting w;
    struct error e;
    json_t *all;

    if (ledger_waiting_read(config->log.legal_dir, &w, &e) != 0) {
        json_object_set_new(status, "evidence", json_pack("{s:o}", "words", print_json_text(slice_of(e.text))));
        return;
    }
    all = json_pack("{s:I}", "closed", (json_int_t)w.closed);
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        struct evidence_state state;

        if (!evidence_is_wanted(config, (enum ledger_evidence)kind)) {
            json_object_set_new(all, keys[kind], json_null());
            continue;
        }
        evidence_state_read(config, (enum ledger_evidence)kind, &state);
        json_object_set_new(all, keys[kind],
                            json_pack("{s:I, s:o, s:o, s:o}", "waiting", (json_int_t)w.of[kind].count, "since",
                                      print_json_moment(w.of[kind].since), "out_since", print_json_moment(state.out_since), "words",
                                      state.out_since ? print_json_text(slice_of(state.words)) : json_null()));
        if (w.of[kind].count && now - w.of[kind].since > ALARM_AGE_S)
            add_late(alarms, w.of[kind].count, w.of[kind].since, names[kind], &state);
    }
    json_object_set_new(status, "evidence", all);
}
