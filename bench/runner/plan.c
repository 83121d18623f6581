/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* plan.c - the list of benchmarks of this run. */
#include "bench/runner/bench.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool name_wanted(const struct bench_plan *plan, const char *name)
{
	regex_t regex;
	bool wanted;

	if (!plan->filter)
		return true;
	if (regcomp(&regex, plan->filter, REG_EXTENDED | REG_NOSUB))
		return false; /* main() has rejected it before */
	wanted = !regexec(&regex, name, 0, NULL, 0);
	regfree(&regex);
	return wanted;
}

static void plan_push(struct bench_plan *plan, const struct bench_case *added)
{
	struct bench_case *copy = malloc(sizeof(*copy));

	if (plan->nr_cases == plan->capacity) {
		plan->capacity = plan->capacity * 2 + 64;
		plan->cases = realloc(plan->cases, plan->capacity * sizeof(plan->cases[0]));
	}
	if (!copy || !plan->cases)
		abort();
	*copy = *added;
	plan->cases[plan->nr_cases++] = copy;
}

bool bench_design(struct bench_plan *plan, uint32_t i)
{
	plan->front = i == pcpu_nr_engines;
	plan->engine = i < pcpu_nr_engines ? &pcpu_engines[i] :
		       plan->front	   ? pcpu_engine_find(PCPU_DEFAULT_ENGINE) :
					     NULL;
	return plan->engine != NULL;
}

const char *bench_design_name(const struct pcpu_engine *engine, bool front)
{
	return front ? "front" : engine->name;
}

bool bench_design_known(const char *name)
{
	return pcpu_engine_find(name) || !strcmp(name, "front");
}

void bench_add(struct bench_plan *plan, const struct bench_case *proto, const char *format, ...)
{
	struct bench_case added = *proto;
	va_list words;
	size_t at;

	if ((plan->mode == BENCH_QUICK && !proto->quick) ||
	    (plan->mode == BENCH_SMOKE && proto->wide))
		return;
	va_start(words, format);
	at = (size_t)vsnprintf(added.name, sizeof(added.name), format, words);
	va_end(words);
	if (plan->engine || plan->rival)
		at += (size_t)snprintf(added.name + at, sizeof(added.name) - at, "/%s",
				       plan->engine ?
					       bench_design_name(plan->engine, plan->front) :
					       plan->rival->name);
	PCPU_ASSERT(at < sizeof(added.name));
	added.plan = plan;
	added.engine = plan->engine;
	added.front = plan->front;
	added.rival = plan->rival;
	if (name_wanted(plan, added.name))
		plan_push(plan, &added);
}

uint32_t bench_scale(const struct bench_plan *plan, uint32_t full, uint32_t quick, uint32_t smoke)
{
	const uint32_t by_mode[] = {
		[BENCH_FULL] = full,
		[BENCH_QUICK] = quick,
		[BENCH_SMOKE] = smoke,
	};

	return by_mode[plan->mode];
}

uint64_t bench_deadline(const struct bench_plan *plan, uint32_t full, uint32_t quick,
			uint32_t smoke)
{
	if (plan->counted)
		return UINT64_MAX;
	return lab_clock_ns() + UINT64_C(1000000) * bench_scale(plan, full, quick, smoke);
}
