/* SPDX-License-Identifier: BSD-2-Clause */
/* All statements but send and expect; one small function each. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

typedef int (*statement_parser)(struct parser *p, struct statement *s);

/* ---- connections ---- */

/* What goes out as it stands, or is left out, may be said of several keys. */
static bool is_doubled(const struct setting_list *l, const struct setting *s)
{
	if (!strcmp(s->name, "omit") || !strncmp(s->name, "raw:", 4) ||
	    !strncmp(s->name, "security:", 9))
		return false;
	for (size_t i = 0; i < l->count; i++)
		if (word_is(l->at[i].name, s->name))
			return true;
	return false;
}

static bool begins_judgement(const struct word *w)
{
	return w->quoted || !strcmp(w->text, "rules") || !strcmp(w->text, "grade");
}

/* NAME=VALUE words up to the end of the line or to a judgement, unchecked. */
int parse_settings(struct parser *p, struct setting_list *out)
{
	for (const struct word *w; (w = parse_peek(p)) && !begins_judgement(w); p->word++) {
		const char *eq = w->plain ? memchr(w->text, '=', w->plain) : NULL;
		if (!eq || eq == w->text)
			return parse_fail(p, w->column, "NAME=VALUE expected, not %.60s", w->text);
		size_t len = (size_t)(eq - w->text);
		struct setting s = {.name = arena_copy(p->arena, w->text, len),
				    .column = w->column};
		if (strlen(w->text) != w->len)
			return parse_fail(p, w->column, "NUL byte in a setting");
		bool live = w->plain > len && memchr(eq, '$', w->plain - len);
		if (parse_template(p, eq + 1, w->len - len - 1, w->column + (unsigned)len + 1, live,
				   &s.value))
			return -1;
		if (is_doubled(out, &s))
			return parse_fail(p, w->column, "a second %s", s.name);
		out->at = arena_grow(p->arena, out->at, out->count, sizeof(*out->at));
		out->at[out->count++] = s;
	}
	return 0;
}

/* Settings of the connection itself; everything else is the peer's. */
static int check_connection_setting(struct parser *p, const struct setting *s, const char *value)
{
	static const struct {
		const char *name;
		uint64_t max;
	} numbers[] = {{"receives", 65536},
		       {"rnr-retry", 7},
		       {"responder-resources", 255},
		       {"initiator-depth", 255},
		       {"advertised-rnr-retry", 7}};
	unsigned column = s->column + (unsigned)strlen(s->name) + 1;
	bool live = s->value.parts[0].value.count;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t n;
		if (!word_is(s->name, numbers[i].name))
			continue;
		if (live)
			return 1;
		if (parse_number(p, value, strlen(value), column, &n))
			return -1;
		if (n > numbers[i].max)
			return parse_fail(p, column, "at most %llu",
					  (unsigned long long)numbers[i].max);
		return 1;
	}
	if (strcmp(s->name, "private-data") != 0)
		return 0;
	struct bytes b;
	if (parse_hex(p, value, strlen(value), column, &b))
		return -1;
	if (b.len > CM_PRIVATE_DATA_MAX)
		return parse_fail(p, column, "at most %d bytes", CM_PRIVATE_DATA_MAX);
	return 1;
}

/* session=NAME: that connection's, which this one joins. 1: it was one. */
static int check_session(struct parser *p, const struct statement *s, const struct setting *x,
			 const char *value)
{
	const unsigned column = x->column + (unsigned)strlen(x->name) + 1;
	if (strcmp(x->name, "session") != 0)
		return 0;
	if (!parse_is_talk(p, value))
		return parse_fail(p, column, "%.60s is no connection that has been named", value);
	if (p->script->sut == PEER_INITIATOR && s->verb != VERB_ACCEPT)
		return parse_fail(p, x->column,
				  "an initiator joins a session by itself: accept within TIME "
				  "session=%.60s",
				  value);
	return 1;
}

static int connection_settings(struct parser *p, struct statement *s)
{
	size_t first = p->word;
	if (parse_settings(p, &s->settings))
		return -1;
	enum peer_role ours = p->script->sut == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET;
	for (size_t i = 0; i < s->settings.count; i++) {
		const struct setting *x = &s->settings.at[i];
		const char *whole = p->line->words[first + i].text;
		const char *value = whole + strlen(x->name) + 1;
		int rc = check_session(p, s, x, value);
		if (!rc)
			rc = check_connection_setting(p, x, value);
		if (rc < 0 || (!rc && check_setting(p, ours, x, whole)))
			return -1;
	}
	s->said = parse_said(p);
	return parse_judgement(p, &s->judgement);
}

