/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* library.c - see library.h. */
#include "reports/write/library.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const struct library {
	const char *package, *script, *style;
} libraries[] = {
	{"libjs-dygraphs", "dygraphs/dygraph.min.js", "dygraphs/dygraph.min.css"},
};

/* NULL where there is none. A map of its source, which is not here, is left out. */
static char *library_read(const char *file)
{
	const char *folder = getenv("LAB_JAVASCRIPT");
	char *path =
		g_build_filename(folder && *folder ? folder : "/usr/share/javascript", file, NULL);
	char *text = NULL, *map;

	if (g_file_get_contents(path, &text, NULL, NULL) && (map = strstr(text, "# sourceMapping")))
		map[-2] = '\0';
	g_free(path);
	return text;
}

/* A script ends where `</script` stands, in a string too. */
static void script_put(FILE *page, const char *text)
{
	const char *at;

	fputs("<script>", page);
	while ((at = strstr(text, "</script"))) {
		fwrite(text, 1, (size_t)(at - text), page);
		fputs("<\\/script", page);
		text = at + strlen("</script");
	}
	fputs(text, page);
	fputs("</script>\n", page);
}

void libraries_put(FILE *page, bool styles)
{
	for (size_t i = 0; i < G_N_ELEMENTS(libraries); i++) {
		char *text = library_read(styles ? libraries[i].style : libraries[i].script);

		if (text && styles)
			fprintf(page, "%s\n", text);
		else if (text)
			script_put(page, text);
		else if (!styles)
			fprintf(page,
				"<script>var lab_absent = (window.lab_absent || [])"
				".concat('%s');</script>\n",
				libraries[i].package);
		g_free(text);
	}
}
