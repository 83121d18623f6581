/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_text.c - the numbers of a layout in the words that the kernel prints.
 *
 *	pcpu-alloc: s212992 r8192 d28672 u1048576 alloc=1*2097152
 *	pcpu-alloc: [0] 0 1 [0] 2 3 [0] 4 - [1] 5 6	one [group] entry an allocation of
 *	pcpu-alloc: [1] 7 -				upa units; as many as fit, a power of two
 *
 * The dump is exact: a kernel's log of the same machine has the same lines.
 */
#include "harness/text/layout_text.h"

#define LINE_COLUMNS 60 /* what the entries of one line may take, unless a single one is wider */
#define PREFIX "pcpu-alloc:"

static uint32_t nr_digits(uint64_t n)
{
	uint32_t digits = 1;

	for (; n >= 10; n /= 10)
		digits++;
	return digits;
}

/* How the entries are laid out: widths in characters. */
struct dump_form {
	uint32_t group_width, cpu_width, nr_per_line;
};

static struct dump_form dump_form(const struct pcpu_layout *layout)
{
	struct dump_form form = {
		.group_width = nr_digits(layout->nr_groups),
		.cpu_width = nr_digits(layout->nr_possible),
		.nr_per_line = 1,
	};
	uint64_t entry = (uint64_t)layout->upa * (form.cpu_width + 1) + form.group_width + 3;

	while ((uint64_t)form.nr_per_line * 2 * entry <= LINE_COLUMNS)
		form.nr_per_line *= 2;
	return form;
}

/* Forced and odd strides need not divide the atom: then the size is printed in pages. */
static void put_sizes(struct lab_text *out, const struct pcpu_layout *layout)
{
	uint64_t step = layout->alloc_bytes % layout->atom_bytes ? layout->page_bytes
								  : layout->atom_bytes;

	lab_put(out, PREFIX " s");
	lab_put_u64(out, layout->static_bytes);
	lab_put(out, " r");
	lab_put_u64(out, layout->reserved_bytes);
	lab_put(out, " d");
	lab_put_u64(out, layout->dyn_bytes);
	lab_put(out, " u");
	lab_put_u64(out, layout->unit_bytes);
	lab_put(out, " alloc=");
	lab_put_u64(out, layout->alloc_bytes / step);
	lab_put_char(out, '*');
	lab_put_u64(out, step);
	lab_put_char(out, '\n');
}

static void put_unit(struct lab_text *out, const struct dump_form *form, uint32_t cpu)
{
	lab_put_char(out, ' ');
	if (cpu != PCPU_NO_CPU) {
		lab_put_u64_padded(out, cpu, form->cpu_width);
		return;
	}
	for (uint32_t i = 0; i < form->cpu_width; i++)
		lab_put_char(out, '-');
}

/* One allocation: its group, then the CPUs of its upa units. */
static void put_entry(struct lab_text *out, const struct dump_form *form, uint32_t group,
		      const uint32_t *cpus, uint32_t upa)
{
	lab_put(out, " [");
	lab_put_u64_padded(out, group, form->group_width);
	lab_put_char(out, ']');
	for (uint32_t i = 0; i < upa; i++)
		put_unit(out, form, cpus[i]);
}

void lab_put_layout(struct lab_text *out, const struct pcpu_layout *layout)
{
	struct dump_form form = dump_form(layout);
	uint32_t nr_put = 0;

	put_sizes(out, layout);
	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		const struct pcpu_group *group = &layout->group[g];
		const uint32_t *cpus = layout->cpu_map + group->first_unit;

		for (uint32_t u = 0; u < group->nr_units; u += layout->upa) {
			if (nr_put % form.nr_per_line == 0)
				lab_put(out, nr_put ? "\n" PREFIX : PREFIX);
			put_entry(out, &form, g, cpus + u, layout->upa);
			nr_put++;
		}
	}
	lab_put_char(out, '\n');
}

const char *lab_choice_text(enum pcpu_choice choice)
{
	static const char *const names[] = {
		[PCPU_CHOICE_AUTO] = "auto",
		[PCPU_CHOICE_EMBED] = "embed",
		[PCPU_CHOICE_PAGE] = "page",
	};

	return (size_t)choice < sizeof(names) / sizeof(names[0]) ? names[choice] : "unknown";
}

const char *lab_cause_text(enum pcpu_cause cause)
{
	static const char *const sentences[] = {
#define X(id, sentence) [PCPU_CAUSE_##id] = sentence,
#include <pcpu/causes.def>
#undef X
	};

	return cause < PCPU_NR_CAUSES ? sentences[cause] : "unknown cause";
}

const char *lab_setup_rule_text(enum pcpu_setup_rule rule)
{
	static const char *const sentences[] = {
#define X(id, sentence) [PCPU_SETUP_##id] = sentence,
#include <pcpu/setup_rules.def>
#undef X
	};

	return rule < PCPU_NR_SETUP_RULES ? sentences[rule] : "unknown rule";
}

const char *lab_misuse_text(enum pcpu_misuse misuse)
{
	static const char *const sentences[] = {
#define X(id, sentence) [PCPU_MISUSE_##id] = sentence,
#include <pcpu/misuse.def>
#undef X
	};

	return misuse < PCPU_NR_MISUSES ? sentences[misuse] : "unknown misuse";
}

static const char *misuse_id(enum pcpu_misuse misuse)
{
	static const char *const ids[] = {
#define X(id, sentence) [PCPU_MISUSE_##id] = #id,
#include <pcpu/misuse.def>
#undef X
	};

	return misuse < PCPU_NR_MISUSES ? ids[misuse] : "UNKNOWN";
}

void lab_put_report(struct lab_text *out, const struct pcpu_report *report)
{
	lab_put(out, misuse_id(report->id));
	lab_put(out, ": ");
	lab_put(out, lab_misuse_text(report->id));
	lab_put(out, ": pointer ");
	lab_put_hex(out, report->pointer);
	if (report->chunk_id == PCPU_NO_CHUNK) {
		lab_put(out, ", no chunk");
		return;
	}
	lab_put(out, ", chunk ");
	lab_put_u64(out, report->chunk_id);
	lab_put(out, ", offset ");
	lab_put_u64(out, report->offset);
}
