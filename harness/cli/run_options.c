/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the options of `run`. */
#include "run_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/profile.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../script/order.h"
#include "cli.h"
#include "report_folder.h"

enum { SECRET_FILE_LIMIT = 65536 };

enum {
	OPT_TARGET = 256,
	OPT_INITIATOR,
	OPT_LOGIN,
	OPT_LOGOUT,
	OPT_MODEL,
	OPT_KNOB,
	OPT_OPTION,
	OPT_ORDER,
	OPT_WATCH,
	OPT_WATCH_GROUP,
	OPT_WATCH_KERNEL,
	OPT_WATCH_TROUBLE,
	OPT_WATCH_KNOWN,
	OPT_WATCH_THREAD,
	OPT_WATCH_PID,
	OPT_WATCH_LINE,
	OPT_RESTART,
	OPT_CHAP_USER,
	OPT_CHAP_SECRET_FILE,
	OPT_MUTUAL_USER,
	OPT_INITIATOR_NAME,
	OPT_TARGET_NAME,
	OPT_CASES,
	OPT_REPEAT,
	OPT_SHARD,
	OPT_SEED,
	OPT_TIMEOUT_SCALE,
	OPT_FAIL_FAST,
	OPT_REPORT,
	OPT_RESUME,
	OPT_AGAIN,
	OPT_DIED,
	OPT_BASELINE,
	OPT_STRICT,
	OPT_PROFILE,
	OPT_SUT_NAME,
	OPT_SUT_VERSION,
	OPT_SUT_KERNEL,
	OPT_LAB,
	OPT_QUIET,
	OPT_NO_SUMMARY,
	OPT_RESTART_BEHIND,
	OPT_TAP,
	OPT_LONG,
	OPT_LINK,
	OPT_ALLOW_WRITES,
	OPT_LOG_LIMIT,
	OPT_EXCLUDE,
	OPT_MANUAL,
	OPT_RECONNECTS,
	OPT_LOGIN_WAIT,
	OPT_DO,
};

static const struct option options[] = {
	{"target", required_argument, NULL, OPT_TARGET},
	{"initiator", required_argument, NULL, OPT_INITIATOR},
	{"login", required_argument, NULL, OPT_LOGIN},
	{"logout", required_argument, NULL, OPT_LOGOUT},
	{"model", required_argument, NULL, OPT_MODEL},
	{"knob", required_argument, NULL, OPT_KNOB},
	{"option", required_argument, NULL, OPT_OPTION},
	{"order", required_argument, NULL, OPT_ORDER},
	{"watch", required_argument, NULL, OPT_WATCH},
	{"watch-group", required_argument, NULL, OPT_WATCH_GROUP},
	{"watch-kernel", no_argument, NULL, OPT_WATCH_KERNEL},
	{"watch-trouble", required_argument, NULL, OPT_WATCH_TROUBLE},
	{"watch-known", required_argument, NULL, OPT_WATCH_KNOWN},
	{"watch-thread", required_argument, NULL, OPT_WATCH_THREAD},
	{"watch-pid", required_argument, NULL, OPT_WATCH_PID},
	{"watch-line", required_argument, NULL, OPT_WATCH_LINE},
	{"restart", required_argument, NULL, OPT_RESTART},
	{"chap-user", required_argument, NULL, OPT_CHAP_USER},
	{"chap-secret-file", required_argument, NULL, OPT_CHAP_SECRET_FILE},
	{"mutual-user", required_argument, NULL, OPT_MUTUAL_USER},
	{"initiator-name", required_argument, NULL, OPT_INITIATOR_NAME},
	{"target-name", required_argument, NULL, OPT_TARGET_NAME},
	{"cases", required_argument, NULL, OPT_CASES},
	{"repeat", required_argument, NULL, OPT_REPEAT},
	{"shard", required_argument, NULL, OPT_SHARD},
	{"seed", required_argument, NULL, OPT_SEED},
	{"timeout-scale", required_argument, NULL, OPT_TIMEOUT_SCALE},
	{"fail-fast", no_argument, NULL, OPT_FAIL_FAST},
	{"report", required_argument, NULL, OPT_REPORT},
	{"resume", no_argument, NULL, OPT_RESUME},
	{"again", no_argument, NULL, OPT_AGAIN},
	{"died", required_argument, NULL, OPT_DIED},
	{"baseline", required_argument, NULL, OPT_BASELINE},
	{"strict", no_argument, NULL, OPT_STRICT},
	{"profile", required_argument, NULL, OPT_PROFILE},
	{"sut-name", required_argument, NULL, OPT_SUT_NAME},
	{"sut-version", required_argument, NULL, OPT_SUT_VERSION},
	{"sut-kernel", required_argument, NULL, OPT_SUT_KERNEL},
	{"lab", required_argument, NULL, OPT_LAB},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"no-summary", no_argument, NULL, OPT_NO_SUMMARY},
	{"restart-behind", required_argument, NULL, OPT_RESTART_BEHIND},
	{"tap", no_argument, NULL, OPT_TAP},
	{"allow-writes", optional_argument, NULL, OPT_ALLOW_WRITES},
	{"long", no_argument, NULL, OPT_LONG},
	{"link", required_argument, NULL, OPT_LINK},
	{"log-limit", required_argument, NULL, OPT_LOG_LIMIT},
	{"exclude", required_argument, NULL, OPT_EXCLUDE},
	{"manual", no_argument, NULL, OPT_MANUAL},
	{"reconnects", no_argument, NULL, OPT_RECONNECTS},
	{"login-wait", required_argument, NULL, OPT_LOGIN_WAIT},
	{"do", required_argument, NULL, OPT_DO},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void append(struct text_list *l, char *text)
{
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = text;
}

