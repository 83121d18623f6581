/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_alerts_update.c - from runs to alerts and through their lives (alerts.h, A1 to A4), in a
 * repository of six empty commits, of which one is not on the branch.
 *
 *	c[1] - c[2] - c[3] - c[4] - c[5]
 *	   \ c[0]
 */
#include "harness/test/lib/test.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_formats.h"
#include "bench/test/history_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char c[6][64];
static char root[] = "/tmp/pcpu-alerts-XXXXXX";
static struct history *history;

static void repository_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command))
		fprintf(stderr, "%s stays\n", root);
}

/* Once: the command remembers where its checkout is. */
static void repository_make(void)
{
	char command[900];
	FILE *ids;

	if (c[0][0])
		return;
	CHECK(mkdtemp(root));
	CHECK(!atexit(repository_remove));
	CHECK(!setenv("LAB_ROOT", root, 1));
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p core/include/pcpu && touch core/include/pcpu/pcpu.h lab &&"
		 " chmod +x lab && export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t"
		 " GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t &&"
		 " git init -q -b main && k() { git commit -q --allow-empty -m \"$1\"; } &&"
		 " k 1 && git checkout -q -b side && k 0 && git checkout -q main &&"
		 " for i in 2 3 4 5; do k $i || exit 1; done;"
		 " git rev-parse side main~4 main~3 main~2 main~1 main",
		 root);
	ids = popen(command, "r");
	CHECK(ids);
	for (uint32_t i = 0; i < 6; i++)
		CHECK_EQ(fscanf(ids, "%63s", c[i]), 1);
	CHECK(!pclose(ids));
}

static void update_open(void)
{
	repository_make();
	history_folder_make();
	history = history_open(test_path);
	CHECK(history);
}

static void update_close(void)
{
	history_close(history);
	history_folder_remove();
}

struct counted {
	const char *revision;
	double value;
	const char *host, *compiler, *flavour, *metric; /* NULL: any, gcc, "", instructions/op */
	bool dirty;
};

static void add(struct counted n)
{
	static unsigned nr;
	json_t *run = history_run_new("gate");
	char when[32];

	snprintf(when, sizeof(when), "2026-01-31T12:%02u:%02uZ", nr / 60 % 60, nr % 60);
	nr++;
	json_object_set_new(run, "time", json_string(when));
	json_object_set_new(run, "revision", json_string(n.revision));
	json_object_set_new(run, "dirty", json_boolean(n.dirty));
	json_object_set_new(run, "host", json_string(n.host ? n.host : "any"));
	json_object_set_new(run, "compiler", json_string(n.compiler ? n.compiler : "gcc"));
	json_object_set_new(run, "flavour", json_string(n.flavour ? n.flavour : ""));
	history_sample_add(run, "pair/8B", "area", n.metric ? n.metric : "instructions/op", "1", 0,
			   n.value);
	CHECK(history_add(history, run) > 0);
	json_decref(run);
	CHECK(alerts_update(history));
}

static void add_at(uint32_t commit, double value)
{
	add((struct counted){.revision = c[commit], .value = value});
}

/* "ID state before..after value->value" of each alert, by the numbers of the commits. */
static const char *alerts_now_are(void)
{
	static char text[400];
	json_t *all = alerts_list(history), *alert;
	size_t i, used = 0;

	text[0] = '\0';
	json_array_foreach(all, i, alert)
	{
		int from = -1, at = -1;

		for (int k = 0; k < 6; k++) {
			if (!strcmp(c[k], history_text(alert, "before_revision")))
				from = k;
			if (!strcmp(c[k], history_text(alert, "revision")))
				at = k;
		}
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s%d %s %d..%d %g->%g", i ? "; " : "",
			(int)json_integer_value(json_object_get(alert, "id")),
			history_text(alert, "state"), from, at,
			json_number_value(json_object_get(alert, "before")),
			json_number_value(json_object_get(alert, "after")));
	}
	json_decref(all);
	return text;
}

TEST(a_revision_counts_as_its_least_run)
{
	update_open();
	add_at(1, 1000);
	add_at(2, 1000);
	add_at(2, 1100); /* an input of its own, say */
	CHECK_STR(alerts_now_are(), "");
	add_at(3, 1100);
	CHECK_STR(alerts_now_are(), "1 new 2..3 1000->1100");
	add_at(3, 1050);
	CHECK_STR(alerts_now_are(), "1 new 2..3 1000->1050");
	update_close();
}

TEST(what_is_not_exact_not_committed_or_elsewhere_is_no_alert)
{
	update_open();
	add_at(1, 1000);
	add((struct counted){.revision = c[2], .value = 1100, .dirty = true});
	add((struct counted){.revision = c[0], .value = 1100});
	add((struct counted){.revision = c[1], .value = 1000, .host = "a machine"});
	add((struct counted){.revision = c[2], .value = 1100, .host = "a machine"});
	CHECK_STR(alerts_now_are(), "");
	update_close();
}

