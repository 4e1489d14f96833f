/* statics.c - the files of web/static and the sheet with the institution's colour, from memory. */
#include "front/route.h"
#include "front/show.h"

static const struct web_static *find(struct text path)
{
	for (unsigned i = 0; i < web_n_statics; i++)
		if (text_equal_str(path, web_statics[i].path))
			return &web_statics[i];
	return NULL;
}

static void give(struct exchange *x, const char *type, struct text content)
{
	x->reply->status = 200;
	x->reply->type = type;
	x->reply->body = content;
	x->reply->keep = true;
}

/* A page of before the colour changed asks for the sheet of before. */
static const struct dress *find_dress(const struct front *front, struct text path)
{
	const struct dress *dress = front->dress;
	while (dress != NULL && !text_equal(path, dress->theme_path))
		dress = dress->former;
	return dress;
}

void statics_get(struct exchange *x)
{
	const struct web_static *file = find(x->request->path);
	const struct dress *dress = find_dress(x->front, x->request->path);
	if (file != NULL)
		give(x, file->type, (struct text){ (const char *)file->bytes, file->len });
	else if (dress != NULL)
		give(x, "text/css; charset=utf-8", dress->theme);
	else
		show_fault(x, FAULT_NOT_FOUND, 0);
}
