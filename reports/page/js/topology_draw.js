/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_draw.js - a machine as its layout has it: nodes, distances, groups and their units.
 *
 * layout: what `lab layout --variants --json` writes. Units are drawn by allocation: those of one
 * stand together, what has no CPU is hatched.
 */
"use strict";
(function () {
	var MOST_UNITS = 4096, LABELLED = 512;

	/* "0-2,8" -> [0, 1, 2, 8] */
	function list_of(text) {
		var list = [];

		String(text).split(",").forEach(function (part) {
			var ends = part.split("-").map(Number);

			for (var i = ends[0]; i <= (ends.length > 1 ? ends[1] : ends[0]); i++)
				list.push(i);
		});
		return list;
	}

	function unit_node(cpu, labelled) {
		return lab.el("span", {class: "topo-unit" + (cpu === null ? " wasted" : "") +
			(labelled ? "" : " small"), title: cpu === null ? "a unit without a CPU" :
			"CPU " + cpu}, labelled && cpu !== null ? cpu : "");
	}

	function group_node(variant, group, labelled) {
		var cpus = list_of(group.cpus), units = lab.el("div", {class: "topo-units"});

		for (var unit = 0; unit < group.nr_units; unit += variant.units_per_alloc) {
			var alloc = lab.el("span", {class: "topo-alloc"});

			for (var i = unit; i < unit + variant.units_per_alloc && i < group.nr_units;
				i++)
				alloc.appendChild(unit_node(i < cpus.length ? cpus[i] : null,
					labelled));
			units.appendChild(alloc);
		}
		return lab.el("div", {class: "topo-group"},
			lab.el("div", {}, lab.el("b", {}, "group " +
			group.group), " on node " + group.node + ": " +
			lab.format.bytes(group.area_bytes) +
			" at " + lab.format.bytes(group.offset_bytes)), units);
	}

	lab.topology_groups = function (variant) {
		var many = variant.nr_units > MOST_UNITS;

		if (variant.refused)
			return lab.el("p", {}, lab.badge("plain", "refused"),
				" " + variant.refused);
		return lab.el("div", {class: "topo"}, lab.el("p", {}, variant.nr_units +
			" units of " + lab.format.bytes(variant.unit_bytes) + " in " +
			variant.nr_groups +
			(variant.nr_groups === 1 ? " group, " : " groups, ") +
			variant.units_per_alloc +
			" to an allocation; wasted: " + variant.nr_wasted + "; span: " +
			lab.format.bytes(variant.span_bytes) + (variant.span_fits ? "" :
			", too wide for embed") + (many ? ". Too many to be drawn." : ".")),
		many ? null : variant.groups.map(function (group) {
			return group_node(variant, group, variant.nr_units <= LABELLED);
		}));
	};

	lab.topology_distances = function (layout) {
		if (!layout.distances)
			return lab.el("p", {}, "No distances between nodes are known.");
		return lab.table_make({caption: "Distances between nodes",
			columns: [{head: "from"}].concat(
			layout.nodes.map(function (node) {
				return {head: "to node " + node.node, number: true};
			})), rows: layout.distances.map(function (row, from) {
			return ["node " + layout.nodes[from].node].concat(row);
		})});
	};

	function words_of(node) {
		return (node.online ? "online, " : "offline, ") + (node.memory ? "with memory" :
			"without memory");
	}

	lab.topology_nodes = function (layout) {
		return lab.table_make({caption: "Nodes", columns: [{head: "node"}, {head: "CPUs",
			number: true}, {head: "which"}, {head: "state"}], rows: layout.nodes.map(
			function (node) {
				return [String(node.node), node.nr_cpus, node.cpus, words_of(node)];
			})});
	};

	lab.topology_variants = function (layout) {
		return lab.table_make({caption: "Both rules, all strides", columns: [{head: "rule"},
			{head: "stride"}, {head: "groups", number: true},
			{head: "unit", number: true, format: lab.format.bytes},
			{head: "units an allocation", number: true},
			{head: "wasted units", number: true},
			{head: "taken", number: true, format: lab.format.bytes},
			{head: "kept", number: true, format: lab.format.bytes},
			{head: "span", number: true, format: lab.format.bytes}, {head: ""}],
		rows: layout.variants.map(function (v) {
			return [v.rule, v.stride, v.nr_groups, v.unit_bytes, v.units_per_alloc,
				v.nr_wasted,
				v.area_bytes, v.kept_bytes, v.span_bytes, v.refused ||
				(v.span_fits ? "" :
				"too wide a span for embed")].map(function (value) {
					return value === undefined ? null : value;
				});
		})});
	};

	/* What is missing for the functions above, or "". */
	lab.topology_fault = function (layout) {
		var lists = ["nodes", "variants"];

		if (!layout || typeof layout !== "object")
			return "it is no JSON object";
		for (var i = 0; i < lists.length; i++)
			if (!Array.isArray(layout[lists[i]]))
				return "it has no \u201c" + lists[i] + "\u201d";
		if (!layout.nodes.every(function (node) {
			return node && typeof node.cpus === "string";
		}))
			return "a node has no CPUs";
		if (layout.distances && !(Array.isArray(layout.distances) &&
			layout.distances.every(Array.isArray)))
			return "its distances are no table";
		return layout.variants.length && layout.variants.every(function (variant) {
			return variant && (variant.refused || (Array.isArray(variant.groups) &&
				variant.units_per_alloc > 0));
		}) ? "" : "a variant has no groups";
	};
}());
