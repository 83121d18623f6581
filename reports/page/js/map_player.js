/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_player.js - the controls of a map: a slider over the events, play, step, speed.
 *
 *	player = lab.map_player(nr_events, onmove(event, rests))
 *	player.node	player.move(event)	player.event
 *
 * onmove is called for each frame that is to be drawn; rests: nothing is moving.
 */
"use strict";
(function () {
	var speeds = [[1, "1"], [10, "10"], [100, "100"], [1000, "1 000"], [10000, "10 000"],
		[100000, "100 000"], [1000000, "1 000 000"]];
	var REST_MS = 150;

	function Player(nr_events, onmove) {
		var player = this;

		this.nr_events = nr_events;
		this.onmove = onmove;
		this.event = 0;
		this.speed = speed_for(nr_events);
		this.timer = this.frame = null;
		this.slider = lab.el("input", {type: "range", min: 0, max: nr_events, step: 1,
			value: 0,
			class: "map-slider", "aria-label": "event", oninput: function () {
				player.pause();
				player.move(Number(player.slider.value));
			}});
		this.field = lab.el("input", {type: "number", min: 0, max: nr_events, value: 0,
			class: "map-number", "aria-label": "events so far", onchange: function () {
				player.pause();
				player.move(Number(player.field.value));
			}});
		this.button = lab.el("button", {type: "button", class: "map-play",
			onclick: function () {
			if (player.frame === null)
				player.play();
			else
				player.pause();
		}}, "play");
		this.node = lab.el("div", {class: "map-player"}, this.slider,
			lab.el("div", {class: "choices"}, this.button,
				this.step_button(-1, "\u2212 1"),
				this.step_button(1, "+ 1"), lab.el("label", {class: "choice"},
					"event ",
					this.field, " of " + lab.format.group(nr_events)),
				lab.choice("events a second", speeds.map(function (speed) {
					return [String(speed[0]), speed[1]];
				}), String(this.speed), function (speed) {
					player.speed = Number(speed);
				})));
	}

	/* All of it in about half a minute. */
	function speed_for(nr_events) {
		var i = 0;

		while (i + 1 < speeds.length && speeds[i][0] * 60 < nr_events)
			i++;
		return speeds[i][0];
	}

	Player.prototype.step_button = function (by, text) {
		var player = this;

		return lab.el("button", {type: "button", "aria-label": by < 0 ? "one event back" :
			"one event on", onclick: function () {
				player.pause();
				player.move(player.event + by);
			}}, text);
	};

	/* The last move is a rest when no other follows for a while. */
	Player.prototype.move = function (event) {
		var player = this;

		this.event = Math.max(0, Math.min(this.nr_events, Math.round(event) || 0));
		this.slider.value = this.event;
		this.field.value = this.event;
		clearTimeout(this.timer);
		this.onmove(this.event, false);
		this.timer = setTimeout(function () {
			player.onmove(player.event, true);
		}, REST_MS);
	};

	Player.prototype.play = function () {
		var player = this, last = null, at = this.event >= this.nr_events ? 0 : this.event;

		function next(now) {
			at += last === null ? 0 : player.speed * Math.min(250, now - last) / 1000;
			last = now;
			player.move(Math.floor(at));
			if (player.event >= player.nr_events)
				player.pause();
			else
				player.frame = requestAnimationFrame(next);
		}

		this.button.textContent = "pause";
		this.frame = requestAnimationFrame(next);
	};

	Player.prototype.pause = function () {
		if (this.frame !== null)
			cancelAnimationFrame(this.frame);
		this.frame = null;
		this.button.textContent = "play";
	};

	lab.map_player = function (nr_events, onmove) {
		return new Player(nr_events, onmove);
	};
}());