/* Two that are not of one series, compiler and flavour are not compared. */
TEST(each_series_compiler_and_flavour_is_for_itself)
{
	update_open();
	add_at(1, 1000);
	add((struct counted){.revision = c[2], .value = 1100, .compiler = "clang"});
	add((struct counted){.revision = c[2], .value = 1100, .flavour = "release"});
	add((struct counted){c[3], 1300, .flavour = "release", .metric = "probes/op"});
	CHECK_STR(alerts_now_are(), "");
	add_at(3, 1100);
	CHECK_STR(alerts_now_are(), "1 new 1..3 1000->1100");
	/* a change of the same revisions, and the same fall, elsewhere */
	add((struct counted){.revision = c[3], .value = 1300, .flavour = "release"});
	CHECK_STR(alerts_now_are(), "1 new 1..3 1000->1100; 2 new 2..3 1100->1300");
	add((struct counted){.revision = c[4], .value = 1000, .flavour = "release"});
	CHECK_STR(alerts_now_are(), "1 new 1..3 1000->1100; 2 fixed 2..3 1100->1300");
	update_close();
}

/* A gap that is filled: from the right, from the left, and with a value between. */
TEST(an_alert_is_known_more_exactly_later)
{
	update_open();
	add_at(1, 1000);
	add_at(5, 1100);
	CHECK_STR(alerts_now_are(), "1 new 1..5 1000->1100");
	add_at(4, 1100);
	CHECK_STR(alerts_now_are(), "1 new 1..4 1000->1100");
	add_at(2, 1000);
	CHECK_STR(alerts_now_are(), "1 new 2..4 1000->1100");
	add_at(3, 1060);
	CHECK_STR(alerts_now_are(), "1 new 2..3 1000->1060; 2 new 3..4 1060->1100");
	update_close();
}

/* A second rise is not the first one's, which lies before it. */
TEST(rises_one_after_the_other_are_two)
{
	update_open();
	add_at(1, 1000);
	add_at(2, 1100);
	add_at(3, 1200);
	CHECK_STR(alerts_now_are(), "1 new 1..2 1000->1100; 2 new 2..3 1100->1200");
	update_close();
}

TEST(an_alert_ends_once_the_count_is_back)
{
	bool found;

	update_open();
	add_at(2, 1000);
	add_at(3, 1100);
	CHECK(alerts_set(history, 1, "explained", "meant", &found) && found);
	add_at(1, 900); /* before it */
	CHECK_STR(alerts_now_are(), "1 explained 2..3 1000->1100; 2 new 1..2 900->1000");
	add_at(4, 1005);
	CHECK_STR(alerts_now_are(), "1 fixed 2..3 1000->1100; 2 new 1..2 900->1000");
	add_at(5, 900);
	CHECK_STR(alerts_now_are(), "1 fixed 2..3 1000->1100; 2 fixed 1..2 900->1000");
	update_close();
}

static int64_t gate_id(const char *compiler, uint32_t commit, double after, bool dirty)
{
	struct gate_rise rise = {
		.name = "pair/8B/area",
		.metric = "instructions/op",
		.compiler = compiler,
		.revision = c[commit],
		.before = 1000,
		.after = after,
		.dirty = dirty,
	};
	json_t *alert = alerts_of_gate(history, &rise);
	int64_t id = json_integer_value(json_object_get(alert, "id"));

	json_decref(alert);
	return id;
}

/* The newest that is open, or was of this count or revision; else a new one. */
TEST(the_gate_names_the_alert_of_its_count)
{
	bool found;

	update_open();
	add_at(1, 1000);
	add_at(2, 1100);
	add_at(3, 1200);
	CHECK_EQ(gate_id("gcc", 3, 1200, false), 2);
	CHECK_EQ(gate_id("gcc", 4, 1500, true), 2);
	CHECK(alerts_set(history, 2, "fixed", NULL, &found) && found);
	CHECK_EQ(gate_id("gcc", 3, 1500, false), 2);
	CHECK_EQ(gate_id("gcc", 5, 1203, false), 2);
	CHECK_EQ(gate_id("gcc", 5, 1500, false), 1);
	CHECK(alerts_set(history, 1, "fixed", NULL, &found) && found);
	CHECK_EQ(gate_id("gcc", 5, 1500, true), 0);
	CHECK_EQ(gate_id("clang", 2, 1100, true), 0);
	CHECK_EQ(gate_id("gcc", 5, 1500, false), 3);
	CHECK_EQ(gate_id("clang", 2, 1100, false), 4);
	/* what was counted last is older than what the gate saw: it is no end */
	add((struct counted){.revision = c[1], .value = 1000, .compiler = "clang"});
	CHECK(strstr(alerts_now_are(), "; 4 new -1..2 1000->1100"));
	update_close();
}
