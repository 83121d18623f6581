/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alerts_print.c - the list of alerts.
 *
 *	   id state      since         series                              before    after   change
 *	    3 explained  0123456789ab  pair/8B/area instructions/op       1732.00  1784.00  +3.00 %
 *	      it checks twice since ...
 */
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_formats.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[] = {"new", "seen", "explained", "fixed"};
enum { NR_STATES = sizeof(states) / sizeof(states[0]) };

static void print_alert(const json_t *alert)
{
	const json_t *series = json_object_get(alert, "series");
	const json_t *percent = json_object_get(alert, "percent");
	const char *text = history_text(alert, "text");
	char *series_name = alert_name(alert);
	char *name = g_strdup_printf("%s %s", series_name, history_text(series, "metric"));

	printf("%5lld %-10s %-12.12s  %-48s %12.2f %12.2f ",
	       (long long)json_integer_value(json_object_get(alert, "id")),
	       history_text(alert, "state"), history_text(alert, "revision"), name,
	       json_number_value(json_object_get(alert, "before")),
	       json_number_value(json_object_get(alert, "after")));
	if (percent)
		printf("%+8.2f %%\n", json_number_value(percent));
	else
		printf("%10s\n", "from 0");
	if (*text)
		printf("      ");
	for (; *text; text++) /* another program may have written it */
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	if (*history_text(alert, "text"))
		putchar('\n');
	free(series_name);
	free(name);
}

int alerts_print(struct history *history)
{
	json_t *alerts = alerts_list(history), *alert;
	size_t i, nr[NR_STATES] = {0};

	if (!alerts)
		return CMD_USAGE;
	if (json_array_size(alerts))
		printf("%5s %-10s %-12s  %-48s %12s %12s %10s\n", "id", "state", "since", "series",
		       "before", "after", "change");
	json_array_foreach(alerts, i, alert)
	{
		print_alert(alert);
		for (size_t j = 0; j < NR_STATES; j++)
			nr[j] += !strcmp(history_text(alert, "state"), states[j]);
	}
	printf("%zu alerts: %zu new, %zu seen, %zu explained, %zu fixed\n",
	       json_array_size(alerts), nr[0], nr[1], nr[2], nr[3]);
	json_decref(alerts);
	return CMD_OK;
}
