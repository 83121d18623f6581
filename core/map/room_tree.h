/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * room_tree.h - which is the first block whose room is large enough? Six lanes a block, five of
 * them rooms of a class each, and a tree of their maxima, all six compared and joined at once.
 *
 *	a word of lanes		  |7|6|5|4|3|2|1|0|	0..127 each; bit 7 is there for comparing
 *	lanes of a block	|5 4 3 2 1 0|  |5 4 3 2 1 0|  ...	a word each
 *	                         \_____________________/
 *	level 0: of eight blocks	|5 4 3 2 1 0|		six bytes each
 *	...
 *	last level: TOP_NODES at most	 most: nothing in the tree is larger
 *
 * R1  A node is the lane by lane largest of the eight below it. Blocks and nodes behind the last
 *     are 0.
 * R2  `most` is a bound: a room that grows raises it, a search in vain lowers it.
 *
 * A search reads at most eight lanes a level, and of the last one as many as come first; a change
 * goes up only as far as it changes a node. (x | TOPS) - y borrows from no neighbour: a lane's bit
 * 7 stays where x >= y. Plain 64-bit arithmetic: boot images and handlers of interrupts have no
 * vector registers.
 */
#ifndef PCPU_ROOM_TREE_H
#define PCPU_ROOM_TREE_H

#include <pcpu/base.h>

/* --- lanes ------------------------------------------------------------------------------------ */

#define PCPU_LANES_ONE	UINT64_C(0x0101010101010101)
#define PCPU_LANES_TOPS (PCPU_LANES_ONE << 7)

static inline uint32_t pcpu_lane(uint64_t lanes, uint32_t i)
{
	return lanes >> (8 * i) & 0x7f;
}

/* Where in memory lane i of a word lies, in bytes from the word. */
static inline uint32_t pcpu_lane_byte(uint32_t i)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? i ^ 7 : i;
}

/* Tops of the lanes where x >= y. */
static inline uint64_t pcpu_lanes_ge(uint64_t x, uint64_t y)
{
	return ((x | PCPU_LANES_TOPS) - y) & PCPU_LANES_TOPS;
}

/* All bits of the numbers whose tops are given. */
static inline uint64_t pcpu_lanes_whole(uint64_t tops)
{
	return tops - (tops >> 7);
}

static inline uint64_t pcpu_lanes_max(uint64_t x, uint64_t y)
{
	return y ^ ((x ^ y) & pcpu_lanes_whole(pcpu_lanes_ge(x, y)));
}

static inline uint64_t pcpu_lanes_min(uint64_t x, uint64_t y)
{
	return x ^ ((x ^ y) & pcpu_lanes_whole(pcpu_lanes_ge(x, y)));
}

/* x - y, and 0 where that is negative. */
static inline uint64_t pcpu_lanes_sub(uint64_t x, uint64_t y)
{
	uint64_t rest = (x | PCPU_LANES_TOPS) - y;

	return rest & pcpu_lanes_whole(rest & PCPU_LANES_TOPS);
}

/* --- the tree --------------------------------------------------------------------------------- */

#define PCPU_ROOM_LANES	    6u /* and bytes of a node */
#define PCPU_ROOM_WHOLE	    UINT64_C(0x7f7f7f7f7f7f)
#define PCPU_ROOM_TOP_NODES 32u
#define PCPU_ROOM_LEVELS    7u /* enough for 2^24 blocks */

struct pcpu_room_tree {
	uint32_t nr_blocks;
	uint32_t nr_levels; /* above the rooms */
	uint64_t most;	    /* R2 */
	uint32_t at[PCPU_ROOM_LEVELS + 1]; /* each level's start in bytes from the rooms; end */
};

/* Plans the tree; returns the words that rooms and levels take, zeroed to begin with. */
static inline uint32_t pcpu_room_plan(struct pcpu_room_tree *tree, uint32_t nr_blocks)
{
	uint32_t nr = (nr_blocks + 7) / 8 * 8, at = nr * (uint32_t)sizeof(uint64_t);

	tree->nr_blocks = nr_blocks;
	tree->nr_levels = 0;
	tree->most = 0;
	do {
		nr = (nr / 8 + 7) / 8 * 8;
		PCPU_DEBUG_ASSERT(tree->nr_levels < PCPU_ROOM_LEVELS);
		tree->at[tree->nr_levels++] = at;
		at += nr * PCPU_ROOM_LANES;
	} while (nr > PCPU_ROOM_TOP_NODES);
	tree->at[tree->nr_levels] = at;
	return (at + 7) / 8 + 1; /* a node is read with the two bytes behind it */
}

