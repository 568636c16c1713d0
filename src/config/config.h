/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration: one structure, constant once it is loaded, passed as an argument and never a global.
 *
 * Its keys are one table (schema.c) from which the reader, the bounds, `opec check` and the list in opec.conf(5) come; a test
 * compares the manual with it.
 */
#ifndef OPEC_CONFIG_CONFIG_H
#define OPEC_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/net.h"
#include "base/slice.h"

enum ordinary_mail { ORDINARY_WRAP, ORDINARY_REJECT, ORDINARY_DISCARD };
enum { SIGNER_TOKENS_MAX = 16 };

enum key_kind { KEY_FILE, KEY_PKCS11 };

/* Texts are never NULL (a key without value is ""); durations are seconds, sizes bytes. */
struct config {
    const char *path; /* of the file, for messages */

    struct {
        const char *name;
        const char **domains; /* in lower case */
        size_t domain_count;
        const char *address;
        const char *service_mailbox;
        const char *hostname; /* the machine's if the key is "" */
        const char *timezone;
    } provider;

    struct net_address listen_access, listen_incoming;

    struct {
        struct net_address smtp, lmtp;
        int64_t timeout;
    } relay;

    struct {
        const char *user; /* "" keeps the caller's */
        unsigned workers; /* never 0: eight for each processor if the key is */
        unsigned worker_messages;
        int64_t worker_age;
        int64_t message_timeout;
        const char *run_dir;
        const char *spool_dir;
    } daemon;

    struct {
        uint64_t message_size, notice_size;
        unsigned recipients;
    } limits;

    struct {
        enum key_kind kind;
        const char *certificate, *key;
        const char *next_certificate, *next_key;
        const char *module;
        const char **tokens;
        size_t token_count;
        const char *key_label, *pin_file;
        unsigned processes; /* never 0 */
        int64_t timeout;
    } signer;

    struct {
        const char *ca, *crl_dir;
        int64_t crl_refresh;
        bool crl_required;  /* crl_missing = "defer" */
        bool sha1_accepted; /* sha1_digest = "accept" */
    } trust;

    struct {
        const char *source; /* "ldif:PATH" or "ldap://..." */
        const char *url, *client_certificate, *client_key, *ca, *signer_ca;
        int64_t refresh;
        unsigned max_shrink; /* percent */
        const char *mirror, *mirror_user, *mirror_password_file;
    } directory;

    struct {
        bool enabled; /* clamd is not "none" */
        struct net_address clamd;
        int64_t timeout;
        const char *quarantine_dir;
        int64_t retention;
    } antivirus;

    struct {
        enum ordinary_mail ordinary_mail;
        int64_t delivery_timeout;
    } incoming;

    bool brief_hash_sha256; /* receipts.brief_hash */

    const char *store_url, *store_node;

    struct {
        int64_t first, second;
    } notices;

    struct {
        const char *legal_dir;
        int64_t close;
        uint64_t close_size;
        int64_t retention;
        const char *system;
        enum error_level level;
    } log;

    struct {
        const char *url, *ca;
    } tsa;

    const char *metrics_listen;
    const char *templates_dir;

    const unsigned *lines; /* for config_line; NULL in a configuration that was not read from a text */
};

enum { CONFIG_SIZE_MAX = 1000000 }; /* of the file */

/* Read the text of a configuration; everything is made in the arena, where 2 MB are enough for any text. `path` stands for the text
 * in messages. Each fault is one call of `fault` with "FILE:LINE: what is wrong and what would be right", in the order of the
 * lines, as many as can be found in one reading; the line of a required key that is missing is that of its section, or the last
 * one. ERROR_CONFIG if there was a fault, ERROR_BUDGET or ERROR_MEMORY (told as a fault too). Files that keys name are not opened
 * here (`opec check` does); where provider.hostname is empty the resolver may be asked. The reader is no more re-entrant than
 * libConfuse. */
int config_read(struct slice text, const char *path, struct arena *arena, const struct config **out,
                void (*fault)(void *arg, const char *words), void *arg);

/* The same from a file. That it cannot be read (ERROR_NOT_FOUND, ERROR_FILE, ERROR_LIMIT) is told as a fault too, "FILE: why". */
int config_load(const char *path, struct arena *arena, const struct config **out, struct slice *out_text,
                void (*fault)(void *arg, const char *words), void *arg);

/* What works but is less than the law or good sense asks, one call of `warning` with "FILE:LINE: words" for each. */
void config_warnings(const struct config *config, void (*warning)(void *arg, const char *words), void *arg);

/* The line on which a key ("signer.certificate", "listen access.socket") was set, of its section if it was not, else 1; so that
 * later checks can say where. */
unsigned config_line(const struct config *config, const char *key);

/* Each key for the manual and its test. False at the end. */
struct config_key {
    const char *section, *name, *type;
    const char *least, *most; /* the bounds of a number, else NULL */
    const char *words;        /* the words that may be written, with blanks between them; NULL if not only words may be */
    const char *value;        /* the default; NULL: the key is required */
    const char *help;
};
bool config_key_at(size_t i, struct config_key *out);

/* May other nodes have the same store? */
bool config_store_is_shared(const struct config *c);

#endif
