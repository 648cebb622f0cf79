/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec model: the honest peer, or a mutant of it, on a real RDMA device as a program of its
 * own. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../peer/model.h"
#include "../report/events.h"
#include "cli.h"
#include "run_options.h"

static const char help[] =
	"usage: iserspec model target --listen ADDR[:PORT] [OPTION...]\n"
	"       iserspec model initiator --connect ADDR[:PORT] [OPTION...]\n"
	"\n"
	"The honest peer as an implementation of its own over RDMA, for the lab. The target serves "
	"until\n"
	"it is told to end by SIGTERM; the initiator logs in, and logs out at SIGTERM.\n"
	"\n"
	"  --target-name IQN      default iqn.2026-01.net.iserspec:target\n"
	"  --initiator-name IQN   default iqn.2026-01.net.iserspec:initiator\n"
	"  --workload login|io|discovery  initiator: what it does (default login)\n"
	"  --knob NAME            a lie (iserspec list --knobs); may be repeated\n"
	"  --option SETTING       a legal variation (list --options); may be repeated\n"
	"  --log FILE             its event log, as those in a report's logs/\n"
	"\n"
	"exit status: 0 it ended as it was told to, 1 the other side ended the session or broke a "
	"rule,\n"
	"2 usage, 77 no RDMA device\n";

/* What a logout may take; a target that does not answer is left. Where it answers and does not
 * close, the peer does so after 5 s. */
static const uint64_t logout_time = 7 * NS_PER_S;

struct options {
	struct peer_config cfg;
	char host[256];
	uint16_t port;
	bool addressed;
	int workload; /* enum workload, or -1 */
	const char *log;
};

static int set_address(struct options *o, const char *text, const char *option, struct err *e)
{
	struct err inner;
	if (address_parse(text, o->host, sizeof(o->host), &o->port, &inner))
		return err_set(e, 0, "%s %s: %s", option, text, inner.what);
	o->addressed = true;
	return 0;
}

static int set_name(char *to, size_t size, const char *name, const char *option, struct err *e)
{
	if (!*name || strlen(name) >= size)
		return err_set(e, 0, "%s: a name has 1 to %zu bytes", option, size - 1);
	snprintf(to, size, "%s", name);
	return 0;
}

static int set_knob(struct options *o, const char *name, struct err *e)
{
	const int knob = knob_by_name(name);
	if (knob < 0)
		return err_set(e, 0, "unknown knob '%s'; see iserspec list --knobs", name);
	if (knob_infos()[knob].role != o->cfg.role)
		return err_set(e, 0, "the knob '%s' is one of the other role", name);
	o->cfg.knob[knob] = true;
	return 0;
}

static int take(struct options *o, int option, const char *value, struct err *e)
{
	switch (option) {
	case 'a':
		return o->cfg.role == PEER_TARGET ? set_address(o, value, "--listen", e)
						  : err_set(e, 0, "--listen belongs to target");
	case 'c':
		return o->cfg.role == PEER_INITIATOR
			       ? set_address(o, value, "--connect", e)
			       : err_set(e, 0, "--connect belongs to initiator");
	case 't':
		return set_name(o->cfg.target_name, sizeof(o->cfg.target_name), value,
				"--target-name", e);
	case 'i':
		return set_name(o->cfg.initiator_name, sizeof(o->cfg.initiator_name), value,
				"--initiator-name", e);
	case 'w':
		o->workload = workload_by_name(value);
		return o->workload >= 0 ? 0 : err_set(e, 0, "--workload: there is no '%s'", value);
	case 'k':
		return set_knob(o, value, e);
	case 'o':
		return peer_config_set(&o->cfg, value, e);
	default:
		o->log = value;
		return 0;
	}
}