static int set_access(struct run_options *o, enum sut_access access, enum peer_role role,
		      struct err *e)
{
	if (o->access != ACCESS_NONE)
		return err_set(e, 0, "--target, --initiator and --model exclude each other");
	o->access = access;
	o->role = role;
	return 0;
}

static int set_model(struct run_options *o, const char *role, struct err *e)
{
	if (!strcmp(role, "target"))
		return set_access(o, ACCESS_MODEL, PEER_TARGET, e);
	if (!strcmp(role, "initiator"))
		return set_access(o, ACCESS_MODEL, PEER_INITIATOR, e);
	return err_set(e, 0, "--model: '%s' is neither target nor initiator", role);
}

static int set_target(struct run_options *o, char *url, struct err *e)
{
	const int status = target_url_parse(&o->url, url, e);
	target_url_wipe(url);
	return status ? -1 : set_access(o, ACCESS_TARGET, PEER_TARGET, e);
}

static int set_initiator(struct run_options *o, const char *address, struct err *e)
{
	struct err inner;
	if (address_parse(address, o->host, sizeof(o->host), &o->port, &inner))
		return err_set(e, 0, "--initiator %s: %s", address, inner.what);
	return set_access(o, ACCESS_INITIATOR, PEER_INITIATOR, e);
}

static int set_by_hand(struct run_options *o, enum by_hand by_hand, struct err *e)
{
	if (o->by_hand && o->by_hand != by_hand)
		return err_set(e, 0, "--login, --manual and --reconnects exclude each other");
	o->by_hand = by_hand;
	return 0;
}

static int set_shard(struct run_options *o, const char *text, struct err *e)
{
	unsigned long i, n;
	char *copy = must(strdup(text)), *slash = strchr(copy, '/');
	int status = -1;
	if (!slash) {
		err_set(e, 0, "--shard: '%s' is not I/N", text);
		goto out;
	}
	*slash = '\0';
	if (option_count(slash + 1, 1, 100000, &n, "--shard", e) ||
	    option_count(copy, 1, n, &i, "--shard", e))
		goto out;
	o->shard = (unsigned)i - 1;
	o->shards = (unsigned)n;
	status = 0;
out:
	free(copy);
	return status;
}

static int set_scale(struct run_options *o, const char *text, struct err *e)
{
	char *end;
	o->timeout_scale = strtod(text, &end);
	if (end == text || *end || !isfinite(o->timeout_scale) || o->timeout_scale < 0.1 ||
	    o->timeout_scale > 1000)
		return err_set(e, 0, "--timeout-scale: '%s' is not a number from 0.1 to 1000",
			       text);
	return 0;
}

/* The line that `secret` begins with, into `to`, which has PEER_SECRET_MAX bytes. */
static int set_secret(char *to, const char *secret, const char *from, struct err *e)
{
	const size_t len = strcspn(secret, "\r\n");
	if (!len)
		return err_set(e, 0, "the CHAP secret from %s is empty", from);
	if (len >= PEER_SECRET_MAX)
		return err_set(e, 0, "the CHAP secret from %s is longer than %d bytes", from,
			       PEER_SECRET_MAX - 1);
	/* The URL's own comes first: it is the more particular one. */
	if (!*to)
		snprintf(to, PEER_SECRET_MAX, "%.*s", (int)len, secret);
	return 0;
}

