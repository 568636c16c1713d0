/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signed messages of a certified transaction (RFC 6109 4.3, 4.4, 4.5) in the shortest form that is still true: for the floor,
 * which makes them, and for the driver, which needs envelopes of another provider. Nothing here is shared with the program that is
 * measured. What fails ends the program with a word on stderr.
 *
 * The content is signed by its digest: the attached message is hashed where it lies and never copied.
 */
#ifndef OPEC_BENCH_MAIL_H
#define OPEC_BENCH_MAIL_H

#include <openssl/cms.h>
#include <stdbool.h>
#include <sys/uio.h>

enum { MAIL_ADDRESS_MAX = 320, MAIL_HEAD_MAX = 8192, MAIL_TAIL_MAX = 16384, MAIL_PIECES = 3 };

/* A provider's key and certificate, and the authority that it trusts. */
struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    X509_STORE *trusted;
    EVP_MD *sha256;
};

enum mail_kind { MAIL_ACCEPTANCE, MAIL_ENVELOPE, MAIL_TAKE_CHARGE, MAIL_DELIVERY };

struct mail_facts {
    enum mail_kind kind;
    const char *domain; /* of the provider that signs */
    const char *sender, *recipient;
    const char *id;     /* the PEC id, without brackets */
    struct iovec attached; /* the message of envelopes and delivery receipts, CRLF lines; a Message-ID is written before it */
};

/* A message is head, attached message, tail. No line of head and tail begins with a dot. */
struct signed_mail {
    char head[MAIL_HEAD_MAX], tail[MAIL_TAIL_MAX];
    struct iovec pieces[MAIL_PIECES];
};

/* Print the words, with what OpenSSL has to say, and end. */
_Noreturn void fail(const char *words);

/* DIR/NAME.pem, DIR/NAME.key and DIR/ca.pem. */
void identity_load(const char *dir, const char *name, struct identity *out);
void identity_free(struct identity *who);

/* The same for every message of a run, but for the id: no clock is asked. */
void mail_sign(const struct identity *who, const struct mail_facts *facts, struct signed_mail *out);

/* Verify a message of mail_sign against the authority, and find the message that it attaches. False if it does not hold. */
bool mail_verify(const struct identity *who, struct iovec message, struct iovec *out_attached);

#endif
