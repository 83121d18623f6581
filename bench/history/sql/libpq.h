/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * libpq.h - libpq's functions, loaded when a server is first named. It brings 25 libraries, and as
 * a part of the program they were two thirds of the start of every command.
 */
#ifndef HISTORY_LIBPQ_H
#define HISTORY_LIBPQ_H

#include <libpq-fe.h>
#include <stdbool.h>

#define LIBPQ_FUNCTIONS(X)                                                                         \
	X(clear)                                                                                   \
	X(connectStartParams)                                                                      \
	X(errorMessage)                                                                            \
	X(exec)                                                                                    \
	X(finish)                                                                                  \
	X(getResult)                                                                               \
	X(getvalue)                                                                                \
	X(prepare)                                                                                 \
	X(reset)                                                                                   \
	X(resultErrorField)                                                                        \
	X(resultStatus)                                                                            \
	X(sendQueryPrepared)                                                                       \
	X(setNoticeProcessor)                                                                      \
	X(setSingleRowMode)                                                                        \
	X(status)                                                                                  \
	X(transactionStatus)

struct libpq {
#define X(name) __typeof__(&PQ##name) name;
	LIBPQ_FUNCTIONS(X)
#undef X
};

/* Of no function before libpq_load(). */
extern struct libpq pq;

/* Returns NULL, or why it cannot be loaded. */
const char *libpq_load(void);

#endif
