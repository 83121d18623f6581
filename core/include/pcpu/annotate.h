/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * annotate.h - contracts about locks that a compiler checks: clang's thread safety analysis.
 *
 *	static void chunk_pick(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_INNER);
 *	uint32_t nr_empty_pages PCPU_GUARDED_BY(PLAT_INNER);
 *
 * Clang checks them with -Wthread-safety; for any other compiler they are nothing. What stands for
 * a lock is in plat.h. The analysis sees one instance at a time: that the lock is this instance's
 * own is asserted at run time (base.h, PCPU_DEBUG_ASSERT), and always as a plain assertion. One
 * that were an annotation itself would make the analysis believe it.
 */
#ifndef PCPU_ANNOTATE_H
#define PCPU_ANNOTATE_H

#if defined(__clang__)
#define PCPU_ANNOTATE(attribute) __attribute__((attribute))
#else
#define PCPU_ANNOTATE(attribute)
#endif

/* A type whose objects stand for locks. */
#define PCPU_CAPABILITY(what) PCPU_ANNOTATE(capability(what))

/* Of a field: read and written with the lock held only. */
#define PCPU_GUARDED_BY(lock) PCPU_ANNOTATE(guarded_by(lock))

/* Of a function: called, and left, with these locks held; or without them. */
#define PCPU_REQUIRES(...)	  PCPU_ANNOTATE(requires_capability(__VA_ARGS__))
#define PCPU_REQUIRES_SHARED(...) PCPU_ANNOTATE(requires_shared_capability(__VA_ARGS__))
#define PCPU_EXCLUDES(...)	  PCPU_ANNOTATE(locks_excluded(__VA_ARGS__))

/* Of a function: takes or gives them back; takes it when it returns true. */
#define PCPU_ACQUIRES(...)	  PCPU_ANNOTATE(acquire_capability(__VA_ARGS__))
#define PCPU_ACQUIRES_SHARED(...) PCPU_ANNOTATE(acquire_shared_capability(__VA_ARGS__))
#define PCPU_RELEASES(...)	  PCPU_ANNOTATE(release_capability(__VA_ARGS__))
#define PCPU_RELEASES_SHARED(...) PCPU_ANNOTATE(release_shared_capability(__VA_ARGS__))
#define PCPU_TRY_ACQUIRES(...)	  PCPU_ANNOTATE(try_acquire_capability(true, __VA_ARGS__))

/* Of a function: nobody else can reach what it works on, so it needs no lock. The walker's, whose
   caller promises that no other call is under way; and a chunk's before it is on a list, and
   after. */
#define PCPU_SOLE_OWNER PCPU_ANNOTATE(no_thread_safety_analysis)

#endif
