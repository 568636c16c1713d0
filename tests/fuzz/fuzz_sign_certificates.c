/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as certificates in PEM: each that is read can be asked everything.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_sign_root.h"
#include "sign/certificate.h"

enum { BUDGET = 16 * 1024 * 1024 };

static void count_fault(void *arg, const char *words)
{
    if (!strstr(words, "RFC 6109 5.5"))
        abort();
    ++*(int *)arg;
}

static void ask(const X509 *certificate, struct arena *arena)
{
    const char **addresses = NULL;
    size_t count = 0;
    int64_t from, until;
    int faults = 0, result;

    certificate_validity(certificate, &from, &until);
    (void)certificate_subject(certificate, arena);
    (void)certificate_issuer(certificate, arena);
    if (certificate_addresses(certificate, arena, &addresses, &count) == 0)
        for (size_t i = 0; i < count; i++)
            if (!certificate_has_address(certificate, addresses[i]))
                abort();
    result = certificate_profile(certificate, "Alfa PEC S.p.A.", "posta-certificata@alfa.example", SIGN_NOW, count_fault, &faults);
    if (result != faults)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    STACK_OF(X509) *all = NULL;

    if (arena && certificate_read_pem((struct slice){ (const char *)data, size }, &all, NULL) == 0)
        for (int i = 0; i < sk_X509_num(all); i++)
            ask(sk_X509_value(all, i), arena);
    sk_X509_pop_free(all, X509_free);
    arena_free(&arena);
    return 0;
}
