/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_entry.c - a target linked with the mutated core: an engine, a replay or a test names
   a defect by LAB_DEFECT, before anything runs. */
#include "harness/zoo/zoo.h"

__attribute__((constructor)) static void defect_choose(void)
{
	zoo_choose_from_environment();
}
