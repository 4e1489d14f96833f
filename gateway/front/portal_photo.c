/* portal_photo.c - the person's own picture, from the directory in parts. */
#include <string.h>
#include "front/portal.h"
#include "front/show.h"

#define PHOTO_MAX (512u * KIB)

static const struct msg_photo_part *ask_part(struct exchange *x, uint64_t offset)
{
	struct msg_photo photo = { x->request->session, offset };
	return show_ask(x, WIRE(photo, &photo), wire_msg_photo_part());
}

/* A photo that is replaced while it is read has another size, mostly; then nothing of it is shown. */
static bool take(struct exchange *x, const struct msg_photo_part *first, char *bytes)
{
	const struct msg_photo_part *part = first;
	uint64_t at = 0;
	for (;;) {
		if (part->size != first->size || part->part.len == 0 || at + part->part.len > first->size) {
			show_fault(x, FAULT_BUSY, 0);
			return false;
		}
		memcpy(bytes + at, part->part.at, part->part.len);
		at += part->part.len;
		if (at == first->size)
			return true;
		part = ask_part(x, at);
		if (part == NULL)
			return false;
	}
}

void portal_photo(struct exchange *x)
{
	const struct msg_photo_part *first = ask_part(x, 0);
	if (first == NULL)
		return;
	if (first->size == 0 || first->size > PHOTO_MAX || !text_equal_str(first->type, "image/jpeg")) {
		show_fault(x, FAULT_NOT_FOUND, 0);
		return;
	}
	char *bytes = arena_alloc(x->request->arena, (size_t)first->size);
	if (bytes == NULL) {
		show_fault(x, FAULT_INTERNAL, 0);
		return;
	}
	if (!take(x, first, bytes))
		return;
	x->reply->status = 200;
	x->reply->type = "image/jpeg";
	x->reply->body = (struct text){ bytes, (size_t)first->size };
}
