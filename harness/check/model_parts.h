/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* model_parts.h - shared by the files of the model; do not include it elsewhere. */
#ifndef LAB_MODEL_PARTS_H
#define LAB_MODEL_PARTS_H

#include "harness/check/model.h"

/* model_pages.c: adds a live object to the lists of its pages, and removes it. */
void lab_model_touch_pages(struct lab_model *model, uint32_t id);
void lab_model_untouch_pages(struct lab_model *model, uint32_t id);

/* model_content.c: writes the contents of this unit's copy; and checks them. */
void lab_model_write_copy(struct lab_model *model, uint32_t id, uint32_t unit);
bool lab_model_copy_is_whole(struct lab_model *model, uint32_t id, uint32_t unit);
bool lab_model_copy_is_zero(struct lab_model *model, const struct lab_object *o, uint32_t cpu);

#endif
