/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes target URLs and addresses apart. */
#include "target_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char scheme[] = "iser://";

static bool is_iscsi_name(const char *text)
{
	return !strncmp(text, "iqn.", 4) || !strncmp(text, "eui.", 4) || !strncmp(text, "naa.", 4);
}

/* Copies from..end into a field; -1 when it is empty or does not fit. */
static int copy_part(char *to, size_t size, const char *from, const char *end, const char *what,
		     struct err *e)
{
	const size_t len = (size_t)(end - from);
	if (!len)
		return err_set(e, 0, "the %s is missing", what);
	if (len >= size)
		return err_set(e, 0, "the %s is longer than %zu bytes", what, size - 1);
	memcpy(to, from, len);
	to[len] = '\0';
	return 0;
}

static int parse_number(const char *text, uint64_t max, uint64_t *out, const char *what,
			struct err *e)
{
	char *end;
	errno = 0;
	const unsigned long long n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || n > max)
		return err_set(e, 0, "the %s is not a number from 0 to %llu", what,
			       (unsigned long long)max);
	*out = n;
	return 0;
}

/* Of a host or an interface. */
static bool is_name(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-._", *at))
			return false;
	return true;
}

static int check_host(const char *host, bool bracketed, struct err *e)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (bracketed) {
		char plain[256];
		snprintf(plain, sizeof(plain), "%s", host);
		char *zone = strchr(plain, '%'); /* as in fe80::1%eth0 */
		if (zone) {
			*zone++ = '\0';
			if (!*zone || !is_name(zone))
				return err_set(e, 0, "the zone of the IPv6 address is no name");
		}
		return inet_pton(AF_INET6, plain, &v6) == 1
			       ? 0
			       : err_set(e, 0, "what stands in brackets is no IPv6 address");
	}
	/* Digits and dots alone are meant as an address; resolvers take 10.1 and 1.2.3.4.5 in odd
	 * ways. */
	if (host[strspn(host, "0123456789.")] == '\0' && inet_pton(AF_INET, host, &v4) != 1)
		return err_set(e, 0, "the host is no IPv4 address");
	return is_name(host) ? 0 : err_set(e, 0, "the host has a character that no name has");
}

int address_parse(const char *text, char *host, size_t size, uint16_t *port, struct err *e)
{
	const char *at = text, *end, *after;
	bool bracketed = *text == '[';
	uint64_t number = 0;

	*port = ISCSI_PORT;
	if (bracketed) {
		at++;
		end = strchr(at, ']');
		if (!end)
			return err_set(e, 0, "the bracket after the IPv6 address is missing");
		after = end + 1;
	} else if (strchr(text, ':') != strrchr(text, ':')) {
		bracketed = true; /* more than one colon: a bare IPv6 address */
		after = end = text + strlen(text);
	} else {
		after = end = text + strcspn(text, ":");
	}
	if (copy_part(host, size < 256 ? size : 256, at, end, "host", e) ||
	    check_host(host, bracketed, e))
		return -1;
	if (!*after)
		return 0;
	if (*after != ':')
		return err_set(e, 0, "there is text between the address and the port");
	if (parse_number(after + 1, 65535, &number, "port", e))
		return -1;
	*port = (uint16_t)number;
	return 0;
}

/* USER%SECRET as libiscsi has it, USER:SECRET as other URLs do. Many user names are iSCSI names,
 * which have colons: those have their secret behind a % or elsewhere. */
static const char *user_end(const char *from, const char *at_sign)
{
	const char *end = from + strcspn(from, is_iscsi_name(from) ? "%" : "%:");
	return end < at_sign ? end : at_sign;
}

static int parse_user(struct target_url *u, const char *from, const char *at_sign, struct err *e)
{
	const char *end = user_end(from, at_sign);
	if (end == at_sign)
		return copy_part(u->user, sizeof(u->user), from, at_sign, "user name", e);
	if (copy_part(u->user, sizeof(u->user), from, end, "user name", e))
		return -1;
	return copy_part(u->secret, sizeof(u->secret), end + 1, at_sign, "secret", e);
}

