/* SPDX-License-Identifier: BSD-2-Clause */
#include "found.h"

#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "minimise.h"

static const char *const repeats_names[] = {"unknown", "yes", "no"};

/* ---- faults ---- */

void faults_add(struct faults *f, enum found_kind kind, enum verdict v, char *signature,
		const char *reason)
{
	for (size_t i = 0; i < f->count; i++) {
		struct fault *old = &f->at[i];
		if (strcmp(old->signature, signature) != 0)
			continue;
		if (verdict_worse(v, old->verdict)) {
			old->verdict = v;
			free(old->reason);
			old->reason = must(strdup(reason));
		}
		free(signature);
		return;
	}
	f->at = grow(f->at, f->count, sizeof(*f->at));
	f->at[f->count++] = (struct fault){kind, v, signature, must(strdup(reason))};
}

bool faults_have(const struct faults *f, const char *signature)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->at[i].signature, signature))
			return true;
	return false;
}

static void fault_free(struct fault *f)
{
	free(f->signature);
	free(f->reason);
}

void faults_free(struct faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		fault_free(&f->at[i]);
	free(f->at);
	*f = (struct faults){0};
}

/* ---- findings ---- */

struct found *findings_find(const struct findings *f, const char *signature)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->at[i].fault.signature, signature))
			return &f->at[i];
	return NULL;
}

static struct found *add(struct findings *f, enum found_kind kind, enum verdict v,
			 const char *signature, const char *reason)
{
	f->at = grow(f->at, f->count, sizeof(*f->at));
	struct found *new = &f->at[f->count++];
	*new = (struct found){
		.fault = {kind, v, must(strdup(signature)), must(strdup(reason))},
		.file = signature_file(signature),
	};
	return new;
}

struct found *findings_add(struct findings *f, const struct fault *fault, const char *text,
			   uint64_t session)
{
	struct found *new = add(f, fault->kind, fault->verdict, fault->signature, fault->reason);
	new->text = must(strdup(text));
	new->session = session;
	new->before = new->after = minimise_statements(text);
	return new;
}

void found_set_text(struct found *f, const char *text)
{
	char *copy = must(strdup(text));
	free(f->text);
	f->text = copy;
	f->after = minimise_statements(text);
}

void findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		fault_free(&f->at[i].fault);
		free(f->at[i].file);
		free(f->at[i].text);
	}
	free(f->at);
	*f = (struct findings){0};
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct found *all = ctx;
	const struct found *x = &all[*(const size_t *)a], *y = &all[*(const size_t *)b];
	if (x->fault.verdict != y->fault.verdict)
		return verdict_worse(x->fault.verdict, y->fault.verdict) ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->fault.signature, y->fault.signature);
}

size_t *findings_order(const struct findings *f)
{
	size_t *order = must(calloc(f->count + 1, sizeof(*order)));
	for (size_t i = 0; i < f->count; i++)
		order[i] = i;
	if (f->count)
		qsort_r(order, f->count, sizeof(*order), compare, f->at);
	return order;
}

/* ---- on disk ---- */

json_t *findings_to_json(const struct findings *f)
{
	json_t *array = must(json_array());
	size_t *order = findings_order(f);
	for (size_t i = 0; i < f->count; i++) {
		const struct found *one = &f->at[order[i]];
		json_array_append_new(
			array,
			must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:i, s:i, "
				       "s:s, s:b, s:b}",
				       "signature", one->fault.signature, "kind",
				       found_kind_name(one->fault.kind), "verdict",
				       verdict_name(one->fault.verdict), "reason",
				       one->fault.reason, "file", one->file, "count",
				       (json_int_t)one->count, "session", (json_int_t)one->session,
				       "statements_before", (int)one->before, "statements",
				       (int)one->after, "tries", (int)one->tries, "failed",
				       (int)one->failed, "repeats", repeats_names[one->repeats],
				       "known", one->known, "done", one->done)));
	}
	free(order);
	return array;
}

static int repeats_by_name(const char *name)
{
	for (int i = 0; i <= REPEATS_NO; i++)
		if (!strcmp(repeats_names[i], name))
			return i;
	return -1;
}

int findings_from_json(struct findings *f, const json_t *array, struct err *e)
{
	json_t *one;
	size_t i;
	json_array_foreach(array, i, one)
	{
		const char *signature, *kind, *verdict, *reason, *repeats;
		json_int_t count, session;
		int before, after, tries, failed, done;
		if (json_unpack(one, "{s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:i, s:i, s:s, s:b}",
				"signature", &signature, "kind", &kind, "verdict", &verdict,
				"reason", &reason, "count", &count, "session", &session,
				"statements_before", &before, "statements", &after, "tries", &tries,
				"failed", &failed, "repeats", &repeats, "done", &done) ||
		    found_kind_by_name(kind) < 0 || verdict_by_name(verdict) < 0 ||
		    repeats_by_name(repeats) < 0 || count < 0 || session < 0 || before < 0 ||
		    after < 0 || tries < 0 || failed < 0)
			return err_set(e, 0, "finding %zu lacks a member, or one is wrong", i + 1);
		struct found *new = add(f, (enum found_kind)found_kind_by_name(kind),
					(enum verdict)verdict_by_name(verdict), signature, reason);
		new->count = (uint64_t)count;
		new->session = (uint64_t)session;
		new->before = (unsigned)before;
		new->after = (unsigned)after;
		new->tries = (unsigned)tries;
		new->failed = (unsigned)failed;
		new->repeats = (enum repeats)repeats_by_name(repeats);
		new->done = done;
	}
	return 0;
}
