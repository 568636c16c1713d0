/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this room needs around OpenSSL: its errors in our words, its times as seconds, its names as text.
 *
 * OpenSSL keeps failures in a queue of the thread. Functions of this room leave that queue empty, and take words from it only
 * for a call of their own that has just failed.
 */
#ifndef OPEC_SIGN_OPENSSL_H
#define OPEC_SIGN_OPENSSL_H

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* "WHAT: reason" with the newest reason of the queue; the queue is empty afterwards. Returns `code`, or ERROR_MEMORY if that is
 * the reason. */
int openssl_failed(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Seconds since 1970; false for NULL and for what is no time. */
bool openssl_seconds(const ASN1_TIME *time, int64_t *out);

/* A name in one line for people: RFC 2253, UTF-8, controls escaped, cut to fit. Returns `out`. */
const char *openssl_name(const X509_NAME *name, char *out, size_t size);

#endif
