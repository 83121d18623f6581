# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""pack.py ZIP: packs the files named on standard input, one a line, without their folders.

The same files give the same bytes: no times, no owners.
"""
import os
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as pack:
    for path in sys.stdin.read().splitlines():
        with open(path, "rb") as file:
            pack.writestr(zipfile.ZipInfo(os.path.basename(path)), file.read())
