/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model.h - the reference model: what must hold for every live object, kept apart from the
 * allocator's own records.
 *
 *	alloc	legal; inside its chunk's dynamic or reserved space; aligned; apart from all that
 *		lives; on every CPU at pointer + offset[cpu], and zero there. Then each CPU writes
 *	free	each CPU's copy still holds what that CPU wrote
 *	counts	live objects and bytes are what the allocator's statistics say
 *
 * It knows an object only by the address that the allocator returned, and reads its memory. Simple
 * on purpose: a page keeps a list of the objects that touch it; a new object is compared with each.
 */
#ifndef LAB_MODEL_H
#define LAB_MODEL_H

#include <pcpu/pcpu.h>

#define LAB_NO_ID UINT32_MAX

/* An area keeps less than this of heads and tails too small to split. */
#define LAB_KEPT_BYTES 8u

/* What engines that do not keep PCPU_PROMISE_ALIGN round to. */
#define LAB_GRANULE_BYTES 4u

/* The first thing that was wrong. */
struct lab_fault {
	const char *sentence; /* constant; NULL: nothing is wrong */
	uint32_t id;	      /* object, LAB_NO_ID: none in particular */
	uint32_t cpu;	      /* PCPU_NO_CPU: none in particular */
};

struct lab_object {
	uintptr_t pointer;   /* 0: not live */
	uint32_t chunk;	     /* chunk id, PCPU_NO_CHUNK for the reserved one */
	uint32_t offset, size;
	uint32_t generation; /* of this birth: no two objects write the same */
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
	/* [nr_ids * nr_units]: rewrites of each copy; NULL: none are made */
	uint32_t *version;
	struct lab_touch *touch;   /* [nr_touches], 1-based */
	uint32_t *bucket;	   /* [nr_buckets]: first touch of the pages that hash here */
	uint32_t nr_touches, nr_touches_made, free_touch, nr_buckets;
	uint32_t nr_births;
	uint64_t nr_live, live_bytes, nr_died;
	struct pcpu_stats start; /* the allocator need not be fresh */
};

/* How much an application of the model needs. */
struct lab_model_size {
	uint32_t nr_ids;
	uint64_t nr_touches; /* sum of lab_model_touches() over all objects that may live at once */
	bool writes;	     /* will lab_model_write() be called? */
};

/* Pages that an object of this size may touch; 0 for a size that cannot live. */
uint32_t lab_model_touches(uint32_t size);

/* Bytes of zeroed memory, aligned to 8, that lab_model_init() takes for this allocator. */
size_t lab_model_memory(const struct lab_model_size *size, const struct pcpu *pcpu);
void lab_model_init(struct lab_model *model, struct plat *plat, struct pcpu *pcpu,
		    const struct lab_model_size *size, void *memory);

/* May this allocator's engine grant such a request? */
bool lab_model_is_legal(const struct pcpu *pcpu, uint32_t size, uint32_t align);

/*
 * An allocation was granted: pointer is not {0}. Checks everything that must hold for a new object,
 * then writes a pattern of its own through each CPU. On false the object is not recorded.
 */
bool lab_model_on_alloc(struct lab_model *model, uint32_t id, struct pcpu_ptr pointer,
			uint32_t size, uint32_t align, unsigned flags, struct lab_fault *fault);
/* The object is about to be freed: is its content whole? It is forgotten either way. */
bool lab_model_on_free(struct lab_model *model, uint32_t id, struct lab_fault *fault);
/* A live object that shares a byte with this one (chunk, offset, size); LAB_NO_ID: none. */
uint32_t lab_model_find_overlap(struct lab_model *model, const struct lab_object *o);
/* Writes a fresh pattern through one CPU's copy; nothing for a CPU that is not possible. */
void lab_model_write(struct lab_model *model, uint32_t id, uint32_t cpu);
/* Contents of all that lives, then the counts. O(live bytes * CPUs). */
bool lab_model_check(struct lab_model *model, struct lab_fault *fault);
/* The counts alone, against pcpu_stats(). */
bool lab_model_check_counts(struct lab_model *model, struct lab_fault *fault);

#endif
