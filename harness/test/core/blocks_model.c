/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* blocks_model.c - the rules, one by one, in the order of their text. */
#include "harness/test/core/blocks_model.h"
#include "harness/test/lib/test.h"

#include <stdio.h>
#include <string.h>

enum { B = PCPU_BLOCK_GRANULES };

static int tz(int x)
{
	int bits = 0;

	if (x == 0)
		return 99;
	for (; x % 2 == 0; x /= 2)
		bits++;
	return bits;
}

static int round_up(int x, int a)
{
	while (x % a)
		x++;
	return x;
}

static bool all_free(const struct blocks_model *m, int from, int to)
{
	for (; from < to; from++)
		if (m->used[from])
			return false;
	return true;
}

/* The first granule of [from, to) that is used, or free; `to` when none. */
static int next_one(const struct blocks_model *m, int from, int to, bool used)
{
	while (from < to && m->used[from] != used)
		from++;
	return from < to ? from : to;
}

/* --- 15.4 ------------------------------------------------------------------------------------- */

static void report(struct model_record *r, int size, int s, int e)
{
	int n = e - s, old = r->best, old_n = r->best_n;

	if (s < r->first)
		r->first = s;
	if (s == 0)
		r->left = n;
	if (e == size)
		r->right = n;
	if (n > old_n) {
		if (s > old && old_n > r->second_n) {
			r->second = old;
			r->second_n = old_n;
		} else if (s <= old || s < r->second) {
			r->second_n = 0;
		}
		r->best = s;
		r->best_n = n;
		return;
	}
	if (n == old_n) {
		if (r->best != 0 && tz(s) > tz(r->best)) {
			r->best = s;
			if (s < r->second && r->best_n > r->second_n)
				r->second_n = 0;
			return;
		}
		if (s > r->second || r->best_n > r->second_n) {
			r->second = s;
			r->second_n = n;
		}
		return;
	}
	if (s < r->best && (n > r->second_n || (n == r->second_n && s > r->second))) {
		r->second = s;
		r->second_n = n;
	}
}

static int r1_start(struct model_record *r)
{
	if (r->second_n > 0) {
		r->best = r->second;
		r->best_n = r->second_n;
		r->second_n = 0;
		return r->best + r->best_n;
	}
	r->best_n = 0;
	return r->first;
}

static void rescan_block(struct blocks_model *m, int i)
{
	struct model_record *r = &m->block[i];
	int from = r1_start(r), e;

	r->right = 0;
	for (int s = from; s < B; s++) {
		if (m->used[i * B + s])
			continue;
		for (e = s; e < B && !m->used[i * B + e];)
			e++;
		report(r, B, s, e);
		s = e;
	}
}

static void walk_runs(struct blocks_model *m, int q)
{
	int open = -1;

	for (int i = q / B, o = q % B; i < m->nr_blocks; i++, o = 0) {
		const struct model_record *r = &m->block[i];
		int start = -1, end = -1;

		if (open >= 0) { /* W2 */
			if (r->left == B)
				continue;
			start = open;
			end = i * B + r->left;
		} else if (r->best_n > 0 && r->best >= o && r->best + r->best_n < B) { /* W3 */
			start = i * B + r->best;
			end = start + r->best_n;
		}
		if (start >= 0) { /* W5 */
			report(&m->chunk, m->size, start, end);
			walk_runs(m, end + 1);
			return;
		}
		open = r->right ? (i + 1) * B - r->right : -1; /* W4 */
	}
	if (open >= 0)
		report(&m->chunk, m->size, open, m->size);
}

/* --- 15.5 ------------------------------------------------------------------------------------- */

static bool meets(int a, int b, int x, int y)
{
	return a < y && x < b;
}

