/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * table.js - what scripts add to a table: sorting by a heading, a filter, copying as TSV. The
 * tables of tables.json are in the page (write/table_html.c) and only moved; lab.table_make() makes
 * those of what is drawn or chosen.
 */
"use strict";
(function () {
	/* A table with more rows has a filter, and shows the first of them. */
	var FILTER_ROWS = 8, FIRST_ROWS = 40;

	function rows_of(table) {
		return Array.prototype.slice.call(table.tBodies[0].rows);
	}

	function value_of(cell) {
		var value = cell && cell.getAttribute("data-v");

		return value === null || value === undefined ? null : Number(value);
	}

	function text_of(cell) {
		return cell ? cell.textContent.replace(/\s+/g, " ").trim() : "";
	}

	/* Numbers before texts, dashes last, whatever the direction. */
	function compare(a, b, sign) {
		var x = value_of(a), y = value_of(b), s = text_of(a), t = text_of(b);

		if (x !== null && y !== null)
			return sign * (x - y);
		if (x !== null || y !== null)
			return x !== null ? -1 : 1;
		if ((s === "") !== (t === ""))
			return s === "" ? 1 : -1;
		return sign * s.localeCompare(t, "en", {numeric: true});
	}

	function sort(table, head, index) {
		var sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;

		Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
			cell.removeAttribute("aria-sort");
		});
		head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
		rows_of(table).map(function (row, i) {
			return {row: row, i: i};
		}).sort(function (a, b) {
			return compare(a.row.cells[index], b.row.cells[index], sign) || a.i - b.i;
		}).forEach(function (item) {
			table.tBodies[0].appendChild(item.row);
		});
	}

	function make_sortable(table) {
		Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, index) {
			var button = lab.el("button", {type: "button", class: "sort",
				onclick: function () {
					sort(table, head, index);
					table.dispatchEvent(new Event("lab-sorted"));
				}});

			while (head.firstChild)
				button.appendChild(head.firstChild);
			head.appendChild(button);
		});
	}

	/* A cell as TSV: the number itself, not as it is shown; no tab, no line's end. */
	function tsv_cell(cell) {
		var value = cell.getAttribute("data-v");

		return value !== null ? value : text_of(cell);
	}

	lab.table_tsv = function (figure) {
		var table = figure.querySelector("table");

		return [table.tHead.rows[0]].concat(rows_of(table).filter(function (row) {
			return !row.classList.contains("filtered");
		})).map(function (row) {
			return Array.prototype.map.call(row.cells, tsv_cell).join("\t");
		}).join("\n") + "\n";
	};

	function filter_rows(figure, words, all) {
		var table = figure.querySelector("table"), shown = 0, found = 0;
		var first = Number(figure.getAttribute("data-first")) || FIRST_ROWS;
		var parts = words.toLowerCase().split(/\s+/);

		rows_of(table).forEach(function (row) {
			var text = row.textContent.toLowerCase();
			var fits = parts.every(function (part) {
				return text.indexOf(part) >= 0;
			});

			found += fits;
			row.classList.toggle("filtered", !fits);
			row.classList.toggle("beyond", fits && !all && shown >= first);
			shown += fits && (all || shown < first);
		});
		return {shown: shown, found: found};
	}

	function tools(figure) {
		var table = figure.querySelector("table"), nr = rows_of(table).length;
		var words = "", all = false, bar, count, more, field;

		function show() {
			var sums = filter_rows(figure, words, all);

			count.textContent = sums.found === nr ? nr + (nr === 1 ? " row" : " rows") :
				sums.found + " of " + nr + " rows";
			more.hidden = sums.shown === sums.found;
			more.textContent = "show all " + sums.found;
		}

		count = lab.el("span", {class: "soft"});
		more = lab.el("button", {type: "button", class: "small", onclick: function () {
			all = true;
			show();
		}});
		field = lab.el("input", {type: "search", placeholder: "filter",
			"aria-label": "filter the rows of: " +
				figure.querySelector("figcaption").textContent,
			oninput: function () {
				words = field.value;
				show();
			}});
		bar = lab.el("div", {class: "bar"}, nr > FILTER_ROWS ? field : null, count,
			lab.copy_button(function () {
				return lab.table_tsv(figure);
			}), more);
		table.addEventListener("lab-sorted", show);
		show();
		return bar;
	}

	/* Puts what is folded behind its caption. */
	function fold(figure) {
		var details, rest = Array.prototype.slice.call(figure.childNodes);
		var caption = figure.querySelector("figcaption");

		details = lab.el("details", {}, lab.el("summary", {}, caption.textContent));
		rest.forEach(function (node) {
			if (node !== caption)
				details.appendChild(node);
		});
		caption.classList.add("offscreen");
		figure.appendChild(details);
	}

	/* Columns in which nothing stands are not shown. */
	function hide_blank(table) {
		var rows = rows_of(table);

		Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, i) {
			if (!rows.length || rows.some(function (row) {
				return row.cells[i] && row.cells[i].textContent !== "";
			}))
				return;
			head.classList.add("blank");
			rows.forEach(function (row) {
				if (row.cells[i])
					row.cells[i].classList.add("blank");
			});
		});
	}

	/*
	 * In a narrow window (style.css) a row is a list of its cells, each with its heading. The
	 * roles keep it a table for who does not see it.
	 */
	function stack(table) {
		var heads = Array.prototype.map.call(table.tHead.rows[0].cells, function (head) {
			head.setAttribute("role", "columnheader");
			return head.textContent.trim();
		});

		table.classList.add("stack");
		table.setAttribute("role", "table");
		[table.tHead, table.tBodies[0]].forEach(function (part) {
			part.setAttribute("role", "rowgroup");
		});
		table.tHead.rows[0].setAttribute("role", "row");
		rows_of(table).forEach(function (row) {
			row.setAttribute("role", "row");
			Array.prototype.forEach.call(row.cells, function (cell, i) {
				cell.setAttribute("role", "cell");
				cell.setAttribute("data-head", heads[i]);
			});
		});
	}

	lab.table_enhance = function (figure) {
		var scroll = figure.querySelector(".scroll");

		if (figure.hasAttribute("data-stack"))
			stack(figure.querySelector("table"));

		hide_blank(figure.querySelector("table"));
		make_sortable(figure.querySelector("table"));
		figure.insertBefore(tools(figure), scroll);
		if (figure.hasAttribute("data-fold"))
			fold(figure);
	};

	/* Puts the tables of tables.json that are in the node back to the end of their section. */
	lab.tables_release = function (node) {
		var section = node.closest("section");

		Array.prototype.slice.call(node.querySelectorAll("figure[id^=table-]"))
			.forEach(function (figure) {
				section.appendChild(figure);
			});
	};

	/* Moves a table of tables.json to the end of the node. False: it has no rows. */
	lab.table_place = function (node, id) {
		var figure = document.getElementById("table-" + id);

		if (figure)
			node.appendChild(figure);
		return !!figure;
	};

	/* As write/table_cell.c has it: names wrap later than sentences. */
	lab.is_long = function (value) {
		var text = String(value || "");

		return text.length > (text.indexOf(" ") >= 0 ? 24 : 60);
	};

	function cell_make(value, column) {
		var text;

		if (value instanceof Node && value.tagName === "TD")
			return value;
		if (value instanceof Node)
			return lab.el("td", {}, value);
		if (typeof value === "number") {
			text = column.format ? column.format(value) :
				lab.format.unit(value, column.unit);
			return lab.el("td", {class: "n", "data-v": value}, text);
		}
		return lab.el("td", {class: column.number ? "n" :
			lab.is_long(value) ? "long" : null, dir: "auto"},
			value === null || value === undefined ? column.number ? "\u2013" : "" :
				value);
	}

	/*
	 * A table of what is drawn: {id, caption, fold, stack (as in tables.json), first (how many
	 * rows are shown at first), columns: [{head, unit, number, format}], rows: [[value or
	 * node]]}.
	 */
	lab.table_make = function (from) {
		var body = lab.el("tbody"), figure;

		from.rows.forEach(function (row) {
			body.appendChild(lab.el("tr", {}, row.map(function (value, i) {
				return cell_make(value, from.columns[i]);
			})));
		});
		figure = lab.el("figure", {class: "table", id: from.id || null,
			"data-fold": !!from.fold, "data-stack": !!from.stack,
			"data-first": from.first || null},
			lab.el("figcaption", {}, from.caption),
			lab.el("div", {class: "scroll", tabindex: 0, role: "region",
				"aria-label": from.caption}, lab.el("table", {},
				lab.el("thead", {},
					lab.el("tr", {}, from.columns.map(function (column) {
					return lab.el("th", {scope: "col",
						class: column.number ? "n" : null}, column.head);
				}))), body)));
		lab.table_enhance(figure);
		return figure;
	};
}());
