/* SPDX-License-Identifier: BSD-2-Clause */
/* Text and data of a case with their live values filled in; and which messages fit a pattern. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text of a key as it is; data that no key could hold as its length and first bytes. What a SUT
 * wrote goes no further than as printable characters. */
static void data_text(const struct bytes *data, char *buf, size_t size)
{
	size_t shown = data->len < 16 ? data->len : 16, n = 0, printable = 0;

	while (printable < data->len && data->at[printable] >= 0x20 && data->at[printable] < 0x7f)
		printable++;
	if (printable == data->len) {
		snprintf(buf, size, "%.*s", (int)data->len, (const char *)data->at);
	} else {
		n = (size_t)snprintf(buf, size, "%zu byte%s", data->len, data->len > 1 ? "s" : "");
		for (size_t i = 0; i < shown && n + 6 < size; i++)
			n += (size_t)snprintf(buf + n, size - n, " %02x", data->at[i]);
		if (shown < data->len && n + 4 < size)
			snprintf(buf + n, size - n, " ...");
	}
}

char *run_value_text(const struct value *v, char *buf, size_t size)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"s", NS_PER_S}, {"ms", NS_PER_MS}, {"us", NS_PER_US}};

	buf[0] = '\0';
	switch (v->kind) {
	case VALUE_NONE:
		snprintf(buf, size, "none");
		break;
	case VALUE_NUMBER:
		snprintf(buf, size, "%" PRIu64, v->number);
		break;
	case VALUE_TIME:
		for (size_t i = 0; i < 3; i++) {
			if (i < 2 && v->number < units[i].ns)
				continue;
			snprintf(buf, size, v->number % units[i].ns ? "%.3f%s" : "%.0f%s",
				 (double)v->number / (double)units[i].ns, units[i].unit);
			break;
		}
		break;
	case VALUE_TEXT:
		data_text(&v->text, buf, size);
		break;
	}
	return buf;
}

/* Not cut: a setting's text may be as long as a text key's value. */
static void append(char **to, size_t *len, const void *from, size_t n)
{
	char *grown = realloc(*to, *len + n + 1);
	if (!grown)
		abort();
	if (n)
		memcpy(grown + *len, from, n);
	grown[*len + n] = '\0';
	*to = grown;
	*len += n;
}

char *run_fill(struct run *r, const struct text_template *t)
{
	char *out = NULL, buf[1024];
	size_t len = 0;
	append(&out, &len, "", 0);
	for (size_t i = 0; i < t->count; i++) {
		append(&out, &len, t->parts[i].text.at, t->parts[i].text.len);
		if (!t->parts[i].value.count)
			continue;
		struct value v = run_eval(r, &t->parts[i].value);
		run_value_text(&v, buf, sizeof(buf));
		append(&out, &len, buf, strlen(buf));
	}
	return out;
}

/* Text pairs: blanks part what the case wrote, values stand as they are. */
static uint8_t *keys_text(struct run *r, const struct text_template *t, size_t *len)
{
	char *out = NULL, buf[1024];
	*len = 0;
	append(&out, len, "", 0);
	for (size_t i = 0; i < t->count; i++) {
		const struct bytes *text = &t->parts[i].text;
		for (size_t k = 0; k < text->len; k++)
			if (text->at[k] != ' ')
				append(&out, len, text->at + k, 1);
			else if (*len && out[*len - 1])
				append(&out, len, "", 1);
		if (!t->parts[i].value.count)
			continue;
		const struct value v = run_eval(r, &t->parts[i].value);
		if (v.kind == VALUE_TEXT) {
			append(&out, len, v.text.at, v.text.len);
		} else {
			run_value_text(&v, buf, sizeof(buf));
			append(&out, len, buf, strlen(buf));
		}
	}
	if (*len && out[*len - 1])
		append(&out, len, "", 1);
	return (uint8_t *)out;
}

enum { DATA_MAX = 16 * 1024 * 1024 }; /* DataSegmentLength has 24 bits */

uint8_t *run_data(struct run *r, const struct data_spec *d, size_t *len)
{
	uint64_t a = 0, n = d->bytes.len, from = 0;
	struct value v = {0};
	if (d->kind == DATA_KEYS)
		return keys_text(r, &d->text, len);
	if (d->kind == DATA_VALUE) {
		v = run_eval(r, &d->a);
		if (v.kind != VALUE_TEXT) {
			run_trouble(r, "a value that is needed as data is none or a number");
			return NULL;
		}
		n = v.text.len;
		if (d->part && (!run_number(r, &d->from, &from) || !run_number(r, &d->length, &a)))
			return NULL;
		from = from < n ? from : n;
		n = d->part && a < n - from ? a : n - from;
	} else if (d->kind == DATA_FILL || d->kind == DATA_PATTERN) {
		if (!run_number(r, &d->a, &a) || !run_number(r, &d->length, &n) ||
		    (d->from.count && !run_number(r, &d->from, &from)))
			return NULL;
	}
	if (n >= DATA_MAX) {
		run_trouble(r, "%" PRIu64 " bytes of data are more than a message can have", n);
		return NULL;
	}
	uint8_t *out = malloc(n + 1);
	if (!out) {
		run_trouble(r, "out of memory");
		return NULL;
	}
	out[n] = '\0';
	if (d->kind == DATA_FILL)
		memset(out, (int)(a & 0xff), n);
	else if (d->kind == DATA_PATTERN)
		pattern_fill(out, n, a, from);
	else if (n)
		memcpy(out, d->kind == DATA_VALUE ? v.text.at + from : d->bytes.at, n);
	*len = n;
	return out;
}

