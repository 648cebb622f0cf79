/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one case on one fabric and judges it. */
#ifndef SCRIPT_RUNNER_H
#define SCRIPT_RUNNER_H

#include "script.h"

/* How the runner reaches the SUT. Functions may be NULL where the role does not need them. */
struct sut_control {
	void *ctx;
	/* Initiator under test: begin its login to us at host:port (returns at once). -1 with *e.
	 */
	int (*login)(void *ctx, const char *host, uint16_t port, const char *iqn,
		     enum workload workload, struct err *e);
	/* Begin to let it log out and clean up (returns at once: our side must go on answering it).
	 */
	int (*logout)(void *ctx, struct err *e);
	/* A descriptor that is readable when the command begun last (login or logout) ended, or -1.
	 */
	int (*login_fd)(void *ctx);
	/* Exit status of that command (128 + signal when one ended it) and its last line of output.
	 * -1: still running. */
	int (*login_status)(void *ctx, const char **last_line);
	/* ns, unscaled: how long it may take until a login comes that no command of ours begins; a
	 * case has that much longer for each. 0: a command's own time. */
	uint64_t login_time;

	/*
	 * Either role: begin what `line` says (tools/README.md), beside what was begun before.
	 * data: what it writes. reads: what it reads is asked for by act_data(). 0, ACT_NOBODY
	 * where there is no command for it, -1 with *e.
	 */
	void *act_ctx;
	int (*act)(void *ctx, const char *line, struct bytes data, bool reads, struct err *e);
	/* As login_fd and login_status, of what was begun last. */
	int (*act_fd)(void *ctx);
	int (*act_status)(void *ctx, const char **last_line);
	/* Once it has ended: what it has read. NULL where nothing can be told. */
	size_t (*act_data)(void *ctx, const uint8_t **at);
};

enum {
	ACT_NOBODY = 1,		/* nobody can be told */
	ACT_NOT_SUPPORTED = 69, /* exit status of a driver that cannot do it: EX_UNAVAILABLE */
};

struct run_env {
	struct fabric *fab; /* the harness's endpoint */
	struct log *log;
	struct sut_control sut;
	uint64_t lun;	     /* target under test: the disk, as a number */
	bool read_only;	     /* nothing may be written there */
	bool lun_protected;  /* nothing can be */
	uint64_t lun_blocks; /* 0: not known */
	/* What the first bytes of a disk say that it holds ("ext4", "gpt"), or NULL. NULL: nobody
	 * asks. */
	const char *(*signature)(const uint8_t *head, size_t len);
	const char *listen_host; /* initiator under test: where we listen */
	uint16_t listen_port;
	bool listens; /* we do already: set by a run, for the next one on the same fabric */
	/* What the model was told beside the case: knobs, options NAME=VALUE, "order:WORD",
	 * blank-separated; NULL: nothing. */
	const char *model;
	uint64_t wall_clock; /* ns since 1970 when the log's time was 0; 0: there is none, or a
				virtual one, which tells nobody anything */
	double timeout_scale;
	bool long_form;		     /* families take their long form */
	const char *link;	     /* what the network does to packets; NULL: nothing */
	const char *profile;	     /* judged by (oracle/profile.h); NULL: the default */
	const struct ledger *ledger; /* to cap grades by rule level */
	/* Role, names, address, secrets; settings of the script are put on a copy. */
	struct peer_config base;
};

/* Never returns early: whatever happens is in *r. r was made by result_init(). */
void script_run(const struct script *s, struct run_env *env, struct case_result *r);

#endif
