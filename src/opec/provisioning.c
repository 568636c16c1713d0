/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/provisioning.h"

#include <string.h>

enum { BUDGET = 256 * 1024 * 1024 };

static const struct provisioning_act *find(const struct call *call, const struct provisioning_act *acts, size_t count)
{
    for (size_t i = 0; i < count && call->word_count; i++)
        if (strcmp(acts[i].word, call->words[0]) == 0)
            return call->word_count > acts[i].least && call->word_count - 1 <= acts[i].most ? &acts[i] : NULL;
    return NULL;
}

int provisioning_run(const struct call *call, const char *verb, const struct provisioning_act *acts, size_t count)
{
    const struct provisioning_act *act = find(call, acts, count);
    struct provisioning p = { .call = call };
    struct settings *settings;
    int status;

    if (!act)
        return call_misused(verb);
    settings = call_settings(call);
    if (!settings)
        return STATUS_FAILED;
    p.config = settings->config;
    p.arena = arena_new(BUDGET);
    status = p.arena ? act->run(&p, call->words + 1, call->word_count - 1) : call_failed("out of memory");
    keeper_way_close(&p.way);
    arena_free(&p.arena);
    settings_free(&settings);
    return status;
}

int provisioning_ask(struct provisioning *p, const struct journal_request *request, struct journal_response *out, struct error *e)
{
    int result = p->way.journal ? 0 : keeper_way_open(p->config, &p->way, e);

    return result ? result : keeper_way_ask(&p->way, request, p->arena, out, e);
}

bool provisioning_is_configured(const struct provisioning *p, const char *domain)
{
    for (size_t i = 0; i < p->config->provider.domain_count; i++)
        if (strcmp(p->config->provider.domains[i], domain) == 0)
            return true;
    return false;
}
