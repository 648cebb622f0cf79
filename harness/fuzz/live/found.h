/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run of the fuzzer has found, each signature once. */
#ifndef FUZZ_LIVE_FOUND_H
#define FUZZ_LIVE_FOUND_H

#include <jansson.h>

#include "../../wire/err.h"
#include "signature.h"

/* One thing that was wrong behind a session. */
struct fault {
	enum found_kind kind;
	enum verdict verdict; /* fail, warn, info, crash; inconclusive: our own process */
	char *signature, *reason;
};

struct faults {
	struct fault *at;
	size_t count;
};

/* Takes signature; copies reason. The same signature twice is one fault, the gravest. */
void faults_add(struct faults *f, enum found_kind kind, enum verdict v, char *signature,
		const char *reason);
bool faults_have(const struct faults *f, const char *signature);
void faults_free(struct faults *f);

enum repeats {
	REPEATS_UNKNOWN, /* not tried to its end */
	REPEATS_YES,	 /* it came again when its script was run once more */
	REPEATS_NO,
};

struct found {
	struct fault fault;
	char *file;		/* its name in findings/, without .iser */
	uint64_t count;		/* sessions that it came in, those of trying left out */
	uint64_t session;	/* the first of them */
	char *text;		/* the smallest script that shows it; NULL: not known any more */
	unsigned before, after; /* statements of the first script, and of this one */
	unsigned tries;		/* runs to make it smaller */
	unsigned failed;	/* of them in vain, since the last one that was not */
	enum repeats repeats;
	bool known; /* known.h: not made smaller, and no news */
	bool done;  /* as small as it gets, or given up */
};

struct findings {
	struct found *at;
	size_t count;
};

struct found *findings_find(const struct findings *f, const char *signature);
/* A new one, seen in that session; copies. */
struct found *findings_add(struct findings *f, const struct fault *fault, const char *text,
			   uint64_t session);
void found_set_text(struct found *f, const char *text);
void findings_free(struct findings *f);

/* Sorted by gravity, then count, then name: an array of places in f->at; the caller frees. */
size_t *findings_order(const struct findings *f);

/* Without the texts, which are files of their own. A new reference. */
json_t *findings_to_json(const struct findings *f);
/* Into an empty one; text NULL in each. -1 with *e. */
int findings_from_json(struct findings *f, const json_t *array, struct err *e);

#endif
