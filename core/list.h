/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * list.h - a circular doubly linked list whose links live in its members.
 *
 *	head <-> a <-> b <-> head		an empty head points at itself
 */
#ifndef PCPU_LIST_H
#define PCPU_LIST_H

#include <pcpu/base.h>

struct pcpu_list {
	struct pcpu_list *next, *prev;
};

/* The struct of `type` whose member `member` is the link at `link`. */
#define PCPU_LIST_ENTRY(link, type, member)                                                        \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void pcpu_list_init(struct pcpu_list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool pcpu_list_empty(const struct pcpu_list *l)
{
	return l->next == l;
}

static inline void pcpu_list_insert(struct pcpu_list *l, struct pcpu_list *prev,
				    struct pcpu_list *next)
{
	l->prev = prev;
	l->next = next;
	prev->next = l;
	next->prev = l;
}

static inline void pcpu_list_add_head(struct pcpu_list *head, struct pcpu_list *l)
{
	pcpu_list_insert(l, head, head->next);
}

static inline void pcpu_list_add_tail(struct pcpu_list *head, struct pcpu_list *l)
{
	pcpu_list_insert(l, head->prev, head);
}

/* Takes l out; it then points at itself, so that taking it out twice is harmless. */
static inline void pcpu_list_del(struct pcpu_list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	pcpu_list_init(l);
}

#endif
