/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * vars.c - static per-CPU variables and the default instance.
 *
 *	static_start = 0: a symbol of the section is an offset, per-CPU base = start of the unit
 */
#include "kernel-test/common/vars.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/smp.h"

#define CANARY_SEED UINT64_C(0x9e3779b97f4a7c15)

DEFINE_PER_CPU_FIRST(struct canary_page, canary_page) = {.canary = CANARY_SEED};
DEFINE_PER_CPU_PAGE_ALIGNED(char[IRQ_STACK_BYTES], irq_stack);
DEFINE_PER_CPU_READ_MOSTLY(uintptr_t, this_cpu_off);
DEFINE_PER_CPU_READ_MOSTLY(uint32_t, cpu_number);
DEFINE_PER_CPU_READ_MOSTLY(uintptr_t, irq_stack_top);
DEFINE_PER_CPU_READ_MOSTLY(uint32_t, hw_id) = UINT32_MAX;
DEFINE_PER_CPU_READ_MOSTLY(uint16_t, cpu_node) = PCPU_NO_NODE;
DEFINE_PER_CPU(uint32_t, reader_depth);
DEFINE_PER_CPU(uint64_t, reader_flags);
DEFINE_PER_CPU(uint32_t, preempt_depth);
DEFINE_PER_CPU(uint64_t, nr_barriers);

struct pcpu *pcpu_default_instance;
const uintptr_t *pcpu_default_offsets;
uint32_t nr_cpu_ids;
struct plat *default_plat;
void *early_hw_id, *early_node;
const char *percpu_pristine;

#define OFFSET_OF(variable) ((uint32_t)(uintptr_t)&(variable))

void vars_keep_image(void)
{
	size_t bytes = (size_t)(uintptr_t)__per_cpu_end;
	char *copy = heap_alloc(bytes);

	PCPU_ASSERT(copy);
	memcpy(copy, percpu_image, bytes);
	percpu_pristine = copy;
}

/* Each CPU gets a different canary, never 0: odd multiples of an odd number differ. */
static void canaries_deal(void)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		per_cpu(canary_page, cpu).canary =
			CANARY_SEED * (bare_defect == BARE_SHARED_CANARY ? 1 : 2 * cpu + 1);
}

/* fail_area=K: the K-th area of the first chunk is refused, so that embed fails. */
static uint32_t fail_area_wanted(void)
{
	char words[16];
	size_t digits = 0;
	uint64_t k = 0;

	if (!machine_option("fail_area", words, sizeof(words)))
		return 0;
	while (words[digits])
		digits++;
	if (!lab_parse_u64(words, digits, UINT32_MAX, &k))
		machine_stop("fail_area= is not a number");
	return (uint32_t)k;
}

/* front=on: small objects of the default instance by magazines (pcpu/front.h). */
static bool front_wanted(void)
{
	char word[8];

	if (!machine_option("front", word, sizeof(word)))
		return false;
	if (!lab_word_is(word, 2, "on") || word[2])
		machine_stop("front= is not \"on\"");
	return true;
}

_Noreturn static void cannot_create(enum pcpu_status status, const struct pcpu_sizes *sizes)
{
	uint32_t unit_bytes;
	uint64_t bytes = needs_of_embed(sizes, &unit_bytes);
	LINE(text, 160);

	lab_put(&text, "the default instance could not be made");
	if (status == PCPU_ENOMEM && bytes != UINT64_MAX) {
		lab_put(&text, ": its first chunk needs ");
		lab_put_u64(&text, (bytes >> 20) + 1);
		lab_put(&text, " MB");
	}
	machine_stop(text_text);
}

void vars_create(const char *choice)
{
	const struct pcpu_early_map early[] = {
		{&early_hw_id, sizeof(uint32_t), OFFSET_OF(hw_id)},
		{&early_node, sizeof(uint16_t), OFFSET_OF(cpu_node)},
	};
	const struct bare_config bare = {
		.topology = &machine.topology,
		.owns_base = true,
		.record_misuse = true,
		.report_events = true,
		.fail_area = fail_area_wanted(),
	};
	struct pcpu_config config = {
		.topology = &machine.topology,
		.sizes = {
			.static_bytes = (uintptr_t)__per_cpu_end,
			.reserved_bytes = 8192,
			.dyn_bytes = 28672,
			.atom_bytes = 2097152,
		},
		.space_bytes = UINT64_C(1) << 44,
		.nr_cpus_limit = MACHINE_MAX_CPUS,
		.static_start = 0,
		.static_image = percpu_pristine,
		.static_align_bytes = PCPU_PAGE_BYTES, /* DEFINE_PER_CPU_PAGE_ALIGNED */
		.own = &(const struct pcpu_own_variables){
			.this_cpu_off = OFFSET_OF(this_cpu_off),
			.cpu_number = OFFSET_OF(cpu_number),
			.irq_stack_top = OFFSET_OF(irq_stack_top),
			.irq_stack = OFFSET_OF(irq_stack),
			.irq_stack_bytes = IRQ_STACK_BYTES,
		},
		.early_maps = early,
		.nr_early_maps = 2,
		.front = front_wanted() || bare_defect == BARE_FRONT_UNWANTED,
	};
	enum pcpu_status status;

	early_hw_id = machine.facts.hw_id;
	early_node = machine.facts.cpu_node;
	default_plat = bare_create(&bare);
	PCPU_ASSERT(default_plat);
	config.plat = default_plat;
	if (choice)
		pcpu_choice_parse(default_plat, choice, &config.choice);
	status = pcpu_create(&config, &pcpu_default_instance);
	if (status != PCPU_OK)
		cannot_create(status, &config.sizes);
	pcpu_default_offsets = pcpu_offsets(pcpu_default_instance);
	nr_cpu_ids = machine.topology.nr_cpu_ids;
	canaries_deal();
}

static void base_of_the_first(void *unused)
{
	if (smp_processor_id() == smp_nr_online() - 1)
		percpu_base_write(per_cpu_offset(0));
}

void vars_cpu_enter(void *unused)
{
	pcpu_cpu_enter(pcpu_default_instance, smp_processor_id());
}

static uintptr_t thread_pointer_for(uint32_t cpu)
{
	if (bare_defect == BARE_SHARED_THREAD && cpu == machine.facts.nr_cpus - 1)
		return thread_pointer_read();
	return tls_create();
}

bool vars_start_cpus(void)
{
	uint64_t shift = bare_defect == BARE_SHIFTED_BASE ? 64 : 0;

	for (uint32_t cpu = 1; cpu < machine.facts.nr_cpus; cpu++) {
		const struct cpu_start start = {
			.percpu_base = per_cpu_offset(cpu) + shift,
			.thread_pointer = thread_pointer_for(cpu),
			.stack_top = per_cpu(irq_stack_top, cpu),
		};

		if (!arch_cpu_start(cpu, &start))
			return false;
	}
	smp_run_all(vars_cpu_enter, NULL);
	if (bare_defect == BARE_WRONG_BASE)
		smp_run_all(base_of_the_first, NULL);
	return true;
}
