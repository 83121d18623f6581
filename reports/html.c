/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* html.c - writes the page's parts, and its style. */
#include "reports/html.h"

#include <glib.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
	":root{--ink:#1c2430;--soft:#5b6675;--paper:#fff;--wash:#f4f6f8;--line:#d9dfe6;"
	"--good:#1a7f4b;--bad:#b3261e;--accent:#1f5fa8;--unit:#cfe2f6;--free:#eef1f4}"
	"@media(prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#9aa6b4;--paper:#14181d;"
	"--wash:#1c2229;--line:#333c46;--good:#5bc98c;--bad:#ff8a80;--accent:#7db4f0;"
	"--unit:#274766;--free:#232a32}.chart{background:#fff;border-radius:6px}}"
	"*{box-sizing:border-box}"
	"body{margin:0;font:15px/1.5 system-ui,'Segoe UI',Roboto,sans-serif;color:var(--ink);"
	"background:var(--paper)}"
	"main{max-width:74rem;margin:0 auto;padding:1.2rem 1rem 4rem}"
	"h1{font-size:1.6rem;margin:.2rem 0 .2rem}h2{font-size:1.15rem;margin:0 0 .6rem}"
	"h3{font-size:1rem;margin:1.2rem 0 .4rem}"
	"section{border-top:1px solid var(--line);padding:1.2rem 0 .4rem;margin-top:1.2rem}"
	"nav a{margin-right:.9rem;white-space:nowrap}a{color:var(--accent)}"
	"p{max-width:46rem}.soft{color:var(--soft)}small{color:var(--soft)}"
	".scroll{overflow-x:auto}"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.3rem 0 .8rem}"
	"th,td{padding:.25rem .7rem .25rem 0;text-align:left;vertical-align:top;"
	"border-bottom:1px solid var(--line)}"
	"th{font-weight:600;color:var(--soft);font-size:.86rem}"
	"td.n,th.n{text-align:right}td.n{white-space:nowrap}th.n{min-width:4.2rem;vertical-align:"
	"bottom}"
	"th{vertical-align:bottom}.facts td,.facts td.n{text-align:left}.facts "
	"th{vertical-align:top}"
	"code,pre{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace}"
	"pre{background:var(--wash);padding:.7rem .8rem;border-radius:6px;overflow-x:auto;"
	"margin:.4rem 0 .9rem}"
	".badge{display:inline-block;padding:.05rem .55rem;border-radius:1rem;color:#fff;"
	"font-size:.82rem;font-weight:600}.ok{background:#1a7f4b}.no{background:#b3261e}"
	".groups{display:flex;flex-wrap:wrap;gap:.7rem;margin:.4rem 0 .9rem}"
	".group{border:1px solid var(--line);border-radius:6px;padding:.45rem .55rem}"
	".units{display:flex;flex-wrap:wrap;gap:3px;max-width:26rem;margin-top:.3rem}"
	".alloc{display:flex;gap:1px;padding:2px;border:1px solid var(--line);border-radius:4px}"
	".u{min-width:1.9rem;text-align:center;font-size:.8rem;background:var(--unit);"
	"border-radius:3px;padding:.1rem .2rem}.w{background:var(--free);color:var(--soft)}"
	".bar{display:flex;height:1.5rem;border-radius:4px;overflow:hidden;font-size:.75rem;"
	"max-width:46rem;margin:.3rem 0}.bar span{overflow:hidden;white-space:nowrap;padding:.2rem "
	".3rem;"
	"color:#10202f}"
	".ratio{display:block;position:relative;width:5rem;height:.7rem;margin:.4rem .5rem 0 0;"
	"background:linear-gradient(var(--line),var(--line)) center/1px 100% no-repeat,var(--wash)}"
	".ratio i{position:absolute;top:.12rem;bottom:.12rem}.less{background:#1a7f4b}"
	".more{background:#b9770e}tr.first td{border-top:2px solid "
	"var(--line)}td.soft{font-size:.82rem;"
	"white-space:nowrap}td.name{white-space:nowrap}"
	".chart svg{max-width:100%;height:auto}.chart{margin:.4rem 0 .8rem}"
	"details summary{cursor:pointer;color:var(--accent)}"
	"@media print{body{font-size:11px}section{break-inside:avoid}nav{display:none}"
	"details{display:block}main{max-width:none;padding:0}}";

