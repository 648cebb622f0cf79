/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec: finds the command and hands over to it. */
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"list", cmd_list,
	 "cases, rules, monitors, knobs, options, fields and tags that there are"},
	{"show", cmd_show,
	 "the page of a case (rules, purpose, script, verdict policy), or of a rule"},
	{"run", cmd_run, "run cases against a target, an initiator or the model"},
	{"prove", cmd_prove,
	 "every case both ways in the simulator: the honest pass, the liars are caught"},
	{"log", cmd_log, "the event log of a case for people, as a ladder"},
	{"replay", cmd_replay, "a case of a report once more: does it come out the same?"},
	{"audit", cmd_audit, "the monitors over event logs of earlier runs"},
	{"mutants", cmd_mutants,
	 "every knob is caught by its rule, and no legal variation of the honest model is"},
	{"pcap", cmd_pcap, "captures of cases for Wireshark, made of their event logs"},
	{"matrix", cmd_matrix, "several reports side by side"},
	{"diff", cmd_diff, "what is worse, mended or unstable since an older report"},
	{"certify", cmd_certify, "runs of one system and their proof, in one signed archive"},
	{"verify", cmd_verify, "does such an archive hold?"},
	{"html", cmd_html, "a report as one page for a browser"},
	{"explore", cmd_explore, "cases in all orders of the steps that are independent"},
	{"fuzz", cmd_fuzz, "sessions grown from the cases, changed, on a system of your own"},
	{"model", cmd_model, "the honest peer on an RDMA device, as a program of its own"},
};

static int no_command(const char *name)
{
	return complain("there is no command '%s'; see iserspec --help", name);
}

static void help(FILE *out)
{
	fputs("usage: iserspec COMMAND [OPTION...]\n"
	      "\n"
	      "Finds out whether an iSER implementation keeps the promises of RFC 7145.\n"
	      "\n",
	      out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\niserspec COMMAND --help tells more; iserspec --version the version\n"
	      "iserspec help --commands, --options COMMAND: the same for programs, a name a line\n",
	      out);
}

/* For who completes a command line. */
static int help_words(int argc, char **argv)
{
	const char *what = argv[0], *of = argc > 1 ? argv[1] : NULL;
	const bool options = !strcmp(what, "--options");
	if ((!options && strcmp(what, "--commands") != 0) || argc != 1 + options)
		return complain("help takes --commands, or --options COMMAND");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!options) {
			puts(commands[i].name);
		} else if (!strcmp(of, commands[i].name)) {
			options_tell(stdout, commands[i].run, argv[1]);
			return EXIT_OK;
		}
	}
	return options ? no_command(of) : EXIT_OK;
}

int main(int argc, char **argv)
{
	/* A reader that has gone is found out by the write, and said. */
	signal(SIGPIPE, SIG_IGN);
	/* Else jansson asks for random numbers, for which a machine without any yet makes its clock
	 * run for seconds. Nobody but us names the members of our objects. */
	json_object_seed(1);
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc > 2)
		return help_words(argc - 2, argv + 2);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("iserspec %s (commit %s)\n", tool_version(), tool_commit());
		return EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return no_command(argv[1]);
}
