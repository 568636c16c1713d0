/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as clamd's answer: clean for one text only, and a virus always has a name that can be quoted.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scan/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice answer = { (const char *)data, size };
    struct scan_verdict v;
    struct error e;

    if (scan_answer_read(answer, &v, &e) != 0)
        return 0;
    if (strnlen(v.virus, SCAN_NAME_SIZE) == SCAN_NAME_SIZE || (v.virus[0] == '\0') != slice_is(answer, "stream: OK"))
        abort();
    for (const char *c = v.virus; *c; c++)
        if (*c < ' ' || *c > '~' || strchr("\"'`<>", *c))
            abort();
    return 0;
}
