/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record_chunks.h - the chunks of a recording: a number for each base address in use, and whether
 * the trace has all objects in it.
 *
 *	created -> known -> destroyed		an object in a chunk that is not known: `u CHUNK`
 *	            | events were lost, or an object unknown to the trace was freed
 *	            v
 *	         unknown			also: a chunk older than the recording
 */
#ifndef RECORD_CHUNKS_H
#define RECORD_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

struct record_chunks;

#define RECORD_NO_CHUNK UINT32_MAX

struct record_chunks *record_chunks_create(void);
void record_chunks_destroy(struct record_chunks *chunks);

/* Events of chunks. One that is created where objects of the trace live is not known: one of the
   events came too late. */
void record_chunk_created(struct record_chunks *chunks, uint64_t base);
void record_chunk_destroyed(struct record_chunks *chunks, uint64_t base);
/* Events were lost: no chunk is known from here on. */
void record_chunks_forget(struct record_chunks *chunks);

/* An object is allocated in the chunk at base. Returns the chunk's number, from 0 in order of first
   appearance; *unknown: a `u` line is due. */
uint32_t record_chunk_alloc(struct record_chunks *chunks, uint64_t base, bool *unknown);
/* An object of the trace is freed in the chunk with that number; RECORD_NO_CHUNK: nothing. */
void record_chunk_free(struct record_chunks *chunks, uint32_t number);
/* An object that the trace does not have is freed in the chunk at base. */
void record_chunk_free_unknown(struct record_chunks *chunks, uint64_t base);

/* Returns how many have a number; *nr_created: those of them that were created meanwhile. */
uint32_t record_chunks_count(const struct record_chunks *chunks, uint32_t *nr_created);

#endif
