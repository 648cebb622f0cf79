/* SPDX-License-Identifier: BSD-2-Clause */
/* The SUT's own commands: login and logout of an initiator under test. */
#include "run.h"

static void log_command(struct run *r, const char *name)
{
	log_add(r->env->log,
		&(struct log_event){.time = run_now(r), .kind = LOG_SUT, .name = name});
}

bool run_sut_login(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	struct err e = {0};
	if (!sut->login) {
		run_trouble(r, "there is no command that makes the initiator log in");
		return false;
	}
	log_command(r, sut->login_time ? "login" : "login command");
	r->deadline += sut->login_time;
	r->login_begun = true;
	r->login_ended = false;
	if (sut->login(sut->ctx, r->env->listen_host, fab_listen_port(r->env->fab),
		       r->env->base.target_name, r->script->workload, &e)) {
		run_trouble(r, "the login command cannot be run: %.150s", e.what);
		return false;
	}
	if (sut->login_fd)
		fab_watch_fd(r->env->fab, sut->login_fd(sut->ctx));
	return true;
}

static bool command_running(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	const char *last;
	return sut->login_status && sut->login_status(sut->ctx, &last) < 0;
}

void run_sut_logout(struct run *r)
{
	struct sut_control *sut = &r->env->sut;
	struct err e = {0};
	if (!sut->logout || !r->login_begun)
		return;
	log_command(r, "logout command");
	r->login_ended = false;
	if (sut->logout(sut->ctx, &e)) {
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner",
			 "the logout command cannot be run: %s", e.what);
		return;
	}
	if (sut->login_fd)
		fab_watch_fd(r->env->fab, sut->login_fd(sut->ctx));
}

/* Until the SUT's own command (logout) has ended; its session is in its way otherwise. */
void run_await_command(struct run *r)
{
	uint64_t until = run_now(r) + run_scaled(r, LOGOUT_TIME);
	while (command_running(r) && run_now(r) < until) {
		/* The end of a process is no event of every fabric, so look now and then. */
		uint64_t step = run_now(r) + 20 * NS_PER_MS;
		run_step(r, step < until ? step : until);
		if (run_now(r) >= r->deadline)
			break;
	}
}
