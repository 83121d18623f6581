/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_line.c - see log_line.h. */
#include "harness/cli/log/log_line.h"
#include "harness/text/log_sizes.h"
#include "harness/text/text.h"

#include <string.h>

#define LEAST_PAGE UINT64_C(4096)
#define MOST	   (UINT64_C(1) << 40)

static bool line_is_tagged(const char *word, size_t nr, char tag, uint64_t *n)
{
	return nr > 1 && *word == tag && lab_parse_u64(word + 1, nr - 1, MOST, n);
}

static bool is_power(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* alloc=K*ATOM */
static bool read_alloc(const char *word, size_t nr, struct log_sizes_line *sizes)
{
	static const char name[] = "alloc=";
	size_t skip = sizeof(name) - 1;
	const char *star = memchr(word, '*', nr);

	return star && nr > skip && !memcmp(word, name, skip) && star >= word + skip &&
	       lab_parse_u64(word + skip, (size_t)(star - word) - skip, MOST, &sizes->k) &&
	       lab_parse_u64(star + 1, (size_t)(word + nr - star - 1), MOST, &sizes->atom);
}

bool log_sizes_read(const char *payload, size_t nr, struct log_sizes_line *sizes)
{
	uint64_t *const number[4] = { &sizes->s, &sizes->r, &sizes->d, &sizes->u };
	const char *end = payload + nr, *word;
	size_t bytes;

	for (int i = 0; i < 4; i++)
		if (!lab_next_word(&payload, end, &word, &bytes) ||
		    !line_is_tagged(word, bytes, "srdu"[i], number[i]))
			return false;
	if (!lab_next_word(&payload, end, &word, &bytes) || !read_alloc(word, bytes, sizes) ||
	    lab_next_word(&payload, end, &word, &bytes))
		return false;
	if (!sizes->u || !sizes->k || sizes->k > MOST / LEAST_PAGE || sizes->atom > MOST / 4096)
		return false;
	sizes->upa = sizes->k * sizes->atom / sizes->u;
	return sizes->upa > 0;
}

bool log_sizes_fit(const char *payload, size_t nr)
{
	struct log_sizes_line s;

	return log_sizes_read(payload, nr, &s) && is_power(s.atom) && s.atom >= LEAST_PAGE &&
	       s.k * s.atom % s.u == 0 && s.u % LEAST_PAGE == 0 &&
	       (s.s + s.r + s.d) % LEAST_PAGE == 0 && s.s + s.r + s.d <= s.u;
}

bool log_pages_fit(const char *payload, size_t nr)
{
	struct lab_log_sizes sizes;
	struct lab_error error;

	return lab_log_sizes_parse(payload, nr, &sizes, &error);
}
