/* SPDX-License-Identifier: BSD-2-Clause */
/* One error: what went wrong, where in the bytes (or file), and the errno or RFC section behind it.
 */
#ifndef WIRE_ERR_H
#define WIRE_ERR_H

#include <stddef.h>
#include <stdint.h>

#define ERR_NO_OFFSET SIZE_MAX

struct err {
	int errnum;	     /* errno of a failed call, or 0 */
	size_t offset;	     /* byte offset in what was being decoded, or ERR_NO_OFFSET */
	const char *section; /* "RFC 7145 9.2", or NULL; a static string */
	char what[256];	     /* one line, no final newline; control bytes in it are '?' */
};

/* Both fill *e (which may be NULL) and return -1, so that a caller can `return err_set(...)`. */
int err_set(struct err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_wire(struct err *e, size_t offset, const char *section, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The error as one line: what, "at byte N", "(RFC ...)", ": strerror". Returns buf. */
const char *err_text(const struct err *e, char *buf, size_t size);

#endif
