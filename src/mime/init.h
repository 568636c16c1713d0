/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OPEC_MIME_INIT_H
#define OPEC_MIME_INIT_H

/* Open what the room keeps open for the whole process (the converters of charset.h), before the process is confined. May be
 * called twice; without it, all is opened when first used. */
void mime_init(void);

#endif
