/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* model_parts.h - what the files of the model share; nobody else includes it. */
#ifndef LAB_MODEL_PARTS_H
#define LAB_MODEL_PARTS_H

#include "harness/check/model.h"

/* model_pages.c: puts a live object on the lists of its pages, and takes it off. */
void lab_model_touch_pages(struct lab_model *model, uint32_t id);
void lab_model_untouch_pages(struct lab_model *model, uint32_t id);

/* model_content.c: writes what this unit's copy shall hold; and does it still? */
void lab_model_write_copy(struct lab_model *model, uint32_t id, uint32_t unit);
bool lab_model_copy_is_whole(struct lab_model *model, uint32_t id, uint32_t unit);
bool lab_model_copy_is_zero(struct lab_model *model, const struct lab_object *o, uint32_t cpu);

#endif
