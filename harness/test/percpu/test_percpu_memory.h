/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_percpu_memory.h - where copies lie: the section of static variables, allocations, each CPU's
   addresses. Behind test_percpu_arguments.h, whose types it uses. */
#include "harness/test/percpu/percpu_cpu.h"

#include <pthread.h>
#include <signal.h>

#include "harness/test/lib/test_child.h"

/* --- allocations ------------------------------------------------------------------------------ */

/* Under the outer lock, which every other allocation takes. */
TEST(atomic_allocations_take_no_outer_lock)
{
	struct plat *plat = hosted_default_plat();
	struct shape __percpu *typed;
	char __percpu *bytes;

	become_cpu();
	plat_lock(plat, PLAT_LOCK_OUTER);
	typed = alloc_percpu_atomic(struct shape);
	bytes = __alloc_percpu_atomic(5, 1);
	plat_unlock(plat, PLAT_LOCK_OUTER);
	CHECK(typed && bytes);
	CHECK_EQ((uintptr_t)typed % _Alignof(struct shape), 0);
	free_percpu(typed);
	free_percpu(bytes);
}

/* What the reserved part has not, is not to be had: the default instance's is 8 KiB. */
TEST(reserved_allocations_do_not_spill_over)
{
	void __percpu *objects[16];
	uint32_t nr = 0;

	become_cpu();
	while (nr < 16 && (objects[nr] = __alloc_reserved_percpu(1024, 8)))
		nr++;
	CHECK(nr > 0 && nr <= 8);
	while (nr)
		free_percpu(objects[--nr]);
}

/* --- the section ----------------------------------------------------------------------------- */

DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_a);
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_b);
DEFINE_PER_CPU(char, plain_c);
DEFINE_PER_CPU_READ_MOSTLY(char, mostly_d) = 4;
DEFINE_PER_CPU_PAGE_ALIGNED(char[5000], pages_e);
DEFINE_PER_CPU_FIRST(char[48], first_f);
/* Defined and never declared, so that the definition's own alignment shows; and declared only: the
   compiler has the declaration's from nowhere else. */
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_defined) = 1;
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_defined_too) = 2;
DEFINE_PER_CPU_PAGE_ALIGNED(char, page_defined) = 3;
DEFINE_PER_CPU_PAGE_ALIGNED(char, page_defined_too) = 4;
DECLARE_PER_CPU_SHARED_ALIGNED(char, shared_declared);
DECLARE_PER_CPU_PAGE_ALIGNED(char, page_declared);
_Static_assert(PCPU_LINE_BYTES >= 64, "no cache line of these machines is shorter");
_Static_assert(__alignof__(shared_defined) == PCPU_LINE_BYTES, "its line is its own");
_Static_assert(__alignof__(shared_declared) == PCPU_LINE_BYTES, "declared like defined");
_Static_assert(__alignof__(page_defined) == PCPU_PAGE_BYTES, "it starts a page");
_Static_assert(__alignof__(page_declared) == PCPU_PAGE_BYTES, "declared like defined");
DECLARE_PER_CPU_SHARED_ALIGNED(char, shared_a);
DECLARE_PER_CPU_PAGE_ALIGNED(char[5000], pages_e);
DECLARE_PER_CPU_READ_MOSTLY(char, mostly_d);
DECLARE_PER_CPU_FIRST(char[48], first_f);

