/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* random_topology.h - machines that nobody would build, from a seed. */
#ifndef RANDOM_TOPOLOGY_H
#define RANDOM_TOPOLOGY_H

#include "harness/text/topology_text.h"

uint32_t random_next(uint64_t *state);
/* A number below n (n > 0). */
uint32_t random_below(uint64_t *state, uint32_t n);

/*
 * Up to max_cpus CPUs on up to max_nodes nodes: holes in the ids, nodes without CPUs, blocks or
 * alternation, distances of one of several kinds (none known, 10/20, some near, asymmetric, any).
 */
void random_topology(uint64_t *state, uint32_t max_cpus, uint32_t max_nodes,
		     struct lab_topology *topology);

/* Sizes with the corners: static of any count, reserved or not, small and large atoms, both
   rules, all strides. */
void random_sizes(uint64_t *state, struct pcpu_sizes *sizes);

#endif
