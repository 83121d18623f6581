/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_child.h - runs a function that may end the program, in a child, and tells how it ended. */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

struct test_child {
	int signal;	 /* that ended it; 0: none */
	int status;	 /* exit status when none did */
	char text[4096]; /* what it wrote to stderr, NUL-terminated, cut */
};

/* The function returning is exit status 0. Threads of this process do not exist in the child. */
void test_child_run(void (*function)(void *argument), void *argument, struct test_child *child);

/* Fails the running test unless the function returns in a child; what it checks there: */
void test_child_passes(void (*function)(void *argument), void *argument);
#define CHILD_CHECK(condition)                                                                    \
	do {                                                                                      \
		if (!(condition))                                                                 \
			test_child_fail(__FILE__, __LINE__, #condition);                          \
	} while (0)
_Noreturn void test_child_fail(const char *file, int line, const char *condition);

#endif
