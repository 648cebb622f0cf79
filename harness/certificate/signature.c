/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

typedef EVP_PKEY *(*key_reader)(FILE *, EVP_PKEY **, pem_password_cb *, void *);

static EVP_PKEY *read_key(const char *path, key_reader reader, const char *what, struct err *e)
{
	FILE *in = fopen(path, "re");
	if (!in) {
		err_set(e, errno, "cannot read %s", path);
		return NULL;
	}
	EVP_PKEY *key = reader(in, NULL, NULL, NULL);
	fclose(in);
	if (key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519)
		return key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	err_set(e, 0, "%s: not an Ed25519 %s key in PEM", path, what);
	return NULL;
}

int signature_make(const char *key_file, const void *at, size_t len, uint8_t out[SIGNATURE_BYTES],
		   struct err *e)
{
	EVP_PKEY *key = read_key(key_file, PEM_read_PrivateKey, "private", e);
	EVP_MD_CTX *ctx = key ? EVP_MD_CTX_new() : NULL;
	size_t n = SIGNATURE_BYTES;
	int status = -1;

	if (ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, out, &n, at, len) == 1 && n == SIGNATURE_BYTES)
		status = 0;
	else if (key)
		err_set(e, 0, "%s: OpenSSL cannot sign with it", key_file);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return status;
}

int signature_check(const char *public_key_file, const void *at, size_t len,
		    const uint8_t signature[SIGNATURE_BYTES], bool *good, struct err *e)
{
	EVP_PKEY *key = read_key(public_key_file, PEM_read_PUBKEY, "public", e);
	EVP_MD_CTX *ctx = key ? EVP_MD_CTX_new() : NULL;
	int status = -1;

	if (ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1) {
		*good = EVP_DigestVerify(ctx, signature, SIGNATURE_BYTES, at, len) == 1;
		ERR_clear_error();
		status = 0;
	} else if (key) {
		err_set(e, 0, "%s: OpenSSL cannot check with it", public_key_file);
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return status;
}
