/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "schedule/refresh.h"

static const char record[] = "dn: providerName=Alfa,o=postacert\nobjectClass: provider\nproviderName: Alfa\nmailReceipt: r@alfa.example\n"
                             "providerCertificateHash: 90d80b0214715c2117f1db310cc56f1e87dc4775\nproviderCertificate;binary:: MAMCAQE=\n";

void given_begin(struct given *g)
{
    snprintf(g->folder, sizeof g->folder, "%s", "/tmp/opec-schedule-XXXXXX");
    assert_non_null(mkdtemp(g->folder));
    snprintf(g->ldif, sizeof g->ldif, "%s/given.ldif", g->folder);
    snprintf(g->source, sizeof g->source, "ldif:%s", g->ldif);
    g->config.directory.source = g->source;
    g->config.daemon.run_dir = g->config.daemon.spool_dir = g->folder;
}

void given_end(struct given *g)
{
    char path[REFRESH_PATH_SIZE];

    refresh_index_path(&g->config, path);
    unlink(path);
    unlink(g->ldif);
    assert_int_equal(rmdir(g->folder), 0);
}

void given_write(const struct given *g, int from, int to)
{
    char text[2000];
    int size = snprintf(text, sizeof text, "%s", record);

    for (int i = from; i < to; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "managedDomains: d%d.example\n", i);
    assert_int_equal(file_replace(g->ldif, (struct slice){ text, (size_t)size }, 0644, NULL), 0);
}
