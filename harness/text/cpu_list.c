/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cpu_list.c - lists of CPU ids in the kernel's syntax, both ways: `0-3,88-91`; `-` for none.
 *
 * R1  Ids ascend and each is there once, so that a list has one reading and one spelling.
 */
#include <pcpu/bits.h>
#include "harness/text/topology_text.h"

#define LIST_EXPECTED "a CPU list like 0-3,88-91, or - for none"

struct list {
	const char *at, *end;
	uint64_t *bits;
	const char *expected; /* of what is refused */
};

static bool cpu_list_refuse(struct list *list, const char *expected)
{
	list->expected = expected;
	return false;
}

static bool take_cpu_id(struct list *list, uint64_t *id)
{
	const char *start = list->at;

	while (list->at < list->end && *list->at >= '0' && *list->at <= '9')
		list->at++;
	return lab_parse_u64(start, (size_t)(list->at - start), UINT64_MAX, id) ||
	       cpu_list_refuse(list, LIST_EXPECTED);
}

/* One `A` or `A-B`, all above *next; then *next is the least id that may follow. */
static bool take_range(struct list *list, uint64_t *next)
{
	uint64_t from, to;

	if (!take_cpu_id(list, &from))
		return false;
	to = from;
	if (list->at < list->end && *list->at == '-') {
		list->at++;
		if (!take_cpu_id(list, &to))
			return false;
	}
	if (from > PCPU_MAX_CPUS - 1 || to > PCPU_MAX_CPUS - 1)
		return cpu_list_refuse(list, "CPU ids from 0 to 8191");
	if (from < *next || to < from)
		return cpu_list_refuse(list, "CPU ids in ascending order, each once");
	pcpu_bits_set(list->bits, (uint32_t)from, (uint32_t)to + 1);
	*next = to + 1;
	return true;
}

static bool take_ranges(struct list *list)
{
	uint64_t next = 0;

	while (take_range(list, &next)) {
		if (list->at == list->end)
			return true;
		if (*list->at++ != ',')
			return cpu_list_refuse(list, LIST_EXPECTED);
	}
	return false;
}

bool lab_parse_cpu_list(const char *word, size_t bytes, uint64_t *bits, const char **expected)
{
	struct list list = { .at = word, .end = word + bytes, .bits = bits };

	memset(bits, 0, PCPU_BITS_WORDS(PCPU_MAX_CPUS) * sizeof(*bits));
	if (lab_word_is(word, bytes, "-") || take_ranges(&list))
		return true;
	*expected = list.expected;
	return false;
}

void lab_put_cpu_list(struct lab_text *out, const uint64_t *bits, uint32_t nr)
{
	uint32_t from = pcpu_bits_find(bits, 0, nr, true);

	if (from == nr)
		lab_put_char(out, '-');
	while (from < nr) {
		uint32_t to = pcpu_bits_find(bits, from, nr, false);

		lab_put_u64(out, from);
		if (to - from > 1) {
			lab_put_char(out, '-');
			lab_put_u64(out, to - 1);
		}
		from = pcpu_bits_find(bits, to, nr, true);
		if (from < nr)
			lab_put_char(out, ',');
	}
}
