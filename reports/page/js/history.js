/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history.js - reads the history of a machine: series as points, revisions by name, what differs
 * between two of them. harness/rows/history_document.h has its shape.
 */
"use strict";
lab.history = {
	/* Machines that have one. */
	machines: function (doc) {
		return doc.machines.filter(function (machine) {
			return machine.history;
		});
	},

	group_name: function (group) {
		return [group.host, group.compiler, group.flavour].filter(Boolean).join(", ");
	},

	/* [{run, value, low, high}], oldest first; a value that holds is there at each run. */
	points: function (history, series) {
		var set = history.sets[series.set], at = series.at || [0], points = [], i = -1;

		set.forEach(function (run, place) {
			if (i + 1 < at.length && at[i + 1] === place)
				i++;
			else if (!series.exact)
				return;
			points.push({run: run, value: series.values[i],
				low: series.low ? series.low[i] : null,
				high: series.high ? series.high[i] : null});
		});
		return points;
	},

	/* The last point at one of the runs, null where there is none. */
	at_runs: function (history, series, runs) {
		var found = lab.history.points(history, series).filter(function (point) {
			return runs[point.run];
		});

		return found.length ? found[found.length - 1] : null;
	},

	/* The first digits of a commit's id, with -dirty where files were changed. */
	short: function (revision) {
		var id = /^([0-9a-f]{12,})(-dirty)?$/.exec(revision);

		return id ? id[1].slice(0, 9) + (id[2] || "") : revision || "unknown";
	},

	is_dirty: function (revision) {
		return /-dirty$/.test(revision);
	},

	/* "1a2b3c4d5 its subject" */
	title: function (history, revision) {
		var commit = revision.replace(/-dirty$/, ""),
			subject = (history.commits || {})[commit];

		return lab.history.short(commit) + (subject ? " " + subject : "") +
			(commit === revision ? "" : " (changed files)");
	},

	/* A link to the commit where the web has it, else its name. */
	commit: function (history, revision) {
		var url = history.commit_url, name = lab.history.short(revision);

		if (!url || !/^[0-9a-f]{7,}$/.test(revision))
			return lab.el("code", {title: (history.commits || {})[revision] || ""},
				name);
		return lab.el("a", {href: url + revision, rel: "noreferrer"},
			lab.el("code", {}, name));
	},

	/* [{revision, runs: {place: true}, last: place}] of one group or all, newest first. What
	   was measured with changed files is no revision, but ID-dirty. */
	revisions: function (history, group) {
		var all = {}, list = [];

		history.runs.forEach(function (run, place) {
			var key = run.revision + (run.dirty ? "-dirty" : "");

			if (group !== undefined && run.group !== group)
				return;
			if (!Object.prototype.hasOwnProperty.call(all, key)) {
				all[key] = {revision: key, runs: {}, last: place};
				list.push(all[key]);
			}
			all[key].runs[place] = true;
			all[key].last = place;
		});
		return list.sort(function (a, b) {
			return b.last - a.last;
		});
	},

	/* A revision by what a link has of it: the id or its beginning. */
	find_revision: function (history, text, group) {
		var dirty = lab.history.is_dirty(text), begin = (text || "").replace(/-dirty$/, "");

		return lab.history.revisions(history, group).filter(function (one) {
			return begin && one.revision.indexOf(begin) === 0 &&
				lab.history.is_dirty(one.revision) === dirty;
		})[0] || null;
	},

	/* Whether more of it is better: what is done in a second. */
	more_is_better: function (series) {
		return series.metric.slice(-2) === "/s";
	},

	/*
	 * What both revisions measured: [{series, before, after, percent, verdict: worse | better |
	 * same | unsure}]. Exact values differ by half a percent; others by 3 % where their
	 * intervals are apart, and are unsure without intervals.
	 */
	compare: function (history, from, to, group) {
		return history.series.filter(function (series) {
			return series.group === group;
		}).map(function (series) {
			var before = lab.history.at_runs(history, series, from.runs);
			var after = lab.history.at_runs(history, series, to.runs);

			return before && after ? lab.history.judge(series, before, after) : null;
		}).filter(Boolean);
	},

	judge: function (series, before, after) {
		var percent = before.value ? 100 * (after.value / before.value - 1) :
			after.value ? Infinity : 0;
		var sign = lab.history.more_is_better(series) ? -1 : 1, verdict = "same", apart;

		apart = before.low !== null && after.low !== null ?
			before.high < after.low || after.high < before.low : null;
		if (Math.abs(percent) >= (series.exact ? 0.5 : 3))
			verdict = !series.exact && apart === null ? "unsure" :
				!series.exact && !apart ? "same" :
				sign * percent > 0 ? "worse" : "better";
		return {series: series, before: before, after: after, percent: percent,
			verdict: verdict};
	}
};
