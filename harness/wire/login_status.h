/* SPDX-License-Identifier: BSD-2-Clause */
/* Status-Class and Status-Detail of a Login Response, RFC 7143 11.13.5. */
#ifndef WIRE_LOGIN_STATUS_H
#define WIRE_LOGIN_STATUS_H

/* The table's words, static: "the target is not there", ...; "unknown status" for what it does not
 * list. */
const char *login_status_text(unsigned status_class, unsigned detail);

#endif
