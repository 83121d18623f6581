/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_memory.cc - each access of the core (weak_calls.c), done by Relacy.
 *
 *	plain access	-> shadow: who wrote this byte last and who read it since, against Relacy's
 *			   vector clocks
 *	atomic access	-> cell: Relacy's record of the last three stores to this address
 *	any atomic	-> Relacy's scheduler
 *
 * The arena itself always has the last value.
 */
#include <relacy/relacy.hpp>
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno

#include "harness/test/relacy/weak_arena.h"
#include "harness/test/relacy/weak_calls.h"
#include "harness/test/relacy/weak_turns.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace {

constexpr int nr_threads = WEAK_NR_THREADS;
using thread_of_relacy = rl::aligned<rl::thread_info<nr_threads>>;
using stores_of_relacy = rl::atomic_data_impl<nr_threads>;
using clock_value = uint32_t;

/* --- what a schedule has of its own ----------------------------------------------------------- */

/* Of one byte, or of one word of percpu memory. */
struct shadow {
	clock_value written, read[nr_threads];
	void *written_at, *read_at[nr_threads]; /* in the code */
	uint16_t cell;		    /* 1 + its number; 0: none */
	uint8_t writer;
	bool touched;
};

struct cell {
	alignas(stores_of_relacy) char stores[sizeof(stores_of_relacy)];
	uint64_t value[rl::atomic_history_size];
	clock_value loaded[nr_threads], stored[nr_threads];
	uintptr_t address;
	size_t bytes;
	void *at;
	bool plain; /* written by a plain store since */

	stores_of_relacy *order()
	{
		return reinterpret_cast<stores_of_relacy *>(stores);
	}
};

/* A relaxed store that its thread has not finished (W3). */
struct pending {
	cell *to; /* NULL: none */
	uint64_t value;
};

constexpr size_t words_of_pages = sizeof(weak_arena.pages) / 4;
constexpr size_t nr_shadows =
	words_of_pages + sizeof(weak_arena) - offsetof(struct weak_arena, meta);
constexpr size_t nr_cells_max = 4096;

shadow shadows[nr_shadows];
uint32_t touched[nr_shadows];
size_t nr_touched;
cell cells[nr_cells_max];
size_t nr_cells;
pending unfinished[nr_threads];
uint32_t lock_holder[2]; /* 1 + the thread; 0: nobody */
rl::sync_var<nr_threads> orders[WEAK_NR_ORDERS];
rl::mutex *locks;
thread_of_relacy *threads;
bool is_checked; /* threads run */
bool has_failed;

/* --- what all schedules of a case have -------------------------------------------------------- */

struct weak_arena snapshot;
const struct weak_case *running;
uint32_t chosen_thread;
char broken[400];

__attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list arguments;

	if (has_failed)
		return;
	has_failed = true;
	va_start(arguments, format);
	vsnprintf(broken, sizeof(broken), format, arguments);
	va_end(arguments);
	if (rl::is_ctx() && rl::ctx().threadx_)
		rl::ctx().fail_test("", rl::test_result_user_assert_failed, $);
}

rl::thread_info_base &self()
{
	return *rl::ctx().threadx_;
}

clock_value tick(rl::thread_info_base &thread)
{
	return static_cast<clock_value>(++thread.own_acq_rel_order_);
}

/* What of the arena an address is: its first shadow, or nr_shadows. */
size_t shadow_of(uintptr_t address)
{
	size_t at = address - reinterpret_cast<uintptr_t>(&weak_arena);

	if (at < offsetof(struct weak_arena, meta))
		return at / 4;
	at -= offsetof(struct weak_arena, meta);
	return at < offsetof(struct weak_arena, plat) - offsetof(struct weak_arena, meta) ?
		       words_of_pages + at :
		       nr_shadows;
}

shadow &shadow_at(size_t i)
{
	if (!shadows[i].touched) {
		shadows[i].touched = true;
		touched[nr_touched++] = static_cast<uint32_t>(i);
	}
	return shadows[i];
}

void shadows_reset()
{
	while (nr_touched > 0)
		shadows[touched[--nr_touched]] = shadow{};
	nr_cells = 0;
}

/* --- races ------------------------------------------------------------------------------------ */

