/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_canary.c - reports a smashed stack with its CPU, which continues if a test requests that. */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "harness/firmware/facts.h"
#include <pcpu/percpu.h>
#include "kernel-test/x86/x86_smash.h"

struct escape {
	uint64_t kept[8]; /* x86_escape.S */
};

__attribute__((returns_twice)) int escape_set(struct escape *escape);
_Noreturn void escape_go(const struct escape *escape);
_Noreturn void __stack_chk_fail(void);

static struct escape escape[MACHINE_MAX_CPUS];
static bool expected[MACHINE_MAX_CPUS];
static char report[MACHINE_MAX_CPUS][SMASH_TEXT_BYTES];

/* The compiler's call: must not return, and its caller's frame is no longer to be trusted. */
_Noreturn void __stack_chk_fail(void)
{
	uint32_t me = smp_processor_id(), named = bare_defect == BARE_SMASH_MISNAMED ? 0 : me;
	struct lab_text text;

	lab_text_init(&text, report[me], SMASH_TEXT_BYTES);
	lab_put(&text, "stack smashed on CPU ");
	lab_put_u64(&text, named);
	if (!expected[me])
		machine_stop(report[me]);
	escape_go(&escape[me]);
}

const char *smash_caught(size_t bytes)
{
	uint32_t me = smp_processor_id();

	expected[me] = true;
	report[me][0] = 0;
	if (!escape_set(&escape[me]))
		smash_write(bytes);
	me = smp_processor_id();
	expected[me] = false;
	return report[me][0] ? report[me] : NULL;
}