TEST(section_order_and_alignment)
{
	uintptr_t start = (uintptr_t)__per_cpu_start, end = (uintptr_t)__per_cpu_end;
	uintptr_t first = (uintptr_t)&first_f, page = (uintptr_t)&pages_e;
	uintptr_t mostly = (uintptr_t)&mostly_d, plain = (uintptr_t)&plain_c;
	uintptr_t shared = (uintptr_t)&shared_a, shared_two = (uintptr_t)&shared_b;

	CHECK_EQ(start % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(end % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(first, start);
	CHECK_EQ(page % PCPU_PAGE_BYTES, 0);
	CHECK(first + 48 <= page);
	CHECK(page + 5000 <= mostly);
	CHECK_EQ((page + 5000 + 63) / 64 * 64 <= mostly, true);
	CHECK(mostly < plain && mostly / 64 != plain / 64);
	CHECK(plain < shared);
	CHECK_EQ(shared % 64, 0);
	CHECK_EQ(shared_two % 64, 0);
	CHECK(shared / 64 != shared_two / 64);
	CHECK(shared < end && shared_two < end);
	CHECK_EQ((uintptr_t)&shared_defined % PCPU_LINE_BYTES, 0);
	CHECK_EQ((uintptr_t)&shared_defined_too % PCPU_LINE_BYTES, 0);
	CHECK_EQ((uintptr_t)&page_defined % PCPU_PAGE_BYTES, 0);
	CHECK_EQ((uintptr_t)&page_defined_too % PCPU_PAGE_BYTES, 0);
}

/* --- addresses ------------------------------------------------------------------------------- */

/* Objects of several chunks: the third 32 KiB no longer fits in the first one. */
TEST(distance_is_the_same_for_static_and_dynamic_objects)
{
	char __percpu *objects[6];
	uint32_t cpu;

	become_cpu();
	for (int i = 0; i < 6; i++) {
		objects[i] = __alloc_percpu(PCPU_MIN_UNIT_BYTES, 64);
		CHECK(objects[i]);
	}
	for_each_possible_cpu(cpu) {
		intptr_t distance = (intptr_t)&per_cpu(plain_c, cpu) -
				    (intptr_t)&per_cpu(plain_c, 0);

		CHECK_EQ(distance, per_cpu_offset(cpu) - per_cpu_offset(0));
		for (int i = 0; i < 6; i++) {
			CHECK_EQ((intptr_t)per_cpu_ptr(objects[i], cpu) -
				 (intptr_t)per_cpu_ptr(objects[i], 0), distance);
			per_cpu_ptr(objects[i], cpu)[77] = 'x';
		}
	}
	for (int i = 0; i < 6; i++) {
		this_cpu_inc(objects[i][77]);
		CHECK_EQ(per_cpu_ptr(objects[i], me)[77], 'y');
		free_percpu(objects[i]);
	}
}

/* this_cpu_ptr() is of the calling CPU: on another CPU it is another pointer. */
TEST(this_cpu_ptr_follows_a_move_between_cpus)
{
	char __percpu *p;
	char *here, *there, *back;
	uint32_t other;

	become_cpu();
	if (me == 0)
		SKIP("one CPU");
	p = __alloc_percpu(1, 1);
	other = 0;
	while (!cpu_possible(other))
		other++;
	here = this_cpu_ptr(p);
	hosted_leave_cpu(hosted_default_plat());
	CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), other));
	there = this_cpu_ptr(p);
	hosted_leave_cpu(hosted_default_plat());
	CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), me));
	back = this_cpu_ptr(p);
	CHECK(here == per_cpu_ptr(p, me) && here == back);
	CHECK(there == per_cpu_ptr(p, other));
	free_percpu(p);
}

static void *visit_cpu(void *argument)
{
	uint32_t cpu = *(uint32_t *)argument;
	bool right;

	if (!hosted_enter_cpu(hosted_default_plat(), hosted_default(), cpu))
		return "cannot enter";
	right = smp_processor_id() == cpu && this_cpu_read(cpu_number) == cpu &&
		this_cpu_read(this_cpu_off) == per_cpu_offset(cpu) &&
		this_cpu_ptr(&plain_c) == &per_cpu(plain_c, cpu) &&
		raw_cpu_ptr(&plain_c) == __this_cpu_ptr(&plain_c);
	hosted_leave_cpu(hosted_default_plat());
	return right ? NULL : "another CPU's copy was reached";
}

TEST(every_cpu_reaches_its_own_copy)
{
	uint32_t cpu;

	become_cpu();
	CHECK_EQ(smp_processor_id(), me);
	CHECK_EQ(this_cpu_read(this_cpu_off), per_cpu_offset(me));
	for_each_possible_cpu(cpu) {
		pthread_t thread;
		void *wrong;

		if (cpu == me)
			continue;
		CHECK_EQ(pthread_create(&thread, NULL, visit_cpu, &cpu), 0);
		pthread_join(thread, &wrong);
		CHECK_STR((const char *)wrong, (const char *)NULL);
	}
}

