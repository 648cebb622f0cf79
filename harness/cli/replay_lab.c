/* SPDX-License-Identifier: BSD-2-Clause */
/* A case once more in the lab, by the command that a report names. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../report/escape.h"
#include "../report/lab.h"
#include "../report/memory.h"
#include "cli.h"
#include "replay.h"

static const char *host_text(const struct replay *p, const char *member)
{
	return json_string_value(json_object_get(p->report.host, member));
}

bool replay_was_in_lab(const struct replay *p)
{
	return p->has_report && !p->facts.simulated && host_text(p, "command");
}

/* ---- the command that was given ---- */

static void add(char ***words, size_t *count, char *word)
{
	*words = must(realloc(*words, (*count + 2) * sizeof(**words)));
	(*words)[(*count)++] = must(word);
	(*words)[*count] = NULL;
}

/* One word of a shell's line as `printf %q` writes it, *at behind it. NULL: there is none. */
static char *next_word(const char **at)
{
	char *out = NULL;
	size_t size;
	*at += strspn(*at, " ");
	if (!**at)
		return NULL;
	FILE *to = must(open_memstream(&out, &size));
	char quote = '\0';
	for (; **at && (quote || **at != ' '); (*at)++) {
		if (!quote && (**at == '\'' || **at == '"'))
			quote = **at;
		else if (quote && **at == quote)
			quote = '\0';
		else if (**at == '\\' && quote != '\'' && (*at)[1])
			fputc(*++(*at), to);
		else
			fputc(**at, to);
	}
	fclose(to);
	return must(out);
}

/* What makes the lab what it was. All else is of that run, or a command that is not taken from a
 * report. */
static bool is_of_lab(const char *word)
{
	static const char *const words[] = {"--lab",	"--kernel", "--modules", "--fabric",
					    "--link",	"--clock",  "--jitter",	 "--smp",
					    "--memory", "--append"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* A report may be a stranger's: names and numbers are taken, no files of this machine, and nothing
 * that a kernel is told. */
static bool is_harmless(const char *option, const char *value)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,=%+_:-";
	return strcmp(option, "--append") != 0 && strcmp(option, "--modules") != 0 && *value &&
	       *value != '-' && !value[strspn(value, plain)];
}

/* Returns whether it names the lab. */
static bool take_option(char ***words, size_t *count, char *option, char *value)
{
	const bool lab = !strcmp(option, "--lab");
	if (is_harmless(option, value)) {
		add(words, count, option);
		add(words, count, value);
		return lab;
	}
	char *clean = escape_text(value);
	printf("not taken from the report, say it again behind --: %s '%s'\n", option, clean);
	free(clean);
	free(option);
	free(value);
	return false;
}

static void add_lab(const struct replay *p, char ***words, size_t *count)
{
	const char *at = host_text(p, "command");
	bool named = false, ends = false;
	for (char *word; !ends && (word = next_word(&at));) {
		char *value = is_of_lab(word) ? next_word(&at) : NULL;
		ends = !strcmp(word, "--");
		if (value) {
			named |= take_option(words, count, word, value);
		} else if (!strcmp(word, "--native")) {
			named = true;
			add(words, count, word);
		} else {
			free(word);
		}
	}
	/* The lab that was taken where none was named. */
	const char *lab = lab_text(&p->report, "name");
	if (named || !is_harmless("--lab", lab))
		return;
	add(words, count, strdup("--lab"));
	add(words, count, strdup(lab));
}

/* Beside the program (build/, or build/clang/ by another compiler), or where it is installed. */
static char *find_command(struct err *e)
{
	static const char *const places[] = {"../tools/conformance", "../../tools/conformance",
					     "iserspec-conformance"};
	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = NULL;
	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
	}
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(*places); i++) {
		char *path = text_format("%.*s/%s", (int)(slash - self), self, places[i]);
		char *real = realpath(path, NULL);
		free(path);
		if (real && !access(real, X_OK))
			return real;
		free(real);
	}
	err_set(e, 0,
		"there is neither tools/conformance nor iserspec-conformance beside the program");
	return NULL;
}

char **replay_lab_words(const struct replay *p, const char *reports, char *const *more,
			struct err *e)
{
	const char *system = host_text(p, "system");
	char **words = NULL, *command = find_command(e);
	size_t count = 0;

	if (!command)
		return NULL;
	if (!system || !is_harmless("--sut", system)) {
		err_set(e, 0, "the report does not say which driver's system it was (host.system)");
		free(command);
		return NULL;
	}
	add(&words, &count, command);
	add(&words, &count, strdup("--sut"));
	add(&words, &count, strdup(system));
	add(&words, &count, strdup("--no-variants"));
	/* What runs is this build. */
	add(&words, &count, strdup("--no-setup"));
	add_lab(p, &words, &count);
	for (size_t i = 0; more && more[i]; i++)
		add(&words, &count, strdup(more[i]));
	add(&words, &count, strdup("--seed"));
	add(&words, &count, text_format("%" PRIu64, p->report.seed));
	add(&words, &count, strdup("--cases"));
	add(&words, &count, strdup(p->facts.case_id));
	add(&words, &count, strdup("--reports"));
	add(&words, &count, strdup(reports));
	if (p->env->long_form) {
		add(&words, &count, strdup("--"));
		add(&words, &count, strdup("--long"));
	}
	return words;
}

void replay_words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

/* ---- running it ---- */

/* Ctrl-C is the command's: it ends its guests, and then we end. */
static int run(char **words, struct err *e)
{
	void (*const before)(int) = signal(SIGINT, SIG_IGN);
	int status = 0;
	const pid_t pid = fork();
	if (!pid) {
		signal(SIGINT, before);
		/* Our own output is what came of it. */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	signal(SIGINT, before);
	if (pid < 0)
		return err_set(e, errno, "cannot start %s", words[0]);
	return 0;
}

/* The one report that came out. */
static char *find_report(const char *reports)
{
	DIR *d = opendir(reports);
	char *found = NULL;
	for (const struct dirent *entry; d && !found && (entry = readdir(d));)
		if (!strncmp(entry->d_name, "latest-", 7))
			found = text_format("%s/%s", reports, entry->d_name);
	if (d)
		closedir(d);
	return found;
}

static const char *digest_of(const struct report *r)
{
	return lab_text(r, "kernel.digest");
}

int replay_in_lab(const struct replay *p, char **words, const char *reports, char **new_log,
		  enum verdict *verdict, struct err *e)
{
	struct report now = {0};
	char *folder = NULL, *path = NULL;
	int status = run(words, e);

	if (status)
		return status;
	folder = find_report(reports);
	path = folder ? text_format("%s/report.json", folder) : NULL;
	if (!path || report_read_json(&now, path, e) || now.count != 1 || !now.cases[0].log) {
		status = err_set(e, 0, "the lab came to no report of the case");
		goto out;
	}
	if (strcmp(digest_of(&now), digest_of(&p->report)) != 0)
		printf("another kernel than then: %s (%s), was %s (%s)\n",
		       lab_text(&now, "kernel.package"), digest_of(&now),
		       lab_text(&p->report, "kernel.package"), digest_of(&p->report));
	*verdict = now.cases[0].result.verdict;
	*new_log = text_format("%s/%s", folder, now.cases[0].log);
out:
	free(path);
	free(folder);
	report_free(&now);
	return status;
}
