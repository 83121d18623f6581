/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_toy.c - a fuzz target that builds quickly and fails where the test requests it, so that
 * cli_fuzz.sh can test `lab fuzz` with real engines. With -DREPLAY it is the replay main.
 *
 *	TOY_BROKEN=A	an input that begins with A is broken in one way,
 *	TOY_BROKEN=A+	one whose first byte is above 127 in another
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr);

static volatile unsigned sink;

static const char *sentence_of(const uint8_t *bytes, size_t nr)
{
	const char *broken = getenv("TOY_BROKEN");
	uint64_t word = 0;

	memcpy(&word, bytes, nr < 8 ? nr : 8);
	/* Edges that an engine reaches only with a dictionary: "\0\0\0\0east", "\0\0\0\0west". */
	if (word == 0x74736165ull << 32)
		sink++;
	if (word == 0x74736577ull << 32)
		sink += 2;
	for (size_t i = 0; i < nr && i < 8; i++)
		sink += bytes[i] > 64 * i ? 1u : 3u;
	if (!nr || !broken)
		return NULL;
	if (bytes[0] == 'A')
		return "the first thing is broken";
	return bytes[0] > 127 && strchr(broken, '+') ? "the other thing is broken" : NULL;
}

#ifdef REPLAY
static int replay(const char *path)
{
	static uint8_t bytes[4096];
	FILE *file = fopen(path, "rbe");
	size_t nr = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	const char *sentence = sentence_of(bytes, nr);

	if (!sentence)
		return 0;
	printf("{\"finding\": {\"words\": \"step 0: %s: byte %zu\", \"group\": \"%s at the "
	       "start\", "
	       "\"sentence\": \"%s\", \"place\": \"the start\", \"by\": \"oracle\", \"step\": 0, "
	       "\"operations\": 1}, \"file\": \"%s\"}\n",
	       sentence, nr, sentence, sentence, path);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--bench")) {
		puts("toy: 100 exec/s, 700 operations/s, 7.0 operations an input");
		return 0;
	}
	return argc > 1 ? replay(argv[1]) : 2;
}
#else
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr)
{
	const char *sentence = sentence_of(bytes, nr);

	if (!sentence)
		return 0;
	fprintf(stderr, "BROKEN: step 0: %s\n", sentence);
	abort();
}
#endif
