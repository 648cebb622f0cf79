/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of `run`, taken apart. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include <getopt.h>
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

/* May the LUN under test be written to? */
enum writes {
	WRITES_NONE,	   /* cases that do are not applicable */
	WRITES_BLANK,	   /* when it has no partition table, file system or the like */
	WRITES_EVERYTHING, /* whatever it holds */
};

/* An initiator that no command of ours makes log in. */
enum by_hand {
	BY_HAND_NOT,
	BY_HAND_MANUAL,	    /* a person does it, who is told to */
	BY_HAND_RECONNECTS, /* it does so by itself, again and again */
};

struct run_options {
	int argc; /* the command line as it was given, secrets overwritten */
	char **argv;
	enum sut_access access;
	enum peer_role role;   /* of the SUT */
	struct target_url url; /* ACCESS_TARGET; CHAP secrets for the other ways too */
	char host[256];	       /* ACCESS_INITIATOR: where we listen */
	uint16_t port;
	const char *login, *logout, *deed, *watch, *watch_group,
		*restart; /* shell commands, NULL: none */
	struct watch_options watching;
	struct text_list knobs, settings; /* ACCESS_MODEL */
	const char
		*order; /* ACCESS_MODEL: of the model's steps, as order_word_parse() has it; NULL */
	const char *sut_name, *sut_version, *sut_kernel;
	const char *initiator_name, *target_name;

	const char *report, *baseline, *cases, *lab;
	const char *profile; /* NULL: the default */
	bool strict, fail_fast, resume, again, quiet, tap;
	bool no_summary;		/* nothing is said at the end: this is a part of a run */
	bool long_form;			/* of families, and cases with the tag long */
	const char *link;		/* what the network does to packets; NULL: nothing */
	const char *died;		/* with resume: how the machine ended, NULL */
	unsigned repeat, shard, shards; /* shard is 0-based */
	uint64_t seed;
	double timeout_scale; /* 0: to be measured */
	struct text_list patterns, exclude, restart_behind;
	uint64_t log_limit; /* bytes a log, 0: none */
	enum writes writes;
	enum by_hand by_hand;
	uint64_t login_wait; /* ns; BY_HAND: until it has to be there */
	struct secrets secrets;
};

/* For another command that has most of the options of `run`, and some of its own. */
struct more_options {
	const char *command, *help;
	const struct option *table; /* ends with a zero; values from OPTION_MORE on */
	const char *const *without; /* names of options that it does not have, NULL-ended */
	/* -1 with *e. */
	int (*take)(void *ctx, int option, char *value, struct err *e);
	void *ctx;
};
enum { OPTION_MORE = 1024 };

/*
 * 0: go on; 1: help was printed; -1: wrong, and one line was said. Secrets are taken out of argv
 * and the environment. more NULL: those of `run`. run_options_free() in any case.
 */
int run_options_parse(struct run_options *o, int argc, char **argv,
		      const struct more_options *more);
void run_options_free(struct run_options *o);

/* What --help says. */
extern const char run_help[];

#define OPTION_SECOND UINT64_C(1000000000) /* of option_time() */

/* "64MiB", in bytes; "none" is 0. "90s", "15min", in ns. A unit is demanded. -1 with *e naming
 * `what`. */
int option_size(const char *text, uint64_t *out, const char *what, struct err *e);
int option_time(const char *text, uint64_t *out, const char *what, struct err *e);
/* A decimal number from min to max as a whole word. -1 with *e naming `what`. */
int option_count(const char *text, unsigned long min, unsigned long max, unsigned long *out,
		 const char *what, struct err *e);

#endif
