/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must survive: plans and their outcomes, the transactions that wait for a receipt, timed tasks, domains, accounts and a few
 * settings. One process writes (the keeper); the engine is a relational database behind store/database.h.
 *
 * The store knows nothing of mail: records are JSON texts of others (base/record.h), which it gives back as they were. Changes are
 * made between store_begin and store_commit, many messages to one commit (group commit).
 */
#ifndef OPEC_STORE_STORE_H
#define OPEC_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum { STORE_KEY_SIZE = 32 };

struct store;

/* Open "sqlite:/path" (made if it is not there; its folder must be) or "postgresql://...", as libpq has it, bring its schema up to date, and
 * be its writer: of a file the only one, of a server's database the only one with the name `node` (not used for a file). ERROR_BUSY when
 * another process is that. ERROR_CONFIG for another kind of URL, ERROR_CORRUPT for a schema of a newer program and for a file that is no
 * database, ERROR_FILE; ERROR_UNREACHABLE for a server. */
int store_open(const char *url, const char *node, struct store **out, struct error *e);
/* Open for reading beside a writer. ERROR_CORRUPT also for a schema of an older program: only a writer brings it up to date;
 * ERROR_NOT_FOUND for a database without a schema. */
int store_open_reader(const char *url, const char *node, struct store **out, struct error *e);
/* What to call it before people: without a password. ERROR_CONFIG. */
int store_name(const char *url, char *out, size_t size, struct error *e);
void store_close(struct store **store);

/* A batch of changes. `durable`: it is on the disk when this returns, with all before it; else it is lost at worst with the
 * machine's power, never with the process.
 *
 * What the engine cannot do comes from any function: ERROR_FULL, ERROR_BUSY (somebody else has locked the database), ERROR_FILE,
 * ERROR_CORRUPT, ERROR_MEMORY, and of a server what store/database.h names; the next batch begins on a new connection then. It spoils the batch: all that follows in it fails the same way, and store_commit rolls it back.
 * Other failures (not found, there already, ERROR_BUDGET for what does not fit the arena) change nothing and leave the batch whole.
 * After a failed store_commit the batch has been rolled back; only if the disk failed in the very last step may it stand all the
 * same. */
int store_begin(struct store *s, struct error *e);
int store_commit(struct store *s, bool durable, struct error *e);
void store_rollback(struct store *s);

/* --- nodes ------------------------------------------------------------------------------------------------------------------ */

/* A message is taken in hand against the other nodes of a shared store, until it is let go or the connection ends: see store_session.
 * *out_taken is false if another one has it. A batch that is rolled back does not let it go. Taken twice, it must be let go twice. */
int store_claim(struct store *s, const unsigned char key[STORE_KEY_SIZE], bool *out_taken, struct error *e);
int store_unclaim(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct error *e);
struct stored_node {
    const char *name;
    struct slice head; /* of its legal log, as it put it; empty without */
    int64_t seen;      /* when it last said something */
};

/* What this node has written of its legal log (a text of its own form). ERROR_NOT_FOUND. A file has one node without a name. */
int store_node_head(struct store *s, struct arena *arena, struct slice *out, struct error *e);
int store_node_put(struct store *s, struct slice head, int64_t now, struct error *e);
/* It is alive. */
int store_node_seen(struct store *s, int64_t now, struct error *e);
/* The others, in the order of their names. */
int store_node_others(struct store *s, struct arena *arena, struct stored_node **out, size_t *out_count, struct error *e);

/* It changes with each new connection to the server (in store_begin), which holds no message; 0 for a store that is not shared. */
uint64_t store_session(struct store *s);

/* --- plans ------------------------------------------------------------------------------------------------------------------ */

struct stored_plan {
    int64_t created;
    bool finished;
    const char *answer;     /* finished: what the client was told */
    struct slice record;    /* open: as it was added */
    struct slice *outcomes; /* open: in the order in which they were added */
    size_t outcome_count;
};

/* ERROR_NOT_FOUND. */
int store_plan_find(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct arena *arena, struct stored_plan *out,
                    struct error *e);
/* A plan that is there already stays as it is (no error): the keeper is asked again after its death. */
int store_plan_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t created, struct slice record, struct error *e);
/* The outcome with this number (0, 1, ...); one that is there already stays, and a finished plan takes none (no error): *out_new is false
 * then. ERROR_NOT_FOUND without such a plan. */
int store_outcome_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], uint32_t number, struct slice record, bool *out_new,
                      struct error *e);
/* Only the answer is kept from now on. A finished plan keeps its first answer (*out_new is false then); one that was never added is
 * finished by this. */
int store_plan_finish(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t now, const char *answer, bool *out_new,
                      struct error *e);
