/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every way in which something can fail, and what follows from it.
 *
 * A function that can fail returns 0 or one of these negative codes and leaves its outputs untouched on failure. Where the
 * caller can use a sentence, the last parameter is a `struct error *`: it may be NULL, and it is written only on failure.
 * One table (error.c) says for each code whether trying again may help, what an SMTP client is told and how loud the log
 * line is, so that no other file invents replies.
 */
#ifndef OPEC_BASE_ERROR_H
#define OPEC_BASE_ERROR_H

#include <stddef.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_MEMORY = -1,       /* the machine has no more memory */
    ERROR_BUDGET = -2,       /* one message asked for more memory than a message may have */
    ERROR_TIMEOUT = -3,      /* no answer within the deadline */
    ERROR_CLOSED = -4,       /* the peer closed the connection */
    ERROR_UNREACHABLE = -5,  /* no connection could be made */
    ERROR_OUT = -6,          /* known to be out since an earlier failure; not asked */
    ERROR_DEFERRED = -7,     /* the peer answered 4xx, or its equivalent */
    ERROR_REFUSED = -8,      /* the peer answered 5xx, or its equivalent */
    ERROR_PROTOCOL = -9,     /* the peer said what its protocol does not allow */
    ERROR_FILE = -10,        /* a file cannot be opened, read or written */
    ERROR_FULL = -11,        /* no space left on the device */
    ERROR_BUSY = -12,        /* somebody else has it in hand */
    ERROR_NOT_FOUND = -13,   /* there is no such thing */
    ERROR_EXISTS = -14,      /* there is one already */
    ERROR_SYNTAX = -15,      /* input that does not follow its grammar */
    ERROR_LIMIT = -16,       /* input beyond a limit of ours */
    ERROR_UNSUPPORTED = -17, /* well-formed, but not something that we do */
    ERROR_CONFIG = -18,      /* the configuration is at fault */
    ERROR_SIGNATURE = -19,   /* a signature does not hold */
    ERROR_CERTIFICATE = -20, /* a certificate is not good for its use */
    ERROR_CORRUPT = -21,     /* what we wrote ourselves is not as we wrote it */
    ERROR_STOPPED = -22,     /* the daemon is ending, or not running */
    ERROR_BUG = -23,         /* a promise of our own code is broken */
    ERROR_LAST = ERROR_BUG,
};

/* What the one who failed may do about it. */
enum error_disposition {
    ERROR_RETRY,  /* it may pass: defer the message, ask again */
    ERROR_REFUSE, /* it can never pass */
};

enum error_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

struct error_row {
    const char *name;
    const char *text;
    enum error_disposition disposition;
    enum error_level level;
    int smtp_code;
    const char *smtp_enhanced; /* RFC 3463 */
    const char *smtp_text;     /* for a stranger: nothing of our insides */
};

/* A failure in words: what, where, and the rule if there is one. */
struct error {
    int code;
    char text[400];
};

/* The row of a code; the row of ERROR_BUG for a code that is none. Never NULL. */
const struct error_row *error_row(int code);

/* Fill `e` (if not NULL) and return `code`, so that a failure is one line: return error_set(e, ERROR_TIMEOUT, "clamd: ..."). */
int error_set(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put "PREFIX: " in front of the words of `e` (if not NULL), whose code becomes `code`. Returns `code`. */
int error_prefix(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The code for a failed system call: ERROR_FULL for ENOSPC and EDQUOT, ERROR_MEMORY for ENOMEM, else ERROR_FILE. */
int error_from_errno(int error_number);

#endif
