/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/index.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "index/managed_domain.h"
#include "index/snapshot.h"

struct index {
    struct slice mapped;
    struct snapshot snapshot;
};

enum { NO_KEY = UINT32_MAX };

static int map(const char *path, struct slice *out, struct error *e)
{
    int result, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FILE, "%s", strerror(errno));
    result = file_map(fd, out, e);
    file_close(&fd);
    return result;
}

int index_open(const char *path, struct index **out, struct error *e)
{
    struct index *index = calloc(1, sizeof *index);
    int result;

    if (!index)
        return error_set(e, ERROR_MEMORY, "%s: no memory to open it", path);
    result = map(path, &index->mapped, e);
    if (result == 0)
        result = snapshot_view(index->mapped, &index->snapshot, e);
    if (result != 0) {
        index_close(&index);
        return error_prefix(e, result, "%s", path);
    }
    *out = index;
    return 0;
}

void index_close(struct index **index)
{
    if (!*index)
        return;
    file_unmap(&(*index)->mapped);
    free(*index);
    *index = NULL;
}

int64_t index_source_time(const struct index *index)
{
    return index->snapshot.header->source_time;
}

int64_t index_compiled_time(const struct index *index)
{
    return index->snapshot.header->compiled_time;
}

static struct slice text_at(const struct snapshot *s, const struct snapshot_text *t)
{
    return (struct slice){ s->texts + t->offset, t->size };
}

/* The number of a key, or NO_KEY. At least half of the slots are empty, so that few are looked at. */
static uint32_t find_key(const struct snapshot *s, const struct snapshot_relation *r, struct slice key)
{
    uint64_t hash = keyed_hash(s->header->key, key);
    uint32_t tag = (uint32_t)(hash >> 32), mask = r->counts.slots - 1;

    for (uint32_t at = (uint32_t)hash & mask; r->slots[at].key; at = (at + 1) & mask) {
        uint32_t number = r->slots[at].key - 1;

        if (r->slots[at].tag == tag && slice_equal(text_at(s, &r->keys[number]), key))
            return number;
    }
    return NO_KEY;
}

static uint32_t find_domain(const struct index *index, struct slice domain)
{
    char lower[MANAGED_DOMAIN_MAX];

    if (domain.size == 0 || domain.size > sizeof lower)
        return NO_KEY;
    managed_domain_lower(domain, lower);
    return find_key(&index->snapshot, &index->snapshot.domains, (struct slice){ lower, domain.size });
}

static uint32_t find_certificate(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE])
{
    return find_key(&index->snapshot, &index->snapshot.certificates, (struct slice){ (const char *)sha1, INDEX_HASH_SIZE });
}

bool index_is_certified(const struct index *index, struct slice domain)
{
    return find_domain(index, domain) != NO_KEY;
}

bool index_knows_certificate(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE])
{
    return find_certificate(index, sha1) != NO_KEY;
}

/* The first provider that owns both keys; both lists of owners rise. */
static bool find_common_owner(const struct snapshot *s, uint32_t domain, uint32_t certificate, uint32_t *out)
{
    const struct snapshot_relation *d = &s->domains, *c = &s->certificates;
    uint32_t i = d->owner_first[domain], j = c->owner_first[certificate];

    while (i < d->owner_first[domain + 1] && j < c->owner_first[certificate + 1]) {
        if (d->owners[i] == c->owners[j]) {
            *out = d->owners[i];
            return true;
        }
        if (d->owners[i] < c->owners[j])
            i++;
        else
            j++;
    }
    return false;
}

bool index_find_signer(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE], struct slice domain,
                       struct index_provider *out)
{
    uint32_t certificate = find_certificate(index, sha1), provider;
    uint32_t key = certificate == NO_KEY ? NO_KEY : find_domain(index, domain);

    if (key == NO_KEY || !find_common_owner(&index->snapshot, key, certificate, &provider))
        return false;
    index_provider_at(index, provider, out);
    return true;
}

bool index_signer_manages(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE], struct slice domain)
{
    struct index_provider provider;

    return index_find_signer(index, sha1, domain, &provider);
}

size_t index_provider_count(const struct index *index)
{
    return index->snapshot.header->provider_count;
}

size_t index_domain_count(const struct index *index)
{
    return index->snapshot.domains.counts.keys;
}

size_t index_lost_domains(const struct index *index, const struct index *later)
{
    const struct snapshot *s = &index->snapshot;
    size_t lost = 0;

    for (uint32_t i = 0; i < s->domains.counts.keys; i++)
        lost += !index_is_certified(later, text_at(s, &s->domains.keys[i]));
    return lost;
}

/* How many keys a provider holds, and which is the i-th. */
static size_t held_count(const struct snapshot_relation *r, size_t provider)
{
    return r->held_first[provider + 1] - r->held_first[provider];
}

static uint32_t held_at(const struct snapshot_relation *r, size_t provider, size_t i)
{
    assert(i < held_count(r, provider));
    return r->held[r->held_first[provider] + i];
}

void index_provider_at(const struct index *index, size_t i, struct index_provider *out)
{
    const struct snapshot *s = &index->snapshot;
    const struct snapshot_provider *p = &s->providers[i];

    assert(i < s->header->provider_count);
    *out = (struct index_provider){
        .name = text_at(s, &p->name),
        .unit = text_at(s, &p->unit),
        .mail_receipt = text_at(s, &p->mail_receipt),
        .ldif_url = text_at(s, &p->ldif_url),
        .certificate_count = held_count(&s->certificates, i),
        .domain_count = held_count(&s->domains, i),
    };
}

struct slice index_domain_at(const struct index *index, size_t provider, size_t i)
{
    const struct snapshot *s = &index->snapshot;

    assert(provider < s->header->provider_count);
    return text_at(s, &s->domains.keys[held_at(&s->domains, provider, i)]);
}

struct slice index_certificate_at(const struct index *index, size_t provider, size_t i, unsigned char out_sha1[INDEX_HASH_SIZE])
{
    const struct snapshot *s = &index->snapshot;
    uint32_t key;

    assert(provider < s->header->provider_count);
    key = held_at(&s->certificates, provider, i);
    memcpy(out_sha1, s->texts + s->certificates.keys[key].offset, INDEX_HASH_SIZE);
    return text_at(s, &s->der[key]);
}