void race(const char *what, uintptr_t address, void *at, void *other)
{
	fail("race: thread %d %s %s+%#zx (code at %p and %p)", self().index_, what,
	     address < reinterpret_cast<uintptr_t>(weak_arena.meta) ? "percpu memory" : "metadata",
	     address - reinterpret_cast<uintptr_t>(
			       address < reinterpret_cast<uintptr_t>(weak_arena.meta) ?
				       &weak_arena.pages[0][0] :
				       weak_arena.meta),
	     at, other);
}

/* Whose of these times the thread does not know to be past; -1: nobody's. */
int find_unseen(const rl::thread_info_base &thread, const clock_value *times)
{
	for (int i = 0; i < nr_threads; i++)
		if (thread.acq_rel_order_[i] < times[i])
			return i;
	return -1;
}

bool all_seen(const rl::thread_info_base &thread, const clock_value *times)
{
	return find_unseen(thread, times) < 0;
}

bool write_seen(const rl::thread_info_base &thread, const shadow &of)
{
	return thread.acq_rel_order_[of.writer] >= of.written;
}

/* --- atomics ---------------------------------------------------------------------------------- */

uint64_t memory_load(uintptr_t address, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, reinterpret_cast<void *>(address), bytes);
	return value;
}

void memory_store(uintptr_t address, size_t bytes, uint64_t value)
{
	memcpy(reinterpret_cast<void *>(address), &value, bytes);
}

/* One store, which everybody may see: what memory has. Nobody has yet (Relacy does not say so). */
void cell_start(cell &c)
{
	::new (c.stores) stores_of_relacy();
	unsigned at = self().atomic_init(c.order());

	for (auto &seen : c.order()->history_[at].first_seen_order_)
		seen = static_cast<rl::timestamp_t>(-1);
	c.value[at] = memory_load(c.address, c.bytes);
	c.plain = false;
}

cell &cell_of(uintptr_t address, size_t bytes)
{
	shadow &first = shadow_at(shadow_of(address));

	if (first.cell == 0) {
		if (nr_cells == nr_cells_max)
			fail("too many atomics for this test: raise nr_cells_max");
		cell &made = cells[nr_cells++];

		made.address = address;
		made.bytes = bytes;
		memset(made.loaded, 0, sizeof(made.loaded));
		memset(made.stored, 0, sizeof(made.stored));
		cell_start(made);
		for (size_t i = 0; i < bytes; i++)
			shadow_at(shadow_of(address + i)).cell = static_cast<uint16_t>(nr_cells);
	}
	cell &c = cells[first.cell - 1];

	if (c.address != address || c.bytes != bytes)
		fail("an atomic of %zu bytes is accessed as one of %zu", c.bytes, bytes);
	if (c.plain)
		cell_start(c);
	return c;
}

/* What a load with acquire of this store sees: Relacy adds what the thread's store before this one
   gave. */
void store_gives_only(cell &c, unsigned at, int order)
{
	auto &thread = static_cast<rl::thread_info<nr_threads> &>(self());

	memcpy(c.order()->history_[at].acq_rel_order_,
	       order == __ATOMIC_RELAXED ? thread.release_fence_order_ : thread.acq_rel_order_,
	       sizeof(thread.acq_rel_order_));
}

void cell_store(cell &c, uint64_t value, int order)
{
	rl::thread_info_base &thread = self();
	unsigned at = order == __ATOMIC_RELAXED ? thread.atomic_store_relaxed(c.order()) :
		      order == __ATOMIC_RELEASE ? thread.atomic_store_release(c.order()) :
						  thread.atomic_store_seq_cst(c.order());

	store_gives_only(c, at, order);
	c.value[at] = value;
	c.stored[thread.index_] = static_cast<clock_value>(thread.own_acq_rel_order_);
	memory_store(c.address, c.bytes, value);
}

/* The running thread's relaxed store is done now. */
void finish_store()
{
	pending &p = unfinished[self().index_];
	cell *to = p.to;

	p.to = nullptr;
	if (to)
		cell_store(*to, p.value, __ATOMIC_RELAXED);
}

bool is_pending(uintptr_t address, size_t bytes)
{
	const cell *to = unfinished[self().index_].to;

	return to && address < to->address + to->bytes && to->address < address + bytes;
}

/* No plain access of another thread is unordered with this one: a store comes after all, a load
   after stores. */
