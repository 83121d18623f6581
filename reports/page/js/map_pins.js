/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_pins.js - what holds a chunk: its live bytes, and the free bytes on its populated pages,
 * which stay populated because of what lies on them, by site, node and age.
 *
 * The free bytes of a page are shared evenly by the objects that touch it, and the static part
 * where it does; of a page that nothing touches they are nobody's. Each CPU has its copy: a node's
 * bytes are those of one unit times its CPUs.
 */
"use strict";
(function () {
	var ages = [10, 100, 1000, 10000, 100000];
	var age_names = ["up to 10", "11 to 100", "101 to 1 000", "1 001 to 10 000",
		"10 001 to 100 000", "over 100 000"];

	function age_class(age) {
		var i = 0;

		while (i < ages.length && age > ages[i])
			i++;
		return i;
	}

	function pages_of(engine, object) {
		var from = engine.offset_of[object], end = from + engine.area_of[object] - 1;

		return [Math.floor(from / engine.page_bytes), Math.floor(end / engine.page_bytes)];
	}

	/* used: bytes of objects and static part on each page; holders: how many touch it. */
	function pages_count(engine, number) {
		var chunk = engine.chunks[number], size = engine.page_bytes;
		var used = new Uint32Array(chunk.pages.length),
			holders = new Uint32Array(used.length);

		function add(from, end) {
			for (var page = Math.floor(from / size); page * size < end; page++) {
				used[page] += Math.min(end, (page + 1) * size) - Math.max(from,
					page * size);
				holders[page]++;
			}
		}

		add(0, chunk.used);
		engine.each_live(number, function (object) {
			add(engine.offset_of[object], engine.offset_of[object] +
				engine.area_of[object]);
		});
		return {used: used, holders: holders};
	}

	function page_free(engine, chunk, count, page) {
		var end = Math.min(chunk.covers, (page + 1) * engine.page_bytes);

		return chunk.pages[page] ? end - page * engine.page_bytes - count.used[page] : 0;
	}

	function share(engine, chunk, count, first, last) {
		var sum = 0;

		for (var page = first; page <= last; page++)
			if (count.holders[page])
				sum += page_free(engine, chunk, count, page) / count.holders[page];
		return sum;
	}

	function row_of(rows, site, age) {
		var key = site + " " + age;

		if (!rows[key])
			rows[key] = {site: site, age: age, nr: 0, live: 0, stranded: 0};
		return rows[key];
	}

	function chunk_add(engine, sites, number, rows) {
		var chunk = engine.chunks[number], count = pages_count(engine, number), row, last;

		engine.each_live(number, function (object) {
			var pages = pages_of(engine, object), shape = engine.shapes[
				engine.trace.shape[object]];

			row = row_of(rows, sites[shape[2]],
				age_class(engine.event - engine.trace.made_at[object]));
			row.nr++;
			row.live += engine.area_of[object];
			row.stranded += share(engine, chunk, count, pages[0], pages[1]);
		});
		last = Math.ceil(chunk.used / engine.page_bytes) - 1;
		row = row_of(rows, "(static part)", null);
		row.stranded += share(engine, chunk, count, 0, last);
		row = row_of(rows, "(nothing: empty pages)", null);
		for (var page = 0; page < chunk.pages.length; page++)
			if (!count.holders[page])
				row.stranded += page_free(engine, chunk, count, page);
	}

	/* Bytes of one unit: [{site, age, nr, live, stranded}], the most bytes first. */
	lab.map_pins = function (engine, sites, number) {
		var rows = {}, list;

		engine.chunks.forEach(function (chunk, i) {
			if (chunk && (number === null || number === i))
				chunk_add(engine, sites, i, rows);
		});
		list = Object.keys(rows).map(function (key) {
			return rows[key];
		});
		return list.filter(function (row) {
			return row.nr || row.stranded;
		}).sort(function (a, b) {
			return b.live + b.stranded - a.live - a.stranded;
		});
	};

	/* {node: CPUs}, in the order of their nodes. */
	lab.map_nodes = function (map) {
		var cpus = {};

		map.layout.units.forEach(function (unit) {
			if (unit[0] !== null)
				cpus[unit[2]] = (cpus[unit[2]] || 0) + 1;
		});
		return Object.keys(cpus).map(function (node) {
			return {node: Number(node), nr_cpus: cpus[node]};
		});
	};

	/* The site with the most live bytes of a chunk, and its oldest object; null: none lives. */
	lab.map_holder = function (engine, sites, number) {
		var bytes = {}, oldest = null, most = null, sum = 0;

		engine.each_live(number, function (object) {
			var site = engine.shapes[engine.trace.shape[object]][2];

			bytes[site] = (bytes[site] || 0) + engine.area_of[object];
			sum += engine.area_of[object];
			if (oldest === null)
				oldest = object;
		});
		Object.keys(bytes).forEach(function (site) {
			if (most === null || bytes[site] > bytes[most])
				most = site;
		});
		return most === null ? null : {site: sites[most], percent: 100 * bytes[most] / sum,
			oldest: oldest};
	};

	lab.map_age_class = age_class;
	lab.map_age_names = age_names;
}());