/* The initiator's in the first line, the target's in the second, if there is one. */
static int set_secrets(struct run_options *o, const char *text, const char *file, struct err *e)
{
	const char *second = text + strcspn(text, "\r\n");
	second += strspn(second, "\r\n");
	if (set_secret(o->url.secret, text, file, e))
		return -1;
	return *second ? set_secret(o->url.mutual_secret, second, file, e) : 0;
}

static int read_secrets(struct run_options *o, const char *file, struct err *e)
{
	int status = 0;
	if (file) {
		size_t len;
		char *text = file_read(file, SECRET_FILE_LIMIT, &len, e);
		if (!text)
			return -1;
		status = set_secrets(o, text, file, e);
		explicit_bzero(text, len);
		free(text);
	}
	char *from_env = getenv("ISERSPEC_CHAP_SECRET");
	if (!from_env)
		return status;
	if (!status && *from_env)
		status = set_secret(o->url.secret, from_env, "ISERSPEC_CHAP_SECRET", e);
	/* Neither the commands that we run nor /proc shall show it. */
	explicit_bzero(from_env, strlen(from_env));
	unsetenv("ISERSPEC_CHAP_SECRET");
	return status;
}

static int take(struct run_options *o, int option, char *value, const char **user,
		const char **secret_file, struct err *e)
{
	unsigned long n;
	switch (option) {
	case OPT_TARGET:
		return set_target(o, value, e);
	case OPT_INITIATOR:
		return set_initiator(o, value, e);
	case OPT_MODEL:
		return set_model(o, value, e);
	case OPT_LOGIN:
		o->login = value;
		return 0;
	case OPT_LOGOUT:
		o->logout = value;
		return 0;
	case OPT_DO:
		o->deed = value;
		return 0;
	case OPT_KNOB:
		append(&o->knobs, value);
		return 0;
	case OPT_OPTION:
		append(&o->settings, value);
		return 0;
	case OPT_ORDER:
		o->order = value;
		return 0;
	case OPT_WATCH:
		o->watch = value;
		return 0;
	case OPT_WATCH_GROUP:
		o->watch_group = value;
		return 0;
	case OPT_WATCH_KERNEL:
		o->watching.kernel = true;
		return 0;
	case OPT_WATCH_TROUBLE:
		o->watching.trouble = value;
		return 0;
	case OPT_WATCH_KNOWN:
		o->watching.known = value;
		return 0;
	case OPT_WATCH_THREAD:
		append(&o->watching.threads, value);
		return 0;
	case OPT_WATCH_PID:
		append(&o->watching.pids, value);
		return 0;
	case OPT_WATCH_LINE:
		append(&o->watching.lines, value);
		return 0;
	case OPT_RESTART:
		o->restart = value;
		return 0;
	case OPT_CHAP_USER:
		*user = value;
		return 0;
	case OPT_CHAP_SECRET_FILE:
		*secret_file = value;
		return 0;
	case OPT_MUTUAL_USER:
		if (strlen(value) >= sizeof(o->url.mutual_user))
			return err_set(e, 0, "--mutual-user: longer than %zu bytes",
				       sizeof(o->url.mutual_user) - 1);
		snprintf(o->url.mutual_user, sizeof(o->url.mutual_user), "%s", value);
		return 0;
	case OPT_INITIATOR_NAME:
		o->initiator_name = value;
		return 0;
	case OPT_TARGET_NAME:
		o->target_name = value;
		return 0;
	case OPT_CASES:
		o->cases = value;
		return 0;
	case OPT_REPEAT:
		if (option_count(value, 1, 100000, &n, "--repeat", e))
			return -1;
		o->repeat = (unsigned)n;
		return 0;
	case OPT_SHARD:
		return set_shard(o, value, e);
	case OPT_SEED:
		if (option_count(value, 0, INT64_MAX, &n, "--seed", e))
			return -1;
		o->seed = n;
		return 0;
	case OPT_TIMEOUT_SCALE:
		return set_scale(o, value, e);
	case OPT_FAIL_FAST:
		o->fail_fast = true;
		return 0;
	case OPT_REPORT:
		o->report = value;
		return report_folder_name(value, e);
	case OPT_RESUME:
		o->resume = true;
		return 0;
	case OPT_AGAIN:
		o->again = true;
		return 0;
	case OPT_DIED:
		o->died = value;
		return 0;
	case OPT_BASELINE:
		o->baseline = value;
		return 0;
	case OPT_PROFILE:
		o->profile = strcmp(optarg, PROFILE_DEFAULT) ? optarg : NULL;
		return 0;
	case OPT_STRICT:
		o->strict = true;
		return 0;
	case OPT_SUT_NAME:
		o->sut_name = value;
		return 0;
	case OPT_SUT_VERSION:
		o->sut_version = value;
		return 0;
	case OPT_SUT_KERNEL:
		o->sut_kernel = value;
		return 0;
	case OPT_LAB:
		o->lab = value;
		return 0;
	case OPT_ALLOW_WRITES:
		if (value && strcmp(value, "everything") != 0)
			return err_set(e, 0, "--allow-writes: '%s' is not `everything`", value);
		o->writes = value ? WRITES_EVERYTHING : WRITES_BLANK;
		return 0;
	case OPT_LINK:
		o->link = optarg;
		return 0;
	case OPT_LONG:
		o->long_form = true;
		return 0;
	case OPT_TAP:
		o->tap = true;
		return 0;
	case OPT_QUIET:
		o->quiet = true;
		return 0;
	case OPT_RESTART_BEHIND:
		append(&o->restart_behind, value);
		return 0;
	case OPT_NO_SUMMARY:
		o->no_summary = true;
		return 0;
	case OPT_LOG_LIMIT:
		return option_size(value, &o->log_limit, "--log-limit", e);
	case OPT_EXCLUDE:
		append(&o->exclude, value);
		return 0;
	case OPT_MANUAL:
		return set_by_hand(o, BY_HAND_MANUAL, e);
	case OPT_RECONNECTS:
		return set_by_hand(o, BY_HAND_RECONNECTS, e);
	case OPT_LOGIN_WAIT:
		return option_time(value, &o->login_wait, "--login-wait", e);
	default:
		return err_set(e, 0, "option %d is not handled", option);
	}
}

