/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/snapshot_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "index/snapshot.h"

/* A snapshot in the making. */
struct draft {
    char *bytes;
    struct snapshot_header header;
    struct snapshot_layout layout;
    size_t text_end; /* behind the last text written */
};

static size_t size_of_all(const struct slice *texts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += texts[i].size;
    return size;
}

static size_t text_size(const struct snapshot_content *c)
{
    size_t size = 0;

    for (const struct provider *p = c->first; p; p = p->next)
        size += p->name.size + p->unit.size + p->mail_receipt.size + p->ldif_url.size;
    return size + size_of_all(c->domains.keys, c->domains.key_count) + size_of_all(c->certificates.keys, c->certificates.key_count)
           + size_of_all(c->der, c->certificates.key_count);
}

static struct snapshot_counts counts_of(const struct relation *r)
{
    return (struct snapshot_counts){ r->key_count, r->link_count, snapshot_slots_for(r->key_count) };
}

static struct snapshot_header make_header(const struct snapshot_content *c)
{
    struct snapshot_header h = {
        .byte_order = SNAPSHOT_BYTE_ORDER,
        .version = SNAPSHOT_VERSION,
        .source_time = c->source_time,
        .compiled_time = c->compiled_time,
        .provider_count = c->provider_count,
        .domains = counts_of(&c->domains),
        .certificates = counts_of(&c->certificates),
        .text_size = (uint32_t)text_size(c),
    };

    memcpy(h.magic, SNAPSHOT_MAGIC, sizeof h.magic);
    random_bytes(&h.key, sizeof h.key);
    return h;
}

static struct snapshot_text put_text(struct draft *d, struct slice text)
{
    struct snapshot_text t = { (uint32_t)(d->text_end - d->layout.texts), (uint32_t)text.size };

    if (text.size)
        memcpy(d->bytes + d->text_end, text.data, text.size);
    d->text_end += text.size;
    return t;
}

static void put_providers(struct draft *d, const struct provider *first)
{
    struct snapshot_provider *at = (void *)(d->bytes + d->layout.providers);

    for (const struct provider *p = first; p; p = p->next, at++) {
        at->name = put_text(d, p->name);
        at->unit = put_text(d, p->unit);
        at->mail_receipt = put_text(d, p->mail_receipt);
        at->ldif_url = put_text(d, p->ldif_url);
    }
}

static void put_texts(struct draft *d, uint64_t offset, const struct slice *texts, size_t count)
{
    struct snapshot_text *at = (void *)(d->bytes + offset);

    for (size_t i = 0; i < count; i++)
        at[i] = put_text(d, texts[i]);
}

static void put_numbers(struct draft *d, uint64_t offset, const uint32_t *numbers, size_t count)
{
    memcpy(d->bytes + offset, numbers, count * sizeof *numbers);
}

static void put_slots(struct draft *d, uint64_t offset, const struct relation *r)
{
    struct snapshot_slot *slots = (void *)(d->bytes + offset);
    uint32_t mask = snapshot_slots_for(r->key_count) - 1;

    for (uint32_t i = 0; i < r->key_count; i++) {
        uint64_t hash = keyed_hash(d->header.key, r->keys[i]);
        uint32_t at = (uint32_t)hash & mask;

        while (slots[at].key)
            at = (at + 1) & mask;
        slots[at] = (struct snapshot_slot){ .tag = (uint32_t)(hash >> 32), .key = i + 1 };
    }
}

static void put_relation(struct draft *d, const struct snapshot_relation_layout *l, const struct relation *r)
{
    put_texts(d, l->keys, r->keys, r->key_count);
    put_numbers(d, l->owner_first, r->owner_first, (size_t)r->key_count + 1);
    put_numbers(d, l->owners, r->owners, r->link_count);
    put_numbers(d, l->held_first, r->held_first, (size_t)d->header.provider_count + 1);
    put_numbers(d, l->held, r->held, r->link_count);
    put_slots(d, l->slots, r);
}

int snapshot_write(const struct snapshot_content *c, char **out, size_t *out_size)
{
    struct draft d = { .header = make_header(c) };
    int result;

    d.layout = snapshot_lay_out(&d.header);
    d.text_end = d.layout.texts;
    d.bytes = calloc(1, d.layout.size);
    if (!d.bytes)
        return ERROR_MEMORY;
    memcpy(d.bytes, &d.header, sizeof d.header);
    put_providers(&d, c->first);
    put_relation(&d, &d.layout.domains, &c->domains);
    put_relation(&d, &d.layout.certificates, &c->certificates);
    put_texts(&d, d.layout.der, c->der, c->certificates.key_count);
    result = snapshot_seal((struct slice){ d.bytes, d.layout.size }, ((struct snapshot_header *)(void *)d.bytes)->seal);
    if (result != 0) {
        free(d.bytes);
        return result;
    }
    *out = d.bytes;
    *out_size = d.layout.size;
    return 0;
}
