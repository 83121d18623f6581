/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tab_topology.js - the machine, or any whose layout is opened from a file: nodes, distances,
 * groups and units by both rules with all strides, and which objects share cache sets.
 *
 * The link: machine=NUMBER, rule=NAME, stride=NAME.
 */
"use strict";
(function () {
	var state = null;

	function names_of(layout, key) {
		return layout.variants.map(function (variant) {
			return variant[key];
		}).filter(function (name, i, all) {
			return all.indexOf(name) === i;
		});
	}

	function show_groups(place, layout, link) {
		var rule = link.get("rule") || layout.rule, stride = link.get("stride") ||
			layout.stride;
		var variant = layout.variants.filter(function (v) {
			return v.rule === rule && v.stride === stride;
		})[0] || layout.variants[0];

		lab.clear(place);
		lab.add(place, [lab.topology_groups(variant)]);
	}

	function choices(layout, link, change) {
		return lab.el("div", {class: "choices"}, ["rule", "stride"].map(function (key) {
			return lab.choice(key, names_of(layout, key), link.get(key) || layout[key],
				function (value) {
					link.set(key, value);
					change();
				});
		}));
	}

	function show(node, name, layout, link) {
		var groups = lab.el("div", {});

		function draw() {
			show_groups(groups, layout, link);
		}

		lab.clear(node);
		lab.add(node, [lab.el("h3", {}, name), lab.topology_variants(layout),
			choices(layout, link, draw), groups, lab.topology_nodes(layout),
			lab.topology_distances(layout)]);
		draw();
		state = {node: node, name: name, layout: layout};
	}

	/* --- another machine, from a file ------------------------------------------------- */

	function opened(node, place, file, link) {
		var reader = new FileReader();

		reader.onload = function () {
			var layout, fault;

			try {
				layout = JSON.parse(reader.result);
				fault = lab.topology_fault(layout);
			} catch (error) {
				fault = "it is no JSON: " + error.message;
			}
			lab.clear(node);
			if (fault)
				lab.add(node, [lab.badge("bad", "not shown"), " " + file.name +
					": " + fault +
					"; what `./lab layout FILE --variants --json` writes was " +
					"expected"]);
			else
				show(place, String(layout.topology || file.name), layout, link);
		};
		reader.onerror = function () {
			lab.clear(node);
			lab.add(node, [lab.badge("bad", "not shown"), " " + file.name +
				" cannot be read"]);
		};
		reader.readAsText(file);
	}

	function opener(place, link) {
		var note = lab.el("p", {role: "status"}), field;

		field = lab.el("input", {type: "file", accept: ".json,application/json",
			onchange: function () {
				if (field.files.length)
					opened(note, place, field.files[0], link);
			}});
		return lab.el("div", {}, lab.el("p", {}, "Any other machine, of its kernel log, ",
			lab.el("code", {}, "numactl -H"), " or hwloc export: make its layout by ",
			lab.command("./lab layout FILE --variants --json machine.json"),
			" and open it."),
		lab.el("label", {class: "choice"}, "a layout ", field), note);
	}

	/* --- the set doctor ------------------------------------------------------------------- */

	function doctor_put(node, doc) {
		lab.results(doc, "doctor").forEach(function (item) {
			var found = item.result, cache = found.cache;

			lab.add(node, [lab.el("h3", {}, "The set doctor" +
				lab.on(doc, item.machine)),
				lab.el("p", {}, found.trace + ", when the most bytes live: " +
					lab.format.group(found.objects) + " objects on " +
					found.cpus +
					" CPUs, engine " + found.engine + "; a cache of " +
					cache.sets + " sets, " +
					cache.ways + " ways and lines of " + cache.line_bytes +
					" bytes" +
					(cache.assumed ? " (assumed)" : "") +
					". Copies that a stride puts into one set push each " +
					"other out when they are read in turns, as a sum over " +
					"all CPUs reads them.")]);
		});
		lab.table_place(node, "doctor");
		lab.table_place(node, "doctor-sets");
	}

	lab.tab({
		id: "topology",
		name: "Topology",
		draw: function (node, doc, link) {
			var place = lab.el("div", {class: "topo-place"}), all, number;

			all = lab.results(doc, "layout").filter(function (item) {
				return !lab.topology_fault(item.result);
			});
			number = all[Number(link.get("machine"))] ? Number(link.get("machine")) : 0;
			lab.add(node, [all.length > 1 ? lab.choice("machine",
				all.map(function (item, i) {
				return [String(i), item.machine.name];
			}), String(number), function (value) {
				link.set("machine", value);
				show(place, all[value].machine.name, all[value].result, link);
			}) : null, opener(place, link), place]);
			if (all.length)
				show(place, all[number].machine.name, all[number].result, link);
			lab.table_place(node, "layout");
			doctor_put(node, doc);
		},
		restore: function (link) {
			if (state)
				show(state.node, state.name, state.layout, link);
		}
	});
}());