/* How the initiator under test comes to log in. */
static int check_login(struct run_options *o, struct err *e)
{
	if (o->access != ACCESS_INITIATOR && (o->login || o->logout))
		return err_set(e, 0, "--login and --logout belong to --initiator");
	if (o->access != ACCESS_INITIATOR && (o->by_hand || o->login_wait))
		return err_set(e, 0,
			       "--manual, --reconnects and --login-wait belong to --initiator");
	if (o->by_hand && o->login)
		return err_set(e, 0, "--login, --manual and --reconnects exclude each other");
	if (o->login_wait && !o->by_hand)
		return err_set(e, 0, "--login-wait belongs to --manual and --reconnects");
	if (o->access == ACCESS_INITIATOR && !o->login && !o->by_hand)
		return err_set(e, 0,
			       "--initiator needs --login CMD, which makes it log in to us, or "
			       "--manual, or --reconnects");
	if (o->by_hand && !o->login_wait)
		o->login_wait = (o->by_hand == BY_HAND_MANUAL ? 600 : 120) * OPTION_SECOND;
	return 0;
}

/* What options say together. */
static int check(struct run_options *o, const char *command, struct err *e)
{
	const bool model = o->access == ACCESS_MODEL;
	if (o->access == ACCESS_NONE)
		return err_set(e, 0,
			       "what is to be tested? --target URL, --initiator ADDR or "
			       "--model ROLE; see iserspec %s --help",
			       command);
	if (check_login(o, e))
		return -1;
	if (!model && (o->knobs.count || o->settings.count))
		return err_set(e, 0, "--knob and --option belong to --model");
	if (o->access != ACCESS_TARGET && o->writes)
		return err_set(e, 0, "--allow-writes belongs to --target");
	if (model && o->deed)
		return err_set(e, 0, "--do belongs to --target and --initiator");
	if (!model && o->order)
		return err_set(e, 0, "--order belongs to --model");
	if (!o->watching.kernel && (o->watching.trouble || o->watching.known))
		return err_set(e, 0, "--watch-trouble and --watch-known belong to --watch-kernel");
	enum order_window window;
	struct order order;
	if (o->order && order_word_parse(o->order, &window, &order, e))
		return -1;
	if (o->resume && !o->report)
		return err_set(e, 0, "--resume needs --report DIR, where the journal is");
	if (o->restart_behind.count && !o->restart)
		return err_set(e, 0, "--restart-behind needs --restart CMD");
	if (!o->resume && (o->again || o->died))
		return err_set(e, 0, "--again and --died belong to --resume");
	if (*o->url.secret && !*o->url.user)
		return err_set(e, 0, "there is a CHAP secret and no user: --chap-user NAME");
	if (*o->url.mutual_secret && !*o->url.mutual_user)
		return err_set(e, 0,
			       "there is a second CHAP secret and no user: --mutual-user NAME");
	for (size_t i = 0; i < o->knobs.count; i++) {
		const int knob = knob_by_name(o->knobs.at[i]);
		if (knob < 0)
			return err_set(e, 0, "unknown knob '%s'; see iserspec list --knobs",
				       o->knobs.at[i]);
		if (knob_infos()[knob].role != o->role)
			return err_set(e, 0, "the knob '%s' is one of the other role",
				       o->knobs.at[i]);
	}
	struct peer_config scratch;
	peer_config_default(&scratch, o->role);
	for (size_t i = 0; i < o->settings.count; i++)
		if (peer_config_set(&scratch, o->settings.at[i], e))
			return -1;
	return 0;
}

