/* SPDX-License-Identifier: BSD-2-Clause */
/* Values that have to be counts, sizes or times. */
#include "parse.h"

int parse_size(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out)
{
	if (parse_expr(p, text, len, column, out))
		return -1;
	if (out->count && !parse_is_live(out) && out->operands[0].value.kind != VALUE_NUMBER)
		return parse_fail(p, column, "number expected, not %.*s",
				  (int)(len < 60 ? len : 60), text);
	if (parse_kind(p, out) == VALUE_TIME)
		return parse_fail(p, column, "number expected, and that is a time");
	return 0;
}

int parse_count(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out)
{
	if (parse_size(p, text, len, column, out))
		return -1;
	return parse_has_size(out)
		       ? parse_fail(p, column,
				    "a number without KiB or MiB expected; that is no size")
		       : 0;
}

int parse_time(struct parser *p, struct expr *out)
{
	const struct word *w = parse_peek(p);
	if (parse_word_expr(p, "time", out))
		return -1;
	const enum value_kind kind = parse_kind(p, out);
	if (kind == VALUE_TIME || (parse_is_live(out) && kind == VALUE_NONE))
		return 0;
	if (parse_is_live(out) && kind == VALUE_NUMBER)
		return parse_fail(p, w->column,
				  "time expected, and %.60s is a number without a unit; times 1ms, "
				  "for example: %.60s*1ms",
				  w->text, w->text);
	return parse_fail(p, w->column, "time expected: a number with us, ms or s");
}
