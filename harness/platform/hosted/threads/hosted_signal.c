/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_signal.c - blocks all signals, and writes to stderr from any context. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"

void hosted_signals_block(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

void hosted_signals_restore(const sigset_t *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

void hosted_say(const char *text)
{
	size_t bytes = strlen(text);
	int saved = errno, state = hosted_cancel_forbid();
	ssize_t done;

	while (bytes && ((done = write(STDERR_FILENO, text, bytes)) > 0 || errno == EINTR)) {
		if (done < 0)
			continue;
		text += done;
		bytes -= (size_t)done;
	}
	hosted_cancel_restore(state);
	errno = saved;
}
