/* SPDX-License-Identifier: BSD-2-Clause */
/* The send statement: a message type, and what is to differ from an honest message of it. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

static const char *const command_names[] = {
	[COMMAND_TUR] = "test-unit-ready",
	[COMMAND_INQUIRY] = "inquiry",
	[COMMAND_READ_CAPACITY] = "read-capacity",
	[COMMAND_REPORT_LUNS] = "report-luns",
	[COMMAND_READ] = "read",
	[COMMAND_WRITE] = "write",
};

enum command parse_command(const char *name, size_t len)
{
	for (int i = COMMAND_TUR; i <= COMMAND_WRITE; i++)
		if (strlen(command_names[i]) == len && !memcmp(command_names[i], name, len))
			return (enum command)i;
	return COMMAND_NONE;
}

int parse_unknown_command(struct parser *p, const char *name, unsigned column)
{
	struct nearest n = {.name = name};
	char hint[64];
	for (int i = COMMAND_TUR; i <= COMMAND_WRITE; i++)
		nearest_offer(&n, command_names[i]);
	return parse_fail(p, column, "unknown command %.60s%s", name,
			  nearest_text(&n, hint, sizeof(hint)));
}

static bool value_fits(const struct pdu_field *f, const struct expr *x)
{
	const struct operand *o = &x->operands[0];
	if (x->count != 1 || o->kind != OPERAND_VALUE || o->value.kind != VALUE_NUMBER)
		return true;
	return f->width >= 64 || o->value.number >> f->width == 0;
}

static int unknown_field(struct parser *p, const struct word *w, const struct pdu_type *type,
			 size_t name_len)
{
	const char *name = arena_copy(p->arena, w->text, name_len);
	struct nearest n = {.name = name};
	for (size_t i = 0; i < type->field_count; i++)
		nearest_offer(&n, type->fields[i].name);
	char hint[64];
	return parse_fail(p, w->column, "unknown field %.60s of %s%s", name, type->name,
			  nearest_text(&n, hint, sizeof(hint)));
}

static int field_value(struct parser *p, const struct pdu_field *f, const struct word *w,
		       size_t from, struct expr *out)
{
	unsigned column = w->column + (unsigned)from;
	if (f->bytes > sizeof(uint64_t))
		return parse_fail(p, w->column, "%s is set by cdb=hex:...", f->name);
	if (parse_expr(p, w->text + from, w->len - from, column, out))
		return -1;
	const struct operand *o = &out->operands[0];
	if (o->kind == OPERAND_VALUE &&
	    (o->value.kind == VALUE_TEXT || o->value.kind == VALUE_TIME))
		return parse_fail(p, column, "number, fresh or none expected");
	/* Lengths and offsets have that many bits; flags, opcodes and the like have fewer. */
	if (parse_has_size(out) && f->width < 24)
		return parse_fail(p, column, "%s is no size: a number without KiB or MiB", f->name);
	if (parse_kind(p, out) == VALUE_TIME)
		return parse_fail(p, column, "%s is no time", f->name);
	if (!value_fits(f, out))
		return parse_fail(p, column, "%s has only %u bits", f->name, (unsigned)f->width);
	return 0;
}

static int parse_byte(struct parser *p, const struct word *w, size_t eq, struct field_set *set)
{
	uint64_t offset;
	if (parse_number(p, w->text + 5, eq - 5, w->column + 5, &offset))
		return -1;
	if (offset >= 65536)
		return parse_fail(p, w->column + 5, "offset beyond any message");
	set->offset = (size_t)offset;
	unsigned column = w->column + (unsigned)eq + 1;
	return parse_count(p, w->text + eq + 1, w->len - eq - 1, column, &set->value);
}

int parse_as(struct parser *p, const struct word *w, size_t from, struct how *out)
{
	static const struct {
		const char *name;
		enum fab_op op;
	} kinds[] = {{"send-inv", FAB_SEND_INV}, {"send-imm", FAB_SEND_IMM}, {"send", FAB_SEND}};
	const char *text = w->text + from, *colon = strchr(text, ':');
	const size_t len = colon ? (size_t)(colon - text) : strlen(text), rest = from + len + 1;
	*out = (struct how){.solicited = !strcmp(text, "send-se")};
	if (out->solicited)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) != len || memcmp(text, kinds[i].name, len) != 0)
			continue;
		out->op = kinds[i].op;
		if (!colon)
			return 0;
		if (out->op == FAB_SEND)
			break;
		return parse_count(p, w->text + rest, w->len - rest, w->column + (unsigned)rest,
				   &out->key);
	}
	return parse_fail(p, w->column + (unsigned)from,
			  "send-inv:STAG, send-imm:VALUE or send-se expected");
}

/* What is sent names the STag or the value that it brings. */
static int send_as(struct parser *p, const struct word *w, size_t from, struct send *out)
{
	struct how how;
	if (parse_as(p, w, from, &how))
		return -1;
	if (!how.solicited && !how.key.count)
		return parse_fail(p, w->column + (unsigned)from,
				  "send-inv:STAG, send-imm:VALUE or send-se expected");
	out->op = how.op;
	out->key = how.key;
	out->solicited = how.solicited;
	return 0;
}

static bool named(const struct word *w, size_t eq, const char *name)
{
	return strlen(name) == eq && !memcmp(w->text, name, eq);
}

