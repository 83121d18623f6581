/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* engines.c - the table of engines that are linked in; the list is engines.def. */
#include <pcpu/map.h>

#define X(name) extern const struct pcpu_map_ops pcpu_map_##name;
#include <pcpu/engines.def>
#undef X

#define X(name) &pcpu_map_##name,
const struct pcpu_map_ops *const pcpu_engines[] = {
#include <pcpu/engines.def>
};
#undef X

const uint32_t pcpu_nr_engines = sizeof(pcpu_engines) / sizeof(pcpu_engines[0]);

const struct pcpu_map_ops *pcpu_engine_find(const char *name)
{
	for (uint32_t i = 0; i < pcpu_nr_engines; i++)
		if (pcpu_text_is(pcpu_engines[i]->name, name))
			return pcpu_engines[i];
	return NULL;
}
