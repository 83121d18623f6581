/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * size_share.h - a trace as it may leave a machine: sizes, alignments, order and site names.
 *
 * Left out are places, flags, remarks, what `# pcpu-trace 2` says of chunks, operations that are no
 * `a` or `f`; ids are counted anew. Of a site `name+0x10/0x20 [module]` the name stays; an address,
 * or anything but letters, digits, `_`, `.` and `$`, is no name.
 */
#ifndef SIZE_SHARE_H
#define SIZE_SHARE_H

#include "harness/text/trace.h"

/* Returns the text, of the form `# pcpu-trace 1`, malloc'ed. *nr_nameless: requests whose site was
   no name. */
char *size_share(const struct lab_trace *trace, size_t *bytes, uint64_t *nr_nameless);

#endif
