/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* afl_main.c - main() of what afl-fuzz runs. */
#include "fuzz/targets/afl_server.h"

int main(void)
{
	return afl_serve();
}
