/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random bytes of the kernel.
 */
#ifndef OPEC_BASE_RANDOM_H
#define OPEC_BASE_RANDOM_H

#include <stddef.h>

/* Fill `out`. The kernel's generator does not fail once it is seeded; the process ends if it does. */
void random_bytes(void *out, size_t size);

/* 2 * bytes hexadecimal digits and a NUL; `bytes` is at most 32. */
void random_hex(char *out, size_t bytes);

#endif