void check_atomic(cell &c, bool stores, void *at)
{
	rl::thread_info_base &thread = self();

	for (size_t i = 0; i < c.bytes; i++) {
		shadow &of = shadow_at(shadow_of(c.address + i));

		if (!write_seen(thread, of))
			race(stores ? "stores to" : "loads from", c.address, at, of.written_at);
		if (stores && !all_seen(thread, of.read))
			race("stores to", c.address, at,
			     of.read_at[find_unseen(thread, of.read)]);
	}
	c.at = at;
}

uint64_t atomic_load(uintptr_t address, size_t bytes, int order, void *at)
{
	rl::thread_info_base &thread = self();
	cell &c = cell_of(address, bytes);

	check_atomic(c, false, at);
	unsigned seen = order == __ATOMIC_RELAXED ? thread.atomic_load_relaxed(c.order()) :
			order == __ATOMIC_SEQ_CST ? thread.atomic_load_seq_cst(c.order()) :
						    thread.atomic_load_acquire(c.order());

	c.loaded[thread.index_] = static_cast<clock_value>(thread.own_acq_rel_order_);
	return c.value[seen];
}

void atomic_store(uintptr_t address, size_t bytes, uint64_t value, int order, bool may_wait,
		  void *at)
{
	cell &c = cell_of(address, bytes);

	check_atomic(c, true, at);
	if (may_wait && order == __ATOMIC_RELAXED && rl::rand(4) == 0)
		unfinished[self().index_] = {&c, value};
	else
		cell_store(c, value, order);
}

unsigned rmw_at(rl::thread_info_base &thread, cell &c, int order)
{
	bool aba;

	switch (order) {
	case __ATOMIC_RELAXED:
		return thread.atomic_rmw_relaxed(c.order(), aba);
	case __ATOMIC_CONSUME:
	case __ATOMIC_ACQUIRE:
		return thread.atomic_rmw_acquire(c.order(), aba);
	case __ATOMIC_RELEASE:
		return thread.atomic_rmw_release(c.order(), aba);
	case __ATOMIC_ACQ_REL:
		return thread.atomic_rmw_acq_rel(c.order(), aba);
	default:
		return thread.atomic_rmw_seq_cst(c.order(), aba);
	}
}

uint64_t last_value(cell &c)
{
	return c.value[c.order()->current_index_ % rl::atomic_history_size];
}

/* Reads the last value and writes another in one. */
void atomic_change(cell &c, uint64_t now, int order, void *at)
{
	rl::thread_info_base &thread = self();

	check_atomic(c, true, at);
	c.value[rmw_at(thread, c, order)] = now;
	c.loaded[thread.index_] = c.stored[thread.index_] =
		static_cast<clock_value>(thread.own_acq_rel_order_);
	memory_store(c.address, c.bytes, now);
}

bool is_shared(uintptr_t address)
{
	return is_checked && shadow_of(address) < nr_shadows;
}

/* Before an access: this thread's unfinished store may be done, and has to be before most. Then
   another thread may go on. */
void schedule(bool must_finish)
{
	if (must_finish || rl::rand(2) == 0)
		finish_store();
	rl::ctx().sched();
}

/* What is two bytes is a state (magazine.h, M1), whose bytes are atomics of their own (W4). */
size_t piece_bytes(size_t bytes)
{
	return bytes == 2 ? 1 : bytes;
}

uint64_t low_bytes(uint64_t value, size_t bytes)
{
	return value & ~UINT64_C(0) >> (64 - 8 * bytes);
}

uint64_t change_of(enum weak_change change, uint64_t old, uint64_t operand)
{
	switch (change) {
	case WEAK_ADD:
		return old + operand;
	case WEAK_SUB:
		return old - operand;
	case WEAK_AND:
		return old & operand;
	case WEAK_OR:
		return old | operand;
	case WEAK_XOR:
		return old ^ operand;
	default:
		return operand;
	}
}

/* --- plain accesses --------------------------------------------------------------------------- */

/* With atomics of the same bytes, too. */
void check_cell(const shadow &of, uintptr_t address, bool writes, void *at)
{
	cell &c = cells[of.cell - 1];

	if (!all_seen(self(), c.stored) || (writes && !all_seen(self(), c.loaded)))
		race(writes ? "writes" : "reads", address, at, c.at);
	if (writes)
		c.plain = true;
}

