/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 signatures (RFC 8032) by OpenSSL; keys are PEM files, as `openssl genpkey` makes them. */
#ifndef CERTIFICATE_SIGNATURE_H
#define CERTIFICATE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/err.h"

enum { SIGNATURE_BYTES = 64 };

/* With the private key of that file. -1 with *e. */
int signature_make(const char *key_file, const void *at, size_t len, uint8_t out[SIGNATURE_BYTES],
		   struct err *e);
/* Is it that of the public key of that file? -1 with *e: the file has no such key. */
int signature_check(const char *public_key_file, const void *at, size_t len,
		    const uint8_t signature[SIGNATURE_BYTES], bool *good, struct err *e);

#endif
