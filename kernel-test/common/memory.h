/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * memory.h - physical memory of each node, and a heap for metadata on top of it. Memory below
 * 4 GiB is
 * mapped to itself, so a physical address is a pointer.
 */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include <pcpu/base.h>

/* Adds free memory to the node, while the machine is read. */
void memory_add(uint16_t node, uint64_t start, uint64_t bytes);

/* Takes pages of exactly this node; 0: none. bytes and align: multiples of the page. Contents
   undefined. */
uint64_t memory_take(uint16_t node, uint64_t bytes, uint64_t align);
void memory_give(uint64_t start, uint64_t bytes);
/* Returns the node of this memory; PCPU_NO_NODE: of none. */
uint16_t memory_node(uint64_t physical);
/* Returns the free bytes of the node, for tests that nothing is lost. */
uint64_t memory_free(uint16_t node);

/* Returns zeroed memory, aligned to 64; NULL: no memory. The heap grows by pieces of any node and
   never shrinks. */
void *heap_alloc(size_t bytes);
void heap_free(void *memory, size_t bytes);

#endif
