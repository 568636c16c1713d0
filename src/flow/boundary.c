/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/boundary.h"

#include "flow/work.h"

void boundary_cross(const struct work *w, enum boundary at, size_t step)
{
    if (w->services->watch)
        w->services->watch(w->services->watch_arg, at, &w->plan, step);
}
