/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_engine.js - the memory of one engine after any number of events of its map.
 *
 *	engine = lab.map_engine(map, trace, column)
 *	engine.seek(event)	the memory after so many events: from where it is, or from the last
 *				frame kept before. Frames are kept every FRAME_EVENTS events.
 *	engine.chunks[number]	null where it is gone, else kind, id, covers, used, slot, hint,
 *	apart,
 *				pages[page] 1 where it has memory, nr_backed, nr_live, live_bytes,
 *				cells[cell]: bytes used of each of CELLS parts of the unit
 *	engine.alive[object]	1 where it lives
 *	engine.each_live(number, visit)		the live objects of a chunk, the oldest first
 *	engine.chunk_of[object], .offset_of[], .area_of[]	where it lies, whenever it lives
 *	engine.freed_at[object]	the event that frees it; nr_events: none
 *	engine.samples		[{event, live_bytes, backed_bytes, stranded_bytes, nr_chunks}]
 */
"use strict";
(function () {
	var FRAME_EVENTS = 8192, CELLS = 1024, NR_SAMPLES = 400, NOWHERE = -1;
	var MADE = 0, GONE = 1, SLOT = 2, HINT = 3, APART = 4, BACKED = 5;
	var RESERVED = 1;

	function Engine(map, trace, column) {
		var nr = trace.nr_objects;

		this.name = column.engine;
		this.column = column;
		this.trace = trace;
		this.shapes = map.shapes;
		this.page_bytes = map.layout.page_bytes;
		this.edges = map.layout.edge_bytes / map.layout.page_bytes;
		this.cell_bytes = map.layout.unit_bytes / CELLS;
		this.numbers = lab.map_numbers(column.stream);
		this.chunk_of = new Int32Array(nr).fill(NOWHERE);
		this.offset_of = new Uint32Array(nr);
		this.area_of = new Uint32Array(nr);
		this.freed_at = new Uint32Array(nr).fill(trace.nr_events);
		this.alive = new Uint8Array(nr);
		/* The live objects of a chunk are a list, the oldest first. */
		this.older = new Int32Array(nr);
		this.newer = new Int32Array(nr);
		this.event = this.nr_made = this.end = this.nr_live = this.live_bytes = 0;
		this.chunks = [];
		this.frames = [];
		this.samples = [];
		this.read_all();
	}

	/* --- chunks ------------------------------------------------------------------------- */

	function chunk_make(kind, id, covers, used, slot, hint, page_bytes) {
		return {kind: kind, id: id, covers: covers, used: used, slot: slot, hint: hint,
			apart: 0, pages: new Uint8Array(Math.ceil(covers / page_bytes)),
			nr_backed: 0,
			nr_live: 0, live_bytes: 0, oldest: NOWHERE, newest: NOWHERE,
			cells: new Uint32Array(CELLS)};
	}

	Engine.prototype.change = function () {
		var numbers = this.numbers, head = numbers.next(), number = Math.floor(head / 8);
		var chunk = this.chunks[number], what = head % 8, from, to;

		if (what === MADE) {
			this.chunks[number] = chunk_make(numbers.next(), numbers.next(),
				numbers.next(),
				numbers.next(), numbers.next() - 1, numbers.next(),
				this.page_bytes);
		} else if (what === GONE) {
			this.chunks[number] = null;
		} else if (what === SLOT) {
			chunk.slot = numbers.next() - 1;
		} else if (what === HINT) {
			chunk.hint = numbers.next();
		} else if (what === APART) {
			chunk.apart = numbers.next();
		} else {
			from = numbers.next();
			to = from + numbers.next();
			chunk.pages.fill(what === BACKED ? 1 : 0, from, to);
			chunk.nr_backed += what === BACKED ? to - from : from - to;
		}
	};

	Engine.prototype.changes = function () {
		for (var nr = this.numbers.next(); nr > 0; nr--)
			this.change();
	};

	/* Bytes from offset on are used, sign 1, or free again, -1. */
	Engine.prototype.cover = function (chunk, offset, bytes, sign) {
		var end = offset + bytes, cell = Math.floor(offset / this.cell_bytes), next;

		while (offset < end) {
			next = Math.min(end, (cell + 1) * this.cell_bytes);
			chunk.cells[cell++] += sign * (next - offset);
			offset = next;
		}
	};

	Engine.prototype.enter = function (object) {
		var chunk = this.chunks[this.chunk_of[object]], bytes = this.area_of[object];
		var last = chunk.newest;

		this.alive[object] = 1;
		this.older[object] = last;
		this.newer[object] = NOWHERE;
		chunk.newest = object;
		if (last === NOWHERE)
			chunk.oldest = object;
		else
			this.newer[last] = object;
		this.cover(chunk, this.offset_of[object], bytes, 1);
		chunk.nr_live++;
		chunk.live_bytes += bytes;
		this.nr_live++;
		this.live_bytes += bytes;
	};

	Engine.prototype.leave = function (object) {
		var chunk = this.chunks[this.chunk_of[object]], bytes = this.area_of[object];
		var older = this.older[object], newer = this.newer[object];

		this.alive[object] = 0;
		if (older === NOWHERE)
			chunk.oldest = newer;
		else
			this.newer[older] = newer;
		if (newer === NOWHERE)
			chunk.newest = older;
		else
			this.older[newer] = older;
		this.freed_at[object] = this.event;
		this.cover(chunk, this.offset_of[object], bytes, -1);
		chunk.nr_live--;
		chunk.live_bytes -= bytes;
		this.nr_live--;
		this.live_bytes -= bytes;
	};

	/* Calls visit(object) for the live objects of a chunk, the oldest first. */
	Engine.prototype.each_live = function (number, visit) {
		for (var object = this.chunks[number].oldest; object !== NOWHERE;
			object = this.newer[object])
			visit(object);
	};

	/* --- events ------------------------------------------------------------------------- */

	Engine.prototype.alloc = function (shape) {
		var numbers = this.numbers, object = this.nr_made++, outcome, bytes;

		this.changes();
		outcome = numbers.next();
		if (outcome < 2)
			return;
		bytes = this.shapes[shape][0];
		this.chunk_of[object] = (outcome - 2) >> 1;
		this.offset_of[object] = this.end + numbers.signed();
		this.area_of[object] = outcome & 1 ? bytes + numbers.next() : bytes;
		this.end = this.offset_of[object] + this.area_of[object];
		this.enter(object);
	};

	Engine.prototype.free = function (by_trace) {
		var outcome = this.numbers.next();

		if (outcome)
			this.leave(outcome === 1 ? by_trace : outcome - 2);
		this.changes();
	};

	Engine.prototype.play = function (to) {
		var head = this.trace.head, word;

		while (this.event < to) {
			word = head[this.event];
			if (word % 4 === 0)
				this.alloc(word / 4);
			else if (word % 4 === 1)
				this.free(this.nr_made - (word - 1) / 4);
			else
				this.changes();
			this.event++;
		}
	};

	/* --- frames ------------------------------------------------------------------------- */

	function bits_of(alive, nr) {
		var bits = new Uint8Array((nr + 7) >> 3);

		for (var i = 0; i < nr; i++)
			bits[i >> 3] |= alive[i] << (i & 7);
		return bits;
	}

	Engine.prototype.frame_keep = function () {
		this.frames.push({event: this.event, at: this.numbers.at, nr_made: this.nr_made,
			end: this.end, alive: bits_of(this.alive, this.nr_made),
			chunks: this.chunks.map(function (chunk) {
				return chunk && {kind: chunk.kind, id: chunk.id,
					covers: chunk.covers,
					used: chunk.used, slot: chunk.slot, hint: chunk.hint,
					apart: chunk.apart, pages: chunk.pages.slice(),
					nr_backed: chunk.nr_backed};
			})});
	};

	Engine.prototype.frame_take = function (frame) {
		var engine = this, bits = frame.alive;

		this.event = frame.event;
		this.numbers.at = frame.at;
		this.nr_made = frame.nr_made;
		this.end = frame.end;
		this.nr_live = this.live_bytes = 0;
		this.alive.fill(0);
		this.chunks = frame.chunks.map(function (kept) {
			var chunk = kept && chunk_make(kept.kind, kept.id, kept.covers, kept.used,
				kept.slot, kept.hint, engine.page_bytes);

			if (chunk) {
				chunk.apart = kept.apart;
				chunk.pages.set(kept.pages);
				chunk.nr_backed = kept.nr_backed;
				engine.cover(chunk, 0, chunk.used, 1);
			}
			return chunk;
		});
		for (var byte = 0; byte < bits.length; byte++)
			for (var left = bits[byte], i = byte << 3; left; left >>= 1, i++)
				if (left & 1)
					this.enter(i);
	};

	Engine.prototype.seek = function (event) {
		var frame = this.frames[Math.floor(event / FRAME_EVENTS)];

		if (event < this.event || frame.event > this.event)
			this.frame_take(frame);
		this.play(event);
	};

	/* --- figures ------------------------------------------------------------------------ */

	/* Pages with memory: with a skewed stride also those behind them (pcpu.h, edge). */
	Engine.prototype.backed_pages = function (chunk) {
		var nr = chunk.nr_backed;

		for (var page = 0; this.edges && page < chunk.pages.length; page++)
			nr += chunk.pages[page] && !chunk.pages[page + 1] ? 1 : 0;
		return nr;
	};

	/* Free bytes of its map on pages that have memory. */
	Engine.prototype.stranded = function (chunk) {
		return chunk.covers - chunk.used - chunk.live_bytes -
			(chunk.pages.length - chunk.nr_backed) * this.page_bytes;
	};

	/* The reserved chunk's pages are the first one's. */
	Engine.prototype.figures = function () {
		var engine = this, sum = {event: this.event, nr_chunks: 0, nr_live: this.nr_live,
			live_bytes: this.live_bytes, backed_bytes: 0, stranded_bytes: 0};

		this.chunks.forEach(function (chunk) {
			if (!chunk)
				return;
			sum.stranded_bytes += engine.stranded(chunk);
			if (chunk.kind === RESERVED)
				return;
			sum.nr_chunks++;
			sum.backed_bytes += engine.backed_pages(chunk) * engine.page_bytes;
		});
		return sum;
	};

	/* Once through all events: places, frames, samples. */
	Engine.prototype.read_all = function () {
		var nr = this.trace.nr_events, step = Math.max(1, Math.ceil(nr / NR_SAMPLES));

		this.changes();
		for (var i = 0; i < this.chunks.length; i++)
			this.cover(this.chunks[i], 0, this.chunks[i].used, 1);
		for (var event = 0; ; event = Math.min(nr, this.next_stop(event, step))) {
			this.play(event);
			if (event % FRAME_EVENTS === 0)
				this.frame_keep();
			if (event % step === 0 || event === nr)
				this.samples.push(this.figures());
			if (event === nr)
				break;
		}
		if (this.numbers.at !== this.numbers.bytes.length)
			throw new Error("the map's data of " + this.name +
				" go on behind its events");
	};

	Engine.prototype.next_stop = function (event, step) {
		return Math.min(event - event % step + step,
			event - event % FRAME_EVENTS + FRAME_EVENTS);
	};

	lab.map_engine = function (map, trace, column) {
		return new Engine(map, trace, column);
	};
	lab.map_engine.CELLS = CELLS;
}());
