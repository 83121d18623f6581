#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""embed.py OUTPUT FOLDER FILE ... - the files as C: their names below FOLDER, and their texts."""
import os
import sys


def line_as_c(line):
    """A C string literal of a line of bytes."""
    out = []
    for byte in line:
        char = chr(byte)
        if char in '"\\?':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append("\\%03o" % byte)
    return '\t"' + "".join(out) + '"\n'


def main(output, folder, *names):
    with open(output, "w", encoding="ascii") as to:
        to.write("/* SPDX-License-Identifier: BSD-2-Clause OR MIT */\n")
        to.write('#include "reports/write/page_files.h"\n\n#include <stddef.h>\n\n')
        to.write("const struct page_file page_files[] = {\n")
        for name in names:
            with open(name, "rb") as file:
                lines = file.read().splitlines(keepends=True)
            to.write('{"%s",\n' % os.path.relpath(name, folder))
            to.writelines(line_as_c(line) for line in lines or [b""])
            to.write("},\n")
        to.write("{NULL, NULL},\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
