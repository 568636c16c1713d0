/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/snapshot.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "index/index.h"
#include "index/managed_domain.h"

static_assert(sizeof(struct snapshot_header) == 112 && offsetof(struct snapshot_header, seal) == 80, "the header has no gaps");
static_assert(sizeof(struct snapshot_provider) == 32 && sizeof(struct snapshot_slot) == 8, "the tables have no gaps");

enum { FEWEST_SLOTS = 2, MOST_SLOTS = 1 << 30 };

/* Where the next part begins: `at`, which moves behind `count` elements. No sum of 32-bit counts overflows 64 bits. */
static uint64_t place(uint64_t *at, uint64_t count, size_t size)
{
    uint64_t here = *at;

    *at += count * size;
    return here;
}

static struct snapshot_relation_layout lay_out_relation(uint64_t *at, const struct snapshot_counts *c, uint32_t provider_count)
{
    struct snapshot_relation_layout l;

    l.keys = place(at, c->keys, sizeof(struct snapshot_text));
    l.owner_first = place(at, (uint64_t)c->keys + 1, sizeof(uint32_t));
    l.owners = place(at, c->links, sizeof(uint32_t));
    l.held_first = place(at, (uint64_t)provider_count + 1, sizeof(uint32_t));
    l.held = place(at, c->links, sizeof(uint32_t));
    l.slots = place(at, c->slots, sizeof(struct snapshot_slot));
    return l;
}

struct snapshot_layout snapshot_lay_out(const struct snapshot_header *h)
{
    struct snapshot_layout l;
    uint64_t at = sizeof *h;

    l.providers = place(&at, h->provider_count, sizeof(struct snapshot_provider));
    l.domains = lay_out_relation(&at, &h->domains, h->provider_count);
    l.certificates = lay_out_relation(&at, &h->certificates, h->provider_count);
    l.der = place(&at, h->certificates.keys, sizeof(struct snapshot_text));
    l.texts = place(&at, h->text_size, 1);
    l.size = at;
    return l;
}

uint32_t snapshot_slots_for(uint32_t key_count)
{
    uint32_t slots = FEWEST_SLOTS;

    while (slots / 2 < key_count && slots < MOST_SLOTS)
        slots *= 2;
    return slots;
}

int snapshot_seal(struct slice bytes, unsigned char out[DIGEST_MAX])
{
    struct digest *d = digest_new(DIGEST_SHA256);

    if (!d)
        return ERROR_MEMORY;
    digest_update(d, (struct slice){ bytes.data, offsetof(struct snapshot_header, seal) });
    digest_update(d, slice_skip(bytes, sizeof(struct snapshot_header)));
    digest_final(d, out);
    digest_free(&d);
    return 0;
}

static int damaged(struct error *e, const char *what)
{
    return error_set(e, ERROR_CORRUPT, "%s", what);
}

static int check_header(struct slice bytes, const struct snapshot_header *h, struct error *e)
{
    unsigned char seal[DIGEST_MAX];

    if (bytes.size < sizeof *h || memcmp(h->magic, SNAPSHOT_MAGIC, sizeof h->magic) != 0)
        return damaged(e, "not a compiled index");
    if (h->byte_order != SNAPSHOT_BYTE_ORDER || h->version != SNAPSHOT_VERSION)
        return damaged(e, "compiled by another version or on another machine");
    if (snapshot_lay_out(h).size != bytes.size)
        return damaged(e, "cut short, or with something behind its end");
    if (snapshot_seal(bytes, seal) != 0)
        return error_set(e, ERROR_MEMORY, "no memory to check it");
    if (memcmp(seal, h->seal, sizeof seal) != 0)
        return damaged(e, "its content does not match its checksum");
    return 0;
}

static struct snapshot_relation view_relation(const char *base, const struct snapshot_relation_layout *l,
                                              const struct snapshot_counts *counts)
{
    return (struct snapshot_relation){
        .keys = (const void *)(base + l->keys),
        .owner_first = (const void *)(base + l->owner_first),
        .owners = (const void *)(base + l->owners),
        .held_first = (const void *)(base + l->held_first),
        .held = (const void *)(base + l->held),
        .slots = (const void *)(base + l->slots),
        .counts = *counts,
    };
}

static bool texts_fit(const struct snapshot *s, const struct snapshot_text *texts, size_t count, uint32_t smallest,
                      uint32_t largest)
{
    uint32_t all = s->header->text_size;

    for (size_t i = 0; i < count; i++) {
        const struct snapshot_text *t = &texts[i];

        if (t->offset > all || t->size > all - t->offset || t->size < smallest || t->size > largest)
            return false;
    }
    return true;
}

static bool providers_fit(const struct snapshot *s)
{
    static_assert(sizeof(struct snapshot_provider) == 4 * sizeof(struct snapshot_text), "a provider is four texts");

    return texts_fit(s, (const void *)s->providers, (size_t)s->header->provider_count * 4, 0, UINT32_MAX);
}

/* Lists one behind the other that together are all the links; none of them is empty. */
static bool lists_fit(const uint32_t *first, size_t count, uint32_t links)
{
    if (first[0] != 0 || first[count] != links)
        return false;
    for (size_t i = 0; i < count; i++)
        if (first[i] >= first[i + 1])
            return false;
    return true;
}

static bool numbers_fit(const uint32_t *numbers, size_t count, uint32_t limit)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] >= limit)
            return false;
    return true;
}

/* Probing ends at an empty slot, so there must be one. */
static bool slots_fit(const struct snapshot_relation *r)
{
    uint32_t slots = r->counts.slots, used = 0;

    if (slots != snapshot_slots_for(r->counts.keys))
        return false;
    for (size_t i = 0; i < slots; i++) {
        if (r->slots[i].key > r->counts.keys)
            return false;
        used += r->slots[i].key != 0;
    }
    return used == r->counts.keys && used < slots;
}

static bool relation_fits(const struct snapshot *s, const struct snapshot_relation *r, uint32_t smallest_key, uint32_t largest_key)
{
    const struct snapshot_counts *c = &r->counts;
    uint32_t provider_count = s->header->provider_count;

    return texts_fit(s, r->keys, c->keys, smallest_key, largest_key) && lists_fit(r->owner_first, c->keys, c->links)
           && lists_fit(r->held_first, provider_count, c->links) && numbers_fit(r->owners, c->links, provider_count)
           && numbers_fit(r->held, c->links, c->keys) && slots_fit(r);
}

int snapshot_view(struct slice bytes, struct snapshot *out, struct error *e)
{
    struct snapshot s = { .header = (const void *)bytes.data };
    struct snapshot_layout l;
    int result = check_header(bytes, s.header, e);

    if (result != 0)
        return result;
    l = snapshot_lay_out(s.header);
    s.providers = (const void *)(bytes.data + l.providers);
    s.domains = view_relation(bytes.data, &l.domains, &s.header->domains);
    s.certificates = view_relation(bytes.data, &l.certificates, &s.header->certificates);
    s.der = (const void *)(bytes.data + l.der);
    s.texts = bytes.data + l.texts;
    if (!providers_fit(&s))
        return damaged(e, "a provider points outside");
    if (!relation_fits(&s, &s.domains, 1, MANAGED_DOMAIN_MAX))
        return damaged(e, "the table of domains points outside");
    if (!relation_fits(&s, &s.certificates, INDEX_HASH_SIZE, INDEX_HASH_SIZE)
        || !texts_fit(&s, s.der, s.header->certificates.keys, 1, UINT32_MAX))
        return damaged(e, "the table of certificates points outside");
    *out = s;
    return 0;
}