static void take_t2(struct blocks_model *m, int p, int n)
{
	int s = p / B, x = p % B, e = (p + n - 1) / B;
	struct model_record *r = &m->block[s];

	if (x == r->first) {
		r->first = B;
		for (int at = s * B + B - 1; at >= p + n; at--)
			if (!m->used[at])
				r->first = at - s * B;
	}
	if (meets(r->second, r->second + r->second_n, x, x + n))
		r->second_n = 0;
	if (meets(r->best, r->best + r->best_n, x, x + n)) {
		if (x == 0)
			r->left = 0;
		rescan_block(m, s);
		return;
	}
	if (x < r->left)
		r->left = x;
	if (s != e)
		r->right = 0;
	else if (B - (x + n) < r->right)
		r->right = B - (x + n);
}

static void lengths_zero(struct model_record *r)
{
	r->best_n = r->second_n = r->left = r->right = 0;
}

static void take_t3(struct blocks_model *m, int e, int y)
{
	struct model_record *r = &m->block[e];

	r->first = next_one(m, e * B + y, e * B + B, false) - e * B;
	if (y == B) {
		lengths_zero(r);
		return;
	}
	if (y > r->second)
		r->second_n = 0;
	r->left = 0;
	if (y > r->best)
		rescan_block(m, e);
	else if (B - y < r->right)
		r->right = B - y;
}

static void model_take(struct blocks_model *m, int p, int n)
{
	int s = p / B, e = (p + n - 1) / B;

	for (int i = p; i < p + n; i++) {
		m->used[i] = true;
		m->edge[i] = i == p;
	}
	m->edge[p + n] = true;
	if (m->exact) {
		model_recount(m);
		return;
	}
	if (p == m->chunk.first)
		m->chunk.first = next_one(m, p + n, m->size, false);
	take_t2(m, p, n);
	if (e != s)
		take_t3(m, e, p + n - e * B);
	for (int i = s + 1; i < e; i++)
		lengths_zero(&m->block[i]);
	if (meets(m->chunk.second, m->chunk.second + m->chunk.second_n, p, p + n))
		m->chunk.second_n = 0;
	if (meets(m->chunk.best, m->chunk.best + m->chunk.best_n, p, p + n))
		walk_runs(m, r1_start(&m->chunk));
}

/* --- 15.6 ------------------------------------------------------------------------------------- */

static int g1_start(const struct blocks_model *m, int p)
{
	const struct model_record *r = &m->block[p / B];
	int at = p;

	if (p % B == r->best + r->best_n)
		return p - r->best_n;
	while (at > p / B * B && !m->used[at - 1])
		at--;
	return at;
}

static int g1_end(const struct blocks_model *m, int end)
{
	int e = (end - 1) / B;
	const struct model_record *r = &m->block[e];

	if (end - e * B == r->best)
		return end + r->best_n;
	return next_one(m, end, e * B + B, true);
}

static void release_lazy(struct blocks_model *m, int p, int n)
{
	int s = p / B, e = (p + n - 1) / B;
	int start = g1_start(m, p) - s * B, end = g1_end(m, p + n) - e * B;

	if (p < m->chunk.first)
		m->chunk.first = p;
	if (s == e) {
		report(&m->block[s], B, start, end);
	} else {
		report(&m->block[s], B, start, B);
		report(&m->block[e], B, 0, end);
	}
	for (int i = s + 1; i < e; i++) {
		m->block[i].first = m->block[i].second_n = m->block[i].best = 0;
		m->block[i].best_n = m->block[i].left = m->block[i].right = B;
	}
	if (s != e || m->block[s].best_n == B) {
		m->chunk.best_n = 0;
		walk_runs(m, m->chunk.first);
	} else if (s == 0) {
		report(&m->chunk, m->size, start, end);
	}
}

bool model_free(struct blocks_model *m, int p)
{
	int n = 1;

	if (p < m->start || p >= m->end || !m->used[p] || !m->edge[p])
		return false;
	while (!m->edge[p + n])
		n++;
	for (int i = p; i < p + n; i++)
		m->used[i] = false;
	if (m->exact)
		model_recount(m);
	else
		release_lazy(m, p, n);
	return true;
}

/* --- 15.7 ------------------------------------------------------------------------------------- */

static int skip(const struct model_record *r, int n)
{
	if (r->second_n > 0 && r->second < r->best && n > r->second_n)
		return r->second + r->second_n;
	return r->first;
}

