/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/layout.h"

#include <stdio.h>

int layout_socket(const struct config *config, enum daemon_socket which, struct net_address *out, struct error *e)
{
    static const char *const names[SOCKET_COUNT] = { "control", "keeper", "signer", "notices" };
    char text[NET_ADDRESS_SIZE];

    if ((size_t)snprintf(text, sizeof text, "unix:%s/%s.sock", config->daemon.run_dir, names[which]) >= sizeof text)
        return error_set(e, ERROR_CONFIG, "daemon.run_dir is too long for a socket's name");
    return net_address_read(text, out, e);
}
