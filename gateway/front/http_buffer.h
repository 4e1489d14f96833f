/* http_buffer.h - private to http.c: the buffer in which the library reads requests, and what must not stay there.
 *
 * The library reads a head, and whatever of the body comes with it, to one buffer a thread, ends the lines with NULs in place, and
 * never erases it. It does not tell where the buffer begins or how much it read. What is used here was found by looking at its 1.15:
 * the buffer has the size that max_request_size says, a head begins at its first byte (blanks in front are skipped, which is refused here),
 * and the body follows the empty line. */
#ifndef SPOM_FRONT_HTTP_BUFFER_H
#define SPOM_FRONT_HTTP_BUFFER_H
#include <civetweb.h>
#include "front/head.h"

#define HTTP_BUFFER_SIZE (32u * KIB)

/* The request as the library has it, to be changed. */
struct mg_request_info *http_buffer_info(const struct mg_connection *connection);

/* The head as our own; borrowed. False, and the reason, for a head whose bytes say something else than what the library made of them. The
 * head is filled in any case. */
bool http_buffer_head(const struct mg_request_info *info, struct head *head_r, const char **why_r);

/* Erases what is secret of a head, and the body of that length; UINT64_MAX: everything behind the head. Connection and version stay:
 * the library needs them. */
void http_buffer_erase(struct mg_request_info *info, uint64_t length);

#endif
