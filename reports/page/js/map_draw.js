/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_draw.js - chunks on canvases.
 *
 *	lab.map_overview(canvas, engine, numbers, hot)	a row a chunk, its unit from left to right
 *	lab.map_pages(canvas, engine, number, site, trace)	one chunk: a row a page, each object
 *
 * hot: {number: Uint32Array of bytes a cell}, of objects that stand out. Both return what a place
 * on the canvas is: at(x, y) -> {number, from, to} in bytes of the unit, or null.
 */
"use strict";
(function () {
	/* light, dark: told apart without colour too, by how light they are. */
	var colours = {
		bare: ["#ffffff", "#13171c"], fixed: ["#8b95a1", "#5b6672"],
		stranded: ["#f7dc9c", "#6b5312"], used: ["#0f4c8a", "#7fbcff"],
		hot: ["#b3009b", "#ff7ae6"], line: ["#c3ccd6", "#3b4753"],
		ages: [["#9cc7ee", "#74a9dc", "#4a87c4", "#2a67a7", "#154b86", "#08315e"],
			["#24507d", "#2f6aa3", "#4388c7", "#66a7e0", "#92c4f1", "#c9e3fb"]]
	};

	function is_dark() {
		return document.documentElement.getAttribute("data-theme") === "dark" ? 1 : 0;
	}

	lab.map_colour = function (name) {
		return colours[name][is_dark()];
	};

	lab.map_age_colour = function (age) {
		return colours.ages[is_dark()][age];
	};

	function rgb(text) {
		return [1, 3, 5].map(function (at) {
			return parseInt(text.slice(at, at + 2), 16);
		});
	}

	/* As a pixel of an image: alpha, blue, green, red. */
	function pixel(from, to, share) {
		var value = 255;

		for (var i = 2; i >= 0; i--)
			value = value * 256 + Math.round(from[i] + (to[i] - from[i]) * share);
		return value;
	}

	/* Sizes a canvas to its place on the screen. False: it is not shown. */
	function fit(canvas, height) {
		var scale = Math.min(2, window.devicePixelRatio || 1);
		var width = Math.round(canvas.clientWidth * scale);

		height = Math.round(height);
		if (!width || !height)
			return false;
		if (canvas.width !== width || canvas.height !== height * scale) {
			canvas.width = width;
			canvas.height = height * scale;
			canvas.style.height = height + "px";
		}
		return true;
	}

	/* 256 mixtures of each pair of colours. */
	function palette() {
		var stranded = rgb(lab.map_colour("stranded")), used = rgb(lab.map_colour("used"));
		var bare = rgb(lab.map_colour("bare")), hot = rgb(lab.map_colour("hot"));
		var made = {used: new Uint32Array(256), hot: new Uint32Array(256)};

		for (var i = 0; i < 256; i++) {
			made.used[i] = pixel(stranded, used, i ? 0.15 + 0.85 * i / 255 : 0);
			made.hot[i] = pixel(stranded, hot, i ? 0.3 + 0.7 * i / 255 : 0);
		}
		made.bare = pixel(bare, bare, 0);
		made.fixed = pixel(rgb(lab.map_colour("fixed")), bare, 0);
		made.line = pixel(rgb(lab.map_colour("line")), bare, 0);
		return made;
	}

	/* One chunk's line of pixels. */
	function line_fill(line, engine, chunk, hot, colour) {
		var cells = chunk.cells, nr = cells.length, width = line.length;
		var cell_bytes = engine.cell_bytes, page_bytes = engine.page_bytes;

		for (var x = 0; x < width; x++) {
			var from = Math.floor(x * nr / width), to = Math.max(from + 1,
				Math.floor((x + 1) * nr / width)), used = 0, marked = 0, at, share;

			for (var cell = from; cell < to; cell++) {
				used += cells[cell];
				marked += hot ? hot[cell] : 0;
			}
			at = from * cell_bytes;
			share = 255 * used / ((to - from) * cell_bytes);
			if (at >= chunk.covers)
				line[x] = colour.line;
			else if ((to * cell_bytes) <= chunk.used)
				line[x] = colour.fixed;
			else if (marked)
				line[x] = colour.hot[Math.ceil(
					255 * marked / ((to - from) * cell_bytes))];
			else if (used || chunk.pages[Math.floor(at / page_bytes)])
				line[x] = colour.used[Math.ceil(share)];
			else
				line[x] = colour.bare;
		}
	}

	/* numbers: which chunks, from top to bottom. */
	lab.map_overview = function (canvas, engine, numbers, hot) {
		var row = Math.max(6, Math.min(18, Math.floor(480 / (numbers.length || 1))));
		var scale, image, pixels, line, colour, context;

		if (!fit(canvas, row * Math.max(1, numbers.length)))
			return null;
		scale = canvas.height / (row * Math.max(1, numbers.length));
		context = canvas.getContext("2d", {alpha: false});
		image = context.createImageData(canvas.width, canvas.height);
		pixels = new Uint32Array(image.data.buffer);
		line = new Uint32Array(canvas.width);
		colour = palette();
		pixels.fill(colour.bare);
		numbers.forEach(function (number, i) {
			var first = Math.round(i * row * scale),
				last = Math.round((i + 1) * row * scale) - 1;

			line_fill(line, engine, engine.chunks[number], hot && hot[number], colour);
			for (var y = first; y < last; y++)
				pixels.set(line, y * canvas.width);
			line.fill(colour.line);
			pixels.set(line, last * canvas.width);
		});
		context.putImageData(image, 0, 0);
		return {row: row, at: function (x, y) {
			var number = numbers[Math.floor(y / row)], bytes = engine.cell_bytes *
				lab.map_engine.CELLS / canvas.clientWidth;

			return number === undefined ? null :
				{number: number, from: Math.floor(x * bytes),
					to: Math.ceil((x + 1) * bytes)};
		}};
	};

	/* --- one chunk ---------------------------------------------------------------------- */

	var MOST_ROWS = 64, ROW = 8;

	function background(context, engine, chunk, geometry) {
		var names = ["bare", "stranded"], size = engine.page_bytes;

		context.fillStyle = lab.map_colour("bare");
		context.fillRect(0, 0, geometry.width, geometry.nr_rows * ROW);
		chunk.pages.forEach(function (is_backed, page) {
			context.fillStyle = lab.map_colour(names[is_backed]);
			geometry.each(page * size, Math.min(chunk.covers, (page + 1) * size),
				function (x, y, width) {
					context.fillRect(x, y, width, ROW - 1);
				});
		});
		context.fillStyle = lab.map_colour("fixed");
		geometry.each(0, chunk.used, function (x, y, width) {
			context.fillRect(x, y, width, ROW - 1);
		});
	}

	/* A row is a page, or several where a unit has many. */
	function geometry_of(engine, chunk, width) {
		var pages = Math.ceil(chunk.pages.length / MOST_ROWS),
			bytes = pages * engine.page_bytes;

		return {width: width, bytes: bytes, nr_rows: Math.ceil(chunk.covers / bytes),
			each: function (from, to, put) {
				for (var row = Math.floor(from / bytes); row * bytes < to; row++) {
					var start = Math.max(0, from - row * bytes);
					var end = Math.min(bytes, to - row * bytes);

					put(start * width / bytes, row * ROW,
						(end - start) * width / bytes);
				}
			}};
	}

	lab.map_pages = function (canvas, engine, number, site) {
		var chunk = engine.chunks[number], context, geometry, scale;

		geometry = geometry_of(engine, chunk, canvas.clientWidth);
		if (!fit(canvas, geometry.nr_rows * ROW))
			return null;
		scale = canvas.width / canvas.clientWidth;
		context = canvas.getContext("2d", {alpha: false});
		context.setTransform(scale, 0, 0, scale, 0, 0);
		background(context, engine, chunk, geometry);
		engine.each_live(number, function (object) {
			var age = lab.map_age_class(engine.event - engine.trace.made_at[object]);
			var shape = engine.shapes[engine.trace.shape[object]];
			var from = engine.offset_of[object];

			context.fillStyle = shape[2] === site ? lab.map_colour("hot") :
				lab.map_age_colour(age);
			geometry.each(from, from + engine.area_of[object], function (x, y, width) {
				context.fillRect(x, y, width > 3 ? width - 0.7 : width, ROW - 1);
			});
		});
		return {row: ROW, at: function (x, y) {
			var row = Math.floor(y / ROW), bytes = geometry.bytes / canvas.clientWidth;
			var from = row * geometry.bytes + x * bytes;

			return row < 0 || row >= geometry.nr_rows ? null :
				{number: number, from: Math.floor(from),
					to: Math.ceil(from + bytes)};
		}};
	};
}());
