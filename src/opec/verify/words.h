/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words of `opec verify`, in the languages of those who read it. JSON has the English ones, and names that do not change.
 */
#ifndef OPEC_OPEC_VERIFY_WORDS_H
#define OPEC_OPEC_VERIFY_WORDS_H

#include "base/arena.h"
#include "opec/verify/report.h"

enum language { ENGLISH, ITALIAN, LANGUAGES };

/* "en" or "it"; NULL: that of the locale (LC_ALL, LC_MESSAGES, LANG; Italian or else English). False for any other. */
bool words_language(const char *given, enum language *out);

/* "transport envelope"; without the article. */
const char *words_kind(enum verify_kind kind, enum language in);

/* The name of a finding or remark for programs: "broken", "certificate-ended". */
const char *words_finding_name(enum verify_finding finding);
const char *words_remark_name(enum verify_remark remark);

/* Why it does not hold; NULL if it does, or without budget. */
const char *words_why(const struct verify_report *report, struct arena *arena, enum language in);

/* A remark as a sentence. NULL without budget. */
const char *words_remark(const struct verify_report *report, enum verify_remark remark, struct arena *arena, enum language in);

/* "good", or what is wrong. NULL without budget. */
const char *words_trust(const struct trust_answer *answer, struct arena *arena, enum language in);

/* What the lines of a report are called, and the other words in them. */
enum verify_label {
    LABEL_CLAIMS, LABEL_HOLDS, LABEL_HOLDS_NOT, LABEL_BECAUSE, LABEL_ABOUT, LABEL_MESSAGE_ID, LABEL_SENDER, LABEL_RECIPIENTS,
    LABEL_CERTIFIED_MAIL, LABEL_EXTERNAL_MAIL, LABEL_SUBJECT, LABEL_DELIVERED, LABEL_ERROR, LABEL_DETAIL, LABEL_CERTIFIED, LABEL_BY,
    LABEL_SIGNATURE, LABEL_DIGEST, LABEL_SIGNED, LABEL_OF_DATE, LABEL_OF_NOW, LABEL_PROVIDER, LABEL_CERTIFICATE, LABEL_ISSUED,
    LABEL_FOR, LABEL_VALID, LABEL_UNTIL, LABEL_THEN, LABEL_NOW, LABEL_INDEX, LABEL_FORM, LABEL_CORRECT, LABEL_AGREEMENT, LABEL_AGREES,
    LABEL_CERTIFIED_IS, LABEL_LACKS, LABEL_NOTE, LABEL_EXTRACTED,
    LABEL_ALL, LABEL_ALL_HOLD, LABEL_ALL_HOLD_NOT, LABEL_ALL_ORDINARY, LABEL_ALL_FAILED, /* each behind a number */
    LABEL_ABSENT, LABEL_UNREADABLE, LABEL_BROKEN, LABEL_SOUND, /* in the order of enum verify_signature */
    LABEL_NOT_ASKED, LABEL_KNOWN, LABEL_UNKNOWN,               /* in the order of enum verify_index */
    VERIFY_LABELS,
};

const char *words_label(enum verify_label label, enum language in);

#endif
