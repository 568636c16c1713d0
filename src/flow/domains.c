/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/domains.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mime/address.h"

struct domains {
    char **names; /* sorted */
    size_t count;
};

static int order(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static bool add(struct domains *d, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(d->names[d->count++] = strdup(names[i])))
            return false;
    return true;
}

struct domains *domains_new(const char *const *configured, size_t configured_count, const char *const *stored, size_t stored_count)
{
    struct domains *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->names = calloc(configured_count + stored_count + 1, sizeof *d->names);
    if (!d->names || !add(d, configured, configured_count) || !add(d, stored, stored_count)) {
        domains_free(&d);
        return NULL;
    }
    qsort(d->names, d->count, sizeof *d->names, order);
    return d;
}

void domains_free(struct domains **domains)
{
    struct domains *d = *domains;

    if (!d)
        return;
    for (size_t i = 0; d->names && i < d->count; i++)
        free(d->names[i]);
    free(d->names);
    free(d);
    *domains = NULL;
}

bool domains_has(const struct domains *domains, struct slice domain)
{
    size_t low = 0, high = domains->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *name = domains->names[middle];
        int compared = strncasecmp(domain.data ? domain.data : "", name, domain.size);

        if (compared == 0)
            compared = domain.size < strlen(name) ? -1 : 0;
        if (compared == 0)
            return memchr(domain.data, '\0', domain.size) == NULL;
        if (compared < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool domains_is_home(const struct domains *domains, const char *address)
{
    struct slice domain = address_domain(slice_of(address));

    return domain.size > 0 && domains_has(domains, domain);
}
