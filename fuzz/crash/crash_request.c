/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_request.c - see crash_request.h. */
#include "fuzz/crash/crash_request.h"

#include <stdlib.h>
#include <string.h>

bool crash_begins_with(const char *text, const char *name, const char *next)
{
	size_t nr = strlen(name);

	return !strncmp(text, name, nr) && strchr(next, text[nr]) != NULL;
}

/* "fuzz_alloc", "fuzz_alloc.found" */
bool crash_in_corpus(const char *path, const char *target)
{
	char *whole = realpath(path, NULL);
	char *folder = whole ? g_path_get_dirname(whole) : NULL;
	char *name = folder ? g_path_get_basename(folder) : NULL;
	bool is_in = name && crash_begins_with(name, target, ".");

	free(name);
	free(folder);
	free(whole);
	return is_in;
}

static void put_path(GVariantDict *form, const char *key, const char *path)
{
	if (path)
		g_variant_dict_insert(form, key, "^ay", path);
}

char *crash_request_text(const struct crash_request *request)
{
	GVariantBuilder inputs;
	GVariantDict form;
	GVariant *whole;
	char *text;

	g_variant_builder_init(&inputs, G_VARIANT_TYPE("a(say)"));
	for (size_t i = 0; i < request->inputs.nr; i++)
		g_variant_builder_add(&inputs, "(s^ay)", request->targets[i],
				      request->inputs.input[i].path);
	g_variant_dict_init(&form, NULL);
	put_path(&form, "output", request->output);
	put_path(&form, "json", request->json);
	put_path(&form, "sarif", request->sarif);
	put_path(&form, "as_test", request->as_test);
	g_variant_dict_insert(&form, "attempts", "t", request->max_attempts);
	g_variant_dict_insert(&form, "inputs", "a(say)", &inputs);
	whole = g_variant_ref_sink(g_variant_dict_end(&form));
	text = g_variant_print(whole, true);
	g_variant_unref(whole);
	return text;
}

/* Reads the inputs in order; false after a diagnostic: one was removed meanwhile. */
static bool read_inputs(struct crash_request *request, GVariantIter *rows)
{
	const char *target, *path;

	request->targets = g_new0(const char *, g_variant_iter_n_children(rows) + 1);
	while (g_variant_iter_next(rows, "(&s^&ay)", &target, &path)) {
		inputs_add(&request->inputs, path);
		if (request->inputs.nr_skipped)
			return false;
		request->targets[request->inputs.nr - 1] = target;
	}
	return true;
}

bool crash_request_read(struct crash_request *request, const char *file)
{
	GError *error = NULL;
	GVariantIter *rows = NULL;
	char *text = NULL;
	bool ok;

	*request = (struct crash_request){0};
	if (g_file_get_contents(file, &text, NULL, &error))
		request->form = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
	ok = request->form && g_variant_lookup(request->form, "attempts", "t",
					       &request->max_attempts) &&
	     g_variant_lookup(request->form, "inputs", "a(say)", &rows);
	if (!ok)
		error_file(file, "read", error ? error->message : "it is no request");
	if (ok) {
		g_variant_lookup(request->form, "output", "^&ay", &request->output);
		g_variant_lookup(request->form, "json", "^&ay", &request->json);
		g_variant_lookup(request->form, "sarif", "^&ay", &request->sarif);
		g_variant_lookup(request->form, "as_test", "^&ay", &request->as_test);
		ok = read_inputs(request, rows);
	}
	g_clear_pointer(&rows, g_variant_iter_free);
	g_clear_error(&error);
	free(text);
	if (!ok)
		crash_request_free(request);
	return ok;
}

void crash_request_free(struct crash_request *request)
{
	inputs_free(&request->inputs);
	free(request->targets);
	request->targets = NULL;
	g_clear_pointer(&request->form, g_variant_unref);
}
