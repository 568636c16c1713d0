/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/tag.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"

enum { TAG_BYTES = 16, NUMBER_BYTES = 8, PREFIX_LENGTH = 7 };

static const char letters[] = { 't', 'r' };

int tag_write(const unsigned char key[TAG_KEY_SIZE], enum tag_kind kind, uint64_t number, char out[TAG_SIZE])
{
    unsigned char hash[DIGEST_MAX];
    char body[TAG_SIZE];
    int length = snprintf(body, sizeof body, "opec-%c-%016llx", letters[kind], (unsigned long long)number);
    int result = digest_hmac((struct slice){ (const char *)key, TAG_KEY_SIZE }, (struct slice){ body, (size_t)length }, hash);
    char hex[2 * TAG_BYTES + 1];

    if (result != 0)
        return result;
    hex_write((struct slice){ (const char *)hash, TAG_BYTES }, hex);
    snprintf(out, TAG_SIZE, "%.23s-%s", body, hex);
    return 0;
}

/* The tag is compared as a whole with the one that we would make, in a time that tells nothing of where they differ. */
static bool same(const char *a, struct slice b)
{
    unsigned char difference = 0;

    if (strlen(a) != b.size)
        return false;
    for (size_t i = 0; i < b.size; i++)
        difference |= (unsigned char)(a[i] ^ b.data[i]);
    return difference == 0;
}

bool tag_read(const unsigned char key[TAG_KEY_SIZE], struct slice envid, enum tag_kind *out_kind, uint64_t *out_number)
{
    unsigned char raw[NUMBER_BYTES];
    uint64_t number = 0;
    char expected[TAG_SIZE];

    if (envid.size < PREFIX_LENGTH + 2 * NUMBER_BYTES)
        return false;
    if (!hex_read((struct slice){ envid.data + PREFIX_LENGTH, 2 * NUMBER_BYTES }, raw, sizeof raw))
        return false;
    for (size_t i = 0; i < sizeof raw; i++)
        number = number << 8 | raw[i];
    for (int kind = TAG_TRANSACTION; kind <= TAG_RECEIPT; kind++) {
        if (tag_write(key, (enum tag_kind)kind, number, expected) == 0 && same(expected, envid)) {
            *out_kind = (enum tag_kind)kind;
            *out_number = number;
            return true;
        }
    }
    return false;
}
