/* SPDX-License-Identifier: BSD-2-Clause */
#include "login_status.h"

#include <stddef.h>

static const struct {
	unsigned char status_class, detail;
	const char *text;
} table[] = {
	{0, 0x00, "success"},
	{1, 0x01, "the target has moved for now"},
	{1, 0x02, "the target has moved for good"},
	{2, 0x00, "initiator error"},
	{2, 0x01, "authentication failed: wrong secret, or none where one is wanted"},
	{2, 0x02, "this initiator is not allowed to use the target"},
	{2, 0x03, "there is no target of that name"},
	{2, 0x04, "the target was removed"},
	{2, 0x05, "the version is not supported"},
	{2, 0x06, "too many connections"},
	{2, 0x07, "a parameter is missing"},
	{2, 0x08, "the connection cannot be part of that session"},
	{2, 0x09, "this type of session is not supported"},
	{2, 0x0a, "there is no such session"},
	{2, 0x0b, "invalid during login"},
	{3, 0x00, "target error"},
	{3, 0x01, "the service is not available now"},
	{3, 0x02, "out of resources"},
};

const char *login_status_text(unsigned status_class, unsigned detail)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status_class == status_class && table[i].detail == detail)
			return table[i].text;
	return "unknown status";
}
