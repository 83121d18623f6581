/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_clean.c - runs the passes in order (log_clean.h); shared helpers. */
#include "harness/cli/log/log_clean.h"

#include <string.h>

bool log_clean(struct log_text *text, struct lab_error *error)
{
	if (!log_decode(text, error) || !log_from_journal(text, error))
		return false;
	log_line_ends(text);
	log_from_quoted_printable(text);
	log_drop_colours(text);
	log_from_html(text);
	log_unquote(text);
	log_unwrap(text);
	return true;
}

bool log_holds(const struct log_text *text, const char *words)
{
	return memmem(text->at, text->bytes, words, strlen(words)) != NULL;
}

static void clean_trim(const char **payload, size_t *nr)
{
	while (*nr > 0 && (**payload == ' ' || **payload == '\t')) {
		++*payload;
		--*nr;
	}
	while (*nr > 0 && ((*payload)[*nr - 1] == ' ' || (*payload)[*nr - 1] == '\t'))
		--*nr;
}

bool log_payload(const char *line, size_t bytes, const char **payload, size_t *nr)
{
	const char *mark = memmem(line, bytes, LOG_MARK, sizeof(LOG_MARK) - 1);

	if (!mark)
		return false;
	*payload = mark + sizeof(LOG_MARK) - 1;
	*nr = (size_t)(line + bytes - *payload);
	clean_trim(payload, nr);
	return true;
}

/* Returns the start of the word that ends before `at`. */
static const char *word_before(const char *line, const char *at)
{
	while (at > line && at[-1] == ' ')
		at--;
	while (at > line && at[-1] != ' ' && at[-1] != '\t')
		at--;
	return at;
}

bool log_pages_payload(const char *line, size_t bytes, const char **payload, size_t *nr)
{
	static const char mark[] = " pages/cpu";
	const char *at = memmem(line, bytes, mark, sizeof(mark) - 1);

	if (!at)
		return false;
	*payload = word_before(line, word_before(line, at));
	*nr = (size_t)(line + bytes - *payload);
	clean_trim(payload, nr);
	return true;
}
