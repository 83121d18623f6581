#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# One build for ClusterFuzzLite and OSS-Fuzz.
exec "$SRC/pcpu-lab/fuzz/oss-fuzz/build.sh"
