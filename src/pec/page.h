/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An operator's HTML page for a message: RFC 6109 4.3.1 allows no references to elements, neither inside nor outside of the message,
 * and no active content.
 */
#ifndef OPEC_PEC_PAGE_H
#define OPEC_PEC_PAGE_H

#include "base/error.h"
#include "base/slice.h"

/* The page has nothing but elements and attributes that can neither refer to anything nor do anything, attributes in double quotes,
 * and no placeholder within a tag, where the text of a stranger could become markup. Links (<a href>) to https, http and mailto are
 * no references to elements. ERROR_CONFIG with words that name what is wrong. */
int page_check(struct slice html, struct error *e);

#endif
