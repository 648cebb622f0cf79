/* SPDX-License-Identifier: BSD-2-Clause */
/* Case files: parsed and checked here, run by runner.h. The language is written down in
 * cases/language.md. */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../oracle/ledger.h"
#include "../oracle/verdict.h"
#include "../peer/peer.h"
#include "../wire/err.h"

struct arena;
struct statement; /* ast.h */

struct word_list {
	char **at;
	size_t count;
};

/* Is the word in the list? */
bool word_list_has(const struct word_list *l, const char *word);
/* All of them, with blanks between; the caller frees. */
char *word_list_join(const struct word_list *l);

struct script {
	char *id;   /* "target/hello/present" */
	char *path; /* as opened, for messages */
	char *title, *purpose;
	char *text; /* the whole file, for show and reports */
	enum peer_role sut;
	enum grade grade;
	struct word_list rules, tags, mutants;
	struct word_list cited;	  /* rules, and those of single statements: each once */
	struct word_list *models; /* one list of settings a `model` line */
	size_t model_count;
	struct word_list talks; /* names of the connections beside the unnamed one */
	enum workload workload; /* of an initiator */
	bool points, has_long;	/* it is a family; with a long form */
	bool lenient;		/* what cannot be done is left out, and ends nothing */
	bool changes;		/* the target itself, by a deed that `restore` takes back */
	uint64_t deadline;	/* ns */
	struct statement *body;
	struct arena *arena; /* all of the above */
};

/* The place of an error in a script. */
struct script_error {
	unsigned line, column;
	char what[256];
};

/* All that is wrong with a script, in the order of its lines. */
enum { SCRIPT_ERRORS_MAX = 20 };

struct script_errors {
	struct script_error at[SCRIPT_ERRORS_MAX];
	size_t count;
	bool more; /* and there are others */
};

/*
 * Parses and checks one case: syntax, types, fields, keys, knobs, options, values; rule ids too
 * when `ledger` is not NULL. text need not be NUL-terminated. NULL with *e (never reads outside
 * text): this is also a fuzz surface. What follows from a mistake is not told beside it.
 */
struct script *script_parse(const char *id, const char *text, size_t len,
			    const struct ledger *ledger, struct script_errors *e);
/* The same from a file; the only error then holds errno text with line 0 when it cannot be read. */
struct script *script_load(const char *path, const char *id, const struct ledger *ledger,
			   struct script_errors *e);
void script_free(struct script *s);

#endif