static int parse_login(struct parser *p, struct statement *s)
{
	s->verb = VERB_LOGIN;
	s->point = PEER_POINT_DONE;
	if (parse_accept(p, "until")) {
		const struct word *w = parse_take(p, "point");
		if (!w)
			return -1;
		const bool key =
			text_key_by_name(w->text, w->len) || parse_starts(w->text, w->len, "X-");
		int point = key ? PEER_POINT_KEY : peer_point_by_name(w->text);
		if (point < 0)
			return parse_fail(p, w->column,
					  "connected, first, operational, final, logged-in, done, "
					  "next or a text key expected");
		if (key)
			s->point_key = w->text;
		if (point == PEER_POINT_LOGGED_IN && p->script->sut != PEER_TARGET)
			return parse_fail(p, w->column, "only a target is met at logged-in");
		s->point = (enum peer_point)point;
	}
	return connection_settings(p, s);
}

static int parse_release(struct parser *p, struct statement *s)
{
	s->verb = VERB_RELEASE;
	return parse_judgement(p, &s->judgement);
}

static int parse_connect(struct parser *p, struct statement *s)
{
	s->verb = VERB_CONNECT;
	s->point = PEER_POINT_CONNECTED;
	return connection_settings(p, s);
}

static int parse_accept_statement(struct parser *p, struct statement *s)
{
	s->verb = VERB_ACCEPT;
	s->point = PEER_POINT_CONNECTED;
	if (!parse_accept(p, "within"))
		return parse_fail_here(p, "within TIME expected");
	return parse_time(p, &s->time) ? -1 : connection_settings(p, s);
}

static int parse_new(struct parser *p, struct statement *s)
{
	s->verb = VERB_NEW;
	return parse_accept(p, "connection") ? 0 : parse_fail_here(p, "connection expected");
}

static int parse_reject(struct parser *p, struct statement *s)
{
	s->verb = VERB_REJECT;
	const struct word *w = parse_peek(p);
	if (!w)
		return 0;
	if (strncmp(w->text, "private-data=", 13) != 0)
		return parse_fail(p, w->column, "private-data=HEX expected");
	p->word++;
	if (parse_hex(p, w->text + 13, w->len - 13, w->column + 13, &s->private_data))
		return -1;
	if (s->private_data.len > CM_PRIVATE_DATA_MAX)
		return parse_fail(p, w->column + 13, "at most %d bytes", CM_PRIVATE_DATA_MAX);
	return 0;
}

/* ---- messages ---- */

static int parse_send_statement(struct parser *p, struct statement *s)
{
	s->verb = VERB_SEND;
	s->sends = arena_alloc(p->arena, sizeof(*s->sends));
	s->send_count = 1;
	return parse_send(p, s->sends);
}

static int chain_line(struct parser *p, struct statement *s, unsigned indent)
{
	p->word = 0;
	if (p->line->indent != indent)
		return parse_fail(p, p->line->indent + 1, "not aligned with the block");
	if (!parse_accept(p, "send"))
		return parse_fail_here(p, "a chain holds only send");
	s->sends = arena_grow(p->arena, s->sends, s->send_count, sizeof(*s->sends));
	if (parse_send(p, &s->sends[s->send_count]))
		return -1;
	s->send_count++;
	return 0;
}

static int parse_chain(struct parser *p, struct statement *s)
{
	s->verb = VERB_CHAIN;
	if (parse_accept(p, "*")) {
		const struct word *w = parse_take(p, "how many");
		if (!w || parse_count(p, w->text, w->len, w->column, &s->number))
			return -1;
	}
	if (parse_end(p))
		return -1;
	const struct line *head = p->line;
	unsigned indent = 0;
	bool any = false;
	while (p->next < p->lines->count && p->lines->at[p->next].indent > head->indent) {
		const struct line *line = p->line = &p->lines->at[p->next++];
		any = true;
		if (parse_skip_broken(p, line))
			continue;
		indent = indent ? indent : line->indent;
		if (chain_line(p, s, indent))
			parse_recover(p, line);
	}
	p->line = head;
	p->word = head->count;
	return any ? 0 : parse_fail_here(p, "block is missing below");
}

/* ---- our own behaviour ---- */

static int parse_post(struct parser *p, struct statement *s)
{
	s->verb = VERB_POST;
	if (!parse_accept(p, "receives"))
		return parse_fail_here(p, "receives expected");
	const struct word *w = parse_take(p, "how many");
	return w ? parse_count(p, w->text, w->len, w->column, &s->number) : -1;
}

