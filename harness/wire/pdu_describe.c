/* SPDX-License-Identifier: BSD-2-Clause */
/* A message as one line for people. What the peer wrote never reaches the terminal raw. */
#include "pdu.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "digits.h"

enum { DATA_SHOWN = 16 };

struct line {
	char *at;
	size_t left; /* including the NUL */
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
	if (l->left <= 1)
		return;
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(l->at, l->left, fmt, args);
	va_end(args);
	size_t wrote = n < 0 ? 0 : (size_t)n;
	if (wrote >= l->left)
		wrote = l->left - 1;
	l->at += wrote;
	l->left -= wrote;
}

static void put(struct line *l, const char *text, size_t len)
{
	if (l->left <= 1)
		return;
	if (len >= l->left)
		len = l->left - 1;
	memcpy(l->at, text, len);
	l->at += len;
	l->left -= len;
	*l->at = '\0';
}

static void put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

static void add_hex(struct line *l, const uint8_t *at, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++)
		put(l, (const char[]){digits[at[i] >> 4], digits[at[i] & 0xf]}, 2);
}

static bool is_text(const struct pdu_type *type)
{
	switch (type->opcode) {
	case OP_LOGIN_REQUEST:
	case OP_LOGIN_RESPONSE:
	case OP_TEXT_REQUEST:
	case OP_TEXT_RESPONSE:
		return true;
	default:
		return false;
	}
}

/* NULs part key=value pairs, so they become blanks between quoted pairs. */
static void add_text(struct line *l, struct bytes text)
{
	put_text(l, " \"");
	for (size_t i = 0; i < text.len && l->left > 1; i++) {
		uint8_t ch = text.at[i];
		if (!ch)
			put_text(l, i + 1 < text.len ? "\" \"" : "");
		else if (ch == '"' || ch == '\\')
			add(l, "\\%c", ch);
		else if (ch < 0x20 || ch > 0x7e)
			add(l, "\\x%02x", ch);
		else
			put(l, (const char *)&text.at[i], 1);
	}
	put_text(l, "\"");
}

static void add_field(struct line *l, const struct pdu *p, const struct pdu_field *f)
{
	if (f->show & SHOW_NEVER)
		return;
	const bool blob = f->bytes > sizeof(uint64_t), hex = f->show & SHOW_HEX;
	const uint64_t value = pdu_get(p, f);
	char digits[DIGITS_MAX];
	if (!blob && value == f->initial && !(f->show & SHOW_ALWAYS))
		return;
	put(l, " ", 1);
	put_text(l, f->name);
	put_text(l, !blob && hex ? "=0x" : "=");
	if (blob)
		add_hex(l, p->cdb, sizeof(p->cdb));
	else
		put(l, digits, digits_of(value, hex ? 16 : 10, digits));
}

static void add_data(struct line *l, const struct pdu *p)
{
	if (!p->data.len)
		return;
	if (is_text(p->type)) {
		add_text(l, p->data);
		return;
	}
	put_text(l, " data=");
	add_hex(l, p->data.at, p->data.len < DATA_SHOWN ? p->data.len : DATA_SHOWN);
	if (p->data.len > DATA_SHOWN)
		put_text(l, "...");
}

const char *pdu_describe(const void *msg, size_t len, char *buf, size_t size)
{
	struct line l = {.at = buf, .left = size};
	if (size)
		buf[0] = '\0';

	struct pdu p;
	struct err e;
	if (pdu_decode(&p, msg, len, &e)) {
		char why[sizeof(e.what) + 128];
		add(&l, "undecodable message of %zu bytes: %s", len,
		    err_text(&e, why, sizeof(why)));
		return buf;
	}

	put_text(&l, p.type->title);
	for (size_t i = 0; i < p.type->field_count; i++)
		add_field(&l, &p, &p.type->fields[i]);
	if (p.ahs.len) {
		put_text(&l, " AHS=");
		add_hex(&l, p.ahs.at, p.ahs.len < DATA_SHOWN ? p.ahs.len : DATA_SHOWN);
		if (p.ahs.len > DATA_SHOWN)
			put_text(&l, "...");
	}
	add_data(&l, &p);

	size_t first;
	unsigned reserved = pdu_reserved_set(p.type, msg, len, &first);
	if (reserved)
		add(&l, " [%u reserved bit%s set, first in byte %zu]", reserved,
		    reserved > 1 ? "s" : "", first);
	return buf;
}
