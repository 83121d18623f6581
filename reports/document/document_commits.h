/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_commits.h - what this checkout's git knows of the revisions in a history. */
#ifndef DOCUMENT_COMMITS_H
#define DOCUMENT_COMMITS_H

#include <jansson.h>

/*
 * Puts into a history (harness/rows/history_document.h): "commits": {REVISION: subject}, of those
 * that git knows; "releases": [{"name", "revision"}], the tags, oldest first; "commit_url", what an
 * id is put behind, where origin is a server of the web. Outside of git: nothing.
 */
void document_commits(json_t *history);

#endif
