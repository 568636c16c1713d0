/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The messages that the driver sends, each one different from all others, as pieces that are ready for the wire: dots are doubled,
 * the end is there. What they have in common is in memory once.
 *
 * An ordinary letter is a message from a file with a Received field like Postfix's, whose queue id is its own, and a Message-ID of
 * its own. Its From and To are the addresses of the envelope, or the access point would refuse it. A certified letter is the
 * transport envelope of another provider around that message, with a PEC id and a signature of its own; these are made beforehand.
 */
#ifndef OPEC_BENCH_LETTER_H
#define OPEC_BENCH_LETTER_H

#include <stddef.h>
#include <sys/uio.h>

#include "mail.h"

enum { LETTER_FIRST_MAX = 2048, LETTER_ID_MAX = 40, LETTER_PIECES = 5 };

struct letter_maker {
    const char *sender, *recipient;
    unsigned long run;      /* random: ids of another run are different */
    struct iovec plain;     /* the message without From, To, Cc and Message-ID, CRLF lines */
    struct iovec stuffed;   /* with its dots doubled */
    struct certified *certified; /* of certified letters */
    size_t certified_count;
};

struct letter {
    char queue_id[LETTER_ID_MAX];
    char first[LETTER_FIRST_MAX]; /* the fields of its own */
    struct iovec pieces[LETTER_PIECES];
    size_t piece_count;
};

/* Read the message of `path`. The addresses are kept, not copied. */
void letter_maker_open(struct letter_maker *m, const char *sender, const char *recipient, const char *path);

/* Make `count` envelopes, signed by the provider of `keys` ("other"); letters are certified from now on. */
void letter_maker_certify(struct letter_maker *m, const char *keys, size_t count);

/* The letter of a number, below `count` if letters are certified. Valid until *out is written again. */
void letter_write(const struct letter_maker *m, unsigned long number, struct letter *out);

void letter_maker_close(struct letter_maker *m);

#endif
