/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_command.h - `lab bench --hits`. */
#ifndef HITS_COMMAND_H
#define HITS_COMMAND_H

/* Runs pcpu-hits; its list goes to stdout. CMD_OK, or CMD_FOUND when a rule does not hold. */
int hits_command(const char *program);

#endif
