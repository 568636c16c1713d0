/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A PKCS#11 library for tests: it passes all on to another (its path in OPEC_TEST_MODULE), save what it was told to spoil. The
 * test finds `faulty` in the library by its name.
 */
#ifndef OPEC_TESTS_SIGN_FAULTY_MODULE_H
#define OPEC_TESTS_SIGN_FAULTY_MODULE_H

#include <p11-kit/pkcs11.h>

struct faulty {
    const char *function; /* answers `answer` without being passed on; NULL: none */
    CK_RV answer;
    CK_FLAGS token_flags;    /* added to those of each token */
    CK_ULONG signature_size; /* of C_Sign in place of the true one, if not 0; 1 << 20 stands for 0 */
    unsigned initialised, finalised, logins, logouts; /* calls so far */
};

extern struct faulty faulty;

#endif
