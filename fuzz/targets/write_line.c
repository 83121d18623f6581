/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* write_line.c - see write_line.h. */
#include "fuzz/targets/write_line.h"
#include "harness/text/text.h"

enum { LINE_BYTES = 400 };

void write_line(void (*line)(const char *text), const char *format, const uint64_t *numbers,
		const char *const *words)
{
	char capacity[LINE_BYTES];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	for (; *format; format++) {
		if (*format == '@')
			lab_put_u64(&text, *numbers++);
		else if (*format == '#')
			lab_put_hex(&text, *numbers++);
		else if (*format == '$')
			lab_put(&text, *words++);
		else
			lab_put_char(&text, *format);
	}
	line(capacity);
}

void write_head(void (*line)(const char *text), const char *header, const char *test_name)
{
	char capacity[LINE_BYTES];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, "#include \"");
	lab_put(&text, header);
	lab_put(&text, "\"");
	line(capacity);
	line("");
	write_line(line, "TEST($)", NULL, &test_name);
	line("{");
}