void html_text(FILE *page, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", page);
			break;
		case '>':
			fputs("&gt;", page);
			break;
		case '&':
			fputs("&amp;", page);
			break;
		case '"':
			fputs("&quot;", page);
			break;
		case '\'':
			fputs("&#39;", page);
			break;
		default:
			/* Control characters are not allowed in HTML at all. */
			if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
				fputc(*text, page);
			break;
		}
	}
}

void html_print(FILE *page, const char *format, ...)
{
	char *text;
	va_list words;

	va_start(words, format);
	text = g_strdup_vprintf(format, words);
	va_end(words);
	html_text(page, text);
	free(text);
}

void html_begin(FILE *page, const char *title)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      page);
	html_text(page, title);
	fputs("</title>\n<style>", page);
	fputs(style, page);
	fputs("</style></head>\n<body><main>\n<h1>", page);
	html_text(page, title);
	fputs("</h1>\n", page);
}

void html_end(FILE *page)
{
	fputs("</main></body></html>\n", page);
}

void html_section(FILE *page, const char *id, const char *heading)
{
	fprintf(page, "<section id=\"%s\"><h2>", id);
	html_text(page, heading);
	fputs("</h2>\n", page);
}

void html_section_end(FILE *page)
{
	fputs("</section>\n", page);
}

/* A heading that begins with '#' stands over numbers. */
void html_table(FILE *page, const char *const headings[])
{
	fputs("<div class=\"scroll\"><table><thead><tr>", page);
	for (; *headings; headings++) {
		bool number = **headings == '#';

		fputs(number ? "<th class=\"n\">" : "<th>", page);
		html_text(page, *headings + number);
		fputs("</th>", page);
	}
	fputs("</tr></thead><tbody>\n", page);
}

void html_row(FILE *page)
{
	fputs("<tr>", page);
}

void html_cell(FILE *page, const char *text)
{
	fputs("<td>", page);
	html_text(page, text);
	fputs("</td>", page);
}

void html_number(FILE *page, double number, int decimals)
{
	char digits[64];
	size_t whole, start;

	if (!isfinite(number)) {
		fputs("<td class=\"n\">–</td>", page);
		return;
	}
	snprintf(digits, sizeof(digits), "%.*f", decimals, number);
	start = digits[0] == '-';
	whole = strcspn(digits, ".");
	fputs("<td class=\"n\">", page);
	for (size_t i = 0; digits[i]; i++) {
		if (i > start && i < whole && (whole - i) % 3 == 0)
			fputs("&#8239;", page);
		fputc(digits[i], page);
	}
	fputs("</td>", page);
}

void html_value(FILE *page, const json_t *value, int decimals)
{
	if (json_is_integer(value))
		html_number(page, (double)json_integer_value(value), 0);
	else if (json_is_real(value))
		html_number(page, json_real_value(value), decimals);
	else if (json_is_boolean(value))
		html_cell(page, json_is_true(value) ? "yes" : "no");
	else if (json_is_string(value))
		html_cell(page, json_string_value(value));
	else
		fputs("<td class=\"n\">–</td>", page);
}

void html_row_end(FILE *page)
{
	fputs("</tr>\n", page);
}

void html_table_end(FILE *page)
{
	fputs("</tbody></table></div>\n", page);
}

static void key_words(FILE *page, const char *key)
{
	char words[128];

	snprintf(words, sizeof(words), "%s", key);
	for (char *at = words; *at; at++)
		*at = *at == '_' ? ' ' : *at;
	html_text(page, words);
}

void html_facts(FILE *page, const json_t *object)
{
	const char *key;
	json_t *value;

	fputs("<div class=\"scroll\"><table class=\"facts\"><tbody>\n", page);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (json_is_array(value) || json_is_object(value))
			continue;
		fputs("<tr><th>", page);
		key_words(page, key);
		fputs("</th>", page);
		html_value(page, value, 1);
		html_row_end(page);
	}
	html_table_end(page);
}

void html_badge(FILE *page, int good, const char *words)
{
	fprintf(page, "<span class=\"badge %s\">", good ? "ok" : "no");
	html_text(page, words);
	fputs("</span>", page);
}

void html_lines(FILE *page, const char *fold, const char *text)
{
	if (fold) {
		fputs("<details><summary>", page);
		html_text(page, fold);
		fputs("</summary>", page);
	}
	fputs("<pre>", page);
	html_text(page, text);
	fputs("</pre>\n", page);
	if (fold)
		fputs("</details>\n", page);
}
