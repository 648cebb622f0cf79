/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, times and `$` values of a case. */
#include "parse.h"

#include <ctype.h>
#include <string.h>

bool parse_starts(const char *text, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);
	return len >= n && !memcmp(text, prefix, n);
}

static bool equals(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(text, word, len);
}

bool parse_is_name(const char *text)
{
	if (!isalpha((unsigned char)*text) || strlen(text) > 32)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

/* ---- `$NAME` ---- */

static const struct {
	const char *name;
	enum live live;
	uint64_t number;
} fixed[] = {
	{"ITT", LIVE_SEQUENCE, SEQ_ITT},
	{"TTT", LIVE_SEQUENCE, SEQ_TTT},
	{"CmdSN", LIVE_SEQUENCE, SEQ_CMD_SN},
	{"ExpCmdSN", LIVE_SEQUENCE, SEQ_EXP_CMD_SN},
	{"MaxCmdSN", LIVE_SEQUENCE, SEQ_MAX_CMD_SN},
	{"StatSN", LIVE_SEQUENCE, SEQ_STAT_SN},
	{"ExpStatSN", LIVE_SEQUENCE, SEQ_EXP_STAT_SN},
	{"window", LIVE_WINDOW, 0},
	{"delivered", LIVE_DELIVERED, 0},
	{"rnr", LIVE_RNR, 0},
	{"rnr.sent", LIVE_RNR_SENT, 0},
	{"iwarp", LIVE_IWARP, 0},
	{"elapsed", LIVE_ELAPSED, 0},
	{"got.time", LIVE_GOT_TIME, 0},
	{"got.as", LIVE_GOT_HOW, GOT_AS},
	{"got.invalidated", LIVE_GOT_HOW, GOT_INVALIDATED},
	{"got.immediate", LIVE_GOT_HOW, GOT_IMMEDIATE},
	{"got.solicited", LIVE_GOT_HOW, GOT_SOLICITED},
	{"sut.reads", LIVE_SUT_READS, 0},
	{"violation", LIVE_VIOLATION, 0},
	{"end", LIVE_END, 0},
	{"lun.blocks", LIVE_LUN, LUN_BLOCKS},
	{"lun.block_size", LIVE_LUN, LUN_BLOCK_SIZE},
	{"lun.protected", LIVE_LUN, LUN_PROTECTED},
	{"lun.signature", LIVE_LUN, LUN_SIGNATURE},
	{"command.status", LIVE_COMMAND_STATUS, 0},
	{"did.status", LIVE_DID, DID_STATUS},
	{"did.same", LIVE_DID, DID_SAME},
	{"did.length", LIVE_DID, DID_LENGTH},
	{"status.class", LIVE_STATUS_CLASS, 0},
	{"status.detail", LIVE_STATUS_DETAIL, 0},
	{"session.tsih", LIVE_SESSION_TSIH, 0},
	{"chap.challenge", LIVE_CHAP, CHAP_CHALLENGE},
	{"chap.challenge.upper", LIVE_CHAP, CHAP_CHALLENGE_UPPER},
	{"chap.challenge.base64", LIVE_CHAP, CHAP_CHALLENGE_BASE64},
	{"chap.response", LIVE_CHAP, CHAP_RESPONSE},
	{"chap.response.upper", LIVE_CHAP, CHAP_RESPONSE_UPPER},
	{"chap.response.base64", LIVE_CHAP, CHAP_RESPONSE_BASE64},
	{"chap.proved", LIVE_CHAP, CHAP_PROVED},
	{"chap.initiator", LIVE_CHAP, CHAP_INITIATOR},
	{"chap.target", LIVE_CHAP, CHAP_TARGET},
	{"chap.same", LIVE_CHAP, CHAP_SAME},
	{"cmd.ReadSTag", LIVE_CMD, CMD_READ_STAG},
	{"cmd.WriteSTag", LIVE_CMD, CMD_WRITE_STAG},
	{"cmd.ReadBaseOffset", LIVE_CMD, CMD_READ_BASE},
	{"cmd.WriteBaseOffset", LIVE_CMD, CMD_WRITE_BASE},
	{"cmd.ITT", LIVE_CMD, CMD_ITT},
	{"cmd.EDTL", LIVE_CMD, CMD_EDTL},
	{"cmd.LUN", LIVE_CMD, CMD_LUN},
	{"cmd.CmdSN", LIVE_CMD, CMD_SN},
	{"served.reads", LIVE_SERVED, SERVED_READS},
	{"served.writes", LIVE_SERVED, SERVED_WRITES},
	{"served.commands", LIVE_SERVED, SERVED_COMMANDS},
	{"served.pings", LIVE_SERVED, SERVED_PINGS},
	{"waiting", LIVE_SERVED, SERVED_WAITING},
	{"round", LIVE_ROUND, 0},
	{"cm.responder_resources", LIVE_CM, CM_RESPONDER_RESOURCES},
	{"cm.initiator_depth", LIVE_CM, CM_INITIATOR_DEPTH},
	{"cm.rnr_retry", LIVE_CM, CM_RNR_RETRY},
	{"cm.private_data", LIVE_CM, CM_PRIVATE_DATA},
	{"cm.send_inv", LIVE_CM, CM_SEND_INV},
};
enum { FIXED_COUNT = sizeof(fixed) / sizeof(fixed[0]) };

bool parse_is_prefix(const char *name)
{
	static const char *const others[] = {"sut", "sent", "got", "count"};
	const size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (word_is(others[i], name))
			return true;
	for (size_t i = 0; i < FIXED_COUNT; i++)
		if (fixed[i].name[0] == name[0] && !strncmp(fixed[i].name, name, len) &&
		    fixed[i].name[len] == '.')
			return true;
	return false;
}

static bool field_of_any_type(const char *name)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	for (size_t i = 0; i < count; i++)
		if (pdu_field_by_name(&types[i], name))
			return true;
	return !strcmp(name, "data") || !strcmp(name, "length") || !strcmp(name, "sense");
}