static bool aligned_fits(int start, int length, int n, int a)
{
	return round_up(start, a) - start + n <= length;
}

static bool is_populated(const struct blocks_model *m, const uint64_t *populated, int block)
{
	int page = m->page + block;

	return !populated || (populated[page / 64] >> page % 64 & 1);
}

/* X1: the block at which the walk goes on, or -1: blocks [from, to] are all populated. */
static int goes_on_at(const struct blocks_model *m, const uint64_t *populated, int from, int to)
{
	int g = from;

	while (g <= to && is_populated(m, populated, g))
		g++;
	if (g > to)
		return -1;
	while (g <= to && !is_populated(m, populated, g))
		g++;
	return g;
}

/* L3 from position q; populated: by X1. Returns where looking starts, -1: no fit. */
static int find_from(const struct blocks_model *m, int q, int n, int a, const uint64_t *populated)
{
	int open = -1, length = 0;

	for (int i = q / B, o = q % B; i < m->nr_blocks; i++, o = 0) {
		const struct model_record *r = &m->block[i];
		int fit = -1, from = i, z;

		if (open >= 0) {
			length += r->left;
			if (length >= n) {
				fit = open;
				from = open / B;
			} else if (r->left == B) {
				continue;
			}
		}
		z = round_up((i + 1) * B - r->right, a);
		if (fit < 0 && r->best_n > 0 && r->best >= o &&
		    aligned_fits(i * B + r->best, r->best_n, n, a))
			fit = i * B + skip(r, n);
		else if (fit < 0 && (i + 1) * B - z >= n)
			fit = z;
		if (fit >= 0) {
			int next = goes_on_at(m, populated, from, i);

			return next < 0 ? fit : find_from(m, next * B, n, a, populated);
		}
		open = z < (i + 1) * B ? z : -1;
		length = (i + 1) * B - z;
	}
	return -1;
}

/* --- 15.8 ------------------------------------------------------------------------------------- */

struct missed {
	int start, length;
};

static int place(const struct blocks_model *m, int t, int limit, int n, int a,
		 struct missed *missed)
{
	for (;;) {
		int c = round_up(next_one(m, t, m->size, false), a), u;

		if (c + n > limit)
			return -1;
		u = next_one(m, c, c + n, true);
		if (u == c + n)
			return c;
		if (u > c && (u - c > missed->length ||
			      (u - c == missed->length && tz(c) > tz(missed->start))))
			*missed = (struct missed){c, u - c};
		t = u + 1;
	}
}

static void report_missed(struct blocks_model *m, const struct missed *missed)
{
	int c = missed->start, u = c + missed->length;

	if (missed->length == 0 || c / B != (u - 1) / B)
		return;
	while (c % B && !m->used[c - 1])
		c--;
	report(&m->block[c / B], B, c % B, u - c / B * B);
}

static int first_fit(const struct blocks_model *m, int n, int a)
{
	for (int p = 0; p + n <= m->size; p += a)
		if (all_free(m, p, p + n))
			return p;
	return -1;
}

static int find_place(const struct blocks_model *m, int n, int a, const uint64_t *populated,
		      struct missed *missed)
{
	int t, limit, p = -1;

	if (n > m->chunk.best_n)
		return -1;
	if (aligned_fits(m->chunk.best, m->chunk.best_n, n, a)) { /* L1 */
		t = find_from(m, skip(&m->chunk, n), n, a, populated);
		limit = t + n + B < m->size ? t + n + B : m->size;
		if (t >= 0)
			p = place(m, t, limit, n, a, missed);
	}
	if (p < 0 && m->exact && !populated) /* H3 */
		p = first_fit(m, n, a);
	return p;
}

enum pcpu_fit_result model_alloc(struct blocks_model *m, int n, int align,
				 const uint64_t *populated, bool only, int *p)
{
	struct missed missed = {0, 0};

	*p = find_place(m, n, align, only ? populated : NULL, &missed);
	if (*p < 0)
		return PCPU_FIT_NONE;
	for (int i = *p / B; i <= (*p + n - 1) / B; i++)
		if (!is_populated(m, populated, i))
			return PCPU_FIT_UNBACKED;
	if (!m->exact)
		report_missed(m, &missed); /* A3 */
	model_take(m, *p, n);
	return PCPU_FIT_TAKEN;
}

