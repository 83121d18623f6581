/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * event_text.c - one event of the core as one line (events.def names the numbers).
 *
 * Each event is a row: pieces of text with %a %b %c (decimal), %A %B (hexadecimal) and a few named
 * parts between them. A table, so that a new event is a new row and nothing else.
 *
 *	%s status of b	%S status of a	%r set-up rule a	%k cause c	%t the event's text
 *	%n choice a	%l the layout's sizes	%p its page, like 4K
 */
#include "harness/text/layout_text.h"

static const char *const patterns[] = {
	[PCPU_EV_IDS] = "NR_CPUS:%a nr_cpumask_bits:%b nr_cpu_ids:%b nr_node_ids:%c",
	[PCPU_EV_EMBEDDED] = "PERCPU: Embedded %a pages/cpu @%B %l u%c",
	[PCPU_EV_PAGED] = "PERCPU: %a %p pages/cpu @%B %l u%c",
	[PCPU_EV_LAYOUT] = "",
	[PCPU_EV_CHOICE_UNKNOWN] = "PERCPU: warning: percpu_alloc=%t is unknown: embed, page or "
				   "auto was expected; the choice is unchanged",
	[PCPU_EV_FALLBACK] = "PERCPU: warning: %n failed: %s; page is tried instead",
	[PCPU_EV_NO_FALLBACK] = "PERCPU: fatal: no first chunk: embed: %S; page: %s",
	[PCPU_EV_SPAN_WIDE] = "PERCPU: warning: the groups span %A bytes, more than 75 % of the "
			      "%B bytes for later chunks",
	[PCPU_EV_NODE_FAR] = "PERCPU: warning: cpu %a: node %b is offline or has no memory; group "
			     "%c lies on another node",
	[PCPU_EV_SETUP_REFUSED] = "PERCPU: fatal: set-up refused: %r (found %b)",
	[PCPU_EV_ALLOC_REFUSED] = "percpu: warning: illegal request: size %a, align %b, flags %C",
	[PCPU_EV_ALLOC_FAILED] = "percpu: allocation failed: size %a, align %b: %k",
	[PCPU_EV_ALLOC_FAILED_SILENT] = "percpu: %a allocations failed; no more will be told",
	[PCPU_EV_CHUNK_CREATED] = "percpu: chunk %a created at %B",
	[PCPU_EV_CHUNK_DESTROYED] = "percpu: chunk %a destroyed at %B",
	[PCPU_EV_MAP_EXTENDED] = "percpu: chunk %a: map extended from %b to %c records",
	[PCPU_EV_CREATE_FAILED] = "PERCPU: fatal: no allocator: %S",
};
_Static_assert(sizeof(patterns) / sizeof(patterns[0]) == PCPU_NR_EVENTS, "a row for each event");

static const char *status_text(uint64_t status)
{
	static const char *const sentences[] = {
		[PCPU_OK] = "not tried",
		[PCPU_ENOMEM] = "out of memory or address space",
		[PCPU_EINVAL] = "illegal arguments",
		[PCPU_ELIMIT] = "over a limit",
		[PCPU_ESPAN] = "the groups lie too far apart",
	};

	return status < sizeof(sentences) / sizeof(sentences[0]) ? sentences[status] : "unknown";
}

static void put_layout_sizes(struct lab_text *out, const struct pcpu_layout *layout)
{
	if (!layout)
		return;
	lab_put_char(out, 's');
	lab_put_u64(out, layout->static_bytes);
	lab_put(out, " r");
	lab_put_u64(out, layout->reserved_bytes);
	lab_put(out, " d");
	lab_put_u64(out, layout->dyn_bytes);
}

void lab_put_page_bytes(struct lab_text *out, uint64_t bytes)
{
	lab_put_u64(out, bytes >> 10);
	lab_put_char(out, 'K');
}

/* The parts that are words; NULL for the others. */
static const char *part_text(const struct pcpu_event *event, char part)
{
	switch (part) {
	case 's':
		return status_text(event->b);
	case 'S':
		return status_text(event->a);
	case 'r':
		return lab_setup_rule_text((enum pcpu_setup_rule)event->a);
	case 'k':
		return lab_cause_text((enum pcpu_cause)event->c);
	case 'n':
		return lab_choice_text((enum pcpu_choice)event->a);
	case 't':
		return event->text ? event->text : "";
	}
	return NULL;
}

static void put_part(struct lab_text *out, const struct pcpu_event *event, char part)
{
	const uint64_t numbers[] = { event->a, event->b, event->c };
	const char *text = part_text(event, part);

	if (text) {
		lab_put(out, text);
	} else if (part >= 'a' && part <= 'c') {
		lab_put_u64(out, numbers[part - 'a']);
	} else if (part >= 'A' && part <= 'C') {
		lab_put_hex(out, numbers[part - 'A']);
	} else if (part == 'l') {
		put_layout_sizes(out, event->layout);
	} else if (part == 'p') {
		lab_put_page_bytes(out, event->layout ? event->layout->page_bytes
						      : PCPU_PAGE_BYTES);
	} else { /* a percent sign of the sentence itself */
		lab_put_char(out, '%');
		lab_put_char(out, part);
	}
}

void lab_put_event(struct lab_text *out, const struct pcpu_event *event)
{
	const char *at = event->id < PCPU_NR_EVENTS ? patterns[event->id] : "unknown event";

	for (; *at; at++) {
		if (*at == '%' && at[1])
			put_part(out, event, *++at);
		else
			lab_put_char(out, *at);
	}
}
