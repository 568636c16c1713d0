/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The LDAP server of directory.mirror, which others ask, kept in step with the index in force. Whatever becomes of it, the index holds: a
 * server that is out is tried again later, and it is the whole difference that is written then.
 */
#ifndef OPEC_SCHEDULE_MIRROR_H
#define OPEC_SCHEDULE_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "fetch/ldap_mirror.h"

/* How it stands with the server that is named now. */
struct mirror_state {
    int64_t tried;     /* seconds since 1970; 0: never */
    int64_t in_step;   /* when it was last in step; 0: never */
    char words[400];   /* why the last try failed; "" if it did not */
    int64_t index;     /* the index that was tried (index_source_time) */
};

bool mirror_is_wanted(const struct config *config);

/* Is it time: for an index that was not written there yet, after directory.refresh, or, when the last try failed, after ten minutes? Never
 * while the file of the index is another than the one in force. */
bool mirror_is_due(const struct config *config);

/* Bring it into step, and note how that went (mirror_state_read). The errors of ldap_mirror; ERROR_BUSY if the index in force is not that
 * of its file. fetch_begin comes first. */
int mirror_update(const struct config *config, struct ldap_mirror_totals *out, struct error *e);

/* Does the server take the login? */
int mirror_try(const struct config *config, struct error *e);

/* All zeros if the server was never tried. */
void mirror_state_read(const struct config *config, struct mirror_state *out);

#endif