/* What the SUT sends; and our own response to a command, which may wait while the rest is done. */
static bool can_be_quiet(const struct parser *p, const struct pdu_type *type)
{
	const bool target = p->script->sut == PEER_TARGET;
	if (!target && type == pdu_type_by_opcode(OP_SCSI_RESPONSE))
		return true;
	return type->sender == (target ? FROM_TARGET : FROM_INITIATOR);
}

static int parse_quiet(struct parser *p, struct statement *s)
{
	s->verb = VERB_QUIET;
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	for (const struct word *w; (w = parse_peek(p)); p->word++) {
		const struct pdu_type *type = parse_type(p, w);
		if (!type)
			return -1;
		if (!can_be_quiet(p, type))
			return parse_fail(p, w->column,
					  "%s is none that the SUT sends: name the message that is "
					  "not to be answered",
					  type->name);
		s->types |= 1ull << (type - types);
	}
	return 0;
}

/* Of full feature phase; a login has points. */
static int parse_hold(struct parser *p, struct statement *s)
{
	s->verb = VERB_HOLD;
	const struct pdu_type *ours = pdu_type_by_opcode(
		p->script->sut == PEER_TARGET ? OP_TEXT_REQUEST : OP_TEXT_RESPONSE);
	if (!parse_accept(p, ours->name))
		return parse_fail_here(p, "%s expected", ours->name);
	s->type = ours;
	return 0;
}

static int parse_honest(struct parser *p, struct statement *s)
{
	(void)p;
	s->verb = VERB_HONEST;
	return 0;
}

static int parse_wait(struct parser *p, struct statement *s)
{
	s->verb = VERB_WAIT;
	return parse_time(p, &s->time);
}

#define PLAIN(name, v)                                         \
	static int name(struct parser *p, struct statement *s) \
	{                                                      \
		(void)p;                                       \
		s->verb = (v);                                 \
		return 0;                                      \
	}
PLAIN(parse_forget, VERB_FORGET)
PLAIN(parse_vanish, VERB_VANISH)
PLAIN(parse_disconnect, VERB_DISCONNECT)
PLAIN(parse_break, VERB_BREAK)
PLAIN(parse_mark, VERB_MARK)

static int parse_serve(struct parser *p, struct statement *s)
{
	s->verb = VERB_SERVE;
	if (parse_accept(p, "for"))
		return parse_time(p, &s->time);
	if (!parse_accept(p, "until"))
		return parse_fail_here(p, "for TIME or until expected");
	if (parse_accept(p, "idle")) {
		s->until = SERVE_IDLE;
		if (parse_time(p, &s->time))
			return -1;
	} else {
		s->until = SERVE_TYPE;
		const struct word *w = parse_take(p, "message type");
		s->type = w ? parse_type(p, w) : NULL;
		if (!s->type)
			return -1;
	}
	if (!parse_accept(p, "within"))
		return parse_fail_here(p, "within TIME expected");
	return parse_time(p, &s->limit);
}

/* ---- judging and flow ---- */

static int parse_expect_statement(struct parser *p, struct statement *s)
{
	s->verb = VERB_EXPECT;
	return parse_expect(p, s);
}

static int parse_check(struct parser *p, struct statement *s)
{
	s->verb = VERB_CHECK;
	if (parse_conditions(p, &s->conditions))
		return -1;
	s->said = parse_said(p);
	return parse_judgement(p, &s->judgement);
}

static int parse_needs(struct parser *p, struct statement *s)
{
	s->verb = VERB_NEEDS;
	if (parse_conditions(p, &s->conditions))
		return -1;
	s->said = parse_said(p);
	const struct word *w = parse_peek(p);
	if (!w || !w->quoted)
		return parse_fail_here(p, "a \"reason\" is missing");
	p->word++;
	return parse_template(p, w->text, w->len, w->column + 1, true, &s->judgement.reason);
}

static int parse_note(struct parser *p, struct statement *s)
{
	s->verb = VERB_NOTE;
	const struct word *w = parse_take(p, "text");
	if (!w)
		return -1;
	if (!w->quoted)
		return parse_fail(p, w->column, "text in quotes expected");
	return parse_template(p, w->text, w->len, w->column + 1, true, &s->note);
}

enum { FOR_BOTH, FOR_TARGET, FOR_INITIATOR }; /* the SUT's role */

