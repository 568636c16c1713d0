/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The areas of `opec check` and what they find: "FILE:LINE: KEY: what is wrong and what to do" on stderr for a fault, the same with
 * "warning:" for what works but should not stay so, "ok" and a few words on stdout for what is well.
 */
#ifndef OPEC_OPEC_CHECKUP_H
#define OPEC_OPEC_CHECKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum { CHECKUP_TOLD = 64 };

struct checkup {
    const struct config *config;
    unsigned faults;
    uint64_t told[CHECKUP_TOLD]; /* hashes of the fault lines so far: two areas may meet one fault, which is one line */
    bool daemon_runs;
    bool is_root; /* at the beginning: the daemon's master makes folders as root */
};

/* --- findings --------------------------------------------------------------------------------------------------------------- */

void checkup_ok(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
void checkup_fault(struct checkup *c, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));
void checkup_warning(const struct checkup *c, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A line that has its "FILE:LINE: " already: a fault (arg is the checkup), a warning (config_warnings). */
void checkup_fault_line(void *arg, const char *line);
void checkup_warning_line(void *arg, const char *line);

/* Do one area in a child of its own: what it opens and loads is gone with it, and its crash is a fault of `key`. */
void checkup_in_child(struct checkup *c, const char *key, void (*area)(struct checkup *c));

/* --- areas ------------------------------------------------------------------------------------------------------------------ */

/* checkup_identity.c. The key is opened: in a child, as whoever may read it. */
void checkup_keys(struct checkup *c);
void checkup_certificates(struct checkup *c);
void checkup_trust(struct checkup *c);

/* checkup_index.c */
void checkup_index(struct checkup *c);
void checkup_mirror(struct checkup *c);

/* checkup_files.c */
void checkup_folders(struct checkup *c);
void checkup_store(struct checkup *c);

/* checkup_services.c */
void checkup_listeners(struct checkup *c);
void checkup_antivirus(struct checkup *c);
void checkup_mail(struct checkup *c);
void checkup_stamps(struct checkup *c);

#endif
