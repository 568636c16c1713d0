/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Domains of ours: those of the configuration, which is not changed here, and those of the store.
 */
#include <string.h>

#include "opec/account_options.h"
#include "opec/print.h"
#include "opec/provisioning.h"

/* The running daemon reads the domains at a reload; the verb returns when it has. */
static int bring_into_force(struct provisioning *p, const char *domain, const char *done)
{
    struct error e;

    if (p->way.daemon_runs && keeper_way_tell(p->config, "reload", &e) != 0)
        return call_failed("%s is %s, but the daemon does not know it yet: %s; mend that and say opec reload", domain, done, e.text);
    printf("%s %s\n", done, domain);
    return STATUS_DONE;
}

static int add(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_DOMAIN_ADD };
    struct journal_response response;
    struct error e;

    (void)count;
    if (account_domain(words[0], p->arena, &request.text, &e) != 0)
        return call_failed("%s", e.text);
    if (provisioning_is_configured(p, request.text))
        return call_failed("%s is ours already by provider.domains (%s:%u)", request.text, p->config->path,
                           config_line(p->config, "provider.domains"));
    if (provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    return bring_into_force(p, request.text, "added");
}

/* Mail for mailboxes of a domain that is not ours any more would be refused while they are still there. */
static int check_is_empty(struct provisioning *p, const char *domain, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_ACCOUNT_LIST, .text = domain };
    struct journal_response response;
    int result = provisioning_ask(p, &request, &response, e);

    if (result == 0 && response.account_count)
        return error_set(e, ERROR_BUSY, "%s still has %zu accounts; remove them first", domain, response.account_count);
    return result;
}

static int take_away(struct provisioning *p, const char **words, size_t count)
{
    struct journal_request request = { .verb = JOURNAL_DOMAIN_REMOVE };
    struct journal_response response;
    struct error e;

    (void)count;
    if (account_domain(words[0], p->arena, &request.text, &e) != 0)
        return call_failed("%s", e.text);
    if (provisioning_is_configured(p, request.text))
        return call_failed("%s stands in provider.domains (%s:%u); take it out there and say opec reload", request.text, p->config->path,
                           config_line(p->config, "provider.domains"));
    if (check_is_empty(p, request.text, &e) != 0 || provisioning_ask(p, &request, &response, &e) != 0)
        return call_failed("%s", e.text);
    return bring_into_force(p, request.text, "removed");
}

static void list_one(json_t *list, const char *name, const char *from)
{
    if (list)
        json_array_append_new(list, json_pack("{s:o, s:s}", "name", print_json_text(slice_of(name)), "from", from));
    else
        printf("%-40s %s\n", name, from);
}

static int list(struct provisioning *p, const char **words, size_t count)
{
    const struct journal_request request = { .verb = JOURNAL_DOMAIN_LIST };
    struct journal_response response;
    json_t *names = p->call->json ? json_array() : NULL;
    struct error e;

    (void)words;
    (void)count;
    if (provisioning_ask(p, &request, &response, &e) != 0) {
        json_decref(names);
        return call_failed("%s", e.text);
    }
    for (size_t i = 0; i < p->config->provider.domain_count; i++)
        list_one(names, p->config->provider.domains[i], "configuration");
    for (size_t i = 0; i < response.name_count; i++)
        if (!provisioning_is_configured(p, response.names[i]))
            list_one(names, response.names[i], "store");
    return names ? print_json(stdout, names) : STATUS_DONE;
}

int verb_domain(const struct call *call)
{
    static const struct provisioning_act acts[] = {
        { "add", 1, 1, add },
        { "remove", 1, 1, take_away },
        { "list", 0, 0, list },
    };

    return provisioning_run(call, "domain", acts, sizeof acts / sizeof acts[0]);
}
