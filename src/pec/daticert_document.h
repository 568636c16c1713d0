/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * daticert.xml as a document of libxml2, before anything is taken from it. It comes from outside: it may bring no DOCTYPE (and so no
 * entities), nothing is fetched, and it is validated against our own copy of the DTD (RFC 6109 4.4).
 */
#ifndef OPEC_PEC_DATICERT_DOCUMENT_H
#define OPEC_PEC_DATICERT_DOCUMENT_H

#include <libxml/tree.h>

#include "base/error.h"
#include "base/slice.h"

/* A document that is valid, in UTF-8, with <postacert> as its root; freed with xmlFreeDoc. ERROR_SYNTAX and ERROR_LIMIT with the
 * reason in Italian (daticert.h), ERROR_MEMORY. */
int daticert_document(struct slice xml, xmlDoc **out, struct error *e);

#endif
