/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_sizes.c - see log_sizes.h.
 *
 * R1  static, reserved and dynamic part fill the pages: pages x page bytes. The embedding kernel
 *     names no page size: it is the quotient, a power of two from 4 to 64 KiB.
 */
#include "harness/text/log_sizes.h"
#include "harness/text/text.h"

#define MOST	   (UINT64_C(1) << 40)
#define LEAST_PAGE UINT64_C(4096)
#define MOST_PAGE  UINT64_C(65536)

#define EXPECTED                                                                                   \
	"`Embedded N pages/cpu s... r... d... u...` or `N 4K pages/cpu s... r... d...`, s, r and " \
	"d of N pages"

/* Up to three words: the two before `pages/cpu`, the older first, and itself. */
struct window {
	const char *word[3];
	size_t bytes[3];
};

static void window_shift(struct window *w, const char *word, size_t bytes)
{
	for (int i = 0; i < 2; i++) {
		w->word[i] = w->word[i + 1];
		w->bytes[i] = w->bytes[i + 1];
	}
	w->word[2] = word;
	w->bytes[2] = bytes;
}

/* Moves *at behind the word `pages/cpu`. False: the line has none. */
static bool find_pages(const char **at, const char *end, struct window *w)
{
	const char *word;
	size_t bytes;

	*w = (struct window){ .word = { "", "", "" } };
	while (lab_next_word(at, end, &word, &bytes)) {
		window_shift(w, word, bytes);
		if (lab_word_is(word, bytes, "pages/cpu"))
			return true;
	}
	return false;
}

/* "4K" */
static bool take_page(const char *word, size_t bytes, uint64_t *page_bytes)
{
	uint64_t kib;

	if (bytes < 2 || word[bytes - 1] != 'K' || !lab_parse_u64(word, bytes - 1, 64, &kib))
		return false;
	*page_bytes = kib << 10;
	return true;
}

static bool take_tagged(const char **at, const char *end, char tag, uint64_t *n)
{
	const char *word;
	size_t bytes;

	return lab_next_word(at, end, &word, &bytes) && bytes > 1 && *word == tag &&
	       lab_parse_u64(word + 1, bytes - 1, MOST, n);
}

/* @ADDRESS, which later kernels left out. */
static void skip_address(const char **at, const char *end)
{
	const char *next = *at, *word;
	size_t bytes;

	if (lab_next_word(&next, end, &word, &bytes) && *word == '@')
		*at = next;
}

/* Do the parts fill the pages (R1)? */
static bool sizes_fit(struct lab_log_sizes *s)
{
	uint64_t sum = s->static_bytes + s->reserved_bytes + s->dyn_bytes;

	if (s->nr_pages == 0)
		return false;
	if (!s->is_page)
		s->page_bytes = sum / s->nr_pages;
	return pcpu_is_pow2(s->page_bytes) && s->page_bytes >= LEAST_PAGE &&
	       s->page_bytes <= MOST_PAGE && s->nr_pages * s->page_bytes == sum &&
	       (s->is_page || (s->unit_bytes >= sum && s->unit_bytes % s->page_bytes == 0));
}

/* What stands behind `pages/cpu`, and before it. */
static bool take_sizes(struct lab_log_sizes *s, const struct window *w, const char *at,
		       const char *end)
{
	const char *word;
	size_t bytes;

	if (lab_word_is(w->word[0], w->bytes[0], "Embedded")) {
		s->is_page = false;
		if (!lab_parse_u64(w->word[1], w->bytes[1], MOST / LEAST_PAGE, &s->nr_pages))
			return false;
	} else {
		s->is_page = true;
		if (!lab_parse_u64(w->word[0], w->bytes[0], MOST / MOST_PAGE, &s->nr_pages) ||
		    !take_page(w->word[1], w->bytes[1], &s->page_bytes))
			return false;
	}
	skip_address(&at, end);
	s->unit_bytes = 0;
	return take_tagged(&at, end, 's', &s->static_bytes) &&
	       take_tagged(&at, end, 'r', &s->reserved_bytes) &&
	       take_tagged(&at, end, 'd', &s->dyn_bytes) &&
	       (s->is_page || take_tagged(&at, end, 'u', &s->unit_bytes)) &&
	       !lab_next_word(&at, end, &word, &bytes) && sizes_fit(s);
}

/* nr_cpu_ids:N */
static void take_ids(const char *at, const char *end, const char *name, uint64_t *n)
{
	const char *word;
	size_t bytes, skip = 0;

	while (name[skip] != '\0')
		skip++;
	while (lab_next_word(&at, end, &word, &bytes))
		if (bytes > skip && lab_word_is(word, skip, name))
			if (!lab_parse_u64(word + skip, bytes - skip, UINT32_MAX, n))
				*n = 0;
}

bool lab_log_sizes_parse(const char *text, size_t bytes, struct lab_log_sizes *sizes,
			 struct lab_error *error)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	struct window window;
	const char *line;
	size_t nr;

	*sizes = (struct lab_log_sizes){ 0 };
	*error = (struct lab_error){ .line = 1, .expected = EXPECTED };
	while (lab_next_line(&lines, &line, &nr)) {
		const char *at = line;

		take_ids(line, line + nr, "nr_cpu_ids:", &sizes->nr_cpu_ids);
		take_ids(line, line + nr, "nr_node_ids:", &sizes->nr_node_ids);
		if (!find_pages(&at, line + nr, &window))
			continue;
		sizes->line = error->line = lines.number;
		return take_sizes(sizes, &window, at, line + nr);
	}
	return false;
}
