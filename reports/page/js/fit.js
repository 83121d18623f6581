/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fit.js - how a cost grows: a line through its points on logarithmic scales. */
"use strict";

/* Least squares of log y over log x: {slope, factor}; cost is about factor * x^slope. null: less
   than two x above 0. */
lab.fit = function (points) {
	var logs = points.filter(function (point) {
		return point[0] > 0 && point[1] > 0;
	}).map(function (point) {
		return [Math.log(point[0]), Math.log(point[1])];
	}), n = logs.length, x = 0, y = 0, xx = 0, xy = 0, slope;

	logs.forEach(function (log) {
		x += log[0] / n;
		y += log[1] / n;
	});
	logs.forEach(function (log) {
		xx += (log[0] - x) * (log[0] - x);
		xy += (log[0] - x) * (log[1] - y);
	});
	if (n < 2 || xx === 0)
		return null;
	slope = xy / xx;
	return {slope: slope, factor: Math.exp(y - slope * x)};
};

/* "grows like x^1.02: linear" */
lab.fit_words = function (slope) {
	var words = Math.abs(slope) < 0.15 ? "constant" : slope < 0 ? "falls" :
		slope < 0.85 ? "less than linear" : slope <= 1.15 ? "linear" :
		slope < 1.85 ? "more than linear" : slope <= 2.15 ? "square" : "more than square";

	return "x^" + slope.toFixed(2) + ": " + words;
};