/* Forget finished plans of before a time; at most `limit` at once. */
int store_plan_purge(struct store *s, int64_t finished_before, size_t limit, struct error *e);
/* How many open plans there are that were created before a time, and since when the oldest (0 without one). */
int store_plan_open_count(struct store *s, int64_t created_before, size_t *out_count, int64_t *out_oldest, struct error *e);

/* A message that killed its worker. Counts and returns how often it did. Forgotten with store_plan_purge. */
int store_crash_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t now, uint32_t *out_crashes, struct error *e);
int store_crash_count(struct store *s, const unsigned char key[STORE_KEY_SIZE], uint32_t *out_crashes, struct error *e);

/* --- transactions that wait for receipts (RFC 6109 3.1.6) ------------------------------------------------------------------- */

struct stored_recipient {
    const char *address;
    bool certified;    /* only these have notices */
    bool taken;        /* a take-charge has come */
    bool closed;       /* delivered, refused, or both notices sent */
};

struct stored_transaction {
    uint64_t number; /* random, at most 63 bits */
    const char *pec_id;
    int64_t created;
    struct slice record;
    struct stored_recipient *recipients;
    size_t recipient_count;
};

/* Add it with a task of each kind for each certified recipient; the others are remembered, and closed by their bounces. All are
 * open at first, and two that differ in case are one. A transaction that is there already stays. ERROR_LIMIT for an address over
 * 1023 octets. */
int store_track(struct store *s, const struct stored_transaction *t, int64_t first_due, int64_t second_due, struct error *e);

enum untrack_extent { UNTRACK_FIRST /* a take-charge */, UNTRACK_ALL /* delivery, non-delivery */ };

/* A receipt has come for a recipient (case does not count; the PEC id with or without angle brackets). *out_known: was there such
 * an open recipient? */
int store_untrack(struct store *s, const char *pec_id, const char *address, enum untrack_extent extent, bool *out_known, struct error *e);

/* ERROR_NOT_FOUND. */
int store_transaction_find(struct store *s, uint64_t number, struct arena *arena, struct stored_transaction *out, struct error *e);
int store_transaction_find_id(struct store *s, const char *pec_id, struct arena *arena, struct stored_transaction *out, struct error *e);
/* Forget transactions of before a time, whose tasks are done. */
int store_transaction_purge(struct store *s, int64_t created_before, size_t limit, struct error *e);

enum task_kind { TASK_FIRST_NOTICE, TASK_SECOND_NOTICE };

struct stored_task {
    uint64_t id;
    enum task_kind kind;
    int64_t due;
    uint64_t transaction;
    const char *address;
};

/* Tasks that are due, earliest first, at most `limit`. They are lent to this node for STORE_LENT seconds, or anew if it has them already:
 * meanwhile no other node of a shared store gets them. */
enum { STORE_LENT = 60 };
int store_task_due(struct store *s, int64_t now, size_t limit, struct arena *arena, struct stored_task **out, size_t *out_count,
                   struct error *e);
/* When the next one will be; INT64_MAX if there is none. */
int store_task_next(struct store *s, int64_t *out_due, struct error *e);
/* It is done; one that is not there (any more) is no error. After the second notice the recipient is closed. */
int store_task_done(struct store *s, uint64_t id, struct error *e);

/* --- provisioning ----------------------------------------------------------------------------------------------------------- */

/* Names and addresses are kept in lower case. ERROR_EXISTS, ERROR_NOT_FOUND; ERROR_SYNTAX for what cannot be one. Accounts may be
 * of any domain, and stay when theirs goes. Lists are in the order of the names. */
int store_domain_add(struct store *s, const char *name, int64_t now, struct error *e);
int store_domain_remove(struct store *s, const char *name, struct error *e);
int store_domain_list(struct store *s, struct arena *arena, const char ***out, size_t *out_count, struct error *e);

struct stored_account {
    const char *address;
    const char *password; /* a crypt(3) hash, for Dovecot and Postfix; never shown */
    int64_t quota;        /* bytes; 0 without limit */
    bool active;
    int64_t created;
};

int store_account_add(struct store *s, const struct stored_account *a, struct error *e);
/* Fields that are NULL (password) or -1 (quota) stay; `created` always does. */
int store_account_set(struct store *s, const struct stored_account *a, struct error *e);
int store_account_remove(struct store *s, const char *address, struct error *e);
int store_account_find(struct store *s, const char *address, struct arena *arena, struct stored_account *out, struct error *e);
int store_account_list(struct store *s, const char *domain /* NULL: all */, struct arena *arena, struct stored_account **out,
                       size_t *out_count, struct error *e);

/* --- settings of our own ---------------------------------------------------------------------------------------------------- */

/* ERROR_NOT_FOUND. The value is NUL-terminated behind its size. */
int store_setting_get(struct store *s, const char *name, struct arena *arena, struct slice *out, struct error *e);
int store_setting_put(struct store *s, const char *name, struct slice value, struct error *e);

#endif