/* 0: go on; else the exit status, plus one. */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {{"listen", required_argument, NULL, 'a'},
						{"connect", required_argument, NULL, 'c'},
						{"target-name", required_argument, NULL, 't'},
						{"initiator-name", required_argument, NULL, 'i'},
						{"workload", required_argument, NULL, 'w'},
						{"knob", required_argument, NULL, 'k'},
						{"option", required_argument, NULL, 'o'},
						{"log", required_argument, NULL, 'l'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	const char *role = argc > 1 ? argv[1] : "";
	struct err e = {0};
	int option;

	peer_config_default(&o->cfg, !strcmp(role, "target") ? PEER_TARGET : PEER_INITIATOR);
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 1 + EXIT_OK;
		}
		if (option == '?')
			return 1 + bad_option("model", argv[optind - 1]);
		if (take(o, option, optarg, &e))
			return 1 + complain_err(&e);
	}
	if (argc - optind != 1 || (strcmp(role, "target") != 0 && strcmp(role, "initiator") != 0))
		return 1 + complain("model: say `target` or `initiator` first; see --help");
	if (!o->addressed)
		return 1 + complain("model %s needs %s ADDR[:PORT]", role,
				    o->cfg.role == PEER_TARGET ? "--listen" : "--connect");
	return 0;
}

static int catch_signals(struct err *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return err_set(e, errno, "cannot block signals");
	const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, errno, "cannot catch signals") : fd;
}

/* Said once, for who waits for it. */
static void tell_workload(const struct model *m, bool *told)
{
	unsigned same = 0;

	if (*told || !m->peers || !peer_workload_over(m->peers->peer, &same))
		return;
	printf("workload over: %u writes read back the same\n", same);
	fflush(stdout);
	*told = true;
}

/* Until a signal comes; then an initiator's logout is waited for. */
static int serve(struct model *m, struct err *e)
{
	const bool target = m->cfg.role == PEER_TARGET;
	uint64_t deadline = FAB_FOREVER;
	bool told = target;

	for (;;) {
		struct fab_event ev;
		fab_wait(m->fab, deadline, &ev);
		if (ev.kind == FAB_DEVICE_GONE)
			return err_set(e, ENODEV, "the RDMA device is gone");
		if (ev.kind == FAB_TIMEOUT)
			return err_set(e, 0, "the logout was not answered");
		if (ev.kind == FAB_FD) {
			if (target)
				return 0;
			fab_watch_fd(m->fab, -1);
			deadline = fab_now(m->fab) + logout_time;
			if (model_logout(m, e))
				return -1;
		} else {
			model_event(m, &ev);
			tell_workload(m, &told);
		}
		if (!target && m->leaving && !model_status(m))
			return 0;
		if (!target && !m->leaving && model_status(m) == 1) {
			const char *what = m->peers->peer->violation.what;
			return err_set(e, 0, "the session ended%s%.150s", *what ? ": " : "", what);
		}
	}
}

static int run(struct model *m, const struct options *o, int signals, struct log *log)
{
	struct err e = {0};
	int status;

	m->fab = verbs_open(log, &e);
	if (!m->fab) {
		complain_err(&e);
		return e.errnum == ENODEV ? EXIT_NO_DEVICE : EXIT_USAGE;
	}
	fab_watch_fd(m->fab, signals);
	if (o->cfg.role == PEER_TARGET)
		status = model_listen(m, o->host, o->port, &e);
	else
		status = model_login(m, o->host, o->port, o->cfg.target_name,
				     (enum workload)o->workload, &e);
	if (!status && o->cfg.role == PEER_TARGET) {
		printf("listening on port %u\n", fab_listen_port(m->fab));
		fflush(stdout);
	}
	if (!status)
		status = serve(m, &e);
	model_end(m);
	fab_close(m->fab);
	if (!status)
		return EXIT_OK;
	complain_err(&e);
	return EXIT_RED;
}

int cmd_model(int argc, char **argv)
{
	static struct options o; /* too large for the stack of a careful program */
	static struct model m;
	struct event_writer *writer = NULL;
	struct err e = {0};

	int status = parse(&o, argc, argv);
	if (status)
		return status - 1;
	if (o.log && !(writer = event_writer_open(o.log, NULL, EVENT_LOG_LIMIT, &e)))
		return complain_err(&e);
	const int signals = catch_signals(&e);
	if (signals < 0) {
		status = complain_err(&e);
	} else {
		struct log *log = log_new(writer ? event_writer_sink : NULL, writer);
		model_init(&m, &o.cfg);
		status = run(&m, &o, signals, log);
		log_free(log);
		close(signals);
	}
	if (writer && event_writer_close(writer, &e) && !status)
		status = complain_err(&e);
	return status;
}