TEST(get_and_put_balance)
{
	struct shape __percpu *p;

	become_cpu();
	p = alloc_percpu(struct shape);
	CHECK_EQ(hosted_preempt_depth(), 0);
	get_cpu_var(static_u32) = 4;
	CHECK_EQ(hosted_preempt_depth(), 1);
	get_cpu_var(row)[1] += 1;
	CHECK_EQ(hosted_preempt_depth(), 2);
	get_cpu_ptr(p)->a = 6;
	CHECK_EQ(hosted_preempt_depth(), 3);
	put_cpu_ptr(p);
	put_cpu_var(row);
	put_cpu_var(static_u32);
	CHECK_EQ(hosted_preempt_depth(), 0);
	CHECK_EQ(per_cpu(static_u32, me), 4);
	CHECK_EQ(per_cpu(row, me)[1], 3);
	CHECK_EQ(per_cpu_ptr(p, me)->a, 6);
	this_cpu_add(static_u32, 1); /* the generic form goes through it as well */
	CHECK_EQ(hosted_preempt_depth(), 0);
	per_cpu(row, me)[1] = 2;
	free_percpu(p);
}

TEST(addresses_are_distinguished)
{
	int __percpu *p;
	int on_stack = 0;

	become_cpu();
	p = alloc_percpu(int);
	CHECK(is_static_percpu_address(&per_cpu(plain_c, me)));
	CHECK(is_static_percpu_address(&per_cpu(plain_c, 0)));
	CHECK(!is_static_percpu_address(per_cpu_ptr(p, me)));
	CHECK(!is_static_percpu_address(&on_stack));
	/* 0 where the kernel hides frame numbers; the place in the page is never lost. */
	*per_cpu_ptr(p, me) = 1;
	if (per_cpu_ptr_to_phys(per_cpu_ptr(p, me)))
		CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(p, me)) % PCPU_PAGE_BYTES,
			 (uintptr_t)per_cpu_ptr(p, me) % PCPU_PAGE_BYTES);
	free_percpu(p);
	free_percpu(NULL);
}

TEST(allocations_are_typed_aligned_and_zero)
{
	struct wide {
		_Alignas(256) char bytes[300];
	};
	struct wide __percpu *wide;
	uint64_t __percpu *atomic;
	uint64_t __percpu *reserved;
	uint32_t cpu;

	become_cpu();
	wide = alloc_percpu(struct wide);
	atomic = alloc_percpu_atomic(uint64_t);
	reserved = __alloc_reserved_percpu(8, 8);
	CHECK(wide && atomic && reserved);
	for_each_possible_cpu(cpu) {
		CHECK_EQ((uintptr_t)per_cpu_ptr(wide, cpu) % 256, 0);
		for (size_t i = 0; i < sizeof(struct wide); i++)
			CHECK_EQ(per_cpu_ptr(wide, cpu)->bytes[i], 0);
		CHECK_EQ(*per_cpu_ptr(atomic, cpu) + *per_cpu_ptr(reserved, cpu), 0);
	}
	CHECK(!__alloc_percpu(8, 3));
	free_percpu(wide);
	free_percpu(atomic);
	free_percpu(reserved);
	CHECK_EQ(pcpu_check(pcpu_default_instance, NULL), PCPU_HOLDS);
}

/* --- B18 ------------------------------------------------------------------------------------- */

static void touch_load_image(void *unused)
{
	signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would exit */
	*(volatile char *)(uintptr_t)&plain_c = 1;
}

/* The load image is where an unchecked per_cpu() of an impossible CPU ends up. */
TEST(B18_the_load_image_is_sealed)
{
	struct test_child child;

	become_cpu();
	test_child_run(touch_load_image, NULL, &child);
	CHECK_EQ(child.signal, SIGSEGV);
}
