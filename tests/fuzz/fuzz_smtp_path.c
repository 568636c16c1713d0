/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as the argument of MAIL and RCPT, and as xtext: what is taken can stand in a command and in a log.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort();
}

static void check_path(struct slice argument, const char *keyword, bool null_allowed)
{
    struct smtp_path path;

    if (!smtp_path_read(argument, keyword, null_allowed, &path))
        return;
    require(path.address.size <= 320 && (path.address.size || null_allowed) && path.parameter_count <= SMTP_PARAMETERS_MAX);
    for (size_t i = 0; i < path.address.size; i++)
        require(path.address.data[i] >= ' ' && path.address.data[i] < 127);
    for (size_t i = 0; i < path.parameter_count; i++)
        require(path.parameters[i].name.size > 0);
}

/* What was read is written back; a second reading gives the same. */
static void check_xtext(struct slice xtext)
{
    char text[300], again[900], back[300];

    if (!smtp_xtext_read(xtext, text, sizeof text))
        return;
    require(strlen(text) <= xtext.size);
    require(smtp_xtext_write(slice_of(text), again, sizeof again));
    require(smtp_xtext_read(slice_of(again), back, sizeof back) && strcmp(text, back) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = { (const char *)data, size };

    check_path(s, "FROM:", true);
    check_path(s, "TO:", false);
    check_xtext(s);
    return 0;
}