/* Is a part there already? What is said twice would be ignored once. */
static bool is_said(const struct send *s, const struct word *w, size_t eq)
{
	const struct {
		const char *name;
		bool said;
	} parts[] = {{"data", s->data.kind},
		     {"raw", s->raw.kind},
		     {"cdb", s->cdb.kind},
		     {"length", s->length.count},
		     {"skip", s->skip.count},
		     {"lba", s->lba.count},
		     {"blocks", s->blocks.count},
		     {"beyond", s->beyond},
		     {"memory", s->has_memory},
		     {"command", s->command},
		     {"as", s->solicited || s->op != FAB_SEND}};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (named(w, eq, parts[i].name))
			return parts[i].said;
	return false;
}

static bool is_set(const struct send *s, const struct field_set *set)
{
	for (size_t i = 0; i < s->set_count; i++)
		if (s->sets[i].field == set->field &&
		    (set->field || s->sets[i].offset == set->offset))
			return true;
	return false;
}

/* What says nothing beside the others. */
static int check_parts(struct parser *p, const struct send *s)
{
	const bool rw = s->command == COMMAND_READ || s->command == COMMAND_WRITE;
	const unsigned column = p->line->words[0].column;
	if ((s->lba.count || s->blocks.count) && !rw)
		return parse_fail(p, column,
				  "lba and blocks belong to command=read and command=write");
	if (s->beyond && !s->lba.count)
		return parse_fail(p, column, "beyond belongs to lba=");
	if (s->has_memory && !s->command)
		return parse_fail(p, column, "memory belongs to command=");
	bool byte = false;
	for (size_t i = 0; i < s->set_count; i++)
		byte |= !s->sets[i].field;
	if (s->raw.kind &&
	    (s->data.kind || s->cdb.kind || s->length.count || s->skip.count || byte))
		return parse_fail(
			p, column,
			"raw is the whole message: data, cdb, length, skip and byte@ beside it "
			"would be ignored");
	return 0;
}

static int parse_part(struct parser *p, const struct word *w, struct send *out)
{
	const char *sign = w->plain ? memchr(w->text, '=', w->plain) : NULL;
	if (!sign)
		return parse_fail(p, w->column, "FIELD=VALUE expected, not %.60s", w->text);
	size_t eq = (size_t)(sign - w->text), from = eq + 1;
	unsigned column = w->column + (unsigned)from;
	if (is_said(out, w, eq))
		return parse_fail(p, w->column, "a second %.*s", (int)eq, w->text);
	if (named(w, eq, "data"))
		return parse_data(p, w, from, &out->data);
	if (named(w, eq, "raw"))
		return parse_data(p, w, from, &out->raw);
	if (named(w, eq, "length"))
		return parse_size(p, w->text + from, w->len - from, column, &out->length);
	if (named(w, eq, "skip"))
		return parse_size(p, w->text + from, w->len - from, column, &out->skip);
	if (named(w, eq, "as"))
		return send_as(p, w, from, out);
	bool command =
		out->type->iser_opcode == ISER_CONTROL && out->type->opcode == OP_SCSI_COMMAND;
	if (command && named(w, eq, "cdb")) {
		if (parse_data(p, w, from, &out->cdb))
			return -1;
		if (out->cdb.kind != DATA_BYTES || out->cdb.bytes.len > CDB_SIZE)
			return parse_fail(p, column, "hex: of at most 16 bytes expected");
		return 0;
	}
	if (command && named(w, eq, "lba"))
		return parse_count(p, w->text + from, w->len - from, column, &out->lba);
	if (command && named(w, eq, "blocks"))
		return parse_count(p, w->text + from, w->len - from, column, &out->blocks);
	if (command && named(w, eq, "beyond")) {
		out->beyond = true;
		return w->len == from + 1 && w->text[from] == '1'
			       ? 0
			       : parse_fail(p, column, "1 expected");
	}
	if (command && named(w, eq, "memory")) {
		out->has_memory = true;
		return parse_memory_name(p, w->text + from, column, &out->memory);
	}
	if (command && named(w, eq, "command")) {
		out->command = parse_command(w->text + from, w->len - from);
		return out->command ? 0 : parse_unknown_command(p, w->text + from, column);
	}

	struct field_set set = {0};
	if (eq > 5 && !memcmp(w->text, "byte@", 5)) {
		if (parse_byte(p, w, eq, &set))
			return -1;
	} else {
		set.field = pdu_field_by_name(out->type, arena_copy(p->arena, w->text, eq));
		if (!set.field)
			return unknown_field(p, w, out->type, eq);
		if (field_value(p, set.field, w, from, &set.value))
			return -1;
	}
	if (is_set(out, &set))
		return parse_fail(p, w->column, "a second %.*s", (int)eq, w->text);
	out->sets = arena_grow(p->arena, out->sets, out->set_count, sizeof(*out->sets));
	out->sets[out->set_count++] = set;
	return 0;
}

int parse_send(struct parser *p, struct send *out)
{
	*out = (struct send){.line = p->line->number, .text = p->line->raw, .op = FAB_SEND};
	const struct word *w = parse_take(p, "message type");
	if (!w)
		return -1;
	out->type = parse_type(p, w);
	if (!out->type)
		return -1;
	while (parse_peek(p)) {
		if (parse_accept(p, "*")) {
			w = parse_take(p, "how many");
			if (!w || parse_count(p, w->text, w->len, w->column, &out->count))
				return -1;
			const struct operand *o = &out->count.operands[0];
			if (out->count.count == 1 && o->kind == OPERAND_VALUE &&
			    o->value.number > SEND_MAX)
				return parse_fail(p, w->column, "more than %d messages", SEND_MAX);
			if (out->count.count == 1 && o->kind == OPERAND_VALUE && !o->value.number)
				return parse_fail(p, w->column, "no message at all");
			return parse_end(p) || check_parts(p, out) ? -1 : 0;
		}
		if (parse_part(p, parse_take(p, "field"), out))
			return -1;
	}
	return check_parts(p, out);
}
