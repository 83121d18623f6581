/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * library.h - the JavaScript libraries that the page takes in, from where Debian has them:
 * /usr/share/javascript, or what LAB_JAVASCRIPT names.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <stdio.h>

/* Writes the styles of all libraries, or else their scripts, each in an element of its own. In
   place of a script that is not there stands one that gives lab.absent its Debian package. */
void libraries_put(FILE *page, bool styles);

#endif
