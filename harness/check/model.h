/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model.h - the reference model: what must hold for every live object, kept apart from the
 * allocator's own records.
 *
 *	alloc	legal; inside its chunk's dynamic or reserved space; aligned; disjoint from all live
 *	objects; on every CPU at pointer + offset[cpu], and zero there. Then each CPU writes free
 *	each CPU's copy still holds what that CPU wrote counts live objects and bytes equal the
 *	allocator's statistics
 *
 * It uses only the address that the allocator returned and the object's memory. Deliberately
 * simple: a page keeps a list of the objects that touch it; a new object is compared with each.
 */
#ifndef LAB_MODEL_H
#define LAB_MODEL_H

#include <pcpu/pcpu.h>

#define LAB_NO_ID UINT32_MAX

/* An area contains less than this of heads and tails too small to split. */
#define LAB_KEPT_BYTES 8u

/* A class of the front wastes at most this part of an object, beside what an area may. */
#define LAB_CLASS_WASTE 7u

/* Rounding of engines that do not keep PCPU_PROMISE_ALIGN. */
#define LAB_GRANULE_BYTES 4u

/* The first error. */
struct lab_fault {
	const char *sentence; /* constant; NULL: no error */
	uint32_t id;	      /* object; LAB_NO_ID: not a single one */
	uint32_t cpu;	      /* PCPU_NO_CPU: not a single one */
};

struct lab_object {
	uintptr_t pointer;   /* 0: not live */
	uint32_t chunk;	     /* chunk id, PCPU_NO_CHUNK for the reserved one */
	uint32_t offset, size;
	uint32_t generation; /* of this allocation: no two objects write the same */
};

/* An object's entry in the list of a page that it touches. */
struct lab_touch {
	uint32_t id;
	uint32_t next; /* index + 1, 0: the end */
};

struct lab_model {
	struct plat *plat;
	struct pcpu *pcpu;
	const struct pcpu_layout *layout;
	const uintptr_t *cpu_offset;
	struct lab_object *object; /* [nr_ids] */
	uint32_t nr_ids;
	/* [nr_ids * nr_units]: rewrites of each copy; NULL: no rewrites */
	uint32_t *version;
	struct lab_touch *touch;   /* [nr_touches], 1-based */
	uint32_t *bucket;	   /* [nr_buckets]: first touch of the pages that hash here */
	uint32_t nr_touches, nr_touches_made, free_touch, nr_buckets;
	uint32_t nr_births;
	uint64_t nr_live, live_bytes, nr_died;
	struct pcpu_stats start; /* at the start: the allocator need not be new */
};

/* The memory that a use of the model needs. */
struct lab_model_size {
	uint32_t nr_ids;
	uint64_t nr_touches; /* sum of lab_model_touches() over all objects that may live at once */
	bool writes;	     /* whether lab_model_write() will be called */
};

/* Returns how many pages an object of this size may touch; 0 for a size that is not legal. */
uint32_t lab_model_touches(uint32_t size);

/* Returns the bytes of zeroed memory, aligned to 8, that lab_model_init() needs for this
   allocator. */
size_t lab_model_memory(const struct lab_model_size *size, const struct pcpu *pcpu);
void lab_model_init(struct lab_model *model, struct plat *plat, struct pcpu *pcpu,
		    const struct lab_model_size *size, void *memory);

/* Returns whether this allocator's engine may grant such a request. */
bool lab_model_is_legal(const struct pcpu *pcpu, uint32_t size, uint32_t align);

/*
 * Call it after a granted allocation; pointer is not {0}. Checks everything that must hold for a
 * new object, then writes its own pattern through each CPU. On false the object is not recorded.
 */
bool lab_model_on_alloc(struct lab_model *model, uint32_t id, struct pcpu_ptr pointer,
			uint32_t size, uint32_t align, unsigned flags, struct lab_fault *fault);
/* Call it before a free: returns whether the contents are intact. Removes the object either way. */
bool lab_model_on_free(struct lab_model *model, uint32_t id, struct lab_fault *fault);
/* Returns a live object that shares a byte with this one (chunk, offset, size); LAB_NO_ID: none. */
uint32_t lab_model_find_overlap(struct lab_model *model, const struct lab_object *o);
/* Writes a new pattern through one CPU's copy; does nothing for a CPU that is not possible. */
void lab_model_write(struct lab_model *model, uint32_t id, uint32_t cpu);
/* Checks contents of all live objects, then the counts. O(live bytes * CPUs). */
bool lab_model_check(struct lab_model *model, struct lab_fault *fault);
/* Compares only the counts with pcpu_stats(). */
bool lab_model_check_counts(struct lab_model *model, struct lab_fault *fault);

#endif
