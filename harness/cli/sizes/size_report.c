/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * size_report.c - see size_report.h. One row a group and one table a grouping, whatever it is by:
 * what names a group differs.
 */
#include "harness/cli/sizes/size_report.h"

#include <inttypes.h>

#define NAME_WIDTH 40u /* of the first column */

/* How a table names its groups. */
struct section {
	enum size_by by;
	const char *key, *title;
	bool is_cut; /* to the rows that fit a screen */
	/* The name's columns: text to the left, then as JSON. */
	void (*name)(GString *to, const struct size_objects *all, const struct size_group *group);
	void (*json)(json_t *row, const struct size_objects *all, const struct size_group *group);
};

static void set_number(json_t *row, const char *key, uint64_t number)
{
	json_object_set_new(row, key, json_integer((json_int_t)number));
}

static const char *site_of(const struct size_objects *all, const struct size_group *group)
{
	return g_ptr_array_index(all->sites, group->site);
}

static void name_size(GString *to, const struct size_objects *all, const struct size_group *group)
{
	g_string_printf(to, "%u", group->size);
}

static void json_size(json_t *row, const struct size_objects *all, const struct size_group *group)
{
	set_number(row, "size", group->size);
}

static void name_align(GString *to, const struct size_objects *all, const struct size_group *group)
{
	g_string_printf(to, "%u", group->align);
}

static void json_align(json_t *row, const struct size_objects *all, const struct size_group *group)
{
	set_number(row, "align", group->align);
}

static void name_life(GString *to, const struct size_objects *all, const struct size_group *group)
{
	g_string_assign(to, size_life_name(group->life_class));
}

static void json_life(json_t *row, const struct size_objects *all, const struct size_group *group)
{
	json_object_set_new(row, "life", json_string(size_life_name(group->life_class)));
}

/* Longer names are cut in the table; what is not printed as one column is a question mark. */
static void append_site(GString *to, const char *site, size_t room)
{
	for (; *site && room; site++, room--)
		g_string_append_c(to, g_ascii_isgraph(*site) ? *site : '?');
}

static void name_site(GString *to, const struct size_objects *all, const struct size_group *group)
{
	g_string_truncate(to, 0);
	append_site(to, site_of(all, group), NAME_WIDTH);
}

static void json_site(json_t *row, const struct size_objects *all, const struct size_group *group)
{
	json_t *name = json_string(site_of(all, group));

	json_object_set_new(row, "site", name ? name : json_string("(no UTF-8)"));
}

static void name_shape(GString *to, const struct size_objects *all, const struct size_group *group)
{
	g_string_printf(to, "%u/%u ", group->size, group->align);
	append_site(to, site_of(all, group), NAME_WIDTH > to->len ? NAME_WIDTH - to->len : 0);
}

static void json_shape(json_t *row, const struct size_objects *all, const struct size_group *group)
{
	json_site(row, all, group);
	json_size(row, all, group);
	json_align(row, all, group);
}

static const struct section sections[] = {
	{ SIZE_BY_SIZE, "sizes", "size, bytes", false, name_size, json_size },
	{ SIZE_BY_ALIGN, "alignments", "alignment, bytes", false, name_align, json_align },
	{ SIZE_BY_LIFE, "lifetimes", "lifetime, events", false, name_life, json_life },
	{ SIZE_BY_SITE, "sites", "site", true, name_site, json_site },
	{ SIZE_BY_SHAPE, "shapes", "size/alignment site", true, name_shape, json_shape },
};

static double group_percent(const struct size_objects *all, const struct size_group *group)
{
	return all->objects->len ? 100.0 * (double)group->nr / all->objects->len : 0;
}

/* --- the tables -------------------------------------------------------------------------- */

static void print_traces(FILE *out, const struct size_objects *all)
{
	fprintf(out, "%-40s %11s %11s %11s %11s %12s %12s\n", "trace", "events", "allocated",
		"freed", "live, most", "bytes, most", "bytes, end");
	for (guint i = 0; i < all->traces->len; i++) {
		const struct size_trace *t = &g_array_index(all->traces, struct size_trace, i);

		fprintf(out,
			"%-40s %11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %12" PRIu64
			" %12" PRIu64 "\n", t->name, t->nr_events, t->nr_allocs, t->nr_frees,
			t->nr_live_max, t->bytes_live_max, t->bytes_live_end);
	}
}

