/* pem.h - a certificate as files have it (RFC 7468). */
#ifndef SPOM_BASE_PEM_H
#define SPOM_BASE_PEM_H
#include <stdint.h>
#include "base/arena.h"

#define PEM_FILE_MAX 16384u

/* The bytes of the first certificate of a text, which is written over, on the arena. NULL: there is none, or memory is out. What is in them is not
 * looked at. */
uint8_t *pem_certificate(char *text, struct arena *arena, size_t *len_r);

#endif
