/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail between the two providers of world.h, and what is read of what arrives.
 */
#ifndef OPEC_TESTS_FLOW_LETTERS_H
#define OPEC_TESTS_FLOW_LETTERS_H

#include "pec/certification.h"
#include "world.h"

#define SUBMITTED(from, to, more) \
    "From: " from "\nTo: " to "\nSubject: Offerta\nMessage-ID: <1@client>\nDate: Tue, 24 Nov 2026 08:00:00 +0100\n" \
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n" more "\nBuongiorno\n"

/* mario@alfa.example submits a message to one or two; `second` may be NULL. */
struct mail letters_submission(const char *first, const char *second);

/* The envelope that alfa makes of it, as beta gets it; alfa's other deliveries are forgotten. */
struct mail letters_envelope(const char *first, const char *second);
struct mail letters_envelope_of(const struct mail *submission);

/* Ordinary mail from carlo@posta.example to anna@beta.example. */
struct mail letters_ordinary(const char *ident);

/* Carry it through at that time. */
struct journey_end letters_run(enum site site, const struct mail *mail, int64_t now);

/* How the answer begins. */
void letters_expect_reply(const struct journey_end *end, const char *code);

/* How many messages have arrived anywhere; mario's only one of that type. */
size_t letters_arrived(void);
struct slice letters_receipt(const char *type);

/* The certification data, the readable text. */
struct certification letters_data(struct slice message);
struct slice letters_text(struct slice message);

#endif