/* Nodes of a level, with those that fill up the last eight. */
static inline uint32_t pcpu_room_nodes(const struct pcpu_room_tree *tree, uint32_t level)
{
	return (tree->at[level + 1] - tree->at[level]) / PCPU_ROOM_LANES;
}

static inline uint8_t *pcpu_room_node(const struct pcpu_room_tree *tree, uint64_t *rooms,
				      uint32_t level, uint32_t node)
{
	return (uint8_t *)rooms + tree->at[level] + node * PCPU_ROOM_LANES;
}

/* Lanes of a node, and of the nodes behind it. */
static inline uint64_t pcpu_room_load(const uint8_t *node)
{
	uint64_t lanes;

	__builtin_memcpy(&lanes, node, sizeof(lanes));
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(lanes) : lanes;
}

static inline uint64_t pcpu_room_get(const uint8_t *node)
{
	return pcpu_room_load(node) & PCPU_ROOM_WHOLE;
}

static inline void pcpu_room_set(uint8_t *node, uint64_t lanes)
{
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		lanes = __builtin_bswap64(lanes);
	__builtin_memcpy(node, &lanes, PCPU_ROOM_LANES);
}

/* The first of eight nodes, one of which it is, that has room. */
static inline uint32_t pcpu_room_pick(const uint8_t *lane, uint32_t bytes, uint32_t least)
{
	uint32_t i = 0;

	for (; *lane < least; i++)
		lane += bytes;
	PCPU_DEBUG_ASSERT(i < 8);
	return i;
}

/* Down from a node that has room, of a level, to the first block. */
static inline uint32_t pcpu_room_descend(const struct pcpu_room_tree *tree, uint64_t *rooms,
					 uint32_t level, uint32_t node, uint32_t class,
					 uint32_t least)
{
	while (level-- > 0) {
		const uint8_t *lane = pcpu_room_node(tree, rooms, level, 8 * node) + class;

		node = 8 * node + pcpu_room_pick(lane, PCPU_ROOM_LANES, least);
	}
	return 8 * node + pcpu_room_pick((const uint8_t *)(rooms + 8 * node) +
						 pcpu_lane_byte(class), sizeof(*rooms), least);
}

/* The largest room of a class in any block. */
static inline uint32_t pcpu_room_largest(const struct pcpu_room_tree *tree, uint64_t *rooms,
					 uint32_t class)
{
	const uint8_t *lane = (const uint8_t *)rooms + tree->at[tree->nr_levels - 1] + class;
	const uint8_t *end = (const uint8_t *)rooms + tree->at[tree->nr_levels];
	uint32_t largest = 0;

	for (; lane < end; lane += PCPU_ROOM_LANES)
		largest = *lane > largest ? *lane : largest;
	return largest;
}

/* The first block whose room is at least `least` (1..127) in the class; nr_blocks: none. */
static inline uint32_t pcpu_room_first(struct pcpu_room_tree *tree, uint64_t *rooms,
				       uint32_t class, uint32_t least)
{
	uint32_t top = tree->nr_levels - 1;
	const uint8_t *lane = (const uint8_t *)rooms + tree->at[top] + class;
	const uint8_t *end = (const uint8_t *)rooms + tree->at[top + 1];
	uint32_t node = 0;

	if (pcpu_lane(tree->most, class) < least)
		return tree->nr_blocks;
	for (; lane < end; lane += PCPU_ROOM_LANES, node++) {
		if (*lane >= least)
			return pcpu_room_descend(tree, rooms, top, node, class, least);
	}
	tree->most &= ~(UINT64_C(0x7f) << (8 * class));
	tree->most |= (uint64_t)(least - 1) << (8 * class);
	return tree->nr_blocks;
}

/* The same, at or behind block `from`: up to the first node on the right that has room, and down
   again. */
static inline uint32_t pcpu_room_next(const struct pcpu_room_tree *tree, uint64_t *rooms,
				      uint32_t class, uint32_t least, uint32_t from)
{
	uint32_t node = from / 8 + 1;

	if (from >= tree->nr_blocks)
		return tree->nr_blocks;
	for (; from / 8 < node; from++) {
		if (pcpu_lane(rooms[from], class) >= least)
			return from;
	}
	for (uint32_t level = 0; level < tree->nr_levels; level++) {
		bool top = level + 1 == tree->nr_levels;
		uint32_t nr = pcpu_room_nodes(tree, level), end = top ? nr : node / 8 * 8 + 8;

		for (; node < end && node < nr; node++) {
			if (pcpu_room_node(tree, rooms, level, node)[class] >= least)
				return pcpu_room_descend(tree, rooms, level, node, class, least);
		}
		node /= 8;
	}
	return tree->nr_blocks;
}

