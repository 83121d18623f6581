/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_main.c - the boot image: the machine, the default instance, the other CPUs, the tests,
 * the end.
 *
 * Command line: cpus= possible= nodes= hw_ids= cpu_nodes= distances= (the expected machine),
 * test=NAME,NAME (only these), percpu_alloc=embed|page|auto, fail_area=K and front=on (vars.c),
 * defect=NAME (a negative control).
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/trap.h"
#include "kernel-test/common/vars.h"

void boot_main(uintptr_t start_info);

/* The usual core has no defects; the image with defects defines its own function
   (kernel-test/common/zoo_boot.c). */
__attribute__((weak)) bool core_defect_choose(const char *name, size_t bytes)
{
	return false;
}

_Noreturn static void no_such_defect(const char *value, const char *const names[], size_t nr)
{
	static char text_memory[2048];
	struct lab_text text;

	lab_text_init(&text, text_memory, sizeof(text_memory));
	lab_put(&text, "defect=");
	lab_put(&text, value);
	lab_put(&text, ": there is no such defect in this image, but");
	for (size_t i = 0; i < nr; i++) {
		lab_put(&text, i ? ", " : " ");
		lab_put(&text, names[i]);
	}
	machine_stop(text_memory);
}

static void defect_choose(void)
{
	static const char *const names[] = {
		"none",
#define X(id, word, test, sentence) word,
#include "kernel-test/common/defects.def"
#undef X
	};
	char value[48];
	size_t nr = 0;

	if (!machine_option("defect", value, sizeof(value)))
		return;
	while (value[nr])
		nr++;
	if (core_defect_choose(value, nr))
		return;
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!lab_word_is(value, nr, names[i]))
			continue;
		bare_defect = (enum bare_defect)i;
		return;
	}
	no_such_defect(value, names, sizeof(names) / sizeof(names[0]));
}

/* Called by start-up code with the boot stack; the per-CPU base points at the load image. */
void boot_main(uintptr_t start_info)
{
	static char only[sizeof(machine.command_line)];
	char choice[32];
	bool has_only, has_choice;

	console_init();
	trap_init();
	machine_init(start_info);
	defect_choose();
	has_only = machine_option("test", only, sizeof(only));
	has_choice = machine_option("percpu_alloc", choice, sizeof(choice));
	vars_keep_image();
	needs_begin_set_up();
	vars_create(has_choice ? choice : NULL);
	arch_interrupts_init();
	if (!vars_start_cpus())
		machine_stop("a CPU did not start");
	machine_exit(tap_run(has_only ? only : NULL) ? BOOT_EXIT_PASSED : BOOT_EXIT_FAILED);
}
