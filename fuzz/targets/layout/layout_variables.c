/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_variables.c - see layout_variables.h. A model, and dumb on purpose. */
#include "fuzz/targets/layout/layout_variables.h"
#include "harness/text/text.h"

#include <stdlib.h>

#define STATIC_ROOM (1u << 20) /* fuzz_layout.c decodes no more than half of it */

static uint8_t contents[STATIC_ROOM];

/* --- from bytes ------------------------------------------------------------------------------- */

/* 0: none; the lower half counts from the static part's start, the upper half from near its end. */
static uint32_t offset_of(uint8_t byte, uint64_t static_bytes)
{
	if (byte == 0)
		return PCPU_NO_VARIABLE;
	return byte < 128 ? (byte - 1u) * 8 : (uint32_t)static_bytes + byte - 192;
}

/* Around the least there may be, and large. */
static uint32_t stack_bytes_of(uint8_t byte)
{
	return byte < 128 ? byte : (byte - 127u) * 64;
}

void layout_variables_decode(const uint8_t bytes[LAYOUT_VARIABLE_BYTES], uint64_t static_bytes,
			     struct layout_variables *variables)
{
	const uint8_t *at = bytes + 5;

	variables->with_own = !(bytes[4] & 4);
	variables->own.cpu_number = offset_of(bytes[0], static_bytes);
	variables->own.irq_stack_top = offset_of(bytes[1], static_bytes);
	variables->own.irq_stack = offset_of(bytes[2], static_bytes);
	variables->own.irq_stack_bytes = stack_bytes_of(bytes[3]);
	variables->nr_maps = bytes[4] & 3;
	for (uint32_t i = 0; i < variables->nr_maps; i++, at += 2) {
		variables->map[i].offset = offset_of(at[0], static_bytes);
		variables->map[i].element_bytes = 1 + (at[1] & 63);
		variables->map[i].empty = at[1] & 128;
	}
}

/* --- in words --------------------------------------------------------------------------------- */

static void put_offset(struct lab_text *text, const char *what, uint32_t offset)
{
	if (offset != PCPU_NO_VARIABLE)
		lab_put_number(text, what, offset);
}

static void put_own_words(const struct pcpu_own_variables *own, struct lab_text *text)
{
	put_offset(text, ", own offset at ", own->this_cpu_off);
	put_offset(text, ", own number at ", own->cpu_number);
	put_offset(text, ", top of the interrupt stack at ", own->irq_stack_top);
	put_offset(text, ", the stack at ", own->irq_stack);
	lab_put_number(text, ", its bytes ", own->irq_stack_bytes);
}

void layout_variables_put(const struct layout_variables *variables, struct lab_text *text)
{
	if (variables->with_own)
		put_own_words(&variables->own, text);
	for (uint32_t i = 0; i < variables->nr_maps; i++) {
		lab_put_number(text, ", early elements of ", variables->map[i].element_bytes);
		put_offset(text, " at ", variables->map[i].offset);
		lab_put(text, variables->map[i].empty ? ", no array" : "");
	}
}

/* --- may they be asked for? ------------------------------------------------------------------- */

static bool variables_fits(uint32_t offset, uint64_t bytes, uint64_t static_bytes)
{
	return offset == PCPU_NO_VARIABLE || (uint64_t)offset + bytes <= static_bytes;
}

/* A top needs a stack, with room for the gap above it. */
static bool stack_fits(const struct pcpu_own_variables *own, uint64_t static_bytes)
{
	if (own->irq_stack_top == PCPU_NO_VARIABLE)
		return true;
	return own->irq_stack != PCPU_NO_VARIABLE && own->irq_stack_bytes >= PCPU_STACK_TOP_GAP &&
	       variables_fits(own->irq_stack, own->irq_stack_bytes, static_bytes);
}

bool layout_variables_fit(const struct layout_variables *variables, uint64_t static_bytes)
{
	const struct pcpu_own_variables *own = &variables->own;

	for (uint32_t i = 0; i < variables->nr_maps; i++)
		if (!variables_fits(variables->map[i].offset, variables->map[i].element_bytes,
				    static_bytes))
			return false;
	return !variables->with_own || (variables_fits(own->this_cpu_off, 8, static_bytes) &&
					variables_fits(own->cpu_number, 4, static_bytes) &&
					variables_fits(own->irq_stack_top, 8, static_bytes) &&
					stack_fits(own, static_bytes));
}

/* --- arrays ----------------------------------------------------------------------------------- */

/* Other bytes for every map and CPU, never those of the image by rule. */
static void values_fill(uint8_t *values, uint32_t map, uint32_t nr, uint32_t element_bytes)
{
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		for (uint32_t i = 0; i < element_bytes; i++)
			*values++ = (uint8_t)(0x80 + map * 85 + cpu * 7 + i * 3);
}

void layout_arrays_init(struct layout_arrays *arrays, const struct layout_variables *variables,
			uint32_t nr_cpu_ids)
{
	*arrays = (struct layout_arrays){0};
	for (uint32_t i = 0; i < variables->nr_maps; i++) {
		uint32_t bytes = variables->map[i].element_bytes;

		arrays->map[i] =
			(struct pcpu_early_map){&arrays->array[i], bytes, variables->map[i].offset};
		if (variables->map[i].empty)
			continue;
		arrays->values[i] = malloc((size_t)nr_cpu_ids * bytes + !nr_cpu_ids);
		if (!arrays->values[i])
			abort();
		values_fill(arrays->values[i], i, nr_cpu_ids, bytes);
		arrays->array[i] = arrays->values[i];
	}
}

void layout_arrays_finish(struct layout_arrays *arrays)
{
	for (uint32_t i = 0; i < LAYOUT_EARLY_MAPS; i++)
		free(arrays->values[i]);
}

const char *layout_arrays_after(const struct layout_arrays *arrays,
				const struct layout_variables *variables, bool is_done)
{
	for (uint32_t i = 0; i < variables->nr_maps; i++) {
		if (is_done && arrays->array[i])
			return "an early array's pointer is cleared when its values were copied";
		if (!is_done && arrays->array[i] != arrays->values[i])
			return "an early array stays when set-up fails";
	}
	return NULL;
}

/* --- a unit's static part --------------------------------------------------------------------- */

void layout_static_begin(const uint8_t *image, uint64_t static_bytes)
{
	if (image)
		memcpy(contents, image, static_bytes);
	else
		memset(contents, 0, static_bytes);
}

static void variables_put(uint32_t offset, const void *value, size_t bytes)
{
	if (offset != PCPU_NO_VARIABLE)
		memcpy(contents + offset, value, bytes);
}

static void put_own(const struct pcpu_own_variables *own, uint32_t cpu, uintptr_t unit,
		    uintptr_t offset)
{
	uintptr_t top = unit + own->irq_stack + own->irq_stack_bytes - 64;

	variables_put(own->this_cpu_off, &offset, sizeof(offset));
	variables_put(own->cpu_number, &cpu, sizeof(cpu));
	variables_put(own->irq_stack_top, &top, sizeof(top));
}

const uint8_t *layout_static_of(const struct layout_variables *variables,
				const struct layout_arrays *arrays, uint32_t cpu, uintptr_t unit,
				uintptr_t offset)
{
	if (variables->with_own)
		put_own(&variables->own, cpu, unit, offset);
	for (uint32_t i = 0; i < variables->nr_maps; i++) {
		uint32_t bytes = variables->map[i].element_bytes;
		const uint8_t *values = arrays->values[i];

		if (values)
			variables_put(variables->map[i].offset, values + (size_t)cpu * bytes,
				      bytes);
	}
	return contents;
}
