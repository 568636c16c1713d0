/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as the answer of a time stamping authority: judged, and good over one imprint at most. The key of the corpus's authority was
 * thrown away.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sign/certificate.h"
#include "sign/stamp.h"

static const char root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBtzCCAV6gAwIBAgIUa7tXz41Z2XbRJ2yv4fKuUt7c5lYwCgYIKoZIzj0EAwIw\n"
    "OTELMAkGA1UEBhMCSVQxFDASBgNVBAoMC1Rlc3Qgc3RhbXBzMRQwEgYDVQQDDAtU\n"
    "ZXN0IHN0YW1wczAgFw0yNjExMjQxNjQzMzdaGA8yMDUxMDcxNjE2NDMzN1owOTEL\n"
    "MAkGA1UEBhMCSVQxFDASBgNVBAoMC1Rlc3Qgc3RhbXBzMRQwEgYDVQQDDAtUZXN0\n"
    "IHN0YW1wczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABF9wjqPYfOzUYe+8JS8d\n"
    "RH/aiQP2zDXhcpvzi1RhhL8rK+nRUzUV/hqH9dNDsbI3yyAuKYh37DzApVobyDUs\n"
    "2c6jQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQW\n"
    "BBQ9IaRsG4cZWzLBXTgDzQqVg73cZzAKBggqhkjOPQQDAgNHADBEAh89XXuy2fQl\n"
    "XZssWaYdptVYRY2StZ7kd+joM9ePKhN4AiEA2G0gvJpxMWd1cODO76W1q38efaYP\n"
    "/a+dgp3IgkVU3Ro=\n"
    "-----END CERTIFICATE-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One that the corpus does not answer. */
static struct slice new_request(const unsigned char *imprint)
{
    static char bytes[256];
    struct arena *arena = arena_new(8192);
    struct slice request = SLICE_NONE;

    if (!arena || stamp_request(imprint, arena, &request, NULL) != 0 || request.size > sizeof bytes)
        abort();
    memcpy(bytes, request.data, request.size);
    arena_free(&arena);
    return (struct slice){ bytes, request.size };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static STACK_OF(X509) *authorities;
    static struct slice request;
    const struct slice answer = { (const char *)data, size };
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct error e = { 0 };
    struct stamp stamp;

    if (digest_slice(DIGEST_SHA256, SLICE("stamped"), imprint) != 0 ||
        (!authorities && certificate_read_pem(slice_of(root), &authorities, NULL) != 0))
        abort();
    if (!request.size)
        request = new_request(imprint);
    if (stamp_check_answer(answer, request, authorities, 0, &stamp, &e) == 0 || e.code == ERROR_BUG)
        abort();
    if (stamp_check(answer, imprint, authorities, &stamp, NULL) != 0)
        return 0;
    imprint[0] ^= 1;
    if (stamp_check(answer, imprint, authorities, &stamp, NULL) == 0)
        abort();
    return 0;
}