static struct value number_value(uint64_t n)
{
	return (struct value){.kind = VALUE_NUMBER, .number = n};
}

/* `none` in a field is the reserved tag; a value is cut to the field, so that $StatSN-1 wraps as
 * the field does. */
static bool field_fits(struct run *r, const struct field_test *t, const struct pdu *pdu)
{
	const struct pdu_field *f =
		t->field ? t->field : pdu_field_by_name(pdu->type, t->any_field);
	if (!f || f->bytes > sizeof(uint64_t))
		return false;
	struct value want = run_eval(r, &t->value), have = number_value(pdu_get(pdu, f));
	uint64_t n = TAG_NONE;
	if (want.kind != VALUE_NONE && !run_as_number(&want, &n))
		return false;
	if (f->width < 64)
		n &= (1ull << f->width) - 1;
	want = number_value(n);
	return run_compare(t->op, &have, &want);
}

static bool data_fits(struct run *r, const struct field_test *t, const struct pdu *pdu)
{
	size_t len;
	uint8_t *want = run_data(r, &t->data, &len);
	if (!want)
		return false;
	bool same = len == pdu->data.len && (!len || !memcmp(want, pdu->data.at, len));
	free(want);
	return same == (t->op == CMP_EQ);
}

static bool length_fits(struct run *r, const struct field_test *t, const struct message *m)
{
	struct value want = run_eval(r, &t->value), have = number_value(m->bytes.len);
	return run_compare(t->op, &have, &want);
}

/* The test that it fails. NULL: it fits, or is of another type (*other). */
static const struct field_test *misfit(struct run *r, const struct pattern *p,
				       const struct message *m, bool *other)
{
	const struct field_test *as = NULL;
	*other = p->type && p->type != m->pdu.type;
	for (size_t i = 0; !*other && i < p->test_count; i++) {
		const struct field_test *t = &p->tests[i];
		switch (t->kind) {
		case TEST_LENGTH:
			if (!length_fits(r, t, m))
				return t;
			break;
		case TEST_FIELD:
			if (!m->pdu.type || !field_fits(r, t, &m->pdu))
				return t;
			break;
		case TEST_DATA:
			if (!m->pdu.type || !data_fits(r, t, &m->pdu))
				return t;
			break;
		case TEST_AS:
			as = t;
			break;
		}
	}
	/* Last: only of what fits otherwise does it matter that a device does not tell. */
	return *other || !as || run_came_as(r, as, m) ? NULL : as;
}

bool run_fits(struct run *r, const struct pattern *p, const struct message *m)
{
	bool other;
	return !misfit(r, p, m, &other) && !other;
}

const char *run_field_text(const struct pdu_field *f, uint64_t n, char *buf, size_t size)
{
	snprintf(buf, size, f->show & SHOW_HEX ? "0x%" PRIx64 : "%" PRIu64, n);
	return buf;
}

static void tell_number(struct run *r, const struct field_test *t, const struct pdu_field *f,
			const char *name, uint64_t have)
{
	static const char *const ops[] = {"",	      "not ",	    "less than ",
					  "at most ", "more than ", "at least "};
	static const struct pdu_field plain = {.show = SHOW_DEC};
	const struct value want = run_eval(r, &t->value);
	uint64_t n = TAG_NONE;
	char text[40], due[80], had[40];
	if (want.kind != VALUE_NONE && !run_as_number(&want, &n))
		return;
	run_field_text(f ? f : &plain, n, text, sizeof(text));
	snprintf(due, sizeof(due), "%s%s", ops[t->op], text);
	run_field_text(f ? f : &plain, have, had, sizeof(had));
	run_glance_field(r, name, due, had);
}

static void tell_data(struct run *r, const struct field_test *t, const struct message *m)
{
	size_t len;
	char due[300] = "none", had[300] = "none";
	uint8_t *want = run_data(r, &t->data, &len);
	if (!want)
		return;
	if (len)
		data_text(&(struct bytes){want, len}, due, sizeof(due));
	if (m->pdu.data.len)
		data_text(&m->pdu.data, had, sizeof(had));
	free(want);
	run_glance_field(r, "data", due, had);
}

void run_glance_misfit(struct run *r, const struct pattern *p, const struct message *m)
{
	bool other;
	const char *untold = r->untold;
	const struct field_test *t = misfit(r, p, m, &other);
	r->untold = untold; /* of no use but for this */
	if (!t || !m->pdu.type)
		return;
	const struct pdu_field *f = t->kind != TEST_FIELD ? NULL
				    : t->field		  ? t->field
					       : pdu_field_by_name(m->pdu.type, t->any_field);
	if (f)
		tell_number(r, t, f, f->name, pdu_get(&m->pdu, f));
	else if (t->kind == TEST_LENGTH)
		tell_number(r, t, NULL, "length", m->bytes.len);
	else if (t->kind == TEST_DATA)
		tell_data(r, t, m);
	else if (t->kind == TEST_AS)
		run_glance_field(r, "how it was sent", fab_op_name(t->how), fab_op_name(m->op));
}
