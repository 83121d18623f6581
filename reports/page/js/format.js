/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* format.js - numbers with units, as write/table_cell.c has them. */
"use strict";
lab.format = {
	group: function (number, digits) {
		var text = Math.abs(number).toFixed(digits || 0).split(".");

		text[0] = text[0].replace(/\B(?=(\d{3})+$)/g, "\u202f");
		return (number < 0 ? "-" : "") + text.join(".");
	},

	scale: function (number, step, units) {
		var i = 0, size, digits;

		while (i + 1 < units.length && Math.abs(number) >= step) {
			number /= step;
			i++;
		}
		size = Math.abs(number);
		digits = size >= 100 || number === Math.floor(number) ? 0 : size >= 10 ? 1 : 2;
		return number.toFixed(digits) + " " + units[i];
	},

	bytes: function (number) {
		return lab.format.scale(number, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
	},

	time: function (number, unit) {
		var ns = {s: 1e9, ms: 1e6, us: 1e3, ns: 1}[unit] || 1;

		return number === 0 ? "0 " + unit : lab.format.scale(number * ns, 1000,
			["ns", "\u00b5s", "ms", "s"]);
	},

	percent: function (number, digits) {
		return lab.format.group(number, digits) + "\u202f%";
	},

	/* Three or four digits of any number. */
	short: function (number) {
		var size = Math.abs(number);

		if (size >= 100 || number === Math.floor(number))
			return lab.format.group(number, 0);
		return lab.format.group(number, size >= 10 ? 1 : size >= 1 ? 2 : 3);
	},

	/* A value of a unit of the history: "ns", "bytes", "1" ... */
	unit: function (number, unit) {
		if (number === null || number === undefined)
			return "\u2013";
		if (unit === "ns" || unit === "us" || unit === "ms" || unit === "s")
			return lab.format.time(number, unit);
		if (unit === "bytes" || unit === "B")
			return lab.format.bytes(number);
		if (unit === "%")
			return lab.format.percent(number, 1);
		return lab.format.short(number) + (!unit || unit === "1" ? "" : " " + unit);
	}
};
