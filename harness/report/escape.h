/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that came from a system under test, made safe for terminals, XML and JSON. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stddef.h>

/*
 * A new string: printable UTF-8 as it is; control bytes (line ends too), C1 controls, characters
 * that turn the writing direction, what XML 1.0 has no place for, and bytes that are not UTF-8 as
 * \xHH. Escaping twice changes nothing, so each writer may do it for itself. The caller frees.
 */
char *escape_bytes(const void *at, size_t len);
/* The same for a C string; NULL gives "". */
char *escape_text(const char *s);

#endif
