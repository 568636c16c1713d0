/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing the ZIP of an export (facts.h).
 */
#ifndef OPEC_OPEC_EXPORT_BUNDLE_H
#define OPEC_OPEC_EXPORT_BUNDLE_H

#include "base/error.h"
#include "opec/export/extract.h"
#include "opec/export/facts.h"

/* Make PATH, of mode 0600: what extract() gives of `settings`, and the facts, of which only address, provider, from, to and made are looked
 * at. What is written on the way stands in files without names in the same folder. ERROR_EXISTS if there is such a file already: none is
 * ever replaced; ERROR_NOT_FOUND if the log has nothing that may be shown (no file is made); ERROR_FULL, ERROR_FILE; the errors of
 * extract(). *out_counts is filled with ERROR_NOT_FOUND too. */
int bundle_write(const char *path, const struct extract_settings *settings, const struct export_facts *facts, struct extract_counts *out_counts,
                 struct error *e);

#endif
