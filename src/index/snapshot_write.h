/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bytes of a snapshot (snapshot.h) from what was read.
 */
#ifndef OPEC_INDEX_SNAPSHOT_WRITE_H
#define OPEC_INDEX_SNAPSHOT_WRITE_H

#include <stdint.h>

#include "base/slice.h"
#include "index/provider.h"
#include "index/relation.h"

struct snapshot_content {
    const struct provider *first; /* a list */
    uint32_t provider_count;
    struct relation domains;
    struct relation certificates;
    const struct slice *der; /* for each key of `certificates` */
    int64_t source_time, compiled_time;
};

/* A whole snapshot in *out, to be freed with free(). The texts together are below 2^32 bytes, the keys of a relation below
 * 2^29. ERROR_MEMORY. */
int snapshot_write(const struct snapshot_content *c, char **out, size_t *out_size);

#endif
