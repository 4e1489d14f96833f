#include "base/pem.h"
#include <string.h>
#include "base/enc.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

uint8_t *pem_certificate(char *text, struct arena *arena, size_t *len_r)
{
	char *begin = strstr(text, BEGIN), *end = begin != NULL ? strstr(begin, END) : NULL;
	size_t n = 0;
	if (end == NULL)
		return NULL;
	begin += sizeof BEGIN - 1;
	for (const char *at = begin; at < end; at++)
		if (*at != '\n' && *at != '\r')
			begin[n++] = *at;
	uint8_t *der = arena_alloc(arena, n + 1);
	if (der == NULL || enc_from_base64(begin, n, der, n + 1, len_r) != OK)
		return NULL;
	return der;
}