static void print_life(FILE *out, const struct size_group *group)
{
	if (group->nr_kept == group->nr)
		fprintf(out, " %9s %9s %9s\n", "-", "-", "-");
	else
		fprintf(out, " %9u %9u %9u\n", group->life_median, group->life_p90,
			group->life_max);
}

static void print_section(FILE *out, struct size_objects *all, const struct section *section,
			  uint32_t top)
{
	GArray *groups = size_groups(all, section->by);
	guint nr = section->is_cut ? MIN(groups->len, top) : groups->len;
	GString *name = g_string_new(NULL);

	fprintf(out, "\n%-40s %9s %8s %9s %13s %5s %9s %9s %9s\n", section->title, "requests",
		"percent", "kept", "bytes", "sites", "life, 50%", "life, 90%", "longest");
	for (guint i = 0; i < nr; i++) {
		const struct size_group *group = &g_array_index(groups, struct size_group, i);

		section->name(name, all, group);
		fprintf(out, "%-40s %9" PRIu64 " %8.2f %9" PRIu64 " %13" PRIu64 " %5u", name->str,
			group->nr, group_percent(all, group), group->nr_kept, group->bytes,
			group->nr_sites);
		print_life(out, group);
	}
	if (nr < groups->len)
		fprintf(out, "... and %u more (--top N)\n", groups->len - nr);
	g_string_free(name, TRUE);
	g_array_unref(groups);
}

void size_report_print(FILE *out, struct size_objects *all, uint32_t top)
{
	print_traces(out, all);
	for (size_t i = 0; i < G_N_ELEMENTS(sections); i++)
		print_section(out, all, &sections[i], top);
	fprintf(out, "\nlife: events from an object's allocation to its free; kept: the trace does "
		"not free it\n");
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *traces_json(const struct size_objects *all)
{
	json_t *traces = json_array();

	for (guint i = 0; i < all->traces->len; i++) {
		const struct size_trace *t = &g_array_index(all->traces, struct size_trace, i);
		json_t *name = json_string(t->name), *row = json_object();

		json_object_set_new(row, "trace", name ? name : json_string("(no UTF-8)"));
		set_number(row, "events", t->nr_events);
		set_number(row, "allocated", t->nr_allocs);
		set_number(row, "freed", t->nr_frees);
		set_number(row, "live_max", t->nr_live_max);
		set_number(row, "bytes_live_max", t->bytes_live_max);
		set_number(row, "bytes_live_end", t->bytes_live_end);
		json_array_append_new(traces, row);
	}
	return traces;
}

static json_t *group_json(const struct size_objects *all, const struct section *section,
			  const struct size_group *group)
{
	json_t *row = json_object();

	section->json(row, all, group);
	set_number(row, "requests", group->nr);
	json_object_set_new(row, "percent", json_real(group_percent(all, group)));
	set_number(row, "kept", group->nr_kept);
	set_number(row, "bytes", group->bytes);
	set_number(row, "nr_sites", group->nr_sites);
	set_number(row, "size_min", group->size);
	set_number(row, "size_max", group->size_max);
	set_number(row, "align_min", group->align);
	set_number(row, "align_max", group->align_max);
	if (group->nr_kept < group->nr) {
		set_number(row, "life_median", group->life_median);
		set_number(row, "life_p90", group->life_p90);
		set_number(row, "life_max", group->life_max);
	}
	return row;
}

json_t *size_report_json(struct size_objects *all)
{
	json_t *report = json_object();

	json_object_set_new(report, "traces", traces_json(all));
	for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
		GArray *groups = size_groups(all, sections[i].by);
		json_t *rows = json_array();

		for (guint g = 0; g < groups->len; g++)
			json_array_append_new(rows, group_json(all, &sections[i],
					      &g_array_index(groups, struct size_group, g)));
		json_object_set_new(report, sections[i].key, rows);
		g_array_unref(groups);
	}
	return report;
}
