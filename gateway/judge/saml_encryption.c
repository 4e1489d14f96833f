#include "judge/saml_encryption.h"
#include <string.h>

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"

enum kind { CIPHER, TRANSPORT, KINDS };

/* digest, mask: what else has to stand there; NULL: that, or nothing. */
static const struct method {
	const char *uri;
	enum kind kind;
	unsigned value;
	const char *digest;
	const char *mask;
} METHODS[] = {
	{ XENC11 "aes128-gcm", CIPHER, SAML_AES128_GCM, NULL, NULL },
	{ XENC11 "aes256-gcm", CIPHER, SAML_AES256_GCM, NULL, NULL },
	{ XENC "rsa-oaep-mgf1p", TRANSPORT, SAML_OAEP_SHA1, NULL, NULL },
	{ XENC11 "rsa-oaep", TRANSPORT, SAML_OAEP_SHA256, XENC "sha256", XENC11 "mgf1sha256" },
};

/* Others' that nobody confuses with ours: it wants these, and so not what it does not name. */
static bool is_of(struct text uri, enum kind kind)
{
	static const char *const WORDS[] = { [CIPHER] = "-cbc", [TRANSPORT] = "#rsa-" };
	return memmem(uri.at, uri.len, WORDS[kind], strlen(WORDS[kind])) != NULL;
}

static struct text inner(const xmlNode *method, const char *ns, const char *name, struct arena *arena)
{
	const xmlNode *child = xml_child(method, ns, name);
	return child != NULL ? xml_attribute(child, "Algorithm", arena) : (struct text){ NULL, 0 };
}

static bool is_named(struct text is, const char *wanted, const char *usual)
{
	if (wanted != NULL)
		return text_equal_str(is, wanted);
	return is.at == NULL || text_equal_str(is, usual);
}

static const struct method *find(const xmlNode *at, struct text uri, struct arena *arena)
{
	struct text digest = inner(at, XML_NS_SIGNATURE, "DigestMethod", arena);
	struct text mask = inner(at, XENC11, "MGF", arena);
	for (size_t i = 0; i < COUNT(METHODS); i++)
		if (text_equal_str(uri, METHODS[i].uri) &&
		    is_named(digest, METHODS[i].digest, XML_NS_SIGNATURE "sha1") &&
		    is_named(mask, METHODS[i].mask, XENC11 "mgf1sha1"))
			return &METHODS[i];
	return NULL;
}

bool saml_encryption_read(const xmlNode *descriptor, struct arena *arena, struct saml_encryption *how_r)
{
	const struct method *found[KINDS] = { NULL };
	bool others[KINDS] = { false };
	for (const xmlNode *at = xml_first(descriptor); at != NULL; at = xml_next(at)) {
		if (!xml_is(at, XML_NS_METADATA, "EncryptionMethod"))
			continue;
		struct text uri = xml_attribute(at, "Algorithm", arena);
		const struct method *method = uri.at != NULL ? find(at, uri, arena) : NULL;
		if (method != NULL && found[method->kind] == NULL)
			found[method->kind] = method;
		for (unsigned kind = 0; uri.at != NULL && kind < KINDS; kind++)
			others[kind] = others[kind] || is_of(uri, (enum kind)kind);
	}
	how_r->cipher = found[CIPHER] != NULL ? (enum saml_cipher)found[CIPHER]->value : SAML_AES128_GCM;
	how_r->transport =
	    found[TRANSPORT] != NULL ? (enum saml_transport)found[TRANSPORT]->value : SAML_OAEP_SHA1;
	return (found[CIPHER] != NULL || !others[CIPHER]) && (found[TRANSPORT] != NULL || !others[TRANSPORT]);
}