void check_plain(uintptr_t address, size_t from, size_t bytes, bool writes, void *at)
{
	rl::thread_info_base &thread = self();
	size_t to = shadow_of(address + bytes - 1);

	if (is_pending(address, bytes))
		finish_store();
	clock_value now = tick(thread);

	for (size_t i = from; i <= to && i < nr_shadows; i++) {
		shadow &of = shadow_at(i);

		if (!write_seen(thread, of))
			race(writes ? "writes" : "reads", address, at, of.written_at);
		if (writes && !all_seen(thread, of.read))
			race("writes", address, at, of.read_at[find_unseen(thread, of.read)]);
		if (of.cell > 0)
			check_cell(of, address, writes, at);
		if (writes) {
			of.written = now;
			of.writer = static_cast<uint8_t>(thread.index_);
			of.written_at = at;
		} else {
			of.read[thread.index_] = now;
			of.read_at[thread.index_] = at;
		}
	}
}

/* --- a schedule ------------------------------------------------------------------------------- */

struct one_schedule : rl::test_suite<one_schedule, nr_threads> {
	rl::mutex lock[2];

	void before()
	{
		weak_arena = snapshot;
		shadows_reset();
		locks = lock;
		memset(lock_holder, 0, sizeof(lock_holder));
		for (auto &order : orders)
			order.iteration_begin();
		for (auto &p : unfinished)
			p.to = nullptr;
		threads = static_cast<thread_of_relacy *>(
				  static_cast<rl::thread_info<nr_threads> *>(&self())) -
			  self().index_;
		is_checked = true;
	}

	void thread(unsigned i)
	{
		if (running->thread[i])
			running->thread[i]();
		finish_store();
	}

	void after()
	{
		is_checked = false;
		chosen_thread = static_cast<uint32_t>(self().index_);
		if (running->after)
			running->after();
	}
};

} // namespace

/* --- weak_calls.h ----------------------------------------------------------------------------- */

uint64_t weak_load(const volatile void *from, size_t bytes, int order, void *at)
{
	uintptr_t address = reinterpret_cast<uintptr_t>(from);
	size_t piece = piece_bytes(bytes);
	uint64_t value = 0;

	if (!is_shared(address))
		return memory_load(address, bytes);
	schedule(is_pending(address, bytes));
	for (size_t i = 0; i < bytes; i += piece)
		value |= atomic_load(address + i, piece, order, at) << 8 * i;
	return value;
}

void weak_store(volatile void *to, size_t bytes, uint64_t value, int order, void *at)
{
	uintptr_t address = reinterpret_cast<uintptr_t>(to);
	size_t piece = piece_bytes(bytes);

	if (!is_shared(address)) {
		memory_store(address, bytes, value);
		return;
	}
	schedule(true);
	for (size_t i = 0; i < bytes; i += piece)
		atomic_store(address + i, piece, low_bytes(value >> 8 * i, piece), order,
			     piece == bytes, at);
	for (size_t i = 0; piece != bytes && i < bytes; i += piece) {
		cell &c = cell_of(address + i, piece);

		store_gives_only(c, c.order()->current_index_ % rl::atomic_history_size, order);
	}
}

uint64_t weak_exchange(volatile void *to, size_t bytes, enum weak_change change, uint64_t operand,
		       int order, void *at)
{
	uintptr_t address = reinterpret_cast<uintptr_t>(to);
	uint64_t old = memory_load(address, bytes);

	if (!is_shared(address)) {
		memory_store(address, bytes, change_of(change, old, operand));
		return old;
	}
	schedule(true);
	cell &c = cell_of(address, bytes);

	old = last_value(c);
	atomic_change(c, low_bytes(change_of(change, old, operand), bytes), order, at);
	return old;
}

bool weak_compare(volatile void *to, size_t bytes, uint64_t *expected, uint64_t value, int order,
		  int failure_order, void *at)
{
	uintptr_t address = reinterpret_cast<uintptr_t>(to);
	uint64_t old = memory_load(address, bytes);

	if (!is_shared(address)) {
		if (old == *expected)
			memory_store(address, bytes, value);
		bool same = old == *expected;

		*expected = old;
		return same;
	}
	schedule(true);
	cell &c = cell_of(address, bytes);

	if (last_value(c) != *expected) {
		*expected = atomic_load(address, bytes, failure_order, at);
		return false;
	}
	atomic_change(c, value, order, at);
	return true;
}