/* --- 15.17 ------------------------------------------------------------------------------------ */

/* H1 for [from, from + size): every run is looked at for every question. */
static struct model_record count(const struct blocks_model *m, int from, int size)
{
	struct model_record r = {.first = next_one(m, from, from + size, false) - from};
	const bool *used = m->used + from;
	int e;

	for (int best_too = 1; best_too >= 0; best_too--)
		for (int s = 0; s < size; s++) {
			if (used[s] || (s > 0 && !used[s - 1]))
				continue;
			for (e = s; e < size && !used[e];)
				e++;
			if (best_too && (e - s > r.best_n ||
					 (e - s == r.best_n && tz(s) > tz(r.best)))) {
				r.best = s;
				r.best_n = e - s;
			}
			if (!best_too && s < r.best && e - s >= r.second_n) {
				r.second = s;
				r.second_n = e - s;
			}
		}
	while (r.left < size && !used[r.left])
		r.left++;
	while (r.right < size && !used[size - 1 - r.right])
		r.right++;
	return r;
}

void model_recount(struct blocks_model *m)
{
	for (int i = 0; i < m->nr_blocks; i++)
		m->block[i] = count(m, i * B, B);
	m->chunk = count(m, 0, m->size);
}

/* --- 15.2 ------------------------------------------------------------------------------------- */

void model_init(struct blocks_model *m, bool exact, uint32_t used_bytes, uint32_t covered_bytes)
{
	int base = (int)(used_bytes / (4 * B)) * B;

	memset(m, 0, sizeof(*m));
	m->exact = exact;
	m->page = base / B;
	m->start = (int)(used_bytes + 3) / 4 - base;
	m->end = (int)(covered_bytes + 3) / 4 - base;
	m->size = round_up(m->end, B);
	m->nr_blocks = m->size / B;
	CHECK(m->size <= MODEL_GRANULES && m->nr_blocks <= MODEL_BLOCKS);
	m->chunk = (struct model_record){.best_n = m->size};
	for (int i = 0; i < m->nr_blocks; i++)
		m->block[i] = (struct model_record){.best_n = B, .left = B, .right = B};
	if (exact)
		model_recount(m);
	if (m->start > 0)
		model_take(m, 0, m->start);
	if (m->end < m->size)
		model_take(m, m->end, m->size - m->end);
}

/* --- against the map -------------------------------------------------------------------------- */

static void record_compare(const struct model_record *want, const struct pcpu_record *got,
			   int block, const char *where)
{
	const int w[] = {want->best,  want->best_n, want->second, want->second_n,
			 want->first, want->left,   want->right};
	const uint32_t g[] = {got->best_start,	  got->best_length, got->second_start,
			      got->second_length, got->first,	    got->left,
			      got->right};
	static const char *const name[] = {"best.start",    "best.length", "second.start",
					   "second.length", "first",	   "left",
					   "right"};

	for (int i = 0; i < (block < 0 ? 5 : 7); i++)
		if ((uint32_t)w[i] != g[i])
			FAIL("%s: block %d: %s is %u, not %d", where, block, name[i], g[i], w[i]);
}

void model_compare(const struct blocks_model *m, const struct pcpu_map *map, const char *where)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);

	CHECK_EQ(blocks.size, m->size);
	for (int p = 0; p <= m->size; p++) {
		if (p < m->size && pcpu_bit_test(blocks.used, (uint32_t)p) != m->used[p])
			FAIL("%s: granule %d", where, p);
		if (pcpu_bit_test(blocks.edges, (uint32_t)p) != m->edge[p])
			FAIL("%s: edge %d", where, p);
	}
	record_compare(&m->chunk, &blocks.head->chunk, -1, where);
	for (int i = 0; i < m->nr_blocks; i++) {
		struct pcpu_record record = pcpu_record_load(&blocks, (uint32_t)i);

		record_compare(&m->block[i], &record, i, where);
	}
}
