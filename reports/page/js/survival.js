/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * survival.js - the share of hunts that have not found their defect yet, by time (Kaplan and Meier,
 * 1958). A hunt that ended without a find is censored: it leaves those at risk, and is no find.
 *
 *	lab.survival([{seconds, found}]) -> {steps: [[t, share]], censored: [[t, share]]}
 */
"use strict";
lab.survival = function (hunts) {
	var sorted = hunts.slice().sort(function (a, b) {
		return a.seconds - b.seconds || b.found - a.found;
	}), share = 1, censored = [];
	var steps = [[sorted.length ? sorted[0].seconds / 1.5 : 0, 1]]; /* the scale has no 0 */

	sorted.forEach(function (hunt, i) {
		var at_risk = sorted.length - i;

		if (hunt.found) {
			share *= (at_risk - 1) / at_risk;
			if (steps[steps.length - 1][0] === hunt.seconds)
				steps.pop();
			steps.push([hunt.seconds, share]);
		} else {
			censored.push([hunt.seconds, share]);
		}
	});
	if (sorted.length && steps[steps.length - 1][0] < sorted[sorted.length - 1].seconds)
		steps.push([sorted[sorted.length - 1].seconds, share]);
	return {steps: steps, censored: censored};
};
