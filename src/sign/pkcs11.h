/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A PKCS#11 library in this process: loaded once, initialised once however many keys use it, and what its answers mean.
 *
 * PKCS#11 2.40 5.4: C_Initialize is for the whole process, and a child must call it again after a fork. So each library is
 * remembered with the process that initialised it. A library is finalised with its last key and never unloaded: several
 * leave threads or exit handlers behind.
 */
#ifndef OPEC_SIGN_PKCS11_H
#define OPEC_SIGN_PKCS11_H

#include <p11-kit/pkcs11.h>

#include "base/error.h"

struct pkcs11_module;

/* ERROR_CONFIG if it cannot be loaded or is no PKCS#11 library; else what pkcs11_failed makes of C_Initialize. */
int pkcs11_module_open(const char *path, struct pkcs11_module **out, struct error *e);

/* One user less, in the process that opened it; *module becomes NULL. NULL is allowed. */
void pkcs11_module_close(struct pkcs11_module **module);

CK_FUNCTION_LIST *pkcs11_module_functions(const struct pkcs11_module *module);

/* How many have it open in this process. */
unsigned pkcs11_module_users(const struct pkcs11_module *module);

/* The error of an answer that is not CKR_OK: "WHAT: CKR_PIN_INCORRECT". ERROR_CONFIG for what no retry can mend, else ERROR_OUT
 * (ERROR_MEMORY where the library says so). */
int pkcs11_failed(CK_RV answer, struct error *e, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