/* sut.KEY, sent.FIELD, got.FIELD, held.FIELD. 1: it was one. */
static int live_with_part(struct parser *p, char *name, unsigned column, struct operand *out)
{
	char *part = strchr(name, '.');
	if (!part)
		return 0;
	unsigned part_column = column + (unsigned)(part - name) + 1;
	if (!strncmp(name, "sut.", 4)) {
		out->live = LIVE_SUT_KEY;
		out->name = part + 1;
		if (!*out->name || strlen(out->name) > TEXT_KEY_MAX)
			return parse_fail(p, part_column, "name of a text key expected");
		return 1;
	}
	if (!strncmp(name, "sent.", 5))
		out->live = LIVE_SENT;
	else if (!strncmp(name, "held.", 5))
		out->live = LIVE_HELD;
	else if (!strncmp(name, "got.", 4))
		out->live = LIVE_GOT;
	else
		return 0;
	out->name = part + 1;
	if (!field_of_any_type(out->name))
		return parse_fail(p, part_column, "no message has a field %.60s", out->name);
	return 1;
}

static int live_of_memory(struct parser *p, const char *name, struct operand *out)
{
	static const struct {
		const char *name;
		enum live live;
	} parts[] = {{"STag", LIVE_MEMORY_STAG},     {"addr", LIVE_MEMORY_ADDR},
		     {"data", LIVE_MEMORY_DATA},     {"changed", LIVE_MEMORY_CHANGED},
		     {"first", LIVE_MEMORY_FIRST},   {"last", LIVE_MEMORY_LAST},
		     {"guards", LIVE_MEMORY_GUARDS}, {"reads", LIVE_MEMORY_READS},
		     {"writes", LIVE_MEMORY_WRITES}};
	for (size_t i = 0; i < p->memory_count; i++) {
		size_t n = strlen(p->memories[i]);
		if (strncmp(name, p->memories[i], n) != 0 || name[n] != '.')
			continue;
		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
			if (strcmp(name + n + 1, parts[k].name) != 0)
				continue;
			out->number = i;
			out->live = parts[k].live;
			return 1;
		}
	}
	return 0;
}

static int live_of_var(struct parser *p, const char *name, struct operand *out)
{
	for (size_t i = p->var_count; i-- > 0;) {
		size_t n = strlen(p->vars[i]);
		if (strncmp(name, p->vars[i], n) != 0)
			continue;
		out->number = i;
		out->live = LIVE_VAR;
		if (!name[n])
			return 1;
		out->live = LIVE_VAR_GOOD;
		if (!strcmp(name + n, ".good"))
			return 1;
		out->live = LIVE_VAR_BAD;
		if (!strcmp(name + n, ".bad"))
			return 1;
	}
	return 0;
}

