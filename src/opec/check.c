/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that can be known before a message comes.
 */
#include <unistd.h>

#include "opec/checkup.h"
#include "opec/fitness.h"
#include "opec/keeper_way.h"
#include "opec/verb.h"
#include "process/role.h"

/* What only the caller's rights allow first; then, as the daemon's user, what the daemon will meet. */
static void check_all(struct checkup *c)
{
    struct error e;

    checkup_ok("configuration", "%s has no fault", c->config->path);
    config_warnings(c->config, checkup_warning_line, c);
    fitness_of(c->config, checkup_fault_line, c);
    if (fitness_files(c->config, checkup_fault_line, c))
        checkup_keys(c);
    checkup_listeners(c);
    if (role_become(c->config, &e) != 0) {
        checkup_fault(c, "daemon.user", "%s", e.text);
        return;
    }
    checkup_certificates(c);
    checkup_trust(c);
    checkup_index(c);
    checkup_mirror(c);
    checkup_folders(c);
    checkup_store(c);
    checkup_antivirus(c);
    checkup_mail(c);
    checkup_stamps(c);
}

int verb_check(const struct call *call)
{
    struct checkup c = { .is_root = geteuid() == 0 };
    struct settings *settings;

    if (call->word_count)
        return call_misused("check");
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    c.config = settings->config;
    c.daemon_runs = keeper_way_daemon(settings->config, NULL) == 0;
    check_all(&c);
    settings_free(&settings);
    return c.faults ? STATUS_FAILED : STATUS_DONE;
}
