/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole pages between two that nobody may touch. To have them from the kernel costs more than all
 * that a small command does with them, so what is given back stays here for who asks for as much:
 * up to a bound, and out of bounds for AddressSanitizer meanwhile.
 */
#ifndef PEER_FENCED_H
#define PEER_FENCED_H

#include <stddef.h>
#include <stdint.h>

/* len bytes, a multiple of fenced_page(); what is in them is chance. NULL with errno. */
uint8_t *fenced_new(size_t len);
void fenced_free(uint8_t *at, size_t len); /* of fenced_new(len) */
size_t fenced_page(void);

#endif
