/* SPDX-License-Identifier: BSD-2-Clause */
#include "sut_care.h"

#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../report/memory.h"
#include "command.h"
#include "deed_command.h"
#include "driver_trouble.h"
#include "sut_command.h"

/* Of the user's own commands; scaled. */
static const double watch_seconds = 15, restart_seconds = 60, logout_seconds = 20,
		    restore_seconds = 10;
enum { WATCH_OUTPUT = 2000 };

bool sut_care_interrupted(const struct sut_care *care)
{
	struct signalfd_siginfo info;
	return read(care->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

/* What the driver could not do of it, or NULL. The caller frees. */
static char *log_out(const struct sut_care *care)
{
	const struct run_options *o = care->options;
	struct command c = {0};
	char *env[6] = {NULL}, *trouble = NULL;
	struct peer_config ours;
	peer_config_default(&ours, PEER_TARGET);
	sut_command_env(env, o->host, o->port, o->target_name ? o->target_name : ours.target_name,
			WORKLOAD_LOGIN);
	if (!command_start(&c, o->logout, env, NULL) &&
	    command_wait(&c, logout_seconds * care->timeout_scale, care->signal_fd) ==
		    COMMAND_ENDED)
		trouble = driver_trouble("logout", &c);
	command_free(&c);
	sut_command_env_free(env);
	return trouble;
}

int sut_care_clean_up(const struct sut_care *care, const struct script *s,
		      const struct aftermath *log, struct case_result *r, struct err *e)
{
	const struct run_options *o = care->options;
	char *trouble = NULL;
	int status = 0;
	if (s->changes && o->deed)
		trouble = deed_restore(o->deed, restore_seconds * care->timeout_scale,
				       care->signal_fd);
	else if (o->logout)
		trouble = log_out(care);
	if (trouble)
		status = aftermath_add(log, "driver", VERDICT_INCONCLUSIVE, trouble, r, e);
	free(trouble);
	return status;
}

/* Lines as one: "a; b". */
static void join_lines(char *text)
{
	size_t len = strlen(text);
	while (len && strchr(" \r\n", text[len - 1]))
		text[--len] = '\0';
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ';';
}

/* Asks a watch command; *why as sut_watch_look() has it. */
static enum sut_health ask_watch_command(const struct sut_care *care, const char *text, char **why)
{
	struct command c = {0};
	struct err e;
	enum sut_health health = SUT_UNKNOWN;
	*why = NULL;
	if (command_start(&c, text, NULL, &e)) {
		*why = must(strdup(e.what));
		return health;
	}
	switch (command_wait(&c, watch_seconds * care->timeout_scale, care->signal_fd)) {
	case COMMAND_ENDED:
		if (c.status == 0)
			health = SUT_WELL;
		else if (c.status == 1)
			health = SUT_DEAD;
		else if (!(*why = driver_trouble("watch", &c)))
			*why = text_format("the watch command ended with status %d: %s", c.status,
					   c.last_line);
		break;
	case COMMAND_TIMED_OUT:
		*why = text_format("the watch command did not end in time");
		break;
	case COMMAND_INTERRUPTED:
		health = SUT_INTERRUPTED;
		break;
	}
	if (health == SUT_DEAD)
		*why = command_output(&c, WATCH_OUTPUT);
	command_free(&c);
	return health;
}

enum sut_health sut_care_look(const struct sut_care *care, bool behind_group, char **why)
{
	const struct run_options *o = care->options;
	enum sut_health health = sut_watch_look(care->watch, care->signal_fd, why);
	if (health == SUT_WELL && o->watch)
		health = ask_watch_command(care, o->watch, why);
	if (health == SUT_WELL && o->watch_group && behind_group)
		health = ask_watch_command(care, o->watch_group, why);
	if (health == SUT_INTERRUPTED)
		sut_care_interrupted(care);
	if (health == SUT_DEAD) {
		join_lines(*why);
		char *clean = secrets_clean(&care->options->secrets, *why);
		free(*why);
		*why = text_format("the SUT died: %s",
				   *clean ? clean : "the watch command says so");
		free(clean);
	}
	return health;
}

int sut_care_restart(const struct sut_care *care, struct err *e)
{
	struct command c = {0};
	char *why = NULL;
	int status = 0;
	if (!care->options->restart)
		return 0;
	char hung[] = "ISERSPEC_HUNG=1", *env[] = {hung, NULL};
	if (command_start(&c, care->options->restart, sut_watch_hangs(care->watch) ? env : NULL, e))
		return -1;
	if (command_wait(&c, restart_seconds * care->timeout_scale, care->signal_fd) !=
	    COMMAND_ENDED)
		status = err_set(e, 0, "the restart command did not end in time");
	else if ((why = driver_trouble("restart", &c)))
		status = err_set(e, 0, "%s", why);
	else if (c.status)
		status = err_set(e, 0, "the SUT could not be restarted: status %d: %s", c.status,
				 c.last_line);
	command_free(&c);
	free(why);
	/* What the watch says now is about the crash that is already told. */
	if (!status) {
		sut_care_look(care, false, &why);
		free(why);
	}
	return status;
}