void weak_plain(const volatile void *where, size_t bytes, bool writes, void *at)
{
	if (!is_checked || bytes == 0)
		return;
	uintptr_t address = reinterpret_cast<uintptr_t>(where);
	size_t from = shadow_of(address);

	if (from < nr_shadows)
		check_plain(address, from, bytes, writes, at);
}

void weak_fence(int order)
{
	if (!is_checked || order == __ATOMIC_RELAXED)
		return;
	if (order != __ATOMIC_ACQUIRE)
		finish_store();
	rl::atomic_thread_fence(order == __ATOMIC_RELEASE ? rl::mo_release :
				order == __ATOMIC_ACQ_REL ? rl::mo_acq_rel :
				order == __ATOMIC_SEQ_CST ? rl::mo_seq_cst :
							    rl::mo_acquire,
				$);
}

/* Others let a load go before an earlier store. */
void weak_fence_of_compiler(int order)
{
	if (is_checked && order == __ATOMIC_SEQ_CST)
		finish_store();
}

/* --- weak.h ----------------------------------------------------------------------------------- */

const char *weak_run(const struct weak_case *run, uint64_t last, uint64_t *nr)
{
	std::ostream nowhere(nullptr);
	rl::ostringstream state;
	rl::test_params params;

	running = run;
	is_checked = has_failed = false;
	memset(lock_holder, 0, sizeof(lock_holder));
	memset(&weak_arena, 0, sizeof(weak_arena));
	run->set_up();
	snapshot = weak_arena;
	params.iteration_count = last;
	params.execution_depth_limit = 20000;
	params.output_stream = params.progress_stream = &nowhere;
	rl::test_result_e result =
		has_failed ? rl::test_result_user_assert_failed :
			     rl::run_test<one_schedule, one_in_rate>(
				     params, state, false);
	is_checked = false;
	*nr = params.stop_iteration;
	if (result == rl::test_result_success)
		return nullptr;
	if (!has_failed)
		snprintf(broken, sizeof(broken), "%s", rl::test_result_str(result));
	return broken;
}

uint32_t weak_thread(void)
{
	return is_checked ? static_cast<uint32_t>(self().index_) : chosen_thread;
}

void weak_thread_set(uint32_t thread)
{
	chosen_thread = thread;
}

uint32_t weak_choose(uint32_t n)
{
	return is_checked ? rl::rand(n) : 0;
}

void weak_fail(const char *sentence)
{
	fail("%s", sentence);
}

void weak_yield(void)
{
	if (!is_checked)
		return;
	finish_store();
	rl::ctx().yield(1, $);
}

void weak_read(const void *from, size_t bytes)
{
	weak_plain(from, bytes, false, __builtin_return_address(0));
}

void weak_write(void *to, size_t bytes)
{
	weak_plain(to, bytes, true, __builtin_return_address(0));
}

void weak_lock(uint32_t lock)
{
	if (is_checked) {
		finish_store();
		locks[lock].lock($);
	}
	lock_holder[lock] = 1 + weak_thread();
}

void weak_unlock(uint32_t lock)
{
	if (is_checked)
		finish_store();
	lock_holder[lock] = 0;
	if (is_checked)
		locks[lock].unlock($);
}

bool weak_lock_held(uint32_t lock)
{
	return lock_holder[lock] == 1 + weak_thread();
}

void weak_barrier_all(void)
{
	if (!is_checked)
		return;
	finish_store();
	self().ctx_->sched();
	for (int i = -1; i <= nr_threads; i++) {
		bool own = i < 0 || i == nr_threads;

		threads[own ? self().index_ : i].atomic_thread_fence_seq_cst(
			rl::ctx().seq_cst_fence_order_);
		rl::ctx().sched();
	}
}

void weak_order_give(enum weak_order order)
{
	if (is_checked)
		orders[order].release(&self());
}

void weak_order_take(enum weak_order order)
{
	if (is_checked)
		orders[order].acquire(&self());
}

void weak_write_after_all(void *to, size_t bytes)
{
	rl::timestamp_t known[nr_threads];

	if (!is_checked)
		return;
	memcpy(known, self().acq_rel_order_, sizeof(known));
	for (auto &order : orders)
		order.acquire(&self());
	weak_plain(to, bytes, true, __builtin_return_address(0));
	known[self().index_] = self().own_acq_rel_order_;
	memcpy(self().acq_rel_order_, known, sizeof(known));
}
