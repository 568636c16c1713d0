/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki.h"

static bool import(const char *file, const char *label, const char *id)
{
    return pki_run((const char *[]){ "softhsm2-util", "--token", "pec", "--pin", "1234", "--import", file, "--label", label, "--id", id,
                                     NULL }) == 0;
}

bool token_begin(const char *module)
{
    char configuration[1000];
    int size;

    if (access(module, R_OK) != 0 || !pki_has("softhsm2-util"))
        return false;
    /* As PKCS#11 wants it after a fork; SoftHSM's default would let a child go on with its parent's session. */
    size = snprintf(configuration, sizeof configuration,
                    "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nlibrary.reset_on_fork = true\n",
                    pki_path("tokens"));
    pki_write("softhsm2.conf", (struct slice){ configuration, (size_t)size });
    pki_write("pin", SLICE("1234\nnot the PIN\n"));
    setenv("SOFTHSM2_CONF", pki_path("softhsm2.conf"), 1);
    return pki_shell("mkdir tokens && softhsm2-util --init-token --free --label pec --pin 1234 --so-pin 567890") == 0 &&
           import("rsa2048.key", "rsa", "01") && import("leaf.key", "ec", "02") && import("rsa3072.key", "rsa3072", "03") &&
           import("other.key", "twin", "04") && import("part.key", "twin", "05");
}

struct key_settings token_settings(const char *module, const char *label)
{
    return (struct key_settings){ .module = module, .token = "pec", .label = label, .pin_file = pki_path("pin") };
}

void token_take_away(void)
{
    if (rename(pki_path("tokens"), pki_path("away")) != 0)
        abort();
}

void token_bring_back(void)
{
    if (rename(pki_path("away"), pki_path("tokens")) != 0)
        abort();
}