static bool is_without(const struct more_options *more, const char *name)
{
	for (size_t i = 0; more && more->without[i]; i++)
		if (!strcmp(more->without[i], name))
			return true;
	return false;
}

/* Those of `run`, and of the command at hand; the caller frees. */
static struct option *all_options(const struct more_options *more)
{
	struct option *all = NULL;
	size_t count = 0;
	for (size_t i = 0; options[i].name; i++) {
		if (is_without(more, options[i].name))
			continue;
		all = grow(all, count, sizeof(*all));
		all[count++] = options[i];
	}
	for (size_t i = 0; more && more->table[i].name; i++) {
		all = grow(all, count, sizeof(*all));
		all[count++] = more->table[i];
	}
	all = grow(all, count, sizeof(*all));
	all[count] = (struct option){0};
	return all;
}

int run_options_parse(struct run_options *o, int argc, char **argv, const struct more_options *more)
{
	const char *const command = more ? more->command : "run";
	struct option *const all = all_options(more);
	const char *user = NULL, *secret_file = NULL;
	struct err e = {0};
	int option;

	*o = (struct run_options){.repeat = 1,
				  .shards = 1,
				  .seed = 1,
				  .log_limit = EVENT_LOG_LIMIT,
				  .argc = argc,
				  .argv = argv};
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", all)) != -1) {
		if (option == 'h') {
			fputs(more ? more->help : run_help, stdout);
			free(all);
			return 1;
		}
		if (option == '?' || option == ':') {
			bad_option(command, argv[optind - 1]);
			free(all);
			return -1;
		}
		if (more && option >= OPTION_MORE
			    ? more->take(more->ctx, option, optarg, &e)
			    : take(o, option, optarg, &user, &secret_file, &e))
			goto wrong;
	}
	for (int i = optind; i < argc; i++)
		append(&o->patterns, argv[i]);
	for (size_t i = 0; i < o->patterns.count; i++)
		o->long_form |= !strcmp(o->patterns.at[i], "tag:long");
	if (user && strlen(user) >= sizeof(o->url.user)) {
		err_set(&e, 0, "--chap-user: longer than %zu bytes", sizeof(o->url.user) - 1);
		goto wrong;
	}
	if (user)
		snprintf(o->url.user, sizeof(o->url.user), "%s", user);
	if (read_secrets(o, secret_file, &e))
		goto wrong;
	secrets_add(&o->secrets, o->url.secret);
	secrets_add(&o->secrets, o->url.mutual_secret);
	if (check(o, command, &e))
		goto wrong;
	free(all);
	return 0;
wrong:
	free(all);
	complain_err(&e);
	return -1;
}

void run_options_free(struct run_options *o)
{
	explicit_bzero(&o->url, sizeof(o->url));
	secrets_free(&o->secrets);
	free(o->knobs.at);
	free(o->settings.at);
	free(o->watching.threads.at);
	free(o->watching.pids.at);
	free(o->watching.lines.at);
	free(o->patterns.at);
	free(o->exclude.at);
	free(o->restart_behind.at);
}
