/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * index.c - from an address to its chunk in a fixed number of steps, without a lock.
 *
 *	key = address in atoms:  | 6 bits | 6 bits | ... | 6 bits |
 *	                            root  ->  node -> ... -> chunk
 *
 * Only base units are in it: a pointer names the base unit's copy, whichever CPU uses it. Units
 * start at atoms and areas are whole atoms, so two chunks never share a key.
 *
 * R1  Writers hold the outer lock; readers are inside plat_read_begin().
 * R2  A node is complete before it is published, and empty before it is taken out; it is freed
 *     deferred.
 */
#include "chunk.h"

#define BITS_A_LEVEL 6
#define NODE_ENTRIES (1u << BITS_A_LEVEL)
#define MAX_LEVELS   ((PCPU_ADDRESS_BITS - PCPU_PAGE_SHIFT + BITS_A_LEVEL - 1) / BITS_A_LEVEL)

PCPU_STATIC_ASSERT(MAX_LEVELS * BITS_A_LEVEL >= PCPU_ADDRESS_BITS - PCPU_PAGE_SHIFT,
		   "the deepest tree has all bits of a key");

struct pcpu_index_node {
	void *entry[NODE_ENTRIES]; /* nodes; on the last level chunks */
	uint32_t nr_used;
};

uint32_t pcpu_index_levels(uint32_t shift)
{
	return (PCPU_ADDRESS_BITS - shift + BITS_A_LEVEL - 1) / BITS_A_LEVEL;
}

static uint64_t key_of(const struct pcpu_index *index, uintptr_t address)
{
	return ((uint64_t)address & ((UINT64_C(1) << PCPU_ADDRESS_BITS) - 1)) >> index->shift;
}

static uint32_t entry_of(const struct pcpu_index *index, uint64_t key, uint32_t level)
{
	return key >> (BITS_A_LEVEL * (index->levels - 1 - level)) & (NODE_ENTRIES - 1);
}

/* The node below `where`, made when it is missing; NULL without memory. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_index_node *node_descend(struct pcpu *pcpu, void **where,
					    struct pcpu_index_node *parent)
{
	struct pcpu_index_node *node = *where;

	if (node)
		return node;
	node = pcpu_meta_alloc(pcpu, sizeof(*node));
	if (!node)
		return NULL;
	if (parent)
		parent->nr_used++;
	PCPU_DEBUG_ASSERT(node->nr_used == 0 && (!parent || parent->nr_used <= NODE_ENTRIES));
	pointer_publish(where, node);
	return node;
}

/* Takes empty nodes out, from the last of path[0..nr) upwards. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void path_prune(struct pcpu *pcpu, struct pcpu_index_node **path, uint32_t nr, uint64_t key)
{
	while (nr > 0 && path[nr - 1]->nr_used == 0) {
		struct pcpu_index_node *node = path[--nr];

		if (nr == 0) {
			pointer_publish((void **)(void *)&pcpu->index.root, NULL);
		} else {
			pointer_publish(&path[nr - 1]->entry[entry_of(&pcpu->index, key, nr - 1)],
					NULL);
			path[nr - 1]->nr_used--;
		}
		pcpu_meta_free(pcpu, node, sizeof(*node));
	}
}

/* Stores chunk (or NULL: takes out) at one key. False without memory, and then nothing stays. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool key_set(struct pcpu *pcpu, uint64_t key, struct pcpu_chunk *chunk)
{
	struct pcpu_index *index = &pcpu->index;
	struct pcpu_index_node *path[MAX_LEVELS], *node = NULL;
	void **where = (void **)(void *)&index->root;

	PCPU_DEBUG_ASSERT(index->levels > 0 && index->levels <= MAX_LEVELS);
	for (uint32_t level = 0; level < index->levels; level++) {
		node = node_descend(pcpu, where, node);
		if (!node) {
			path_prune(pcpu, path, level, key);
			return false;
		}
		path[level] = node;
		where = &node->entry[entry_of(index, key, level)];
	}
	PCPU_ASSERT((chunk == NULL) != (*where == NULL));
	node->nr_used += chunk ? 1 : -1u;
	PCPU_DEBUG_ASSERT(node->nr_used <= NODE_ENTRIES);
	pointer_publish(where, chunk);
	path_prune(pcpu, path, index->levels, key);
	return true;
}

static uint32_t nr_keys(const struct pcpu *pcpu)
{
	uint64_t atom = pcpu->layout.atom_bytes;

	return (uint32_t)((pcpu->layout.unit_bytes + atom - 1) / atom);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void keys_remove(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t nr)
{
	uint64_t key = key_of(&pcpu->index, chunk->base);

	while (nr-- > 0) {
		bool was_there = key_set(pcpu, key + nr, NULL);

		PCPU_ASSERT(was_there);
	}
}

bool pcpu_index_insert(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint64_t key = key_of(&pcpu->index, chunk->base);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER && nr_keys(pcpu) > 0);
	for (uint32_t i = 0; i < nr_keys(pcpu); i++) {
		if (key_set(pcpu, key + i, chunk))
			continue;
		keys_remove(pcpu, chunk, i);
		return false;
	}
	return true;
}

void pcpu_index_remove(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	keys_remove(pcpu, chunk, nr_keys(pcpu));
}

struct pcpu_chunk *pcpu_index_find(struct pcpu *pcpu, uintptr_t address)
{
	const struct pcpu_index *index = &pcpu->index;
	uint64_t key = key_of(index, address);
	void *at = pointer_follow((void *const *)(const void *)&index->root);
	struct pcpu_chunk *chunk;

	for (uint32_t level = 0; at && level < index->levels; level++) {
		struct pcpu_index_node *node = at;

		at = pointer_follow(&node->entry[entry_of(index, key, level)]);
	}
	chunk = at;
	if (!chunk || address - chunk->base >= pcpu_layout_covers(&pcpu->layout))
		return NULL;
	PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER);
	return chunk;
}
