/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A token of SoftHSM2 in the folder of pki.h: label "pec", PIN 1234 in the file "pin", private keys "rsa" (rsa2048.key), "ec"
 * (leaf.key), "rsa3072" and, under one label twice, "twin".
 */
#ifndef OPEC_TESTS_SIGN_TOKEN_H
#define OPEC_TESTS_SIGN_TOKEN_H

#include <stdbool.h>

#include "sign/key.h"

/* Make it, and say in the environment where it is. False if this machine has no SoftHSM2. */
bool token_begin(const char *module);

/* Settings for a key of the token. */
struct key_settings token_settings(const char *module, const char *label);

/* Move the token away, and back. */
void token_take_away(void);
void token_bring_back(void);

#endif
