/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* libpq.c - loads libpq. */
#include "bench/history/sql/libpq.h"

#include <dlfcn.h>

struct libpq pq;

const char *libpq_load(void)
{
	static void *library;

	if (library)
		return NULL;
	library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return dlerror();
#define X(name) *(void **)&pq.name = dlsym(library, "PQ" #name);
	LIBPQ_FUNCTIONS(X)
#undef X
	return NULL;
}
