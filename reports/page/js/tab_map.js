/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tab_map.js - a trace played on the chunks of several engines, side by side.
 *
 * The link: map=NUMBER of the map, step=EVENT (without it: where most is
 * alive), chunk=ENGINE:NUMBER, site=NAME that stands out.
 */
"use strict";
(function () {
	var state = null;

	/* Those of the document, then the machines'. */
	function maps_of(doc) {
		return (doc.maps || []).map(function (map) {
			return {name: map.trace, map: map};
		}).concat(lab.results(doc, "map").map(function (item) {
			return {name: item.result.trace + lab.on(doc, item.machine),
				map: item.result};
		}));
	}

	function legend() {
		var keys = [["used", "objects"], ["stranded", "free, on a populated page"],
			["bare", "free, no memory"], ["fixed", "the static part"],
			["hot", "the chosen site"]];

		return lab.el("p", {class: "legend"}, keys.map(function (key) {
			return lab.el("span", {class: "key"}, lab.el("i", {class: "map-key",
				"data-colour": key[0]}), key[1]);
		}), lab.el("span", {class: "key"}, "page by page, by age in events:"),
		lab.map_age_names.map(function (name, age) {
			return lab.el("span", {class: "key"}, lab.el("i", {class: "map-key",
				"data-age": age}), name);
		}));
	}

	function legend_colour(node) {
		Array.prototype.forEach.call(node.querySelectorAll(".map-key"), function (key) {
			var age = key.getAttribute("data-age");

			key.style.backgroundColor = age === null ?
				lab.map_colour(key.getAttribute("data-colour")) :
				lab.map_age_colour(Number(age));
		});
	}

	/* --- one map ------------------------------------------------------------------------ */

	function event_words(map, trace, event) {
		var head, shape, kinds = ["", "", "write", "free of a wrong pointer", "failure",
			"balance", "check", "switch"];

		if (!event)
			return "Before the first event.";
		head = trace.head[event - 1];
		if (head % 4 === 0) {
			shape = map.shapes[head / 4];
			return "Event " + lab.format.group(event) + ": allocates " +
				lab.format.group(shape[0]) + " B aligned to " + shape[1] + ", by " +
				map.sites[shape[2]] + ".";
		}
		return "Event " + lab.format.group(event) + ": " +
			(head % 4 === 1 ? "frees an object" :
			kinds[(head - 2) / 4]) + ".";
	}

	function Shown(map, link) {
		var shown = this;

		this.map = map;
		this.link = link;
		this.trace = lab.map_trace(map);
		this.panels = map.engines.map(function (column) {
			return lab.map_panel(map, lab.map_engine(map, shown.trace, column),
				function (panel, number) {
					shown.choose(panel.engine.name, number);
				});
		});
		this.words = lab.el("p", {class: "map-event"});
		this.player = lab.map_player(map.events, function (event, rests) {
			shown.draw(event, rests);
		});
		this.legend = legend();
	}

	Shown.prototype.site = function () {
		var site = this.map.sites.indexOf(this.link.get("site"));

		return site < 0 ? null : site;
	};

	Shown.prototype.choose = function (engine, number) {
		this.panels.forEach(function (panel) {
			if (panel.engine.name === engine)
				panel.choose(number);
		});
		this.link.set("chunk", engine + ":" + number);
		this.player.move(this.player.event);
	};

	Shown.prototype.draw = function (event, rests) {
		var site = this.site();

		this.panels.forEach(function (panel) {
			panel.engine.seek(event);
			panel.draw(site);
			if (rests)
				panel.tables();
		});
		this.words.textContent = event_words(this.map, this.trace, event);
		if (rests)
			this.link.set("step", event);
	};

	Shown.prototype.chart = function () {
		var shown = this, f = lab.format, series = [];

		this.panels.forEach(function (panel) {
			[["populated", "backed_bytes"], ["live", "live_bytes"],
				["stranded", "stranded_bytes"]].forEach(function (what) {
				series.push({name: panel.engine.name + ", " + what[0],
					points: panel.engine.samples.map(function (sample) {
						return [sample.event, sample[what[1]]];
					})});
			});
		});
		return lab.chart_table({caption: "Bytes of each CPU, over the trace",
			series: series,
			x: {label: "events", format: function (x) {
				return x === Math.round(x) ? f.group(x) : "";
			}}, y: {label: "bytes", format: f.bytes, zero: true},
			steps: true,
			onpick: function (event) {
				shown.player.pause();
				shown.player.move(event);
			}});
	};

	/* Where the first engine has the most bytes alive: what a map without an event shows. */
	Shown.prototype.fullest = function () {
		return this.panels[0].engine.samples.reduce(function (most, sample) {
			return sample.live_bytes > most.live_bytes ? sample : most;
		}).event;
	};

	Shown.prototype.restore = function () {
		var chunk = this.link.get("chunk"), at = chunk.lastIndexOf(":");

		this.panels.forEach(function (panel) {
			if (at > 0 && panel.engine.name === chunk.slice(0, at))
				panel.choose(Number(chunk.slice(at + 1)));
		});
		this.player.pause();
		this.player.move(this.link.get("step") === "" ? this.fullest() :
			Number(this.link.get("step")));
	};

	Shown.prototype.put = function (node) {
		var shown = this, map = this.map, site;

		site = lab.choice("a site that stands out", [["", "none"]].concat(map.sites.map(
			function (name) {
				return [name, name];
			})), this.link.get("site"), function (name) {
			shown.link.set("site", name);
			shown.player.move(shown.player.event);
		});
		lab.add(node, [lab.el("p", {}, map.trace + ": " + lab.format.group(map.events) +
			" events, " + lab.format.group(map.allocs) + " allocations; units of " +
			lab.format.bytes(map.layout.unit_bytes) + " for " + map.layout.nr_cpus +
			(map.layout.nr_cpus === 1 ? " CPU" : " CPUs") +
			": a chunk has one for each, all of the same inner layout. Choose a " +
			"chunk to see it page by page."),
		this.player.node, this.words, lab.el("div", {class: "choices"}, site), this.legend,
		lab.el("div", {class: "map-panels"}, this.panels.map(function (panel) {
			return panel.node;
		})), this.chart()]);
		legend_colour(this.legend);
		this.restore();
	};

	/* --- the tab ------------------------------------------------------------------------ */

	function show(node, maps, number, link) {
		var place = lab.clear(node.querySelector(".map-place"));

		if (state)
			state.player.pause();
		lab.add(place, [lab.el("p", {class: "soft"}, "Reading " +
			lab.format.group(maps[number].map.events) + " events ...")]);
		setTimeout(function () {
			lab.clear(place);
			try {
				state = new Shown(maps[number].map, link);
			} catch (error) {
				lab.add(place, [lab.el("p", {}, lab.badge("bad", "damaged"), " " +
					error.message)]);
				return;
			}
			state.put(place);
			lab.map_shown = state;
		}, 20);
	}

	function resized() {
		if (state && state.panels[0].node.clientWidth)
			state.draw(state.player.event, false);
	}

	lab.tab({
		id: "map",
		name: "Memory map",
		draw: function (node, doc, link) {
			var maps = maps_of(doc), number = Number(link.get("map")) || 0;

			if (!maps.length)
				return;
			if (!maps[number])
				number = 0;
			lab.add(node, [maps.length > 1 ? lab.choice("map",
				maps.map(function (item, i) {
				return [String(i), item.name];
			}), String(number), function (value) {
				link.set("map", value === "0" ? "" : value);
				link.set("step", "");
				link.set("chunk", "");
				show(node, maps, Number(value), link);
			}) : null, lab.el("div", {class: "map-place"})]);
			window.addEventListener("resize", resized);
			window.addEventListener("lab-theme", function () {
				if (state) {
					legend_colour(state.legend);
					resized();
				}
			});
			show(node, maps, number, link);
		},
		restore: function () {
			if (state)
				state.restore();
		}
	});
}());
