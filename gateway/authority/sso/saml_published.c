#include "authority/sso/saml_published.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_write.h"
#include "authority/sso/signing.h"
#include "base/clock.h"

#define DAY_MS (24LL * 60 * 60 * 1000)
#define VALID_MS (SIGNING_SAML_AHEAD_MS - DAY_MS) /* a copy that is good has the key that signs now */
#define CACHE_DURATION "P1D"

static struct {
	pthread_mutex_t lock;  /* never held while something is signed */
	char *rest, *document; /* owned; NULL: nothing was signed yet */
	int64_t until_ms;      /* of the steady clock */
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

static enum err find(struct arena *arena, struct text rest, struct text *document_r)
{
	enum err err = ERR_NOT_FOUND;
	pthread_mutex_lock(&kept.lock);
	if (clock_steady_ms() < kept.until_ms && text_equal_str(rest, kept.rest))
		err = text_copy(arena, text_of(kept.document), document_r) ? OK : ERR_NO_MEMORY;
	pthread_mutex_unlock(&kept.lock);
	return err;
}

static void swap(char **a, char **b)
{
	char *c = *a;
	*a = *b;
	*b = c;
}

/* Where memory is out it is signed again the next time. */
static void keep(struct text rest, struct text document)
{
	char *of = strdup(rest.at), *whole = strdup(document.at);
	if (of != NULL && whole != NULL) {
		pthread_mutex_lock(&kept.lock);
		swap(&kept.rest, &of);
		swap(&kept.document, &whole);
		kept.until_ms = clock_steady_ms() + SAML_PUBLISHED_MS;
		pthread_mutex_unlock(&kept.lock);
	}
	free(of);
	free(whole);
}

static enum err sign(struct call *call, struct text rest, struct text *document_r)
{
	struct saml_write head;
	struct text id = saml_id(&call->arena);
	saml_write_begin(&head, &call->arena);
	if (id.at == NULL || head.at == NULL)
		return ERR_NO_MEMORY;
	saml_write_raw(&head, SAML_ENTITY);
	saml_write_attribute(&head, "ID", id);
	saml_write_attribute(&head, "cacheDuration", TEXT_LITERAL(CACHE_DURATION));
	saml_write_attribute(&head, "entityID", saml_entity_id(call));
	saml_write_time(&head, "validUntil", clock_now_ms() + VALID_MS);
	saml_write_raw(&head, ">");
	const struct saml_halves halves = { saml_write_done(&head), rest };
	return saml_sign(call, &halves, id, document_r);
}

enum err saml_published(struct call *call, struct text rest, struct text *document_r)
{
	enum err err = find(&call->arena, rest, document_r);
	if (err != ERR_NOT_FOUND)
		return err;
	err = sign(call, rest, document_r);
	if (err == OK)
		keep(rest, *document_r);
	return err;
}