static int unknown_live(struct parser *p, const char *name, unsigned column)
{
	struct nearest n = {.name = name};
	for (size_t i = 0; i < FIXED_COUNT; i++)
		nearest_offer(&n, fixed[i].name);
	size_t count;
	const struct text_key *keys = text_keys(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&n, keys[i].name);
	for (size_t i = 0; i < p->var_count; i++)
		nearest_offer(&n, p->vars[i]);
	char hint[64];
	return parse_fail(p, column, "unknown value $%.60s%s", name,
			  nearest_text(&n, hint, sizeof(hint)));
}

/* Values of a connection; what is of the case has no owner. */
static bool of_a_connection(enum live live)
{
	return live != LIVE_ELAPSED && live != LIVE_COMMAND_STATUS && live < LIVE_VAR;
}

static int live_name(struct parser *p, const char *text, size_t len, unsigned column,
		     struct operand *out)
{
	char *name = arena_copy(p->arena, text, len);
	*out = (struct operand){.kind = OPERAND_LIVE};
	for (size_t i = 0; i < FIXED_COUNT; i++) {
		if (!word_is(fixed[i].name, name))
			continue;
		out->live = fixed[i].live;
		out->number = fixed[i].number;
		if (out->live == LIVE_ROUND && !p->repeats)
			return parse_fail(p, column - 1, "$round belongs into a repeat");
		return 0;
	}
	int rc = live_with_part(p, name, column, out);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (!strncmp(name, "count.", 6)) {
		out->live = LIVE_COUNT;
		out->type = pdu_type_by_name(name + 6);
		if (out->type || !strcmp(name + 6, "any"))
			return 0;
		return parse_fail(p, column + 6, "unknown message type %.60s", name + 6);
	}
	if (live_of_var(p, name, out) || live_of_memory(p, name, out))
		return 0;
	rc = parse_resource_value(p, name, column, out);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (text_key_by_name(name, len)) {
		out->live = LIVE_KEY;
		out->name = name;
		return 0;
	}
	return unknown_live(p, name, column - 1);
}

static int live_operand(struct parser *p, const char *text, size_t len, unsigned column,
			struct operand *out)
{
	size_t talk = 0;
	const size_t n = parse_talk_prefix(p, text, len, &talk);
	if (live_name(p, text + n, len - n, column + (unsigned)n, out))
		return -1;
	if (n && !of_a_connection(out->live))
		return parse_fail(p, column + (unsigned)n, "$%.*s is of no connection",
				  (int)(len - n), text + n);
	out->talk = talk;
	return 0;
}

/* How long the name behind a `$` is. Names of message types have dashes, which subtract elsewhere.
 */
static size_t own_length(const char *text, size_t len)
{
	size_t n = 0;
	bool key = parse_starts(text, len,
				"sut."); /* X-com.example: a dash and a letter are of the name */
	while (n < len &&
	       (isalnum((unsigned char)text[n]) || text[n] == '_' || text[n] == '.' ||
		(key && text[n] == '-' && n + 1 < len && isalpha((unsigned char)text[n + 1]))))
		n++;
	while (n > 1 && text[n - 1] == '.')
		n--; /* the full stop of a sentence */
	if (!parse_starts(text, len, "count."))
		return n;
	size_t count, best = n;
	const struct pdu_type *types = pdu_types(&count);
	for (size_t i = 0; i < count; i++) {
		size_t end = 6 + strlen(types[i].name);
		if (end > best && parse_starts(text + 6, len - 6, types[i].name))
			best = end;
	}
	return best;
}

static bool is_sign(char c)
{
	return c == '+' || c == '-' || c == '*' || c == '/' || c == '%';
}

static size_t operand_length(const struct parser *p, const char *text, size_t len)
{
	if (len && text[0] == '$') {
		const size_t talk = parse_talk_prefix(p, text + 1, len - 1, NULL);
		return 1 + talk + own_length(text + 1 + talk, len - 1 - talk);
	}
	size_t n = 0;
	while (n < len && !is_sign(text[n]) && text[n] != '$')
		n++;
	return n;
}

