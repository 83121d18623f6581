/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_tests.c - the names of the image's tests, and which exist only on x86-64. */
#include <string.h>

#include "kernel-test/host/boot.h"

static const char *const common[] = {
#define X(id, name) name,
#include "kernel-test/tests/tests.def"
};
static const char *const only_x86[] = {
#include "kernel-test/tests/x86_tests.def"
#undef X
};
enum { NR_COMMON = sizeof(common) / sizeof(common[0]) };
enum { NR_ONLY_X86 = sizeof(only_x86) / sizeof(only_x86[0]) };

static bool is_among(const char *const names[], size_t nr, const char *word, size_t bytes)
{
	for (size_t i = 0; i < nr; i++)
		if (strlen(names[i]) == bytes && !memcmp(names[i], word, bytes))
			return true;
	return false;
}

void boot_tests_list(void)
{
	for (size_t i = 0; i < NR_COMMON; i++)
		printf("  %s\n", common[i]);
	for (size_t i = 0; i < NR_ONLY_X86; i++)
		printf("  %-22s x86-64 only\n", only_x86[i]);
}

bool boot_is_test(const char *word)
{
	return is_among(common, NR_COMMON, word, strlen(word)) ||
	       is_among(only_x86, NR_ONLY_X86, word, strlen(word));
}

bool boot_needs_x86(const char *tests)
{
	for (size_t bytes; *tests; tests += bytes + (tests[bytes] != '\0')) {
		bytes = strcspn(tests, " ,");
		if (is_among(only_x86, NR_ONLY_X86, tests, bytes))
			return true;
	}
	return false;
}
