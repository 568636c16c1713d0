/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A PKCS#11 library for tests: it passes all on to another (its path in OPEC_TEST_MODULE), save what it was told to spoil. The
 * test finds `faulty` in the library by its name; for a test that is another process, faults stand in the file of OPEC_TEST_FAULTS,
 * which is read at each call: lines "LABEL FUNCTION WHAT", where LABEL is a token's or "*" and WHAT is
 *
 *     error   gone   an answer: CKR_DEVICE_ERROR, CKR_TOKEN_NOT_PRESENT
 *     errors30       the same for 30 calls of a hundred
 *     hang           it never returns
 *     crash          the process dies; crashes30: at 30 calls of a hundred
 *     kill           the session is closed behind the caller's back, once in each process that is older than the file
 *     network        it needs a socket of the Internet, for this call only
 *
 * (C_Initialize, which knows no token, hears "*" alone.)
 */
#ifndef OPEC_TESTS_SIGN_FAULTY_MODULE_H
#define OPEC_TESTS_SIGN_FAULTY_MODULE_H

#include <p11-kit/pkcs11.h>

struct faulty {
    const char *function; /* answers `answer` without being passed on; NULL: none */
    CK_RV answer;
    CK_FLAGS token_flags;    /* added to those of each token */
    CK_ULONG signature_size; /* of C_Sign in place of the true one, if not 0; 1 << 20 stands for 0 */
    int is_wrong;            /* C_Sign gives a signature that does not hold */
    unsigned initialised, finalised, sessions, logins, logouts; /* calls so far */
};

extern struct faulty faulty;

#endif
