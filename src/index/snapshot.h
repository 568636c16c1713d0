/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The format of the compiled index: one flat file, mapped and read where it stands.
 *
 *     header
 *     providers         snapshot_provider for each record, in the order of the LDIF
 *     domains           a relation (below); its keys are domains in lower case
 *     certificates      a relation; its keys are SHA-1 hashes, 20 bytes
 *     DER               snapshot_text for each key of `certificates`: the certificate
 *     texts             the bytes that every snapshot_text points into
 *
 * A relation says who holds what (relation.h) and finds a key by its hash:
 *
 *     keys              snapshot_text for each
 *     owner_first       for each key and one more: where its owners begin
 *     owners            numbers of providers; those of a key rise
 *     held_first        for each provider and one more: where its keys begin
 *     held              numbers of keys
 *     slots             open addressing with linear probing, a power of two, at most half of them used
 *
 * All numbers are in the machine's byte order: a snapshot is made where it is read. Where each part begins follows from the
 * counts in the header, so that no two statements can differ.
 */
#ifndef OPEC_INDEX_SNAPSHOT_H
#define OPEC_INDEX_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/keyed_hash.h"

enum { SNAPSHOT_BYTE_ORDER = 0x01020304, SNAPSHOT_VERSION = 1 };

#define SNAPSHOT_MAGIC "OPECIDX\n"

struct snapshot_counts {
    uint32_t keys, links, slots;
};

struct snapshot_header {
    char magic[8];
    uint32_t byte_order, version;
    struct hash_key key; /* of the slots; new for each snapshot */
    int64_t source_time, compiled_time;
    uint32_t provider_count;
    struct snapshot_counts domains, certificates;
    uint32_t text_size;
    unsigned char seal[DIGEST_MAX]; /* SHA-256 of all that stands before and behind it */
};

struct snapshot_text {
    uint32_t offset; /* in `texts` */
    uint32_t size;
};

struct snapshot_provider {
    struct snapshot_text name, unit, mail_receipt, ldif_url;
};

struct snapshot_slot {
    uint32_t tag; /* the upper half of the key's hash; the lower half says where to begin */
    uint32_t key; /* its number and 1; 0 is an empty slot */
};

/* Where the parts of a relation begin in the file. */
struct snapshot_relation_layout {
    uint64_t keys, owner_first, owners, held_first, held, slots;
};

struct snapshot_layout {
    uint64_t providers;
    struct snapshot_relation_layout domains, certificates;
    uint64_t der, texts, size;
};

/* From the counts of a header, whatever they are. */
struct snapshot_layout snapshot_lay_out(const struct snapshot_header *h);

/* A snapshot in memory. */
struct snapshot_relation {
    const struct snapshot_text *keys;
    const uint32_t *owner_first, *owners, *held_first, *held;
    const struct snapshot_slot *slots;
    struct snapshot_counts counts;
};

struct snapshot {
    const struct snapshot_header *header;
    const struct snapshot_provider *providers;
    struct snapshot_relation domains, certificates;
    const struct snapshot_text *der;
    const char *texts;
};

/* The slots for so many keys: a power of two, at least twice the keys (below 2^29 keys). */
uint32_t snapshot_slots_for(uint32_t key_count);

/* The hash over all but the seal. `bytes` begins with a header. ERROR_MEMORY. */
int snapshot_seal(struct slice bytes, unsigned char out[DIGEST_MAX]);

/* Look at `bytes` (aligned to eight) as a snapshot, after checking every number in it: whoever follows them stays inside.
 * ERROR_CORRUPT with what is wrong, ERROR_MEMORY. */
int snapshot_view(struct slice bytes, struct snapshot *out, struct error *e);

#endif
