/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs what the SUT's commands answer. */
#include "sut_answers.h"

/* The command's own failure to begin, real or recorded. */
static int begun(struct sut_answers *s, const char *name, int rc, const struct err *why,
		 struct err *e)
{
	struct fab_answer a = {.name = name, .value = rc, .text = rc ? why->what : NULL};

	fab_answer_unless(s->fab, NULL, &a, 0);
	if (a.value)
		return err_set(e, 0, "%s", a.text ? a.text : "");
	s->status = -1;
	s->last_line = NULL;
	return 0;
}

static int login(void *ctx, const char *host, uint16_t port, const char *iqn,
		 enum workload workload, struct err *e)
{
	struct sut_answers *s = ctx;
	struct err why = {0};
	const int rc =
		s->real.login ? s->real.login(s->real.ctx, host, port, iqn, workload, &why) : 0;

	return begun(s, "login-command", rc, &why, e);
}

static int logout(void *ctx, struct err *e)
{
	struct sut_answers *s = ctx;
	struct err why = {0};
	const int rc = s->real.logout ? s->real.logout(s->real.ctx, &why) : 0;

	return begun(s, "logout-command", rc, &why, e);
}

static int ended_fd(void *ctx)
{
	const struct sut_answers *s = ctx;

	return s->real.login_fd ? s->real.login_fd(s->real.ctx) : -1;
}

static int ended_status(void *ctx, const char **last_line)
{
	struct sut_answers *s = ctx;
	const char *line = NULL;
	struct fab_answer a = {.name = "command-status", .value = -1, .polled = true};

	if (s->status >= 0)
		goto told; /* it has ended once and for all */
	if (s->real.login_status)
		a.value = s->real.login_status(s->real.ctx, &line);
	a.text = line;
	fab_answer_unless(s->fab, NULL, &a, s->status);
	if (a.value != s->status) {
		s->status = a.value;
		s->last_line = a.text;
	}
told:
	if (last_line)
		*last_line = s->last_line;
	return (int)s->status;
}

static int act(void *ctx, const char *line, struct bytes data, bool reads, struct err *e)
{
	struct sut_answers *s = ctx;
	struct err why = {0};
	const int rc =
		s->real.act ? s->real.act(s->real.act_ctx, line, data, reads, &why) : ACT_NOBODY;
	struct fab_answer a = {.name = "do", .value = rc, .text = rc < 0 ? why.what : NULL};

	fab_answer_unless(s->fab, NULL, &a, 0);
	s->act_status = -1;
	s->act_line = NULL;
	return a.value < 0 ? err_set(e, 0, "%s", a.text ? a.text : "") : (int)a.value;
}

static int act_fd(void *ctx)
{
	const struct sut_answers *s = ctx;

	return s->real.act_fd ? s->real.act_fd(s->real.act_ctx) : -1;
}

static int act_status(void *ctx, const char **last_line)
{
	struct sut_answers *s = ctx;
	const char *line = NULL;
	struct fab_answer a = {.name = "do-status", .value = -1, .polled = true};

	if (s->act_status < 0) {
		if (s->real.act_status)
			a.value = s->real.act_status(s->real.act_ctx, &line);
		a.text = line;
		fab_answer_unless(s->fab, NULL, &a, -1);
		s->act_status = a.value;
		s->act_line = a.text;
	}
	if (last_line)
		*last_line = s->act_line;
	return (int)s->act_status;
}

/* In a replay there is none; what came of it is an answer by itself. */
static size_t act_data(void *ctx, const uint8_t **at)
{
	const struct sut_answers *s = ctx;

	return s->real.act_data ? s->real.act_data(s->real.act_ctx, at) : 0;
}

void sut_answers_attach(struct sut_answers *s, struct run_env *env)
{
	*s = (struct sut_answers){
		.real = env->sut, .fab = env->fab, .status = -1, .act_status = -1};
	env->sut = (struct sut_control){
		.ctx = s,
		.login = login,
		.login_time = s->real.login_time,
		.act_ctx = s,
		.act = act,
		.act_fd = act_fd,
		.act_status = act_status,
		.act_data = act_data,
	};
	/* Where a login comes by itself there are no commands, which nobody may wait for. */
	if (s->real.login_time)
		return;
	env->sut.logout = logout;
	env->sut.login_fd = ended_fd;
	env->sut.login_status = ended_status;
}
