/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a manifest, as they are and under a hash that holds: refused, or read and written again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ledger/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_manifest(struct slice text)
{
    struct buffer again = buffer_new(LEDGER_MANIFEST_MAX);
    struct ledger_manifest first, second;

    if (ledger_manifest_read(text, &first, NULL) == 0 && ledger_manifest_write(&again, &first, NULL) == 0 &&
        ledger_manifest_read(buffer_data(&again), &second, NULL) != 0)
        abort();
    buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    struct buffer sealed = buffer_new(LEDGER_MANIFEST_MAX);
    unsigned char hash[LEDGER_HASH_SIZE];

    read_manifest(text);
    if (buffer_append(&sealed, text) == 0 && ledger_hash_append(&sealed, 0, hash) == 0)
        read_manifest(buffer_data(&sealed));
    buffer_free(&sealed);
    return 0;
}
