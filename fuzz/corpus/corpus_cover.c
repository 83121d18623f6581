/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_cover.c - sets of lines and branch sides, and the greedy cover of their union.
 *
 *	input	covers			chosen
 *	a	1 1 1 . . .		stays
 *	b	. 1 1 1 . .		adds 1: after c it adds nothing, so it is left out
 *	c	. . . 1 1 1		adds 3
 *
 * Greedy is within ln n of the smallest choice (Chvatal 1979), which is NP-hard to compute.
 */
#include "fuzz/corpus/corpus_cover.h"
#include "harness/cli/coverage/coverage_source.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- elements --------------------------------------------------------------------------------- */

static bool is_subject(const char *file)
{
	size_t bytes = strlen(file);

	if (!strncmp(file, "core/", 5))
		return true;
	return !strncmp(file, "harness/text/", 13) &&
	       ((bytes > 6 && !strcmp(file + bytes - 6, "text.c")) ||
		!strcmp(file + 13, "trace.c"));
}

/* Widens every input's set by one bit. */
static void cover_widen(struct corpus_cover *cover)
{
	size_t words = cover->nr_elements / 64 + 1;

	if (words <= cover->nr_words)
		return;
	words = 2 * words;
	for (size_t i = 0; i < cover->nr; i++) {
		struct corpus_input *input = &cover->inputs[i];

		if (!input->covers)
			continue;
		input->covers = g_realloc(input->covers, words * sizeof(uint64_t));
		memset(input->covers + cover->nr_words, 0,
		       (words - cover->nr_words) * sizeof(uint64_t));
	}
	cover->nr_words = words;
}

static size_t element_id(struct corpus_cover *cover, const struct corpus_element *element,
			 unsigned nth)
{
	char key[512];
	json_t *id;

	snprintf(key, sizeof(key), "%s:%u:%u:%u:%d", element->file, element->line, element->column,
		 nth, element->side);
	if (!cover->ids)
		cover->ids = json_object();
	id = json_object_get(cover->ids, key);
	if (id)
		return (size_t)json_integer_value(id);
	cover_widen(cover);
	cover->elements =
		g_realloc(cover->elements, (cover->nr_elements + 1) * sizeof(*cover->elements));
	cover->elements[cover->nr_elements] = *element;
	cover->elements[cover->nr_elements].file = g_strdup(element->file);
	json_object_set_new(cover->ids, key, json_integer((json_int_t)cover->nr_elements));
	return cover->nr_elements++;
}

static void add_element(struct corpus_cover *cover, struct corpus_input *input,
			const struct corpus_element *element, unsigned nth)
{
	size_t id = element_id(cover, element, nth);

	input->covers[id / 64] |= UINT64_C(1) << id % 64;
}

static void add_file(struct corpus_cover *cover, struct corpus_input *input,
		     const struct coverage_file *file)
{
	for (size_t i = 0; i < file->nr_lines; i++) {
		struct corpus_element line = {.file = file->name, .line = file->lines[i].line};

		if (file->lines[i].count)
			add_element(cover, input, &line, 0);
	}
	for (size_t i = 0; i < file->nr_branches; i++) {
		const struct coverage_branch *branch = &file->branches[i];
		bool whole = branch->nth_of_macro || branch->to_line != branch->line;

		for (int side = 0; side < 2; side++) {
			struct corpus_element element = {
				.file = file->name,
				.line = branch->line,
				.column = branch->column,
				.to_column = whole ? 0 : branch->to_column,
				.side = side,
			};

			if (branch->count[side])
				add_element(cover, input, &element, branch->nth_of_macro);
		}
	}
}

void corpus_cover_add(struct corpus_cover *cover, struct corpus_input *input,
		      const struct coverage_data *data)
{
	cover_widen(cover);
	if (!input->covers)
		input->covers = g_malloc0_n(cover->nr_words, sizeof(uint64_t));
	for (size_t i = 0; i < data->nr_files; i++) {
		if (is_subject(data->files[i].name))
			add_file(cover, input, &data->files[i]);
	}
}

/* --- choosing --------------------------------------------------------------------------------- */

