// SPDX-License-Identifier: BSD-2-Clause OR MIT
// shim.cc - the lab's only C++: Google Benchmark's State and reporter behind shim.h.
#include "bench/runner/shim.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace
{

const char skip_prefix[] = "skipped: ";

benchmark::State *state_of(shim_state *state)
{
	return reinterpret_cast<benchmark::State *>(state);
}

// Hands every repetition to C; the JSON file is Google Benchmark's own affair.
class CallbackReporter : public benchmark::BenchmarkReporter
{
      public:
	explicit CallbackReporter(const shim_run *run) : run_(run)
	{
	}

	bool ReportContext(const Context &) override
	{
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type == Run::RT_Iteration)
				print(run);
		}
	}

      private:
	void print(const Run &run)
	{
		const std::string name = run.run_name.function_name;
		const bool skipped = run.error_message.compare(0, sizeof(skip_prefix) - 1,
							       skip_prefix) == 0;
		shim_result result = {};

		result.name = name.c_str();
		result.nr_iterations = static_cast<uint64_t>(run.iterations);
		if (run.iterations > 0)
			result.ns_per_iteration = run.real_accumulated_time * 1e9 /
						  static_cast<double>(run.iterations);
		if (run.error_occurred)
			result.error = run.error_message.c_str();
		result.skipped = run.error_occurred && skipped;
		result.label = run.report_label.c_str();
		if (run_->result)
			run_->result(run_->context, &result);
	}

	const shim_run *run_;
};

// Google Benchmark takes its settings as words of a command line only.
void initialize(const shim_run *run)
{
	std::vector<std::string> words = {"pcpu-bench"};
	std::vector<char *> argv;

	words.push_back("--benchmark_repetitions=" + std::to_string(run->nr_repetitions));
	if (run->interleave)
		words.push_back("--benchmark_enable_random_interleaving=true");
	if (run->json_file) {
		words.push_back(std::string("--benchmark_out=") + run->json_file);
		words.push_back("--benchmark_out_format=json");
	}
	for (std::string &word : words)
		argv.push_back(&word[0]);
	argv.push_back(nullptr);
	int argc = static_cast<int>(words.size());
	benchmark::Initialize(&argc, argv.data());
}

} // namespace

void shim_register(const struct shim_bench *bench)
{
	auto run = bench->run;
	auto context = bench->context;
	auto call = [run, context](benchmark::State &state) {
		run(reinterpret_cast<shim_state *>(&state), context);
	};
	auto *registered = benchmark::RegisterBenchmark(bench->name, call);

	if (bench->manual)
		registered->UseManualTime();
	else
		registered->UseRealTime();
	if (bench->iterations)
		registered->Iterations(static_cast<benchmark::IterationCount>(bench->iterations));
	else
		registered->MinTime(bench->min_seconds);
}

size_t shim_run_all(const struct shim_run *run)
{
	CallbackReporter reporter(run);

	initialize(run);
	return benchmark::RunSpecifiedBenchmarks(&reporter, std::string("all"));
}

void shim_context(const char *key, const char *value)
{
	benchmark::AddCustomContext(key, value);
}

uint64_t shim_begin(struct shim_state *state)
{
	benchmark::State *s = state_of(state);

	return s->KeepRunningBatch(s->max_iterations) ? static_cast<uint64_t>(s->max_iterations)
						      : 0;
}

void shim_end(struct shim_state *state)
{
	benchmark::State *s = state_of(state);

	// The second call finds its iterations spent, stops the clock and says so.
	if (!s->error_occurred() && s->KeepRunningBatch(s->max_iterations))
		s->SkipWithError("shim_end() without shim_begin()");
}

void shim_seconds(struct shim_state *state, double seconds)
{
	state_of(state)->SetIterationTime(seconds);
}

void shim_counter(struct shim_state *state, const char *name, double value)
{
	state_of(state)->counters[name] = value;
}

void shim_count(struct shim_state *state, bool on)
{
	// Nothing is counted here.
	(void)state;
	(void)on;
}

void shim_label(struct shim_state *state, const char *text)
{
	state_of(state)->SetLabel(text);
}

void shim_fail(struct shim_state *state, const char *reason)
{
	state_of(state)->SkipWithError(reason);
}

void shim_skip(struct shim_state *state, const char *reason)
{
	const std::string text = std::string(skip_prefix) + reason;

	state_of(state)->SkipWithError(text.c_str());
}