/* Block's rooms become at least these. */
static inline void pcpu_room_raise(struct pcpu_room_tree *tree, uint64_t *rooms,
				   uint32_t block, uint64_t lanes)
{
	uint32_t level = 0, node = block;

	if (pcpu_lanes_ge(rooms[block], lanes) == PCPU_LANES_TOPS)
		return;
	rooms[block] = pcpu_lanes_max(rooms[block], lanes);
	do {
		uint8_t *above = pcpu_room_node(tree, rooms, level, node /= 8);
		uint64_t was = pcpu_room_get(above);

		if (pcpu_lanes_ge(was, lanes) == PCPU_LANES_TOPS)
			return;
		pcpu_room_set(above, pcpu_lanes_max(was, lanes));
	} while (++level < tree->nr_levels);
	tree->most = pcpu_lanes_max(tree->most, lanes);
}

/* Lanes of a block's word, which is a number, or of a node, which is bytes in order. */
static inline uint64_t pcpu_room_below(const uint8_t *at, uint32_t bytes)
{
	uint64_t lanes;

	__builtin_memcpy(&lanes, at, sizeof(lanes));
	return bytes == sizeof(lanes) ? lanes : pcpu_room_load(at);
}

/* The node above eight, of which one has shrunk that was as large as it in the lanes `tops`. Most
   often all are so small there that bits say which is largest, or another is as large. */
static inline uint64_t pcpu_room_of_eight(const uint8_t *node, uint32_t bytes, uint64_t above,
					  uint64_t tops)
{
	const uint8_t *end = node + 8 * bytes, *at;
	uint64_t which = pcpu_lanes_whole(tops), lanes = 0, more = 0;

	if (!(above & which & ~PCPU_LANES_ONE)) {
		for (at = node; at < end; at += 2 * bytes)
			lanes |= pcpu_room_below(at, bytes) | pcpu_room_below(at + bytes, bytes);
		return (above & ~which) | (lanes & which);
	}
	for (at = node; at < end; at += 2 * bytes)
		lanes |= ((pcpu_room_below(at, bytes) | PCPU_LANES_TOPS) - above) |
			 ((pcpu_room_below(at + bytes, bytes) | PCPU_LANES_TOPS) - above);
	if (!(tops & ~lanes))
		return above;
	lanes = 0;
	for (at = node; at < end; at += 2 * bytes) {
		lanes = pcpu_lanes_max(lanes, pcpu_room_below(at, bytes));
		more = pcpu_lanes_max(more, pcpu_room_below(at + bytes, bytes));
	}
	return (above & ~which) | (pcpu_lanes_max(lanes, more) & which);
}

/* Block's rooms become these, none of them larger than it was. */
static inline void pcpu_room_lower(const struct pcpu_room_tree *tree, uint64_t *rooms,
				   uint32_t block, uint64_t lanes)
{
	uint64_t was = rooms[block];
	uint32_t node = block;

	PCPU_DEBUG_ASSERT(pcpu_lanes_ge(was, lanes) == PCPU_LANES_TOPS);
	rooms[block] = lanes;
	for (uint32_t level = 0; level < tree->nr_levels; level++) {
		uint8_t *above = pcpu_room_node(tree, rooms, level, node / 8);
		uint64_t of_all = pcpu_room_get(above);
		uint64_t tops = pcpu_lanes_ge(was, of_all) & ~pcpu_lanes_ge(lanes, of_all);

		if (!tops)
			return;
		was = of_all;
		lanes = level > 0 ? pcpu_room_of_eight(pcpu_room_node(tree, rooms, level - 1,
								      node / 8 * 8),
						       PCPU_ROOM_LANES, was, tops) :
				    pcpu_room_of_eight((const uint8_t *)(rooms + node / 8 * 8),
						       sizeof(*rooms), was, tops);
		if (lanes == was)
			return;
		pcpu_room_set(above, lanes);
		node /= 8;
	}
}

/* A node as R1 wants it, for checks. */
static inline uint64_t pcpu_room_recount(const struct pcpu_room_tree *tree, uint64_t *rooms,
					 uint32_t level, uint32_t node)
{
	uint32_t nr = level > 0 ? pcpu_room_nodes(tree, level - 1) : (tree->nr_blocks + 7) / 8 * 8;
	uint64_t all = 0;

	for (uint32_t lane = 0; lane < PCPU_ROOM_LANES; lane++) {
		uint64_t largest = 0;

		for (uint32_t i = 8 * node; i < 8 * node + 8 && i < nr; i++)
			largest = pcpu_max64(largest, level > 0 ?
				pcpu_room_node(tree, rooms, level - 1, i)[lane] :
				pcpu_lane(rooms[i], lane));
		all |= largest << (8 * lane);
	}
	return all;
}

#endif
