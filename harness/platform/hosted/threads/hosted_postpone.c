/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_postpone.c - postpones frees of a signal handler that interrupted the holder of the inner
 * lock.
 *
 *	thread	plat_lock(INNER) --- interrupted ----------- plat_unlock(INNER), frees A, B
 *	handler			    pcpu_free(A), pcpu_free(B): noted
 *
 * R1  The notes are thread-local. They are read and written with all signals blocked, which costs
 *     two system calls in a rare case.
 * R2  After an inner lock is released its owner reads the notes: those made before are found, and
 *     later handlers can take the lock.
 * R3  A note needs no memory for the first NR_HELD; beyond, mmap(2), which a handler may call.
 */
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"

#define NR_HELD 6

struct note {
	struct plat *plat;
	struct pcpu *pcpu;
	uintptr_t pointer;
};

static __thread struct {
	struct note held[NR_HELD];
	struct note *more; /* [nr_room], mapped; NULL: none */
	size_t nr, nr_room; /* nr in total, of which the first NR_HELD are in held */
	bool is_freeing;
} notes __attribute__((tls_model("initial-exec"))); /* avoids an allocation in a handler */

static struct note *note_at(size_t i)
{
	return i < NR_HELD ? &notes.held[i] : &notes.more[i - NR_HELD];
}

static void more_drop(void)
{
	if (notes.more)
		(void)munmap(notes.more, notes.nr_room * sizeof(struct note));
	notes.more = NULL;
	notes.nr_room = 0;
}

/* Doubles the mapped notes. */
static bool more_grow(void)
{
	size_t capacity = notes.nr_room ? 2 * notes.nr_room : PCPU_PAGE_BYTES / sizeof(struct note);
	struct note *more = mmap(NULL, capacity * sizeof(struct note), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (more == MAP_FAILED)
		return false;
	if (notes.more)
		memcpy(more, notes.more, notes.nr_room * sizeof(struct note));
	more_drop();
	notes.more = more;
	notes.nr_room = capacity;
	return true;
}

static bool note_push(const struct note *note)
{
	if (notes.nr >= NR_HELD && notes.nr - NR_HELD == notes.nr_room && !more_grow())
		return false;
	*note_at(notes.nr++) = *note;
	hosted_thread.has_postponed = true;
	return true;
}

void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer)
{
	const struct note note = {plat, pcpu, pointer};
	sigset_t before;
	bool noted;

	hosted_signals_block(&before);
	noted = note_push(&note);
	hosted_signals_restore(&before);
	if (!noted)
		hosted_say("hosted: no memory to postpone a free: the object stays allocated\n");
}

/* Removes and returns the last note that can be freed now: this handler did not interrupt a holder
   of its lock. */
static bool note_pop(struct note *note)
{
	sigset_t before;
	size_t i;

	hosted_signals_block(&before);
	i = notes.nr;
	while (i > 0 && plat_lock_held(note_at(i - 1)->plat, PLAT_LOCK_INNER))
		i--;
	if (i > 0) {
		*note = *note_at(i - 1);
		*note_at(i - 1) = *note_at(--notes.nr);
	}
	hosted_thread.has_postponed = notes.nr > 0;
	if (notes.nr == 0)
		more_drop();
	hosted_signals_restore(&before);
	return i > 0;
}

/* A free also releases a lock and gets here: it leaves the notes to the loop that called it. One
   that is postponed again waits for the next time: what it waits for may be what a handler that
   gets here has interrupted. So while this thread works on magazines one is tried: were it all, a
   handler that comes often would leave the interrupted code no time to end. */
void hosted_postponed_run(void)
{
	bool is_inside = pcpu_here.pcpu && !pcpu_here.owner;
	struct note note;

	for (size_t left = is_inside ? 1 : notes.nr;
	     left > 0 && !notes.is_freeing && note_pop(&note); left--) {
		notes.is_freeing = true;
		pcpu_free(note.pcpu, (struct pcpu_ptr){note.pointer});
		notes.is_freeing = false;
	}
}

void plat_free_now(struct plat *plat)
{
	if (hosted_thread.has_postponed)
		hosted_postponed_run();
}
