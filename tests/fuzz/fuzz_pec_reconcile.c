/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any lines as a legal log. The audit reads them, twice if it asks for it, and comes to an end; what it lists is whole.
 */
#include <stdint.h>
#include <stdlib.h>

#include "pec/reconcile.h"

enum { NOW = 1800000000 };

static void read_all(struct reconcile *r, struct slice log)
{
    struct slice line;
    struct error e;

    while (slice_next_line(&log, &line))
        if (reconcile_line(r, line, &e) != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct reconcile_settings settings = { .provider = "Alfa", .first = 43200, .second = 86400, .from = INT64_MIN, .to = INT64_MAX };
    struct reconcile *r = reconcile_new(&settings);
    const struct slice log = { (const char *)data, size };
    const struct reconcile_result *result;
    bool again = false;
    struct error e;

    if (!r)
        return 0;
    read_all(r, log);
    if (reconcile_end(r, NOW, &again, &e) != 0)
        abort();
    if (again) {
        read_all(r, log);
        if (reconcile_end(r, NOW, &again, &e) != 0 || again)
            abort();
    }
    result = reconcile_result(r);
    for (size_t i = 0; i < result->finding_count; i++)
        if (!result->findings[i].pec_id || !finding_texts[result->findings[i].kind])
            abort();
    reconcile_free(&r);
    return 0;
}
