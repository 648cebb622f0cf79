/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case's own process does: make the fabric and the SUT's control, run the script, keep the
 * event log. */
#ifndef CLI_RUN_CASE_H
#define CLI_RUN_CASE_H

#include <sys/socket.h>

#include "../script/order.h"
#include "../script/script.h"
#include "case_process.h"
#include "run_options.h"

/* What the preflight has learned of a target's LUN. */
struct lun_facts {
	uint64_t blocks;     /* 0: not known */
	uint32_t block_size; /* bytes */
	bool write_protected;
};

struct case_setup {
	const struct run_options *options;
	const struct script *script;
	const struct ledger *ledger;
	struct text_list model; /* settings of the model, applied before options->settings */
	struct text_list knobs; /* of the model, beside options->knobs */
	struct order_follower
		*follow; /* of the model: the order of its steps; NULL: as time gives it */
	uint64_t seed;
	double timeout_scale;
	unsigned repetition;  /* 1, 2, ...; 0 where there are none */
	const char *log_path; /* NULL: the log stays in memory */
	struct lun_facts lun;
	bool real_time; /* the clock is that of the world, and so worth a word in the log */
	/* In the case's own process, when all is said and in its log; NULL: nobody looks. */
	void (*seen)(void *ctx, const struct log *log, const struct case_result *r);
	void *seen_ctx;
	/* Whose connections are taken (fab_admit()); NULL: everybody's. */
	bool (*admit)(void *ctx, const struct sockaddr *from);
	void *admit_ctx;
};

/* A case_body; ctx is a struct case_setup. */
int run_case(void *ctx, const struct case_link *link, struct case_result *r, struct err *e);

/* The monitors over a case's log: their findings into the result, and into the log. */
void run_case_watch(struct log *log, bool sut_is_target, const struct ledger *ledger,
		    struct case_result *r);

/* The longest that the case's process may take, in seconds of wall time. */
double case_seconds(const struct run_options *o, const struct script *s, double timeout_scale);

/* As fab_kind() and fab_description() have it. */
struct probed_device {
	char kind[80], description[512];
};

/*
 * Says what RDMA device there is: 0, or -1 with *e (errnum ENODEV: there is none). Asks in a
 * process of its own, since the RDMA libraries keep state that a fork must not share.
 */
int probe_device(struct probed_device *device, struct err *e);

#endif
