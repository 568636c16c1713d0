/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a snapshot, under a checksum that holds: refused, or read everywhere without leaving the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "index/index.h"
#include "index/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of those bytes with its checksum put right. */
static int make_file(struct slice bytes)
{
    unsigned char seal[DIGEST_MAX];
    int fd = memfd_create("snapshot", MFD_CLOEXEC);

    if (file_write(fd, bytes, NULL) != 0)
        return fd;
    if (bytes.size >= sizeof(struct snapshot_header) && snapshot_seal(bytes, seal) == 0
        && pwrite(fd, seal, sizeof seal, offsetof(struct snapshot_header, seal)) < 0)
        return fd;
    return fd;
}

static void look_at(const struct index *index)
{
    unsigned char hash[INDEX_HASH_SIZE], sum = 0;
    struct index_provider p, signer;

    for (size_t i = 0; i < index_provider_count(index); i++) {
        index_provider_at(index, i, &p);
        for (size_t j = 0; j < p.name.size; j++)
            sum ^= (unsigned char)p.name.data[j];
        for (size_t j = 0; j < p.certificate_count; j++)
            sum ^= (unsigned char)index_certificate_at(index, i, j, hash).data[0];
        for (size_t j = 0; j < p.domain_count; j++)
            sum ^= index_find_signer(index, hash, index_domain_at(index, i, j), &signer);
    }
    memset(hash, sum, sizeof hash);
    (void)index_knows_certificate(index, hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = make_file((struct slice){ (const char *)data, size });
    struct index *index = NULL;
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (index_open(path, &index, NULL) == 0)
        look_at(index);
    index_close(&index);
    file_close(&fd);
    return 0;
}