static const struct {
	const char *name;
	statement_parser parse;
	int role;
} verbs[] = {
	{"login", parse_login, FOR_BOTH},
	{"connect", parse_connect, FOR_BOTH},
	{"accept", parse_accept_statement, FOR_INITIATOR},
	{"new", parse_new, FOR_BOTH},
	{"release", parse_release, FOR_BOTH},
	{"reject", parse_reject, FOR_INITIATOR},
	{"send", parse_send_statement, FOR_BOTH},
	{"chain", parse_chain, FOR_BOTH},
	{"scsi", parse_scsi, FOR_TARGET},
	{"logout", parse_logout, FOR_TARGET},
	{"text", parse_text, FOR_TARGET},
	{"task-management", parse_task_management, FOR_TARGET},
	{"rdma-read", parse_rdma_read, FOR_BOTH},
	{"rdma-write", parse_rdma_write, FOR_BOTH},
	{"memory", parse_memory, FOR_BOTH},
	{"invalidate", parse_invalidate, FOR_BOTH},
	{"compare", parse_compare, FOR_BOTH},
	{"post", parse_post, FOR_BOTH},
	{"quiet", parse_quiet, FOR_BOTH},
	{"hold", parse_hold, FOR_BOTH},
	{"honest", parse_honest, FOR_BOTH},
	{"forget", parse_forget, FOR_BOTH},
	{"wait", parse_wait, FOR_BOTH},
	{"vanish", parse_vanish, FOR_BOTH},
	{"disconnect", parse_disconnect, FOR_BOTH},
	{"break", parse_break, FOR_BOTH},
	{"sut", parse_sut, FOR_BOTH},
	{"resources", parse_resources, FOR_BOTH},
	{"serve", parse_serve, FOR_BOTH},
	{"expect", parse_expect_statement, FOR_BOTH},
	{"check", parse_check, FOR_BOTH},
	{"needs", parse_needs, FOR_BOTH},
	{"measure", parse_measure, FOR_BOTH},
	{"keep", parse_keep, FOR_BOTH},
	{"note", parse_note, FOR_BOTH},
	{"when", parse_when, FOR_BOTH},
	{"else", parse_stray_else, FOR_BOTH},
	{"repeat", parse_repeat, FOR_BOTH},
	{"mark", parse_mark, FOR_BOTH},
	{"sweep", parse_sweep, FOR_BOTH},
	{"on", parse_on, FOR_BOTH},
	{"points", parse_points, FOR_BOTH},
	{"skip", parse_skip, FOR_BOTH},
};
enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static size_t verb_of(const struct word *w)
{
	size_t i = 0;
	while (i < VERB_COUNT && (w->quoted || !word_is(verbs[i].name, w->text)))
		i++;
	return i;
}

bool parse_is_verb(const struct word *w)
{
	return verb_of(w) < VERB_COUNT;
}

int parse_unknown_statement(struct parser *p, const struct word *w, const char **meant)
{
	static const char *const head[] = {"title",  "sut",	 "rules",    "grade",
					   "tags",   "purpose",	 "workload", "model",
					   "mutant", "deadline", "lenient"};
	struct nearest n = {.name = w->text};
	for (size_t i = 0; i < VERB_COUNT; i++)
		nearest_offer(&n, verbs[i].name);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		nearest_offer(&n, head[i]);
	char hint[64];
	*meant = n.best;
	return parse_fail(p, w->column, "unknown statement %.60s%s", w->text,
			  nearest_text(&n, hint, sizeof(hint)));
}

int parse_statement(struct parser *p, struct statement *s)
{
	p->word = 0;
	return parse_statement_here(p, s);
}

int parse_statement_here(struct parser *p, struct statement *s)
{
	const struct line *line = p->line;
	const struct word *w = &line->words[p->word++];
	p->said_from = w->column - 1 - line->indent;
	*s = (struct statement){.line = line->number,
				.column = w->column,
				.text = line->raw + p->said_from,
				.said = line->raw + p->said_from,
				.in_sweep = p->sweeps > 0};
	const size_t i = verb_of(w);
	const char *meant;
	if (i == VERB_COUNT)
		return parse_unknown_statement(p, w, &meant);
	bool target = p->script->sut == PEER_TARGET;
	if ((verbs[i].role == FOR_TARGET && !target) || (verbs[i].role == FOR_INITIATOR && target))
		return parse_fail(p, w->column, "%s is for %s under test", w->text,
				  target ? "an initiator" : "a target");
	if (verbs[i].parse(p, s) || parse_end(p))
		return -1;
	if (p->next < p->lines->count && p->lines->at[p->next].indent > line->indent) {
		p->line = &p->lines->at[p->next];
		return parse_fail(p, p->line->indent + 1, "indented without a block");
	}
	return 0;
}
