/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* help.c - the texts of --help. The launcher prints the same files, before anything is built. */
#include "harness/cli/cmd.h"
#include "harness/cli/help/help_texts.h"

#include <string.h>

const char *cmd_help(const char *name)
{
	const struct help_text *text = help_texts;

	while (text->name && strcmp(text->name, name))
		text++;
	return text->text;
}
