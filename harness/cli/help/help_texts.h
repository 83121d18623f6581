/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* help_texts.h - the texts that meson generates from harness/cli/help/NAME.txt; the last one has no
   name. */
#ifndef HELP_TEXTS_H
#define HELP_TEXTS_H

struct help_text {
	const char *name, *text;
};

extern const struct help_text help_texts[];

#endif
