/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of `run`, taken apart. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include <stdbool.h>

#include "../report/secrets.h"
#include "target_url.h"

enum sut_access { ACCESS_NONE, ACCESS_TARGET, ACCESS_INITIATOR, ACCESS_MODEL };

struct text_list {
	char **at; /* borrowed from argv */
	size_t count;
};

/* What `run` itself looks at after each case. */
struct watch_options {
	bool kernel;		      /* its log */
	const char *trouble, *known;  /* regular expressions for it, NULL: none */
	struct text_list threads;     /* REGEX:FUNCTION */
	struct text_list pids, lines; /* FILE[:LOG], FILE:LINE */
};

struct run_options {
	enum sut_access access;
	enum peer_role role;   /* of the SUT */
	struct target_url url; /* ACCESS_TARGET; CHAP secrets for the other ways too */
	char host[256];	       /* ACCESS_INITIATOR: where we listen */
	uint16_t port;
	const char *login, *logout, *watch, *watch_group, *restart; /* shell commands, NULL: none */
	struct watch_options watching;
	struct text_list knobs, settings; /* ACCESS_MODEL */
	const char
		*order; /* ACCESS_MODEL: of the model's steps, as order_word_parse() has it; NULL */
	const char *sut_name, *sut_version, *sut_kernel;
	const char *initiator_name, *target_name;

	const char *report, *baseline, *cases, *lab;
	bool strict, fail_fast, resume, again, quiet;
	const char *died;		/* with resume: how the machine ended, NULL */
	unsigned repeat, shard, shards; /* shard is 0-based */
	uint64_t seed;
	double timeout_scale; /* 0: to be measured */
	struct text_list patterns;
	struct secrets secrets;
};

/*
 * 0: go on; 1: help was printed; -1: wrong, and one line was said. Secrets are taken out of argv
 * and the environment. run_options_free() in any case.
 */
int run_options_parse(struct run_options *o, int argc, char **argv);
void run_options_free(struct run_options *o);

/* A decimal number from min to max as a whole word. -1 with *e naming `what`. */
int option_count(const char *text, unsigned long min, unsigned long max, unsigned long *out,
		 const char *what, struct err *e);

#endif
