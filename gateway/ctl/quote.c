#include "ctl/quote.h"
#include <stdio.h>

void quote_json(const char *text)
{
	(void)putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			(void)printf("\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			(void)printf("\\u%04x", *at);
		else
			(void)putchar(*at);
	}
	(void)putchar('"');
}
