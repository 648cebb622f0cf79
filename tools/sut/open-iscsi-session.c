/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Login and logout for the driver `open-iscsi`. They are run for each case, and in User Mode Linux,
 * where each page that a process touches is got by way of the host, a shell around iscsiadm costs
 * more than iscsiadm.
 *
 *	open-iscsi-session STATE DRIVER login|logout
 *
 * STATE is the driver's folder: iscsid.pid; `targets`, the names that were logged in to since the
 * last logout; `nodes`, those that iscsiadm has a record of. DRIVER is the driver itself, for a new
 * iscsid. What is to be done stands in the environment, as tools/sut/lib.sh says.
 *
 * Exit status: 0; 1 with one line where the system did not do it; 75 where we could not do our
 *part; of a login that failed iscsiadm's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILED = 1, COULD_NOT = 75, TEXT = 512, PAUSE_MS = 50, RETRY_MS = 500 };
/* Seconds: until a disk is there, for one logout, until its retries end, with a new iscsid. */
enum { DISK_S = 15, LOGOUT_S = 5, LOGIN_OVER_S = 7, NEW_DAEMON_S = 15 };

static const char *state, *driver;

static void say(const char *format, va_list args)
{
	fputs("open-iscsi: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

/* Our own part could not be done. */
__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(format, args);
	exit(COULD_NOT);
}

__attribute__((noreturn, format(printf, 1, 2))) static void failed(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(format, args);
	exit(FAILED);
}

__attribute__((format(printf, 2, 3))) static void print(char *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	const int n = vsnprintf(out, TEXT, format, args);
	va_end(args);
	if (n < 0 || n >= TEXT)
		die("a name is longer than %d bytes", TEXT - 1);
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

/* The value of KEY=VALUE in ISERSPEC_SUT_VARIANT, "" where it is not there. */
static void variant(const char *key, char *value)
{
	const size_t len = strlen(key);
	*value = '\0';
	for (const char *at = variable("ISERSPEC_SUT_VARIANT"); *at; at += *at == ',') {
		const size_t n = strcspn(at, ",");
		if (n > len && !strncmp(at, key, len) && at[len] == '=')
			print(value, "%.*s", (int)(n - len - 1), at + len + 1);
		at += n;
	}
}

/* ---- time ---- */

static long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

/* Looks again and again, for what sends no event. */
static bool until_true(long long seconds, long pause, bool (*look)(void *ctx), void *ctx)
{
	const long long end = now_ms() + seconds * 1000;
	while (!look(ctx)) {
		if (now_ms() >= end)
			return false;
		pause_ms(pause);
	}
	return true;
}

/* ---- the folder's lists ---- */

static FILE *open_list(const char *name, const char *mode)
{
	char path[TEXT];
	print(path, "%s/%s", state, name);
	return fopen(path, mode);
}

/* The next line of a list, without its end. */
static bool next_line(FILE *f, char *line)
{
	if (!fgets(line, TEXT, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool has_line(const char *name, const char *wanted)
{
	char line[TEXT];
	bool found = false;
	FILE *f = open_list(name, "r");
	while (f && !found && next_line(f, line))
		found = !strcmp(line, wanted);
	if (f)
		fclose(f);
	return found;
}

static void keep_line(const char *name, const char *line)
{
	if (has_line(name, line))
		return;
	FILE *f = open_list(name, "a");
	if (!f || fprintf(f, "%s\n", line) < 0 || fclose(f))
		die("cannot write %s/%s: %s", state, name, strerror(errno));
}

/* ---- processes ---- */

/* Starts a program whose stdout goes to `output`, and with `both` its stderr, too. */
static pid_t start(char *const argv[], const char *output, bool both)
{
	posix_spawn_file_actions_t to;
	pid_t pid;
	posix_spawn_file_actions_init(&to);
	posix_spawn_file_actions_addopen(&to, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (both)
		posix_spawn_file_actions_adddup2(&to, 1, 2);
	const int error = posix_spawnp(&pid, argv[0], &to, NULL, argv, environ);
	if (error)
		die("cannot run %s: %s", argv[0], strerror(error));
	posix_spawn_file_actions_destroy(&to);
	return pid;
}

static int status_of(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return COULD_NOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(char *const argv[])
{
	return status_of(start(argv, "/dev/null", false));
}

/* What hangs inside the kernel cannot be killed, so it is left behind. */
static void run_until(char *const argv[], long long end)
{
	char log[TEXT];
	print(log, "%s/bounded.log", state);
	const pid_t pid = start(argv, log, true);
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	if (ended.fd < 0)
		die("cannot watch %s: %s", argv[0], strerror(errno));
	const long long left = end - now_ms();
	if (poll(&ended, 1, left > 0 ? (int)left : 0) > 0)
		status_of(pid);
	close(ended.fd);
}

/* ---- sessions, as the kernel shows them ---- */

static bool first_line(const char *path, char *line)
{
	FILE *f = fopen(path, "r");
	const bool there = f && next_line(f, line);
	if (f)
		fclose(f);
	return there;
}

/* How many sessions there are with targets that we logged in to; each may be told, by its number.
 */
static unsigned find_sessions(void (*tell)(void *ctx, unsigned session), void *ctx)
{
	static const char sessions[] = "/sys/class/iscsi_session/session";
	char path[TEXT], target[TEXT];
	unsigned count = 0;
	glob_t all;
	print(path, "%s*/targetname", sessions);
	if (glob(path, 0, NULL, &all))
		return 0;
	for (size_t i = 0; i < all.gl_pathc; i++) {
		const char *number = all.gl_pathv[i] + sizeof(sessions) - 1;
		if (!first_line(all.gl_pathv[i], target) || !has_line("targets", target))
			continue;
		count++;
		if (tell)
			tell(ctx, (unsigned)strtoul(number, NULL, 10));
	}
	globfree(&all);
	return count;
}

struct disk {
	unsigned session; /* the newest */
	char name[TEXT];  /* as in /dev */
};

static void take_newest(void *ctx, unsigned session)
{
	struct disk *d = ctx;
	if (session > d->session)
		d->session = session;
}

/* Once it has a name in /dev, too. */
static bool disk_there(void *ctx)
{
	struct disk *d = ctx;
	char path[TEXT];
	struct stat s;
	glob_t all;
	print(path, "/sys/class/iscsi_session/session%u/device/target*/*:*/block/*", d->session);
	if (glob(path, 0, NULL, &all))
		return false;
	bool there = false;
	for (size_t i = 0; i < all.gl_pathc && !there; i++) {
		print(d->name, "%s", strrchr(all.gl_pathv[i], '/') + 1);
		print(path, "/dev/%s", d->name);
		there = !stat(path, &s) && S_ISBLK(s.st_mode);
	}
	globfree(&all);
	return there;
}

/* ---- login ---- */

/* With an iSCSI timeout of its own a disk's commands go one at a time, so that the one which waits
 * is the one that is aborted. */
static bool set_command_timeout(const char *disk)
{
	char seconds[TEXT], path[TEXT];
	variant("CommandTimeout", seconds);
	if (!*seconds)
		return false;
	print(path, "/sys/block/%s/device/timeout", disk);
	FILE *f = fopen(path, "w");
	if (!f || fprintf(f, "%s\n", seconds) < 0 || fclose(f))
		die("cannot set the disk's timeout: %s", strerror(errno));
	return true;
}

/* Users of the disk: writes and reads back. */
static int use_disk(void)
{
	struct disk d = {0};
	char check[TEXT], path[TEXT], self[TEXT];
	if (!find_sessions(take_newest, &d))
		failed("logged in, but there is no session");
	if (!until_true(DISK_S, PAUSE_MS, disk_there, &d))
		failed("logged in, but no disk appeared");
	char *one = set_command_timeout(d.name) ? "one-at-a-time" : NULL;
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	/* It is built beside this program. */
	print(check, "%.*s/block-check", (int)(n > 0 ? strrchr(self, '/') - self : 0), self);
	print(path, "/dev/%s", d.name);
	execl(check, check, path, one, (char *)NULL);
	die("cannot run %s: %s", check, strerror(errno));
}

static void find_portal(char *portal)
{
	const char *host = variable("ISERSPEC_ADDRESS"), *port = variable("ISERSPEC_PORT");
	if (!*host || !*port || !*variable("ISERSPEC_IQN"))
		die("ISERSPEC_ADDRESS, ISERSPEC_PORT and ISERSPEC_IQN are wanted");
	const bool bare = *host != '[' && strchr(host, ':');
	print(portal, "%s%s%s:%s", bare ? "[" : "", host, bare ? "]" : "", port);
}

static int discover(char *portal)
{
	char *const argv[] = {"iscsiadm", "-m", "discovery", "-t", "sendtargets",   "-p",
			      portal,	  "-I", "iser",	     "-o", "nonpersistent", NULL};
	return run(argv);
}

/* The record stays until the driver's `stop`. */
static void make_record(char *iqn, char *portal)
{
	char node[TEXT], grouped[TEXT];
	print(node, "%s %s", iqn, portal);
	print(grouped, "%s,1", portal);
	if (has_line("nodes", node))
		return;
	char *const argv[] = {"iscsiadm", "-m", "node",	 "-o", "new",  "-T",
			      iqn,	  "-p", grouped, "-I", "iser", NULL};
	const int status = run(argv);
	if (status)
		die("iscsiadm cannot make a record of the target (%d)", status);
	keep_line("nodes", node);
}

static int log_in(void)
{
	char portal[TEXT], iqn[TEXT], session[TEXT], daemon[TEXT], path[TEXT];
	const char *workload = variable("ISERSPEC_WORKLOAD");
	find_portal(portal);
	print(iqn, "%s", variable("ISERSPEC_IQN"));
	variant("Session", session);
	print(path, "%s/iscsid.pid", state);
	if (!first_line(path, daemon) || !*daemon)
		die("there is no iscsid since one could not be started");
	if (!strcmp(session, "Discovery") || !strcmp(workload, "discovery"))
		return discover(portal);
	keep_line("targets", iqn);
	make_record(iqn, portal);
	char *const argv[] = {"iscsiadm", "-m", "node", "-T",	   iqn, "-p",
			      portal,	  "-I", "iser", "--login", NULL};
	const int status = run(argv);
	return status || strcmp(workload, "io") != 0 ? status : use_disk();
}

/* ---- logout ---- */

/* Of each target that we logged in to. */
static bool logged_out(void *ctx)
{
	const long long end = now_ms() + LOGOUT_S * 1000;
	char target[TEXT];
	FILE *f = open_list("targets", "r");
	(void)ctx;
	while (f && next_line(f, target)) {
		char *const argv[] = {"iscsiadm", "-m", "node", "-T", target, "-u", NULL};
		run_until(argv, end);
	}
	if (f)
		fclose(f);
	return !find_sessions(NULL, NULL);
}

/* The end of a session waits for the disk's cache to be written, and that for an answer or half a
 * minute. */
static void give_up_disks(void *ctx, unsigned session)
{
	char path[TEXT];
	glob_t all;
	(void)ctx;
	print(path, "/sys/class/iscsi_session/session%u/device/target*/*/state", session);
	if (glob(path, 0, NULL, &all))
		return;
	for (size_t i = 0; i < all.gl_pathc; i++) {
		FILE *f = fopen(all.gl_pathv[i], "w");
		if (f) {
			fputs("offline\n", f);
			fclose(f);
		}
	}
	globfree(&all);
}

static int log_out(void)
{
	char path[TEXT], line[TEXT];
	print(path, "%s/targets", state);
	if (!first_line(path, line))
		return 0;
	if (!logged_out(NULL)) {
		find_sessions(give_up_disks, NULL);
		/* iscsid refuses while a login is under way. One that broke ends with
		 * login_timeout. */
		if (!until_true(LOGIN_OVER_S, RETRY_MS, logged_out, NULL)) {
			/* A new iscsid takes over the sessions there are. */
			char name[TEXT];
			print(name, "%s", driver);
			char *const argv[] = {name, "new-iscsid", NULL};
			const int status = run(argv);
			if (status)
				return status;
			if (!until_true(NEW_DAEMON_S, RETRY_MS, logged_out, NULL))
				failed("cannot end the sessions");
		}
	}
	if (truncate(path, 0))
		die("cannot empty %s: %s", path, strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	char path[2 * TEXT];
	if (argc != 4 || (strcmp(argv[3], "login") != 0 && strcmp(argv[3], "logout") != 0)) {
		fputs("usage: open-iscsi-session STATE DRIVER login|logout\n", stderr);
		return 2;
	}
	state = argv[1];
	driver = argv[2];
	snprintf(path, sizeof(path), "%s:/usr/local/sbin:/usr/sbin:/sbin", variable("PATH"));
	setenv("PATH", path, 1);
	setenv("LC_ALL", "C", 1);
	return !strcmp(argv[3], "login") ? log_in() : log_out();
}