static int parse_arguments(struct target_url *u, const char *at, struct err *e)
{
	while (*at) {
		const char *end = at + strcspn(at, "&"), *eq = memchr(at, '=', (size_t)(end - at));
		const size_t name = eq ? (size_t)(eq - at) : 0;
		int status;
		if (name == strlen("target_user") && !strncmp(at, "target_user", name))
			status = copy_part(u->mutual_user, sizeof(u->mutual_user), eq + 1, end,
					   "target_user", e);
		else if (name == strlen("target_password") && !strncmp(at, "target_password", name))
			status = copy_part(u->mutual_secret, sizeof(u->mutual_secret), eq + 1, end,
					   "target_password", e);
		else
			status = err_set(e, 0,
					 "after the ? only target_user= and target_password= "
					 "are known");
		if (status)
			return -1;
		at = *end ? end + 1 : end;
	}
	return 0;
}

static int parse_name(struct target_url *u, const char *from, const char *end, struct err *e)
{
	const char *slash = memchr(from, '/', (size_t)(end - from));
	if (copy_part(u->iqn, sizeof(u->iqn), from, slash ? slash : end, "target's name", e))
		return -1;
	if (!is_iscsi_name(u->iqn))
		return err_set(e, 0, "the target's name begins with none of iqn. eui. naa.");
	for (const char *at = u->iqn; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return err_set(e, 0, "the target's name has a blank or control character");
	if (!slash)
		return 0;
	char lun[24];
	if (copy_part(lun, sizeof(lun), slash + 1, end, "LUN", e))
		return -1;
	return parse_number(lun, 16383, &u->lun, "LUN", e);
}

static int parse(struct target_url *u, const char *text, struct err *e)
{
	if (strncasecmp(text, scheme, strlen(scheme)) != 0)
		return err_set(e, 0, "it does not begin with iser://");
	const char *at = text + strlen(scheme);
	const char *question = at + strcspn(at, "?");
	const char *slash = memchr(at, '/', (size_t)(question - at));
	if (!slash)
		return err_set(e, 0, "the target's name is missing after the host");

	/* A secret may hold an @: the last one in front of the host counts. */
	const char *at_sign = memrchr(at, '@', (size_t)(slash - at));
	if (at_sign) {
		if (parse_user(u, at, at_sign, e))
			return -1;
		at = at_sign + 1;
	}
	char address[300] = "";
	if (copy_part(address, sizeof(address), at, slash, "host", e) ||
	    address_parse(address, u->host, sizeof(u->host), &u->port, e) ||
	    parse_name(u, slash + 1, question, e))
		return -1;
	if (!u->port)
		return err_set(e, 0, "the port is 0");
	return *question ? parse_arguments(u, question + 1, e) : 0;
}

int target_url_parse(struct target_url *u, const char *text, struct err *e)
{
	struct err inner;
	*u = (struct target_url){0};
	if (!parse(u, text, &inner))
		return 0;
	explicit_bzero(u, sizeof(*u));
	return err_set(e, 0,
		       "wrong target URL: %s; it looks like "
		       "iser://[USER%%SECRET@]HOST[:PORT]/IQN[/LUN]",
		       inner.what);
}

void target_url_wipe(char *text)
{
	/* Whatever else is wrong with the URL: from the first % or : of the user to the last @ it
	 * may be a secret. A zone of an IPv6 address stands in brackets, behind the @. */
	char *user = strstr(text, "://"), *at_sign = strrchr(text, '@');
	user = user ? user + strlen("://") : text;
	char *secret = user + strcspn(user, is_iscsi_name(user) ? "%" : "%:");
	if (at_sign && secret < at_sign)
		memset(secret + 1, '*', (size_t)(at_sign - secret - 1));
	static const char word[] = "target_password=";
	for (char *at = text; (at = strstr(at, word));) {
		at += strlen(word);
		memset(at, '*', strcspn(at, "&"));
	}
}
