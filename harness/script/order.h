/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of a case on a model by a given order of the independent steps: delivery of messages each
 * way, the model's look at what came, its calls of the device in between, its timers. Only within
 * one window of the run.
 */
#ifndef SCRIPT_ORDER_H
#define SCRIPT_ORDER_H

#include "../peer/model.h"
#include "enumerate.h"

enum order_window {
	ORDER_LOGIN,  /* from the final Login Request or Response to the first answer behind it */
	ORDER_LOGOUT, /* from the Logout Request to the end of the connection */
	ORDER_WINDOWS,
};

const char *order_window_name(enum order_window w); /* "login", "logout" */
/* "login:17=1,23=2": window and order as one word. -1 with *e. */
int order_word_parse(const char *word, enum order_window *w, struct order *o, struct err *e);

/* Zero but for run, window, model and log. */
struct order_follower {
	struct order_run run;
	enum order_window window;
	const struct model *model;
	const struct log *log; /* of the harness's endpoint */

	unsigned peer; /* number of the model's that the rest is about; 0: none yet */
	size_t log_seen;
	bool full, logout;
	uint32_t answers; /* before full feature phase */
};

struct sim_chooser;
/* *f must outlive the simulator's use of it. */
struct sim_chooser order_chooser(struct order_follower *f);

#endif
