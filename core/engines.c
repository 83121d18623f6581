/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* engines.c - the table of engines that are linked in; the list is engines.def. */
#include <pcpu/engine.h>
#include "policy.h"

#define X(name, map, policy)                                                                       \
	extern const struct pcpu_map_ops pcpu_map_##map;                                           \
	extern const struct pcpu_policy pcpu_policy_##policy;
#include <pcpu/engines.def>
#undef X

#define X(name, map, policy) {name, &pcpu_map_##map, &pcpu_policy_##policy},
const struct pcpu_engine pcpu_engines[] = {
#include <pcpu/engines.def>
};
#undef X

const uint32_t pcpu_nr_engines = sizeof(pcpu_engines) / sizeof(pcpu_engines[0]);

const struct pcpu_engine *pcpu_engine_find(const char *name)
{
	for (uint32_t i = 0; i < pcpu_nr_engines; i++)
		if (pcpu_text_is(pcpu_engines[i].name, name))
			return &pcpu_engines[i];
	return NULL;
}

bool pcpu_engine_keeps(const struct pcpu_engine *engine, enum pcpu_promise promise)
{
	return !((engine->map->breaks | engine->policy->breaks) >> promise & 1);
}

const char *pcpu_promise_text(enum pcpu_promise promise)
{
	static const char *const text[] = {
#define X(id, sentence) sentence,
#include <pcpu/promises.def>
#undef X
	};

	return promise < PCPU_NR_PROMISES ? text[promise] : "no such promise";
}
