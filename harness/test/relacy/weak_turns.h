/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_turns.h - which thread goes on, and what else chance decides: a scheduler of Relacy's.
 *
 * At one access in `rate`, which each schedule draws anew, any thread that can goes on: a window of
 * two accesses wants a thread that does not, and another that does much meanwhile. Numbers by
 * splitmix64 (Steele, Lea, Flood 2014) from the schedule's own; those of Relacy's random scheduler
 * are too much alike from one to the next for that.
 */
#ifndef WEAK_TURNS_H
#define WEAK_TURNS_H

#include "harness/test/relacy/weak.h"

#include <relacy/relacy.hpp>

class one_in_rate
	: public rl::scheduler<one_in_rate, rl::scheduler_thread_info, WEAK_NR_THREADS> {
public:
	using base = rl::scheduler<one_in_rate, rl::scheduler_thread_info, WEAK_NR_THREADS>;
	using shared_context_t = base::shared_context_t;
	struct task_t {
	};

	one_in_rate(rl::test_params &params, shared_context_t &shared, rl::thread_id_t nr_dynamic)
		: base(params, shared, nr_dynamic)
	{
	}

	rl::thread_id_t iteration_begin_impl()
	{
		state = iter_;
		rate = 1u << number() % 7;
		return last = another();
	}

	bool iteration_end_impl()
	{
		return iter_ == params_.iteration_count;
	}

	rl::thread_id_t schedule_impl(rl::unpark_reason &reason, unsigned yield)
	{
		bool can_continue = threads_[last].state_ == rl::thread_state_running;

		reason = rl::unpark_reason_normal;
		if (!can_continue || yield || number() % rate == 0)
			last = another();
		return last;
	}

	unsigned rand_impl(unsigned limit, rl::sched_type)
	{
		return static_cast<unsigned>(number() % limit);
	}

	rl::iteration_t iteration_count_impl()
	{
		return params_.iteration_count;
	}

	void get_state_impl(std::ostream &)
	{
	}

	void set_state_impl(std::istream &)
	{
	}

	void on_thread_block(rl::thread_id_t, bool)
	{
	}

private:
	uint64_t state;
	unsigned rate;
	rl::thread_id_t last;

	uint64_t number()
	{
		uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		return z ^ z >> 31;
	}

	rl::thread_id_t another()
	{
		return running_threads[number() % static_cast<unsigned>(running_threads_count)];
	}
};

#endif
