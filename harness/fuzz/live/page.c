/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run of the fuzzer comes to: as JSON, and on one page. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/escape.h"
#include "../../report/memory.h"
#include "live.h"

enum { REASON_MAX = 160, RAREST = 12 };

static json_t *visits(const struct corpus *c, enum place_kind kind)
{
	struct places p = corpus_places(c, kind);
	json_t *o = must(json_object());
	for (size_t i = 0; i < p.count; i++) {
		char *name = place_name(p.at[i]);
		json_object_set_new(o, name, json_integer((json_int_t)corpus_hits(c, p.at[i])));
		free(name);
	}
	places_free(&p);
	return o;
}

json_t *live_report(const struct live *l)
{
	const struct corpus *c = &l->corpus;
	json_t *o = must(json_pack(
		"{s:i, s:O, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:o}", "schema", 1, "sut",
		l->setup->about, "seed", (json_int_t)l->setup->seed, "next", (json_int_t)l->next,
		"sessions", (json_int_t)l->sessions, "tries", (json_int_t)l->tries, "restarts",
		(json_int_t)l->restarts, "parents", (json_int_t)c->count, "states",
		visits(c, PLACE_STATE), "transitions", visits(c, PLACE_TRANSITION), "code",
		(json_int_t)c->seen[PLACE_CODE], "findings", findings_to_json(&l->findings)));
	json_t *host = l->runner->host ? l->runner->host(l->runner->ctx) : NULL;
	if (host)
		json_object_set_new(o, "host", host);
	return o;
}

/* ---- for people ---- */

static void print_head(FILE *out, const struct live *l)
{
	const json_t *about = l->setup->about;
	const char *name = json_string_value(json_object_get(about, "name"));
	const char *role = json_string_value(json_object_get(about, "role"));
	char *clean = escape_text(name);
	fprintf(out, "%s, %s; seed %" PRIu64 "\n", clean, role ? role : "", l->setup->seed);
	free(clean);
	fprintf(out,
		"sessions     %" PRIu64 "; %" PRIu64 " more to make findings smaller; %" PRIu64
		" restarts\n",
		l->sessions, l->tries, l->restarts);
	fprintf(out, "visited      %zu states, %zu transitions", l->corpus.seen[PLACE_STATE],
		l->corpus.seen[PLACE_TRANSITION]);
	if (l->corpus.seen[PLACE_CODE])
		fprintf(out, ", %zu places in its code", l->corpus.seen[PLACE_CODE]);
	fprintf(out, "; %zu parents\n", l->corpus.count);
}

static void print_text(FILE *out, const char *text)
{
	while (*text) {
		const size_t len = strcspn(text, "\n");
		fprintf(out, "             | %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_found(FILE *out, const struct live *l, const struct found *f)
{
	static const char *const words[] = {"not run once more", "comes again",
					    "did not come again"};
	char *reason = escape_text(f->fault.reason);
	fprintf(out, "%12" PRIu64 " %s (%s%s)\n", f->count, f->fault.signature,
		verdict_name(f->fault.verdict), f->known ? ", known" : "");
	fprintf(out, "             %.*s%s\n", REASON_MAX, reason,
		strlen(reason) > REASON_MAX ? "..." : "");
	fprintf(out, "             session %" PRIu64 "; %s; %u statements of %u", f->session,
		words[f->repeats], f->after, f->before);
	free(reason);
	if (l->keep) {
		fprintf(out, "; findings/%s.iser\n", f->file);
	} else {
		fputs(":\n", out);
		print_text(out, f->text ? f->text : "");
	}
}

static int compare_rare(const void *a, const void *b, void *ctx)
{
	const struct corpus *c = ctx;
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	const uint64_t n = corpus_hits(c, x), m = corpus_hits(c, y);
	if (n != m)
		return n > m ? -1 : 1;
	return (x > y) - (x < y);
}

/* The states, the most visited first. */
static void print_states(FILE *out, const struct corpus *c)
{
	struct places p = corpus_places(c, PLACE_STATE);
	if (p.count)
		qsort_r(p.at, p.count, sizeof(*p.at), compare_rare, (void *)c);
	for (size_t i = 0; i < p.count; i++) {
		/* Both ends say something; what lies between is in fuzz.json. */
		if (p.count > 2 * RAREST && i == RAREST) {
			fprintf(out, "%12s %zu more\n", "...", p.count - 2 * RAREST);
			i = p.count - RAREST;
		}
		char *name = place_name(p.at[i]);
		fprintf(out, "%12" PRIu64 " %s\n", corpus_hits(c, p.at[i]), name);
		free(name);
	}
	places_free(&p);
}

static void print_host(FILE *out, const json_t *host)
{
	const json_t *seconds = json_object_get(host, "seconds");
	const json_t *rate = json_object_get(host, "sessions_a_second");
	if (seconds)
		fprintf(out, "host         %.1f s, %.1f sessions a second\n",
			json_number_value(seconds), json_number_value(rate));
}

char *live_page(const struct live *l)
{
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	print_head(out, l);
	fprintf(out, "findings     %zu", l->findings.count);
	if (live_news(l) < l->findings.count)
		fprintf(out, ", %zu of them known", l->findings.count - live_news(l));
	fputc('\n', out);
	size_t *order = findings_order(&l->findings);
	for (size_t i = 0; i < l->findings.count; i++)
		print_found(out, l, &l->findings.at[order[i]]);
	free(order);
	fputs("states, by the sessions that visited them\n", out);
	print_states(out, &l->corpus);
	json_t *host = l->runner->host ? l->runner->host(l->runner->ctx) : NULL;
	print_host(out, host);
	json_decref(host);
	fclose(out);
	return text;
}
