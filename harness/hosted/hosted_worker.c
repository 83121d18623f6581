/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_worker.c - the wish for pcpu_balance(), and the thread that grants it.
 *
 *	kick -> wished -> (worker) busy -> idle		without a worker: lab_take_kick() tells
 */
#include "hosted_plat.h"

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	struct hosted_kick *kick = &plat->kick;

	pthread_mutex_lock(&kick->mutex);
	kick->wished = true;
	kick->pcpu = pcpu;
	pthread_cond_broadcast(&kick->changed);
	pthread_mutex_unlock(&kick->mutex);
}

bool lab_take_kick(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;
	bool wished;

	pthread_mutex_lock(&kick->mutex);
	wished = kick->wished && !kick->has_worker;
	if (wished)
		kick->wished = false;
	pthread_mutex_unlock(&kick->mutex);
	return wished;
}

static void *work(void *argument)
{
	struct hosted_kick *kick = &((struct plat *)argument)->kick;

	pthread_mutex_lock(&kick->mutex);
	while (!kick->stop) {
		struct pcpu *pcpu = kick->pcpu;

		if (!kick->wished) {
			pthread_cond_wait(&kick->changed, &kick->mutex);
			continue;
		}
		kick->wished = false;
		kick->busy = true;
		pthread_mutex_unlock(&kick->mutex);
		pcpu_balance(pcpu);
		pthread_mutex_lock(&kick->mutex);
		kick->busy = false;
		pthread_cond_broadcast(&kick->changed);
	}
	pthread_mutex_unlock(&kick->mutex);
	return NULL;
}

bool hosted_worker_start(struct plat *plat)
{
	plat->kick.has_worker = pthread_create(&plat->kick.worker, NULL, work, plat) == 0;
	return plat->kick.has_worker;
}

void hosted_worker_wait(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;

	pthread_mutex_lock(&kick->mutex);
	while (kick->has_worker && (kick->wished || kick->busy))
		pthread_cond_wait(&kick->changed, &kick->mutex);
	pthread_mutex_unlock(&kick->mutex);
}

void hosted_worker_stop(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;

	if (!kick->has_worker)
		return;
	pthread_mutex_lock(&kick->mutex);
	kick->stop = true;
	pthread_cond_broadcast(&kick->changed);
	pthread_mutex_unlock(&kick->mutex);
	pthread_join(kick->worker, NULL);
	kick->has_worker = false;
}
