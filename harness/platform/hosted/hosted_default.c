/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_default.c - the program's default instance, which percpu.h uses.
 *
 *	.data..percpu of this program (percpu.ld)  --copied-->  the unit of every CPU
 *	then sealed: a direct access is a mistake and faults (SPEC.md 9, B18)
 *
 * Linked only into programs that use percpu.h or call hosted_default().
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/text/layout_text.h"
#include <pcpu/percpu.h>

#define RESERVED_BYTES (8u << 10)  /* SPEC.md 1: MODULE_RESERVE */
#define DYN_BYTES (20u << 10)	   /* DYNAMIC_RESERVE, 64-bit */
#define ATOM_BYTES (2u << 20)
#define SPACE_BYTES (UINT64_C(1) << 45)

struct pcpu *pcpu_default_instance;
const uintptr_t *pcpu_default_offsets;
uint32_t nr_cpu_ids;
DEFINE_PER_CPU(uintptr_t, this_cpu_off);
DEFINE_PER_CPU(uint32_t, cpu_number);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct pcpu_topology *machine;
static struct plat *default_plat;

/* Prints events that a user should see: set-up that fell back to another way. */
static void event_print(void *unused, const struct pcpu_event *event)
{
	char line[256];
	struct lab_text text;

	switch (event->id) {
	case PCPU_EV_FALLBACK:
	case PCPU_EV_NO_FALLBACK:
	case PCPU_EV_SPAN_WIDE:
	case PCPU_EV_NODE_FAR:
	case PCPU_EV_SETUP_REFUSED:
		lab_text_init(&text, line, sizeof(line));
		lab_put_event(&text, event);
		fprintf(stderr, "%s\n", line);
		break;
	default:
		break;
	}
}

static _Noreturn void default_die(const char *why)
{
	fprintf(stderr, "hosted_default: %s\n", why);
	abort();
}

static uint32_t static_offset(uintptr_t variable)
{
	return (uint32_t)(variable - (uintptr_t)__per_cpu_start);
}

/* LeakSanitizer reads all of a program's data when it ends, so the section stays readable: then
   only writes fault. */
void __lsan_disable(void) __attribute__((weak));

static void image_seal(void)
{
	size_t bytes = (size_t)((uintptr_t)__per_cpu_end - (uintptr_t)__per_cpu_start);
	int protection = __lsan_disable ? PROT_READ : PROT_NONE;

	if (mprotect((void *)(uintptr_t)__per_cpu_start, bytes, protection) != 0)
		default_die("the load image of the per-CPU section cannot be sealed");
}

static void instance_create(void)
{
	struct pcpu_config config = {
		.plat = default_plat,
		.topology = machine,
		.sizes = {
			.static_bytes = (uintptr_t)__per_cpu_end - (uintptr_t)__per_cpu_start,
			.reserved_bytes = RESERVED_BYTES,
			.dyn_bytes = DYN_BYTES,
			.atom_bytes = ATOM_BYTES,
		},
		.space_bytes = SPACE_BYTES,
		.static_start = (uintptr_t)__per_cpu_start,
		.static_image = __per_cpu_start,
		.front = true,
		.static_align_bytes = PCPU_PAGE_BYTES, /* DEFINE_PER_CPU_PAGE_ALIGNED */
		.own = &(const struct pcpu_own_variables){
			.this_cpu_off = static_offset((uintptr_t)&this_cpu_off),
			.cpu_number = static_offset((uintptr_t)&cpu_number),
			.irq_stack_top = PCPU_NO_VARIABLE,
		},
	};

	if (pcpu_create(&config, &pcpu_default_instance) != PCPU_OK)
		default_die("the allocator cannot be created");
	pcpu_default_offsets = pcpu_offsets(pcpu_default_instance);
	nr_cpu_ids = machine->nr_cpu_ids;
}

static void set_up(void)
{
	struct hosted_config config = {
		.bind_memory = true,
		.worker = true,
		.event = event_print,
	};
	char error[256];

	machine = hosted_machine_create(error);
	if (!machine)
		default_die(error);
	config.topology = machine;
	default_plat = hosted_create(&config);
	if (!default_plat)
		default_die("no memory, or no thread");
	instance_create();
	image_seal();
}

struct pcpu *hosted_default(void)
{
	pthread_once(&once, set_up);
	return pcpu_default_instance;
}

struct plat *hosted_default_plat(void)
{
	pthread_once(&once, set_up);
	return default_plat;
}

bool plat_is_cpu(void)
{
	return hosted_is_cpu_of(default_plat);
}
