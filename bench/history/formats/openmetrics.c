/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * openmetrics.c - OpenMetrics 1.0 text: one info for the run, one gauge for its samples.
 *
 *	# TYPE pcpu_bench_run info
 *	pcpu_bench_run_info{revision="...",host="..."} 1
 *	# TYPE pcpu_bench gauge
 *	pcpu_bench{workload="pair/8B",engine="area",metric="real_time",repetition="0",...} 98.6 TIME
 *	# EOF
 *
 * TIME is the run's, in seconds since 1970: what is ingested later stands where it was measured. A
 * run whose time is unknown has none. Written, not read.
 */
#include "bench/history/history_check.h"
#include "bench/history/history_formats.h"

static const char *const run_labels[] = {
	"time", "revision", "dirty", "host", "compiler", "flavour", "source",
};
static const char *const sample_labels[] = {"workload", "engine", "metric", "unit"};
enum {
	NR_RUN_LABELS = sizeof(run_labels) / sizeof(run_labels[0]),
	NR_SAMPLE_LABELS = sizeof(sample_labels) / sizeof(sample_labels[0]),
};

static void put_label(FILE *to, const char *name, const char *text)
{
	fprintf(to, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
	fputc('"', to);
}

static void put_run(FILE *to, const json_t *run, const char *when)
{
	fprintf(to, "# TYPE pcpu_bench_run info\n"
		    "# HELP pcpu_bench_run Where and of what the samples are.\n"
		    "pcpu_bench_run_info{");
	for (size_t i = 0; i < NR_RUN_LABELS; i++) {
		const json_t *value = json_object_get(run, run_labels[i]);
		const char *text = json_is_boolean(value) ? json_is_true(value) ? "1" : "0" :
							    history_text(run, run_labels[i]);

		if (i)
			fputc(',', to);
		put_label(to, run_labels[i], text);
	}
	fprintf(to, "} 1%s\n", when);
}

static void put_sample(FILE *to, const json_t *sample, const char *when)
{
	fputs("pcpu_bench{", to);
	for (size_t i = 0; i < NR_SAMPLE_LABELS; i++) {
		put_label(to, sample_labels[i], history_text(sample, sample_labels[i]));
		fputc(',', to);
	}
	fprintf(to, "repetition=\"%lld\"} %.15g%s\n",
		(long long)json_integer_value(json_object_get(sample, "repetition")),
		json_number_value(json_object_get(sample, "value")), when);
}

static bool openmetrics_print(FILE *to, const json_t *runs)
{
	const json_t *run = json_array_get(runs, 0), *sample;
	char when[32] = "";
	int64_t seconds;
	size_t i;

	if (history_time_seconds(history_text(run, "time"), &seconds))
		snprintf(when, sizeof(when), " %lld", (long long)seconds);
	put_run(to, run, when);
	fputs("# TYPE pcpu_bench gauge\n"
	      "# HELP pcpu_bench What was measured: metric, in unit.\n",
	      to);
	json_array_foreach(json_object_get(run, "samples"), i, sample)
		put_sample(to, sample, when);
	fputs("# EOF\n", to);
	return true;
}

const struct history_format history_openmetrics = {
	.name = "openmetrics",
	.print = openmetrics_print,
};
