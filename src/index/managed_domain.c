/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/managed_domain.h"

#include <string.h>

/* atext of RFC 5322 3.2.3. */
static bool is_atom_character(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c);
}

bool managed_domain_is_dot_atom(struct slice s)
{
    for (size_t i = 0; i < s.size; i++) {
        bool may_be_dot = i > 0 && i + 1 < s.size && s.data[i - 1] != '.';

        if (!is_atom_character(s.data[i]) && !(s.data[i] == '.' && may_be_dot))
            return false;
    }
    return s.size > 0;
}

bool managed_domain_is_valid(struct slice s)
{
    return s.size <= MANAGED_DOMAIN_MAX && managed_domain_is_dot_atom(s);
}

void managed_domain_lower(struct slice s, char *out)
{
    for (size_t i = 0; i < s.size; i++) {
        char c = s.data[i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
}
