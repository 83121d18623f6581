/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* static_plat.h - the platform of static_plat.c: there is one, and it needs no set-up. */
#ifndef STATIC_PLAT_H
#define STATIC_PLAT_H

#include <pcpu/pcpu.h>

struct plat *static_plat(void);
/* What the core holds of the arrays now. */
size_t static_plat_meta_bytes(void);
size_t static_plat_page_count(void);
/* Was plat_kick() called since the last call of this? Then it is time for pcpu_balance(). */
bool static_plat_take_kick(void);

#endif
