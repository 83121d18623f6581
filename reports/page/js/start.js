/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* start.js - reads the document, and shows the tab that the address names. */
"use strict";
(function () {
	var doc, shown = {};

	function notice(look, words) {
		lab.add(document.getElementById("notices"),
			[lab.el("p", {}, lab.badge(look, "note"), " " + words)]);
	}

	/* A document that this page does not know is not shown: nothing of it may be green. */
	function refuse(words) {
		document.documentElement.classList.add("refused");
		notice("bad", words);
	}

	function read() {
		try {
			doc = JSON.parse(document.getElementById("document").textContent);
		} catch (error) {
			return "The page's data is damaged: " + error.message;
		}
		if (!doc || doc.format !== "pcpu-lab-report")
			return "The page's data is no report of pcpu-lab.";
		if (doc.version !== lab.version)
			return "The page's data is of version " + doc.version +
				", this page shows version " + lab.version +
				": `./lab report` of the newer lab makes a page that fits.";
		if (!Array.isArray(doc.machines))
			return "The page's data has no machines.";
		return null;
	}

	function tab_of(id) {
		return lab.tabs.filter(function (tab) {
			return tab.id === id;
		})[0];
	}

	function sections() {
		return Array.prototype.slice.call(document.querySelectorAll("main > section"));
	}

	function draw(section, values) {
		var tab = tab_of(section.id), state = shown[section.id], old;
		var node = section.querySelector(".drawn");

		if (!state) {
			state = shown[section.id] = {link: lab.link.of_tab(section.id)};
		} else {
			old = lab.link.make(section.id, state.link.values);
			if (old === lab.link.make(section.id, values))
				return;
		}
		state.link.values = values;
		if (tab && old !== undefined && tab.restore) {
			tab.restore(state.link);
		} else if (tab) {
			lab.tables_release(node);
			tab.draw(lab.clear(node), doc, state.link);
		}
	}

	/* Shows the tab of the address; the first one where there is no such. */
	function show() {
		var link = lab.link.parse(location.hash), all = sections(), current;

		if (link.tab === "content")
			return;
		current = all.filter(function (section) {
			return section.id === link.tab;
		})[0] || all[0];
		all.forEach(function (section) {
			section.classList.toggle("current", section === current);
		});
		Array.prototype.forEach.call(document.querySelectorAll("nav a"), function (a) {
			var is_current = a.getAttribute("href") === "#" + current.id;

			if (is_current)
				a.setAttribute("aria-current", "page");
			else
				a.removeAttribute("aria-current");
			if (is_current) /* it may be beyond the edge of a narrow window */
				a.parentNode.scrollLeft = a.offsetLeft - 40;
		});
		draw(current, link.tab === current.id ? link.values : {});
	}

	/* A link of the navigation comes back to what was last seen of its tab. */
	function keep_state(event) {
		var id = (event.target.getAttribute("href") || "").slice(1);

		if (!shown[id] || event.ctrlKey || event.metaKey || event.shiftKey)
			return;
		event.preventDefault();
		location.hash = lab.link.make(id, shown[id].link.values);
	}

	/* The system's colours, and from then on those that the reader chose. */
	function theme_button() {
		var root = document.documentElement, dark, button, chosen = false;
		var system = window.matchMedia("(prefers-color-scheme: dark)");

		function set(is_dark) {
			dark = is_dark;
			root.setAttribute("data-theme", dark ? "dark" : "light");
			button.textContent = dark ? "light" : "dark";
			button.setAttribute("aria-label", "show the page " +
				(dark ? "light" : "dark"));
			window.dispatchEvent(new Event("lab-theme"));
		}

		button = lab.el("button", {type: "button", id: "theme", class: "small",
			onclick: function () {
				chosen = true;
				set(!dark);
			}});
		system.addEventListener("change", function () {
			if (!chosen)
				set(system.matches);
		});
		set(system.matches);
		document.getElementById("tools").appendChild(button);
	}

	function start() {
		var words = read();

		theme_button();
		if (words) {
			refuse(words);
			return;
		}
		lab.document = doc;
		lab.absent.forEach(function (name) {
			notice("plain", "Charts are not drawn: Debian's package " + name +
				" was not installed when the page was made. The tables have " +
				"every figure.");
		});
		Array.prototype.forEach.call(document.querySelectorAll("figure.table"),
			lab.table_enhance);
		document.querySelector("nav").addEventListener("click", keep_state);
		window.addEventListener("hashchange", show);
		show();
	}

	start();
}());
