/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_stream.js - reads the streams of a map: reports/map/map_stream.h has their form.
 *
 *	lab.map_numbers(base64)		{bytes, at}: next(), signed()
 *	lab.map_trace(map)		what all engines share, in typed arrays:
 *		head[event]		the event: see map_stream.h
 *		shape[object], made_at[object]	which shape, by which event
 */
"use strict";
(function () {
	function bytes_of(base64) {
		var text = atob(base64), bytes = new Uint8Array(text.length);

		for (var i = 0; i < text.length; i++)
			bytes[i] = text.charCodeAt(i);
		return bytes;
	}

	function Numbers(base64) {
		this.bytes = bytes_of(base64);
		this.at = 0;
	}

	Numbers.prototype.next = function () {
		var bytes = this.bytes, byte = bytes[this.at++], number = byte & 127, scale = 128;

		while (byte > 127) {
			byte = bytes[this.at++];
			number += (byte & 127) * scale;
			scale *= 128;
		}
		if (byte === undefined)
			throw new Error("the map's data end too early");
		return number;
	};

	Numbers.prototype.signed = function () {
		var number = this.next();

		return number % 2 ? -(number + 1) / 2 : number / 2;
	};

	lab.map_numbers = function (base64) {
		return new Numbers(base64);
	};

	lab.map_trace = function (map) {
		var numbers = new Numbers(map.stream), nr = 0, head;
		var trace = {
			nr_events: map.events, nr_objects: map.allocs,
			head: new Uint32Array(map.events), shape: new Uint32Array(map.allocs),
			made_at: new Uint32Array(map.allocs)
		};

		for (var event = 0; event < map.events; event++) {
			head = trace.head[event] = numbers.next();
			if (head % 4 === 0) {
				trace.shape[nr] = head / 4;
				trace.made_at[nr++] = event;
			}
		}
		return trace;
	};
}());
