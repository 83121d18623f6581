/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* doctor_report.c - what the set doctor found, as tables and as JSON. */
#include "harness/cli/sets/doctor.h"

#include <inttypes.h>

static bool set_fits(const struct doctor *doctor, const struct doctor_set *set)
{
	return set->nr_lines <= doctor->cache.nr_ways;
}

static void print_strides(FILE *out, const struct doctor *doctor)
{
	fprintf(out, "\n%-10s %9s %6s %10s %11s %10s %13s %11s\n", "stride", "unit", "skew",
		"sets used", "in one set", "do not fit", "elsewhere", "ns a copy");
	for (unsigned i = 0; i < CMD_NR_STRIDES; i++) {
		const struct doctor_stride *s = &doctor->strides[i];

		fprintf(out, "%-10s %9" PRIu32 " %6" PRIu32 " %10" PRIu32 " %11" PRIu32 " %10"
			PRIu32 " %13" PRIu64 " %11.2f\n", cmd_stride_names[i],
			s->layout.unit_bytes, s->layout.skew_bytes, s->sets_used, s->copies_max,
			s->copies_out, s->nr_differ, s->ns_sum);
	}
	fprintf(out, "copies of one object, read in turns: sets that they lie in, the most in one "
		"set, how many\nmore than the ways of their set hold; elsewhere: copies of all "
		"objects that lie in another set\nthan offset and stride say\n");
}

static void print_sets(FILE *out, const struct doctor *doctor)
{
	fprintf(out, "\n%-10s %5s %8s %8s %7s %9s %9s  %s\n", "stride", "set", "objects", "lines",
		"fit", "ns a read", "ns apart", "objects of");
	for (unsigned i = 0; i < CMD_NR_STRIDES; i++)
		for (guint k = 0; k < doctor->strides[i].sets->len; k++) {
			const struct doctor_set *set = &g_array_index(doctor->strides[i].sets,
								      struct doctor_set, k);

			fprintf(out, "%-10s %5" PRIu32 " %8" PRIu32 " %8" PRIu32
				" %7s %9.2f %9.2f  %s\n", cmd_stride_names[i], set->set,
				set->nr_objects, set->nr_lines,
				set_fits(doctor, set) ? "yes" : "no", set->ns, set->ns_apart,
				set->sites);
		}
	fprintf(out, "the most crowded sets, by the lines of all objects on all CPUs; fit: in as "
		"many ways; apart:\nas many lines, taken from all sets in turns\n");
}

void doctor_print(FILE *out, const struct doctor *doctor)
{
	const struct set_cache *cache = &doctor->cache;

	fprintf(out, "trace   %s: after event %zu of %zu, when the most bytes live: %" PRIu32
		" objects on %" PRIu32 " CPUs, engine %s\n", doctor->path,
		doctor->trace.nr_ops ? doctor->step + 1 : 0, doctor->trace.nr_ops,
		doctor->nr_objects, doctor->nr_cpus, doctor->engine->name);
	fprintf(out, "cache   %" PRIu32 " sets of %" PRIu32 " ways, lines of %" PRIu32 " bytes%s\n",
		cache->nr_sets, cache->nr_ways, cache->line_bytes,
		cache->assumed ? " (assumed: this machine does not say)" : "");
	print_strides(out, doctor);
	print_sets(out, doctor);
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *stride_json(const struct doctor *doctor, unsigned i)
{
	const struct doctor_stride *s = &doctor->strides[i];

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "stride",
			 cmd_stride_names[i], "unit_bytes", (json_int_t)s->layout.unit_bytes,
			 "skew_bytes", (json_int_t)s->layout.skew_bytes, "sets_used",
			 (json_int_t)s->sets_used, "copies_max", (json_int_t)s->copies_max,
			 "copies_out", (json_int_t)s->copies_out, "lines",
			 (json_int_t)s->nr_lines, "differ", (json_int_t)s->nr_differ, "ns_copy",
			 s->ns_sum);
}

static json_t *set_json(const struct doctor *doctor, unsigned i, const struct doctor_set *set)
{
	json_t *sites = json_string(set->sites);

	return json_pack("{s:s, s:I, s:I, s:I, s:b, s:f, s:f, s:o}", "stride",
			 cmd_stride_names[i], "set", (json_int_t)set->set, "objects",
			 (json_int_t)set->nr_objects, "lines", (json_int_t)set->nr_lines, "fits",
			 (int)set_fits(doctor, set), "ns", set->ns, "ns_apart", set->ns_apart,
			 "sites", sites ? sites : json_string("(no UTF-8)"));
}

json_t *doctor_json(const struct doctor *doctor)
{
	char *name = g_path_get_basename(cmd_shown(doctor->path));
	json_t *strides = json_array(), *sets = json_array(), *shown = json_string(name);

	for (unsigned i = 0; i < CMD_NR_STRIDES; i++) {
		json_array_append_new(strides, stride_json(doctor, i));
		for (guint k = 0; k < doctor->strides[i].sets->len; k++)
			json_array_append_new(sets, set_json(doctor, i, &g_array_index(
				doctor->strides[i].sets, struct doctor_set, k)));
	}
	g_free(name);
	return json_pack("{s:o, s:s, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:b}, s:o, s:o}", "trace",
			 shown ? shown : json_string("(no UTF-8)"), "engine",
			 doctor->engine->name, "events", (json_int_t)doctor->trace.nr_ops,
			 "objects", (json_int_t)doctor->nr_objects, "cpus",
			 (json_int_t)doctor->nr_cpus, "cache", "sets",
			 (json_int_t)doctor->cache.nr_sets, "ways",
			 (json_int_t)doctor->cache.nr_ways, "line_bytes",
			 (json_int_t)doctor->cache.line_bytes, "assumed",
			 (int)doctor->cache.assumed, "strides", strides, "sets", sets);
}
