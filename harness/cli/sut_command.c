/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs --login and --logout beside a case. */
#include "sut_command.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"
#include "driver_trouble.h"

void sut_command_env(char *env[6], const char *host, uint16_t port, const char *iqn,
		     enum workload workload)
{
	env[0] = text_format("ISERSPEC_ADDRESS=%s", host);
	env[1] = text_format("ISERSPEC_PORT=%u", port);
	env[2] = text_format("ISERSPEC_IQN=%s", iqn);
	env[3] = text_format("ISERSPEC_WORKLOAD=%s", workload_name(workload));
	env[4] = NULL;
}

void sut_command_env_free(char *env[6])
{
	for (size_t i = 0; env[i]; i++) {
		free(env[i]);
		env[i] = NULL;
	}
}

static void note_trouble(struct sut_command *s, struct command *c)
{
	if (!s->trouble && c->pid && command_poll(c))
		s->trouble = driver_trouble(c == &s->login ? "login" : "logout", c);
}

static void end_command(struct sut_command *s, struct command *c)
{
	const pid_t group = c->pid;
	note_trouble(s, c);
	command_free(c);
	if (group)
		case_link_group(s->link, group, false);
}

static int begin_command(struct sut_command *s, struct command *c, const char *line, struct err *e)
{
	end_command(s, c);
	if (command_start(c, line, s->env, e))
		return -1;
	case_link_group(s->link, c->pid, true);
	s->latest = c;
	return 0;
}

static int begin_login(void *ctx, const char *host, uint16_t port, const char *iqn,
		       enum workload workload, struct err *e)
{
	struct sut_command *s = ctx;
	sut_command_env_free(s->env);
	sut_command_env(s->env, host, port, iqn, workload);
	return begin_command(s, &s->login, s->login_line, e);
}

static int begin_logout(void *ctx, struct err *e)
{
	struct sut_command *s = ctx;
	if (!s->logout_line)
		return 0;
	return begin_command(s, &s->logout, s->logout_line, e);
}

static int ended_fd(void *ctx)
{
	const struct sut_command *s = ctx;
	return s->latest ? s->latest->ended_fd : -1;
}

static int ended_status(void *ctx, const char **last_line)
{
	struct sut_command *s = ctx;
	struct command *c = s->latest;
	if (!c || !command_poll(c))
		return -1;
	if (last_line)
		*last_line = c->last_line;
	return c->status;
}

void sut_command_init(struct sut_command *s, struct sut_control *control)
{
	*control = (struct sut_control){
		.ctx = s,
		.login = begin_login,
		.logout = begin_logout,
		.login_fd = ended_fd,
		.login_status = ended_status,
	};
}

const char *sut_command_trouble(struct sut_command *s)
{
	note_trouble(s, &s->login);
	note_trouble(s, &s->logout);
	return s->trouble;
}

void sut_command_free(struct sut_command *s)
{
	end_command(s, &s->login);
	end_command(s, &s->logout);
	s->latest = NULL;
	free(s->trouble);
	s->trouble = NULL;
	sut_command_env_free(s->env);
}
