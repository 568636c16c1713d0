/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a file of revocation lists: each list is used or has its fault, and a certificate can be looked up.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz_sign_root.h"
#include "sign/certificate.h"
#include "sign/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static STACK_OF(X509) *authorities;
    struct crl_folder folder = { 0 };
    X509 *root;

    if (!authorities && certificate_read_pem(slice_of(sign_root), &authorities, NULL) != 0)
        abort();
    root = sk_X509_value(authorities, 0);
    if (crl_folder_add(&folder, "file", (struct slice){ (const char *)data, size }, authorities) != 0 || folder.count == 0)
        abort();
    for (size_t i = 0; i < folder.count; i++)
        if (!folder.lists[i].list && !folder.lists[i].fault)
            abort();
    (void)crl_folder_ask(&folder, root, root, SIGN_NOW);
    crl_folder_free(&folder);
    return 0;
}
