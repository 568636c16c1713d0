/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROW(code, ...) [-(code)] = { #code, __VA_ARGS__ }

static const struct error_row rows[] = {
    ROW(ERROR_NONE, "no error", ERROR_RETRY, LEVEL_DEBUG, 250, "2.0.0", "Ok"),
    ROW(ERROR_MEMORY, "out of memory", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Out of memory, try again later"),
    ROW(ERROR_BUDGET, "the message needs more memory than a message may have", ERROR_REFUSE, LEVEL_WARNING, 554, "5.6.0",
        "Message too complex"),
    ROW(ERROR_TIMEOUT, "no answer in time", ERROR_RETRY, LEVEL_ERROR, 451, "4.4.2", "Timeout, try again later"),
    ROW(ERROR_CLOSED, "the connection was closed", ERROR_RETRY, LEVEL_WARNING, 451, "4.4.2", "Connection lost, try again later"),
    ROW(ERROR_UNREACHABLE, "cannot be reached", ERROR_RETRY, LEVEL_ERROR, 451, "4.4.1", "Service unavailable, try again later"),
    ROW(ERROR_OUT, "is out", ERROR_RETRY, LEVEL_WARNING, 451, "4.3.2", "Service unavailable, try again later"),
    ROW(ERROR_DEFERRED, "deferred by the peer", ERROR_RETRY, LEVEL_WARNING, 451, "4.3.0", "Deferred, try again later"),
    ROW(ERROR_REFUSED, "refused by the peer", ERROR_REFUSE, LEVEL_WARNING, 554, "5.0.0", "Refused"),
    ROW(ERROR_PROTOCOL, "an answer outside the protocol", ERROR_RETRY, LEVEL_ERROR, 451, "4.5.0",
        "Internal error, try again later"),
    ROW(ERROR_FILE, "file error", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Storage error, try again later"),
    ROW(ERROR_FULL, "no space left", ERROR_RETRY, LEVEL_ERROR, 452, "4.3.1", "Insufficient system storage"),
    ROW(ERROR_BUSY, "in hand already", ERROR_RETRY, LEVEL_INFO, 451, "4.3.2", "This message is in hand already, try again later"),
    /* Whatever is looked for while a message is in hand is ours (a folder, a plan): that it is not there is no fault of the message. */
    ROW(ERROR_NOT_FOUND, "not found", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Internal error, try again later"),
    ROW(ERROR_EXISTS, "exists already", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Internal error, try again later"),
    ROW(ERROR_SYNTAX, "malformed", ERROR_REFUSE, LEVEL_INFO, 554, "5.6.0", "Malformed message"),
    ROW(ERROR_LIMIT, "over a limit", ERROR_REFUSE, LEVEL_INFO, 552, "5.3.4", "Message exceeds a limit of this system"),
    ROW(ERROR_UNSUPPORTED, "not supported", ERROR_REFUSE, LEVEL_INFO, 554, "5.3.3", "Not supported"),
    ROW(ERROR_CONFIG, "configuration error", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.5", "System misconfigured, try again later"),
    ROW(ERROR_SIGNATURE, "the signature does not hold", ERROR_REFUSE, LEVEL_INFO, 554, "5.7.7", "Signature does not hold"),
    ROW(ERROR_CERTIFICATE, "the certificate is not good", ERROR_REFUSE, LEVEL_INFO, 554, "5.7.8", "Certificate refused"),
    ROW(ERROR_CORRUPT, "our own data is damaged", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Internal error, try again later"),
    ROW(ERROR_STOPPED, "the daemon is not running", ERROR_RETRY, LEVEL_INFO, 421, "4.3.2", "Service not available, closing channel"),
    ROW(ERROR_BUG, "internal error", ERROR_RETRY, LEVEL_ERROR, 451, "4.3.0", "Internal error, try again later"),
};

_Static_assert(sizeof rows / sizeof rows[0] == 1 - ERROR_LAST, "every error code has its row");

const struct error_row *error_row(int code)
{
    if (code > 0 || code < ERROR_LAST)
        code = ERROR_BUG;
    return &rows[-code];
}

int error_set(struct error *e, int code, const char *format, ...)
{
    va_list args;

    if (!e)
        return code;
    e->code = code;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return code;
}

int error_prefix(struct error *e, int code, const char *format, ...)
{
    char old[sizeof e->text];
    va_list args;
    int n;

    if (!e)
        return code;
    e->code = code;
    memcpy(old, e->text, sizeof old);
    va_start(args, format);
    n = vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof e->text)
        snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", old);
    return code;
}

int error_from_errno(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return ERROR_FULL;
    case ENOMEM:
        return ERROR_MEMORY;
    default:
        return ERROR_FILE;
    }
}
