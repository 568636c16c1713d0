/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/probe.h"

#include "base/clock.h"
#include "scan/clamd.h"
#include "smtp/client.h"

int probe_antivirus(const struct config *config, struct error *e)
{
    if (!config->antivirus.enabled)
        return 0;
    return scan_ping(&config->antivirus.clamd, clock_monotonic_ms() + PROBE_MS, e);
}

static int probe_mail(const struct config *config, enum smtp_kind kind, const struct net_address *address, struct error *e)
{
    const struct smtp_client_settings settings = { .kind = kind, .address = *address, .hostname = config->provider.hostname,
                                                   .timeout_ms = PROBE_MS };
    struct smtp_client *client = smtp_client_new(&settings);
    int result = client ? smtp_client_probe(client, clock_monotonic_ms() + PROBE_MS, e) : error_set(e, ERROR_MEMORY, "out of memory");

    smtp_client_free(&client);
    return result;
}

int probe_relay(const struct config *config, struct error *e)
{
    return probe_mail(config, SMTP_CLIENT, &config->relay.smtp, e);
}

int probe_mailboxes(const struct config *config, struct error *e)
{
    return probe_mail(config, LMTP_CLIENT, &config->relay.lmtp, e);
}
