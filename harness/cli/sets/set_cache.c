/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* set_cache.c - see set_cache.h. */
#include "harness/cli/sets/set_cache.h"

#include <pcpu/bits.h>
#include <glib.h>
#include <string.h>

enum { MAX_CACHES = 16, MAX_SETS = 1 << 16, MAX_WAYS = 64, MAX_LINE = 1024 };

static char *fact_read(const char *root, int index, const char *name)
{
	char *path = g_strdup_printf("%s/sys/devices/system/cpu/cpu0/cache/index%d/%s", root,
				     index, name);
	char *text = NULL;

	if (g_file_get_contents(path, &text, NULL, NULL))
		g_strchomp(text);
	g_free(path);
	return text;
}

static uint32_t fact_number(const char *root, int index, const char *name)
{
	char *text = fact_read(root, index, name);
	guint64 number = 0;

	if (text && !g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &number, NULL))
		number = 0;
	g_free(text);
	return (uint32_t)number;
}

static bool cache_is_usable(const struct set_cache *cache)
{
	return pcpu_is_pow2(cache->line_bytes) && cache->line_bytes >= 8 &&
	       cache->line_bytes <= MAX_LINE && pcpu_is_pow2(cache->nr_sets) &&
	       cache->nr_sets <= MAX_SETS && cache->nr_ways > 0 && cache->nr_ways <= MAX_WAYS;
}

struct set_cache set_cache_find(const char *root)
{
	struct set_cache cache = { 0 };

	for (int index = 0; index < MAX_CACHES && !cache_is_usable(&cache); index++) {
		char *type = fact_read(root, index, "type");

		if (type && strcmp(type, "Instruction") != 0 &&
		    fact_number(root, index, "level") == 1)
			cache = (struct set_cache){
				fact_number(root, index, "coherency_line_size"),
				fact_number(root, index, "number_of_sets"),
				fact_number(root, index, "ways_of_associativity"), false };
		g_free(type);
	}
	return cache_is_usable(&cache) ? cache : (struct set_cache){ 64, 64, 8, true };
}

bool set_cache_parse(const char *text, struct set_cache *cache)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	uint32_t *const numbers[] = { &cache->nr_sets, &cache->nr_ways, &cache->line_bytes };
	guint nr = g_strv_length(words);
	guint64 number;

	*cache = (struct set_cache){ .line_bytes = 64 };
	if (nr < 2 || nr > 3)
		return false;
	for (guint i = 0; i < nr; i++) {
		if (!g_ascii_string_to_unsigned(words[i], 10, 1, UINT32_MAX, &number, NULL))
			return false;
		*numbers[i] = (uint32_t)number;
	}
	return cache_is_usable(cache);
}
