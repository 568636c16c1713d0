/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/text.h"

enum { FOLD = 60 };

void fixture_certificate(unsigned number, unsigned char out[FIXTURE_DER_SIZE])
{
    static const unsigned char head[] = { 0x30, 0x82, (FIXTURE_DER_SIZE - 4) >> 8, (FIXTURE_DER_SIZE - 4) & 0xff };

    for (unsigned i = 0; i < FIXTURE_DER_SIZE; i++)
        out[i] = (unsigned char)((number >> (8 * (i % 4))) + i);
    memcpy(out, head, sizeof head);
}

void fixture_hash(unsigned number, unsigned char out[INDEX_HASH_SIZE])
{
    unsigned char der[FIXTURE_DER_SIZE];

    fixture_certificate(number, der);
    if (digest_slice(DIGEST_SHA1, (struct slice){ (char *)der, sizeof der }, out) != 0)
        abort();
}

void fixture_hash_text(unsigned number, char out[2 * INDEX_HASH_SIZE + 1])
{
    unsigned char hash[INDEX_HASH_SIZE];

    fixture_hash(number, hash);
    hex_write((struct slice){ (char *)hash, sizeof hash }, out);
    for (char *c = out; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

void fixture_write_certificate(struct rope *r, unsigned number)
{
    unsigned char der[FIXTURE_DER_SIZE], encoded[FIXTURE_DER_SIZE * 4 / 3 + 8];
    char hash[2 * INDEX_HASH_SIZE + 1];
    size_t size;

    fixture_certificate(number, der);
    fixture_hash_text(number, hash);
    size = (size_t)EVP_EncodeBlock(encoded, der, sizeof der);
    rope_printf(r, "providerCertificateHash: %s\nproviderCertificate;binary::\n", hash);
    for (size_t at = 0; at < size; at += FOLD)
        rope_printf(r, " %.*s\n", FOLD, (const char *)encoded + at);
}

void fixture_write(struct rope *r, const struct fixture_provider *p)
{
    const char *comma = p->unit ? "," : "", *unit = p->unit ? p->unit : "";

    rope_printf(r, "dn: %s%s%sproviderName=%s,o=postacert\n", p->unit ? "providerUnit=" : "", unit, comma, p->name);
    rope_printf(r, "objectClass: top\nobjectClass: provider\nproviderName: %s\nmailReceipt: %s\n", p->name, p->mail_receipt);
    if (p->unit)
        rope_printf(r, "providerUnit: %s\n", p->unit);
    else
        rope_printf(r, "LDIFLocationURL: https://%s/index.ldif.p7m\n", p->domains[0]);
    for (size_t i = 0; p->certificates[i]; i++)
        fixture_write_certificate(r, p->certificates[i]);
    for (size_t i = 0; p->domains[i]; i++)
        rope_printf(r, "managedDomains: %s\n", p->domains[i]);
    rope_text(r, "\n");
}

void fixture_make_path(char out[FIXTURE_PATH_SIZE])
{
    const char *folder = getenv("TMPDIR");

    snprintf(out, FIXTURE_PATH_SIZE - 16, "%s/index-XXXXXX", folder ? folder : P_tmpdir);
    if (!mkdtemp(out))
        abort();
    memcpy(out + strlen(out), "/snapshot", sizeof "/snapshot");
}

void fixture_remove(const char *path)
{
    char folder[FIXTURE_PATH_SIZE];

    unlink(path);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    rmdir(folder);
}