static void add_operand(struct parser *p, struct expr *out, char op, const struct operand *o)
{
	out->operands = arena_grow(p->arena, out->operands, out->count, sizeof(*out->operands));
	out->ops = arena_grow(p->arena, out->ops, out->count, 1);
	out->operands[out->count] = *o;
	out->ops[out->count++] = op;
}

static int live_expr(struct parser *p, const char *text, size_t len, unsigned column,
		     struct expr *out)
{
	char op = '+';
	for (size_t at = 0;;) {
		size_t n = operand_length(p, text + at, len - at);
		struct operand o = {.kind = OPERAND_VALUE};
		unsigned here = column + (unsigned)at;
		if (at < len && text[at] == '$') {
			if (n == 1)
				return parse_fail(p, here, "name expected behind $");
			if (live_operand(p, text + at + 1, n - 1, here + 1, &o))
				return -1;
		} else {
			int rc = parse_literal(p, text + at, n, here, &o.value);
			if (rc <= 0)
				return rc ? -1 : parse_fail(p, here, "number or $ value expected");
		}
		if (out->count == 16)
			return parse_fail(p, here, "more than 16 parts in a value");
		add_operand(p, out, op, &o);
		at += n;
		if (at == len)
			return 0;
		op = text[at];
		if (!is_sign(op))
			return parse_fail(p, column + (unsigned)at, "+ - * / or %% expected");
		at++;
	}
}

int parse_expr(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out)
{
	*out = (struct expr){0};
	if (len && memchr(text, '$', len))
		return live_expr(p, text, len, column, out);
	struct operand o = {.kind = OPERAND_VALUE};
	int rc = parse_literal(p, text, len, column, &o.value);
	if (rc < 0)
		return -1;
	if (!rc && !len)
		return parse_fail(p, column, "value expected");
	if (!rc && equals(text, len, "fresh")) {
		o.kind = OPERAND_FRESH;
	} else if (!rc && !equals(text, len, "none")) {
		o.value.kind = VALUE_TEXT;
		o.value.text =
			(struct bytes){(const uint8_t *)arena_copy(p->arena, text, len), len};
	}
	add_operand(p, out, '+', &o);
	return 0;
}

static int parse_word(struct parser *p, const struct word *w, struct expr *out)
{
	if (!w->quoted)
		return parse_expr(p, w->text, w->len, w->column, out);
	*out = (struct expr){0};
	struct operand o = {
		.kind = OPERAND_VALUE,
		.value = {.kind = VALUE_TEXT, .text = {(const uint8_t *)w->text, w->len}}};
	add_operand(p, out, '+', &o);
	return 0;
}

int parse_word_expr(struct parser *p, const char *what, struct expr *out)
{
	const struct word *w = parse_take(p, what);
	return w ? parse_word(p, w, out) : -1;
}

int parse_free_name(struct parser *p, const struct word *w)
{
	bool taken = text_key_by_name(w->text, w->len) || parse_is_talk(p, w->text);
	for (size_t i = 0; i < FIXED_COUNT; i++)
		taken |= word_is(fixed[i].name, w->text);
	return taken ? parse_fail(p, w->column, "$%s means something else already; another name",
				  w->text)
		     : 0;
}

const struct word *parse_new_name(struct parser *p, const char *what)
{
	const struct word *w = parse_take(p, what);
	if (!w)
		return NULL;
	if (!parse_is_name(w->text)) {
		parse_fail(p, w->column, "a name is a letter, then letters, digits and _");
		return NULL;
	}
	return parse_free_name(p, w) ? NULL : w;
}

int parse_template(struct parser *p, const char *text, size_t len, unsigned column, bool live,
		   struct text_template *out)
{
	*out = (struct text_template){0};
	for (size_t at = 0; at < len || !out->count;) {
		const char *dollar = live ? memchr(text + at, '$', len - at) : NULL;
		size_t end = dollar ? (size_t)(dollar - text) : len;
		struct template_part part = {
			.text = {(const uint8_t *)arena_copy(p->arena, text + at, end - at),
				 end - at}};
		at = end;
		if (dollar) {
			size_t n = operand_length(p, text + at, len - at);
			if (parse_expr(p, text + at, n, column + (unsigned)at, &part.value))
				return -1;
			at += n;
		}
		out->parts = arena_grow(p->arena, out->parts, out->count, sizeof(*out->parts));
		out->parts[out->count++] = part;
	}
	return 0;
}
