/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailboxes of ours, for Dovecot and Postfix to look up.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "mime/address.h"
#include "opec/account_options.h"
#include "opec/password.h"
#include "opec/print.h"
#include "opec/provisioning.h"

/* --- what is written -------------------------------------------------------------------------------------------------------- */

/* The hash to be kept; *out stays NULL if no password was given. */
static int read_password(struct provisioning *p, const struct account_options *options, const char **out, struct error *e)
{
    char clear[PASSWORD_MAX + 1], hash[PASSWORD_HASH_SIZE];
    int result;

    *out = options->password_hash;
    if (!options->password_stdin)
        return 0;
    result = password_read(STDIN_FILENO, clear, e);
    if (result == 0)
        result = password_hash(clear, hash, e);
    explicit_bzero(clear, sizeof clear);
    if (result == 0 && !(*out = arena_text(p->arena, slice_of(hash))))
        result = error_set(e, ERROR_BUDGET, "out of memory");
    return result;
}

static int check_domain(struct provisioning *p, const char *address, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST };
    struct slice domain = address_domain(slice_of(address));
    struct journal_response response;
    int result;

    if (provisioning_is_configured(p, domain.data))
        return 0;
    result = provisioning_ask(p, &request, &response, e);
    for (size_t i = 0; result == 0 && i < response.name_count; i++)
        if (slice_is(domain, response.names[i]))
            return 0;
    return result ? result : error_set(e, ERROR_NOT_FOUND, "%s is no domain of ours; opec domain add makes it one", domain.data);
}

/* The account as it stands. ERROR_NOT_FOUND. */
static int find(struct provisioning *p, const char *address, struct stored_account *out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_ACCOUNT_LIST, .text = address_domain(slice_of(address)).data };
    struct journal_response response;
    int result = provisioning_ask(p, &request, &response, e);

    for (size_t i = 0; result == 0 && i < response.account_count; i++) {
        if (strcmp(response.accounts[i].address, address) == 0) {
            *out = response.accounts[i];
            return 0;
        }
    }
    return result ? result : error_set(e, ERROR_NOT_FOUND, "there is no account %s", address);
}

/* Everything but the address is as in `options`; what was not given is NULL or -1. */
static int read_change(struct provisioning *p, const struct account_options *options, struct stored_account *out, struct error *e)
{
    struct stored_account account = { .quota = options->quota, .active = options->active, .created = clock_now() };
    int result = account_address(options->address, p->arena, &account.address, e);

    if (result == 0)
        result = read_password(p, options, &account.password, e);
    if (result == 0)
        *out = account;
    return result;
}

/* --- the words -------------------------------------------------------------------------------------------------------------- */

static int refused(const struct error *e)
{
    return *e->text ? call_failed("%s", e->text) : call_misused("account");
}

static int add(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_ACCOUNT_ADD };
    struct account_options options;
    struct journal_response response;
    struct error e;
    bool has_password;

    if (account_options_read(words, count, &options, &e) != 0 || read_change(p, &options, &request.account, &e) != 0)
        return refused(&e);
    has_password = request.account.password != NULL;
    if (!has_password)
        request.account.password = password_none;
    if (request.account.quota < 0)
        request.account.quota = 0;
    if (check_domain(p, request.account.address, &e) != 0 || provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    printf("added %s%s\n", request.account.address, has_password ? "" : ", without a password: nobody can log in until one is set");
    return STATUS_DONE;
}

static int set(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_ACCOUNT_SET };
    struct account_options options;
    struct stored_account account = { 0 };
    struct journal_response response;
    struct error e;

    if (account_options_read(words, count, &options, &e) != 0 || read_change(p, &options, &request.account, &e) != 0)
        return refused(&e);
    if (!request.account.password && options.quota < 0 && !options.has_active)
        return call_failed("nothing to set; name --password-stdin, --password-hash, --quota or --active");
    if (find(p, request.account.address, &account, &e) != 0)
        return call_failed("%s", e.text);
    if (!options.has_active)
        request.account.active = account.active;
    if (provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    printf("set %s\n", request.account.address);
    return STATUS_DONE;
}

static int take_away(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_ACCOUNT_REMOVE };
    struct journal_response response;
    struct error e;

    (void)count;
    if (account_address(words[0], p->arena, &request.text, &e) != 0 || provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    printf("removed %s\n", request.text);
    return STATUS_DONE;
}

/* --- list ------------------------------------------------------------------------------------------------------------------- */

/* A hash is never shown; whether there is a password is. */
static json_t *account_json(const struct stored_account *a)
{
    bool has_password = strcmp(a->password, password_none) != 0;

    return json_pack("{s:o, s:I, s:b, s:b, s:o}", "address", print_json_text(slice_of(a->address)), "quota", (json_int_t)a->quota,
                     "active", (int)a->active, "has_password", (int)has_password, "created", print_json_moment(a->created));
}

static void print_account(const struct stored_account *a)
{
    char quota[PRINT_SIZE], created[PRINT_SIZE];

    printf("%-40s %-10s %-8s %-11s %s\n", a->address, a->quota ? print_size((uint64_t)a->quota, quota) : "unlimited",
           a->active ? "active" : "inactive", strcmp(a->password, password_none) == 0 ? "no password" : "password",
           print_moment(a->created, created));
}

static int list(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_ACCOUNT_LIST };
    struct journal_response response;
    json_t *accounts;
    struct error e;

    if ((count && account_domain(words[0], p->arena, &request.text, &e) != 0) || provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    if (!p->call->json) {
        for (size_t i = 0; i < response.account_count; i++)
            print_account(&response.accounts[i]);
        return STATUS_DONE;
    }
    accounts = json_array();
    for (size_t i = 0; i < response.account_count; i++)
        json_array_append_new(accounts, account_json(&response.accounts[i]));
    return print_json(stdout, accounts);
}

int verb_account(const struct call *call)
{
    static const struct provisioning_act acts[] = {
        { "add", 1, ACCOUNT_WORDS_MAX, add },
        { "set", 1, ACCOUNT_WORDS_MAX, set },
        { "remove", 1, 1, take_away },
        { "list", 0, 1, list },
    };

    return provisioning_run(call, "account", acts, sizeof acts / sizeof acts[0]);
}
