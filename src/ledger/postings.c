/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/postings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"

enum { LINE_BITS = 32, KIND_BITS = 2, KIND_MASK = (1 << KIND_BITS) - 1 };

const char ledger_postings_magic[8] = "opecidx2";

/* Do the parts that the header counts fill the file exactly? */
static bool is_whole(const struct ledger_postings_header *h, size_t size)
{
    const uint64_t most = (uint64_t)1 << 40;

    return h->line_count < most && h->posting_count < most && h->line_count <= UINT32_MAX &&
           size == sizeof *h + h->line_count * (sizeof(uint64_t) + sizeof(uint32_t)) + h->posting_count * sizeof(uint64_t);
}

static int map(const char *path, struct slice *out, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), result;

    if (fd < 0)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno), "%s: %s", path, strerror(errno));
    result = file_map(fd, out, e);
    file_close(&fd);
    return result;
}

int ledger_postings_open(const char *path, uint64_t from, uint64_t to, struct ledger_postings *out, struct error *e)
{
    struct ledger_postings p = { 0 };
    int result = map(path, &p.mapped, e);

    if (result != 0)
        return result;
    p.header = (const struct ledger_postings_header *)(const void *)p.mapped.data;
    if (p.mapped.size < sizeof *p.header || memcmp(p.header->magic, ledger_postings_magic, sizeof ledger_postings_magic) != 0 ||
        !is_whole(p.header, p.mapped.size) || p.header->from != from || p.header->to != to) {
        file_unmap(&p.mapped);
        return error_set(e, ERROR_CORRUPT, "%s: no index of these lines", path);
    }
    p.offsets = (const uint64_t *)(const void *)(p.mapped.data + sizeof *p.header);
    p.postings = p.offsets + p.header->line_count;
    p.times = (const uint32_t *)(const void *)(p.postings + p.header->posting_count);
    *out = p;
    return 0;
}

void ledger_postings_close(struct ledger_postings *p)
{
    file_unmap(&p->mapped);
    *p = (struct ledger_postings){ 0 };
}

/* The upper halves of postings are spread evenly, so one that is looked for stands near its share of them: not farther than this, but for
 * one time in thousands. */
static size_t spread(uint64_t count)
{
    size_t root = 1;

    while ((uint64_t)root * root < count)
        root *= 2;
    return 4 * root;
}

/* The first posting that is not below this one. A search over all of them would touch ten pages, this one touches two. */
static size_t lower_bound(const struct ledger_postings *p, uint64_t posting)
{
    uint64_t count = p->header->posting_count;
    size_t guess = (size_t)((posting >> 32) * count >> 32), near = spread(count), low = 0, high = count;

    if (guess > near && p->postings[guess - near] < posting)
        low = guess - near;
    if (guess + near < count && p->postings[guess + near] >= posting)
        high = guess + near;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->postings[middle] < posting)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ledger_hits ledger_postings_find(const struct ledger_postings *p, struct slice text)
{
    uint64_t hash = keyed_hash(p->header->key, text) >> (KIND_BITS + LINE_BITS);
    size_t first = lower_bound(p, hash << (KIND_BITS + LINE_BITS)), end = first;

    while (end < p->header->posting_count && p->postings[end] >> (KIND_BITS + LINE_BITS) == hash)
        end++;
    return (struct ledger_hits){ p->postings + first, end - first };
}

enum ledger_term_kind ledger_posting_kind(uint64_t posting)
{
    return (enum ledger_term_kind)(1 << (posting >> LINE_BITS & KIND_MASK));
}

uint64_t ledger_posting_line(const struct ledger_postings *p, uint64_t posting)
{
    uint64_t line = posting & UINT32_MAX;

    return line < p->header->line_count ? line : p->header->line_count;
}

uint64_t ledger_posting_make(struct hash_key key, enum ledger_term_kind kind, struct slice text)
{
    uint64_t hash = keyed_hash(key, text) >> (KIND_BITS + LINE_BITS), code = 0;

    while (1U << code < (unsigned)kind)
        code++;
    return (hash << KIND_BITS | code) << LINE_BITS;
}