/* Returns how many of an input's elements no other chosen input covers. own: which, or NULL. */
static size_t cover_adds(const struct corpus_cover *cover, const struct corpus_input *input,
			 uint64_t *own)
{
	size_t nr = 0;

	for (size_t word = 0; input->covers && word < cover->nr_words; word++) {
		uint64_t left = input->covers[word];

		for (size_t i = 0; left && i < cover->nr; i++) {
			const struct corpus_input *other = &cover->inputs[i];

			if (other != input && other->chosen)
				left &= ~other->covers[word];
		}
		if (own)
			own[word] = left;
		nr += (size_t)__builtin_popcountll(left);
	}
	return nr;
}

/* Of two that add equally many, prefers the committed one, then the shorter, then by name. */
static bool is_better(const struct corpus_input *a, const struct corpus_input *b)
{
	if (a->committed != b->committed)
		return a->committed;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes;
	return strcmp(a->name, b->name) < 0;
}

static struct corpus_input *best_of_rest(struct corpus_cover *cover)
{
	struct corpus_input *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < cover->nr; i++) {
		struct corpus_input *input = &cover->inputs[i];
		size_t nr = input->chosen ? 0 : cover_adds(cover, input, NULL);

		if (nr > most || (nr && nr == most && is_better(input, best))) {
			most = nr;
			best = input;
		}
	}
	return best;
}

void corpus_cover_choose(struct corpus_cover *cover)
{
	struct corpus_input *best;

	for (size_t i = 0; i < cover->nr; i++)
		cover->inputs[i].chosen = cover->inputs[i].stays && cover->inputs[i].covers;
	while ((best = best_of_rest(cover)) != NULL)
		best->chosen = true;
	for (size_t i = cover->nr; i-- > 0;) {
		struct corpus_input *input = &cover->inputs[i];

		if (input->chosen && !input->stays && !cover_adds(cover, input, NULL))
			input->chosen = false;
	}
}

size_t corpus_cover_count(const struct corpus_cover *cover)
{
	size_t nr = 0;

	for (size_t word = 0; word < cover->nr_words; word++) {
		uint64_t all = 0;

		for (size_t i = 0; i < cover->nr; i++)
			all |= cover->inputs[i].chosen ? cover->inputs[i].covers[word] : 0;
		nr += (size_t)__builtin_popcountll(all);
	}
	return nr;
}

/* --- reasons ---------------------------------------------------------------------------------- */

/* Prints "core/alloc.c chunk_try: `return NULL;`"; returns false for a place without a word, such
   as a brace alone. */
static bool put_place(FILE *to, const struct corpus_element *element)
{
	struct coverage_source source;
	char *function, *code;
	bool ok;

	if (!coverage_source_read(&source, element->file))
		return false;
	code = coverage_source_cut(&source, element->line, element->column, element->to_column);
	ok = strpbrk(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
	if (ok) {
		function = coverage_source_function(&source, element->line);
		fprintf(to, "%s %s: `%s`", element->file, function, code);
		if (element->column)
			fputs(element->side ? " is true" : " is false", to);
		free(function);
	}
	free(code);
	coverage_source_free(&source);
	return ok;
}

char *corpus_cover_reason(const struct corpus_cover *cover, const struct corpus_input *input)
{
	uint64_t *own = g_malloc0_n(cover->nr_words + 1, sizeof(*own));
	size_t nr = cover_adds(cover, input, own), bytes;
	bool placed = false;
	char *text = NULL;
	FILE *to = memory_file_open(&text, &bytes);

	fputs("only this one reaches ", to);
	for (size_t id = 0; id < cover->nr_elements && !placed; id++) {
		if (own[id / 64] >> id % 64 & 1)
			placed = put_place(to, &cover->elements[id]);
	}
	if (nr > 1)
		fprintf(to, ", and %zu more", nr - 1);
	memory_file_close(to);
	free(own);
	if (placed)
		return text;
	free(text);
	return NULL;
}

void corpus_cover_free(struct corpus_cover *cover)
{
	for (size_t i = 0; i < cover->nr; i++) {
		free(cover->inputs[i].name);
		free(cover->inputs[i].path);
		free(cover->inputs[i].covers);
	}
	for (size_t i = 0; i < cover->nr_elements; i++)
		free(cover->elements[i].file);
	free(cover->inputs);
	free(cover->elements);
	json_decref(cover->ids);
	*cover = (struct corpus_cover){0};
}
