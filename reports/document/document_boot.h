/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_boot.h - the logs of machines that failed. */
#ifndef DOCUMENT_BOOT_H
#define DOCUMENT_BOOT_H

#include "reports/document/result.h"

/* Adds to each machine of the boot that is not good "log_lines", the last 200 lines of its log in
   boot/ of the folder, where there is one. */
void document_boot_logs(const struct results *results, json_t *boot);

#endif
