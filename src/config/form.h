/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The forms that texts of the configuration have. Each function returns 0, or ERROR_SYNTAX with words such as `"x" is no domain;
 * write ...`, and takes a text without control characters that is not empty.
 */
#ifndef OPEC_CONFIG_FORM_H
#define OPEC_CONFIG_FORM_H

#include "base/error.h"

/* A host name: letters, digits and hyphens in labels of at most 63, at most 255 in all (RFC 1123 2.1, RFC 5321 2.3.5). */
int form_domain(const char *text, struct error *e);

/* local@domain, the local part a dot-atom of at most 64 (RFC 5321 4.1.2). A quoted local part is not for addresses of ours. */
int form_email(const char *text, struct error *e);

/* Absolute: the daemon runs in a folder of its own. */
int form_path(const char *text, struct error *e);

/* A name below /usr/share/zoneinfo that this machine has. */
int form_zone(const char *text, struct error *e);

/* The name of a user of the machine. Whether there is one is not asked. */
int form_user(const char *text, struct error *e);

/* HOST:PORT, no socket file. */
int form_host_port(const char *text, struct error *e);

/* http://... or https://... */
int form_http(const char *text, struct error *e);
/* https://... only. */
int form_https(const char *text, struct error *e);

/* ldif:/PATH, ldap://HOST or ldaps://HOST. */
int form_source(const char *text, struct error *e);

/* ldap://HOST[:PORT] or ldaps://HOST[:PORT], nothing behind it. */
int form_ldap(const char *text, struct error *e);

/* sqlite:/PATH or postgresql://... */
int form_store(const char *text, struct error *e);

/* syslog, stderr or file:/PATH. */
int form_log(const char *text, struct error *e);

#endif
