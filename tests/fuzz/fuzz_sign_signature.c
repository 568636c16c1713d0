/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as smime.p7s: what is read can be asked everything, and holds over one content at most.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz_sign_root.h"
#include "sign/verify.h"

static const struct slice content = SLICE("Content-Type: text/plain\r\n\r\nIl giorno\r\n");

/* A trust is made of files. */
static struct trust *open_trust(void)
{
    char path[] = P_tmpdir "/opec-fuzz-XXXXXX";
    struct trust_settings settings = { .ca = path, .sha1_accepted = true };
    struct trust *trust = NULL;
    FILE *f = fdopen(mkstemp(path), "w");

    if (!f || fputs(sign_root, f) < 0 || fclose(f) != 0 || trust_open(&settings, &trust, NULL) != 0 || unlink(path) != 0)
        abort();
    return trust;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trust *trust;
    struct signature *s = NULL;
    struct trust_answer answer;
    unsigned char hash[CERTIFICATE_HASH_SIZE];

    if (!trust)
        trust = open_trust();
    if (signature_read((struct slice){ (const char *)data, size }, trust, &s, NULL) != 0)
        return 0;
    certificate_hash(signature_certificate(s), hash);
    (void)certificate_has_address(signature_certificate(s), "posta-certificata@alfa.example");
    (void)signature_time(s);
    if (signature_holds(s, content, NULL) == 0 && signature_holds(s, slice_skip(content, 1), NULL) == 0)
        abort();
    if (signature_trust(s, trust, SIGN_NOW, &answer, NULL) != 0)
        abort();
    signature_free(&s);
    return 0;
}
