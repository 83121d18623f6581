/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_boot.c - defect=NAME in the image whose core contains the zoo's defects. */
#include "kernel-test/common/bare.h"
#include "harness/text/text.h"
#include "harness/zoo/zoo.h"

bool core_defect_choose(const char *name, size_t bytes)
{
	for (size_t i = 0; i < zoo_nr_defects; i++) {
		if (!zoo_defects[i].number || !lab_word_is(name, bytes, zoo_defects[i].name))
			continue;
		zoo_chosen = zoo_defects[i].number;
		return true;
	}
	return false;
}
