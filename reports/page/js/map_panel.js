/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_panel.js - one engine of a map: its figures, its chunks, one of them page by page, what is
 * under the pointer, and the tables of it.
 *
 *	panel = lab.map_panel(map, engine, onchunk)
 *	panel.node		panel.draw(site)	canvases and figures, as often as one likes
 *	panel.tables()		what is told in tables: when the player rests
 *	panel.choose(number)	the chunk that is shown page by page
 */
"use strict";
(function () {
	var MOST_CHUNKS = 64, MOST_OBJECTS = 2000, FIRST_PINS = 16;
	var kinds = ["first", "reserved", "later"];

	function chunk_name(chunk) {
		return chunk.kind === 2 ? "chunk " + chunk.id : kinds[chunk.kind] + " chunk";
	}

	/* Within a sentence. */
	function the_chunk(chunk) {
		return (chunk.kind === 2 ? "" : "the ") + chunk_name(chunk);
	}

	function Panel(map, engine, onchunk) {
		var panel = this;

		this.map = map;
		this.engine = engine;
		this.onchunk = onchunk;
		this.number = null;
		this.first = 0;
		this.figures = lab.el("p", {class: "map-figures"});
		this.overview = canvas_make(engine.name + ": all chunks, a row each");
		this.pages = canvas_make(engine.name + ": one chunk, a row a page");
		this.head = lab.el("h4", {}, "");
		this.more = lab.el("div", {class: "choices"});
		this.under = lab.el("p", {class: "map-under", role: "status"});
		this.place = lab.el("div", {});
		this.node = lab.el("div", {class: "map-panel"}, lab.el("h3", {}, engine.name),
			this.figures, this.overview, this.more, this.head, this.pages, this.under,
			this.place);
		[["overview", this.overview], ["pages", this.pages]].forEach(function (pair) {
			pair[1].addEventListener("mousemove", function (event) {
				panel.hover(pair[0], pair[1], event);
			});
			pair[1].addEventListener("mouseleave", function () {
				lab.clear(panel.under);
			});
		});
		this.overview.addEventListener("click", function (event) {
			var spot = panel.spot("overview", panel.overview, event);

			if (spot)
				onchunk(panel, spot.number);
		});
	}

	function canvas_make(label) {
		return lab.el("canvas", {class: "map", role: "img",
			"aria-label": label + "; its figures are in the tables below"});
	}

	/* Numbers of the chunks that are there, MOST_CHUNKS of them from `first` on. */
	Panel.prototype.shown = function () {
		var there = [], chunks = this.engine.chunks;

		for (var i = 0; i < chunks.length; i++)
			if (chunks[i])
				there.push(i);
		this.nr_there = there.length;
		if (this.first >= there.length)
			this.first = 0;
		return there.slice(this.first, this.first + MOST_CHUNKS);
	};

	Panel.prototype.choose = function (number) {
		this.number = number;
	};

	/* The chosen chunk, or else the last that is there. */
	Panel.prototype.chosen = function () {
		var chunks = this.engine.chunks, number = this.number;

		if (number !== null && chunks[number])
			return number;
		number = chunks.length - 1;
		while (number > 0 && !chunks[number])
			number--;
		return number;
	};

	function put_figures(panel) {
		var sum = panel.engine.figures(), f = lab.format;

		panel.figures.textContent = f.group(sum.nr_chunks) +
			(sum.nr_chunks === 1 ? " chunk, " :
			" chunks, ") + f.group(sum.nr_live) + " objects; bytes of each CPU: live " +
			f.group(sum.live_bytes) + ", populated " + f.group(sum.backed_bytes) +
			", stranded " + f.group(sum.stranded_bytes);
	}

	function hot_cells(engine, site) {
		var hot = {};

		engine.chunks.forEach(function (chunk, number) {
			if (!chunk)
				return;
			hot[number] = new Uint32Array(chunk.cells.length);
			engine.each_live(number, function (object) {
				if (engine.shapes[engine.trace.shape[object]][2] === site)
					engine.cover({cells: hot[number]}, engine.offset_of[object],
						engine.area_of[object], 1);
			});
		});
		return hot;
	}

	function put_head(panel, number) {
		var chunk = panel.engine.chunks[number], f = lab.format;

		panel.head.textContent = chunk_name(chunk) + (chunk.apart ? " (out of use)" : "") +
			": slot " + (chunk.slot < 0 ? "none" : chunk.slot) + ", hint " +
			f.group(chunk.hint) + " B, " + chunk.nr_backed + " of " +
			chunk.pages.length +
			" pages populated, " + f.group(chunk.nr_live) + " objects, " +
			f.group(chunk.live_bytes) + " B";
	}

	/* With more chunks than rows: a button a page of them. */
	function put_more(panel) {
		var first = panel.first, nr = panel.nr_there;
		var words = nr > MOST_CHUNKS ? "chunks " + (first + 1) + " to " +
			Math.min(nr, first + MOST_CHUNKS) + " of " + nr + " " : "";

		if (panel.more.lab_words === words)
			return;
		panel.more.lab_words = words;
		lab.clear(panel.more);
		if (words)
			lab.add(panel.more,
				[words, lab.el("button", {type: "button", class: "small",
				onclick: function () {
					panel.first = first + MOST_CHUNKS;
					panel.draw(panel.site);
				}}, "next")]);
	}

	Panel.prototype.draw = function (site) {
		var number = this.chosen(), engine = this.engine;

		this.site = site;
		put_figures(this);
		this.spots = {
			overview: lab.map_overview(this.overview, engine, this.shown(),
				site === null ? null : hot_cells(engine, site)),
			pages: lab.map_pages(this.pages, engine, number, site)
		};
		put_head(this, number);
		put_more(this);
	};

	/* --- what is under the pointer ------------------------------------------------------- */

	Panel.prototype.spot = function (which, canvas, event) {
		var box = canvas.getBoundingClientRect(), spots = this.spots && this.spots[which];

		return spots ? spots.at(event.clientX - box.left, event.clientY - box.top) : null;
	};

	/* The object with the most bytes there; null: none. */
	function object_at(engine, spot) {
		var found = null, most = 0;

		engine.each_live(spot.number, function (object) {
			var from = engine.offset_of[object], to = from + engine.area_of[object];
			var bytes = Math.min(to, spot.to) - Math.max(from, spot.from);

			if (bytes > most) {
				most = bytes;
				found = object;
			}
		});
		return found;
	}

	/* 16 B aligned to 8 ... */
	lab.map_object_words = function (map, engine, object) {
		var shape = map.shapes[engine.trace.shape[object]], f = lab.format;
		var made = engine.trace.made_at[object], freed = engine.freed_at[object];
		var more = engine.area_of[object] - shape[0];

		return f.group(shape[0]) + " B aligned to " + shape[1] + (more ? ", takes " + more +
			" B more" : "") + ", by " + map.sites[shape[2]] + ", at offset " +
			f.group(engine.offset_of[object]) + ": made by event " + f.group(made + 1) +
			", " +
			f.group(engine.event - made) + " events old, " + (freed < map.events ?
			"freed by event " + f.group(freed + 1) : "never freed");
	};

	function holder_words(panel, number) {
		var engine = panel.engine, holder = lab.map_holder(engine, panel.map.sites, number);

		if (!holder)
			return "nothing lives in it";
		return "held by " + holder.site + " with " + lab.format.percent(holder.percent, 0) +
			" of its live bytes; the oldest object is " +
			lab.format.group(engine.event -
			engine.trace.made_at[holder.oldest]) + " events old";
	}

	function place_words(engine, chunk, spot) {
		if (spot.from < chunk.used)
			return "the static part, or what comes before this chunk's own";
		if (spot.from >= chunk.covers)
			return "behind the chunk's map";
		return chunk.pages[Math.floor(spot.from / engine.page_bytes)] ?
			"free, on a populated page" : "free, its page has no memory";
	}

	Panel.prototype.hover = function (which, canvas, event) {
		var spot = this.spot(which, canvas, event), chunk, object;

		lab.clear(this.under);
		chunk = spot && this.engine.chunks[spot.number];
		if (!chunk)
			return;
		object = object_at(this.engine, spot);
		lab.add(this.under, [lab.el("b", {}, object === null ?
			place_words(this.engine, chunk, spot) :
			lab.map_object_words(this.map, this.engine, object)), lab.el("br"),
			chunk_name(chunk) + ", page " +
			Math.floor(spot.from / this.engine.page_bytes) +
			": " + holder_words(this, spot.number)]);
	};

	/* --- tables -------------------------------------------------------------------------- */

	function pins_table(panel, number) {
		var rows = [], nodes = lab.map_nodes(panel.map),
			chunk = panel.engine.chunks[number], columns;

		/* Where there is one node, its number says nothing. */
		function of(row) {
			return nodes.length > 1 ? row : row.slice(0, 1).concat(row.slice(2));
		}

		lab.map_pins(panel.engine, panel.map.sites, number).forEach(function (row) {
			nodes.forEach(function (node) {
				rows.push(of([row.site, node.node, row.age === null ? "" :
					lab.map_age_names[row.age], row.nr, row.live * node.nr_cpus,
				Math.round(row.stranded * node.nr_cpus)]));
			});
		});
		columns = of([{head: "site"}, {head: "node", number: true}, {head: "age, events"},
			{head: "objects", number: true}, {head: "live, B", number: true},
			{head: "stranded, B", number: true}]);
		return lab.table_make({caption: panel.engine.name + ": what pins " +
			the_chunk(chunk) + ", bytes of all CPUs" +
			(nodes.length > 1 ? " of a node" : ""), columns: columns, rows: rows,
		first: FIRST_PINS});
	}

	function chunks_table(panel) {
		var engine = panel.engine, rows = [];

		engine.chunks.forEach(function (chunk, number) {
			var holder = chunk && lab.map_holder(engine, panel.map.sites, number);

			if (chunk)
				rows.push([chunk_name(chunk), chunk.slot < 0 ? null : chunk.slot,
					chunk.hint,
					chunk.nr_backed, chunk.pages.length, chunk.nr_live,
					chunk.live_bytes,
					engine.stranded(chunk), holder ? holder.site : ""]);
		});
		return lab.table_make({caption: engine.name + ": chunks", fold: true, columns: [
			{head: "chunk"}, {head: "slot", number: true},
			{head: "hint, B", number: true},
			{head: "populated pages", number: true}, {head: "pages", number: true},
			{head: "objects", number: true}, {head: "live, B", number: true},
			{head: "stranded, B", number: true}, {head: "held by"}], rows: rows});
	}

	function objects_table(panel, number) {
		var engine = panel.engine, rows = [], map = panel.map;

		engine.each_live(number, function (object) {
			var shape = map.shapes[engine.trace.shape[object]];

			if (rows.length < MOST_OBJECTS)
				rows.push([engine.offset_of[object], shape[0], shape[1],
					map.sites[shape[2]],
					engine.event - engine.trace.made_at[object]]);
		});
		return lab.table_make({caption: engine.name + ": " +
			(rows.length < MOST_OBJECTS ? "" :
			"the oldest " + MOST_OBJECTS + " ") + "objects of " +
			the_chunk(engine.chunks[number]), fold: true, columns: [
			{head: "offset", number: true}, {head: "size, B", number: true},
			{head: "alignment", number: true}, {head: "site"},
			{head: "age, events", number: true}], rows: rows});
	}

	Panel.prototype.tables = function () {
		var number = this.chosen(), open;

		open = Array.prototype.map.call(this.place.children, function (figure) {
			return !!figure.querySelector("details[open]");
		});
		lab.clear(this.place);
		lab.add(this.place, [pins_table(this, number), chunks_table(this),
			objects_table(this, number)]);
		Array.prototype.forEach.call(this.place.children, function (figure, i) {
			if (open[i] && figure.querySelector("details"))
				figure.querySelector("details").open = true;
		});
	};

	lab.map_panel = function (map, engine, onchunk) {
		return new Panel(map, engine, onchunk);
	};
}());
