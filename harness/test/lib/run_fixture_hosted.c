/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_fixture_hosted.c - traces on real memory; hosted_destroy() aborts when something was lost. */
#include "harness/test/lib/run_fixture.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/platform/lab_plat.h"

struct plat *run_fixture_plat_open(const struct pcpu_topology *topology)
{
	struct hosted_config config = { .topology = topology, .record_misuse = true };

	return hosted_create(&config);
}

const char *run_fixture_plat_close(struct plat *plat)
{
	hosted_destroy(plat);
	return NULL;
}
