/* SPDX-License-Identifier: BSD-2-Clause */
#include "lab_command.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/escape.h"
#include "../report/lab.h"
#include "../report/memory.h"
#include "process.h"

static const char *host_text(const struct report *r, const char *member)
{
	return json_string_value(json_object_get(r->host, member));
}

bool lab_command_made(const struct report *r)
{
	return host_text(r, "command") != NULL;
}

/* ---- the command that was given ---- */

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

static bool is_one_of(const char *word, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* What makes the lab what it was. All else is of that run, or a command that is not taken from a
 * report. */
static bool is_of_lab(const char *word)
{
	static const char *const words[] = {"--lab",	"--kernel", "--modules", "--fabric",
					    "--link",	"--clock",  "--jitter",	 "--smp",
					    "--memory", "--append"};
	return is_one_of(word, words, sizeof(words) / sizeof(words[0]));
}

/* No file of this machine, and no option in place of a value. */
static bool is_plain(const char *value)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,=%+_:-";
	return *value && *value != '-' && !value[strspn(value, plain)];
}

static bool is_harmless(const char *option, const char *value)
{
	return strcmp(option, "--append") != 0 && strcmp(option, "--modules") != 0 &&
	       is_plain(value);
}

static void refuse(char **refused, const char *option, const char *value)
{
	char *clean = escape_text(value);
	char *longer = text_format("%s%s%s '%s'", *refused ? *refused : "", *refused ? ", " : "",
				   option, clean);
	free(clean);
	free(*refused);
	*refused = longer;
}

char *lab_command_lab(struct command_words *w, const struct report *r, const char *kernel)
{
	const char *at = host_text(r, "command"), *lab = lab_text(r, "name");
	char *refused = NULL;
	bool named = false, ends = false;

	command_words_option(w, "--kernel", kernel);
	for (char *word; !ends && (word = next_word(&at));) {
		char *value = is_of_lab(word) ? next_word(&at) : NULL;
		ends = !strcmp(word, "--");
		if (!strcmp(word, "--native")) {
			named = true;
			command_words_add(w, strdup(word));
		} else if (value && !(kernel && !strcmp(word, "--kernel"))) {
			const bool harmless = is_harmless(word, value);
			named |= harmless && !strcmp(word, "--lab");
			if (harmless)
				command_words_option(w, word, value);
			else
				refuse(&refused, word, value);
		}
		free(value);
		free(word);
	}
	/* The lab that was taken where none was named. */
	if (!named && is_harmless("--lab", lab))
		command_words_option(w, "--lab", lab);
	return refused;
}

/* No option, and no file of this machine: FILE.iser is one. */
static bool is_pattern(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._:-/*?";
	return *word != '-' && *word != '/' && !word[strspn(word, plain)] && !strstr(word, "..") &&
	       !strstr(word, ".iser");
}

/* The value of --cases, the last one as everywhere; "" without one. */
static char *cases_given(const struct report *r)
{
	const char *at = host_text(r, "command");
	char *given = must(strdup(""));
	bool behind = false;
	for (char *word; !behind && (word = next_word(&at));) {
		char *value = !strcmp(word, "--cases") ? next_word(&at) : NULL;
		behind = !strcmp(word, "--");
		free(word);
		if (value) {
			free(given);
			given = value;
		}
	}
	return given;
}

char *lab_command_cases(const struct report *r)
{
	char *given = cases_given(r), *out = must(strdup("")), *save = NULL;
	for (char *word = strtok_r(given, " \n\t", &save); word && out;
	     word = strtok_r(NULL, " \n\t", &save)) {
		char *longer =
			is_pattern(word) ? text_format("%s%s%s", out, *out ? " " : "", word) : NULL;
		free(out);
		out = longer;
	}
	free(given);
	return out;
}

int lab_command_run_options(struct command_words *w, const struct report *r, struct err *e)
{
	static const char *const flags[] = {"--long", "--strict"};
	static const char *const options[] = {"--repeat",	  "--log-limit",
					      "--profile",	  "--timeout-scale",
					      "--initiator-name", "--target-name"};
	const char *at = host_text(r, "command");
	bool behind = false;
	int status = 0;

	for (char *word; !status && (word = next_word(&at));) {
		const bool begins = !behind && !strcmp(word, "--");
		const bool option = is_one_of(word, options, sizeof(options) / sizeof(*options));
		char *value = behind && option ? next_word(&at) : NULL;
		if (begins) {
			behind = true;
			command_words_add(w, strdup(word));
		} else if (behind && is_one_of(word, flags, sizeof(flags) / sizeof(*flags))) {
			command_words_add(w, strdup(word));
		} else if (value && is_plain(value)) {
			command_words_option(w, word, value);
		} else if (behind) {
			char *clean = escape_text(word), *with = escape_text(value);
			status = err_set(e, 0,
					 "what it was told behind -- is not taken from a report: "
					 "%s%s%s",
					 clean, value ? " " : "", with);
			free(with);
			free(clean);
		}
		free(value);
		free(word);
	}
	return status;
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

int lab_command_begin(struct command_words *w, const struct report *r, struct err *e)
{
	const char *system = host_text(r, "system");
	char *command = find_command(e);

	if (!command)
		return -1;
	command_words_add(w, command);
	if (!system || !is_plain(system))
		return err_set(
			e, 0, "the report does not say which driver's system it was (host.system)");
	command_words_option(w, "--sut", system);
	command_words_add(w, strdup("--no-variants"));
	command_words_add(w, strdup("--no-setup"));
	return 0;
}

/* ---- running it ---- */

static int become(const void *data)
{
	const struct command_words *w = data;
	/* Our own output is what came of it. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execv(w->at[0], w->at);
	return 127;
}

int lab_command_run(const struct command_words *w, struct err *e)
{
	return process_run(become, w, w->at[0], e);
}

char *lab_command_report(const char *reports)
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
