/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_read.h - a kernel log in any form: cleaned (log_clean.h), one boot of it parsed. */
#ifndef LOG_READ_H
#define LOG_READ_H

#include "harness/cli/log/log_clean.h"
#include "harness/text/log_sizes.h"

enum log_found {
	LOG_NONE,  /* not a kernel log with percpu lines */
	LOG_DUMP,  /* a topology and .layout */
	LOG_SIZES, /* .sizes alone: there are no `pcpu-alloc:` lines */
};

struct log_reading {
	uint32_t boot; /* which; 0: the first. Set by the caller */
	enum log_found found;
	struct lab_log_layout layout;
	struct lab_log_sizes sizes;
	bool is_cut; /* the dump ends before the last CPU id in the log; this was printed */
};

/* Changes the text. False after one line, when a log is malformed; prints on stderr when there are
   several boots and none was selected. */
bool log_read(const char *path, struct log_text *text, struct lab_topology *topology,
	      struct log_reading *reading);

#endif
