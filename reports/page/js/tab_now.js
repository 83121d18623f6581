/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_now.js - the last run in one screen: what is red, what changed, which alerts are open. */
"use strict";
(function () {
	/* The newest release that was measured before the revision. */
	function release_before(bed, revision) {
		var releases = (bed.history.releases || []).slice().reverse(), found = null;

		releases.forEach(function (release) {
			var one = lab.history.find_revision(bed.history, release.revision,
				bed.group);

			if (!found && one && one.last < revision.last)
				found = {name: release.name, revision: one};
		});
		return found;
	}

	function changed_table(bed, from, to, what, id) {
		var rows = lab.compare_sort(lab.history.compare(bed.history, from, to, bed.group)
			.filter(function (row) {
				return row.verdict === "worse" || row.verdict === "better";
			})), nr_worse = rows.filter(function (row) {
				return row.verdict === "worse";
			}).length, link;

		link = lab.el("a",
			{href: lab.link.make("performance", {view: "compare", bed: bed.name,
			compare: lab.history.short(from.revision) + ".." +
				lab.history.short(to.revision)})}, "compare");
		return [lab.el("p", {}, "Since " + what + " (" +
			lab.history.title(bed.history, from.revision) + "): ",
		lab.badge(nr_worse ? "bad" : "good", nr_worse + " worse"), " ",
		lab.badge("plain", (rows.length - nr_worse) + " better"), " ", link),
		rows.length ? lab.compare_table(rows, "Changed since " + what, id, 10) : null];
	}

	/* The testbed of the newest run. */
	function newest_bed(beds) {
		return beds.slice().sort(function (a, b) {
			return lab.history.revisions(b.history, b.group)[0].last -
				lab.history.revisions(a.history, a.group)[0].last;
		})[0];
	}

	function changes_put(node, doc, machine) {
		var beds = lab.testbeds(doc).filter(function (bed) {
			return bed.machine === machine && bed.runs;
		}), bed, revisions, release;

		lab.add(node, [lab.el("h3", {}, "What changed" + lab.on(doc, machine))]);
		if (!beds.length) {
			lab.add(node, [lab.el("p", {class: "soft"}, "There is no history yet.")]);
			return;
		}
		bed = newest_bed(beds);
		revisions = lab.history.revisions(bed.history, bed.group);
		release = release_before(bed, revisions[0]);
		lab.add(node, [lab.el("p", {class: "soft"}, "The newest run of all: ",
			lab.history.title(bed.history, revisions[0].revision) + ", on " + bed.name +
			".",
			lab.history.is_dirty(revisions[0].revision) ?
				[" ", lab.badge("plain", "uncommitted changes")] : null),
		revisions.length > 1 ? changed_table(bed, revisions[1], revisions[0],
			"the revision before", "changed-before") :
			lab.el("p", {class: "soft"}, "No other revision was measured there."),
		release ? changed_table(bed, release.revision, revisions[0],
			"the last release, " + release.name, "changed-release") :
			lab.el("p", {class: "soft"},
				"No release (a tag) was measured before it.")]);
	}

	function alerts_put(node, doc) {
		var nr_open = 0, all = 0;

		lab.history.machines(doc).forEach(function (machine) {
			machine.history.alerts.forEach(function (alert) {
				all++;
				nr_open += alert.state === "new" || alert.state === "seen";
			});
		});
		lab.add(node, [lab.el("h3", {}, "Alerts"), lab.el("p", {}, all ?
			[lab.badge(nr_open ? "bad" : "good", nr_open + " open"), " of " + all +
				"; ",
				lab.command("./lab history --alerts"), " changes their state."] :
			lab.el("span", {class: "soft"}, "There are none."))]);
		lab.table_place(node, "alerts");
	}

	lab.tab({
		id: "now",
		name: "Now",
		draw: function (node, doc) {
			lab.table_place(node, "verdict");
			lab.table_place(node, "subjects");
			alerts_put(node, doc);
			doc.machines.forEach(function (machine) {
				changes_put(node, doc, machine);
			});
			lab.table_place(node, "steps");
		}
	});
}());
