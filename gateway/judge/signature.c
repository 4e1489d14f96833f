#include "judge/signature.h"
#include <libxml/c14n.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST 4096
#define PREFIXES_MAX 16u

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define ENCRYPTION "http://www.w3.org/2001/04/xmlenc#"
#define ENVELOPED XML_NS_SIGNATURE "enveloped-signature"

/* RFC 9231 section 2.3, XML Signature 6.2. */
static const struct algorithm {
	const char *uri;
	const EVP_MD *(*digest)(void);
	int key; /* EVP_PKEY_NONE: a digest alone */
} ALGORITHMS[] = {
	{ MORE "rsa-sha256", EVP_sha256, EVP_PKEY_RSA },
	{ MORE "rsa-sha384", EVP_sha384, EVP_PKEY_RSA },
	{ MORE "rsa-sha512", EVP_sha512, EVP_PKEY_RSA },
	{ MORE "ecdsa-sha256", EVP_sha256, EVP_PKEY_EC },
	{ MORE "ecdsa-sha384", EVP_sha384, EVP_PKEY_EC },
	{ MORE "ecdsa-sha512", EVP_sha512, EVP_PKEY_EC },
	{ ENCRYPTION "sha256", EVP_sha256, EVP_PKEY_NONE },
	{ MORE "sha384", EVP_sha384, EVP_PKEY_NONE },
	{ ENCRYPTION "sha512", EVP_sha512, EVP_PKEY_NONE },
};

static const struct algorithm *find(struct text uri, bool digest)
{
	for (size_t i = 0; i < COUNT(ALGORITHMS); i++)
		if (text_equal_str(uri, ALGORITHMS[i].uri) && (ALGORITHMS[i].key == EVP_PKEY_NONE) == digest)
			return &ALGORITHMS[i];
	return NULL;
}

bool signature_begin(void)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len;
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
	       EVP_Digest("", 0, hash, &len, EVP_sha256(), NULL) == 1;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

static EVP_PKEY *open_key(struct bytes spki)
{
	const unsigned char *at = spki.at;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
	if (at != spki.at + spki.len)
		free_key(&key);
	ERR_clear_error();
	return key;
}

static bool is_on_curve(const EVP_PKEY *key)
{
	static const char *const CURVES[] = { "prime256v1", "secp384r1", "secp521r1" };
	char name[32];
	bool named = EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1;
	for (size_t i = 0; named && i < COUNT(CURVES); i++)
		if (strcmp(name, CURVES[i]) == 0)
			return true;
	return false;
}

static bool is_strong(const EVP_PKEY *key)
{
	int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
	if (kind == EVP_PKEY_RSA)
		return bits >= RSA_BITS_LEAST && bits <= RSA_BITS_MOST;
	return kind == EVP_PKEY_EC && is_on_curve(key);
}

bool signature_is_key(struct bytes spki)
{
	CLEANUP(free_key) EVP_PKEY *key = open_key(spki);
	return key != NULL && is_strong(key);
}

static EVP_PKEY *key_of(struct bytes der)
{
	const unsigned char *at = der.at;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
	EVP_PKEY *key = certificate != NULL && at == der.at + der.len ? X509_get_pubkey(certificate) : NULL;
	X509_free(certificate);
	return key;
}

static enum judge_fault write_key(const EVP_PKEY *key, struct arena *arena, struct signature_key *key_r)
{
	int len = i2d_PUBKEY(key, NULL);
	unsigned char *spki = len > 0 ? arena_alloc(arena, (size_t)len) : NULL, *at = spki;
	if (spki == NULL || i2d_PUBKEY(key, &at) != len)
		return JUDGE_KEY;
	key_r->spki = (struct bytes){ spki, (size_t)len };
	key_r->is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	return JUDGE_NONE;
}

enum judge_fault signature_key_of(struct bytes certificate, struct arena *arena, struct signature_key *key_r)
{
	CLEANUP(free_key) EVP_PKEY *key = key_of(certificate);
	enum judge_fault fault = key != NULL ? JUDGE_KEY : JUDGE_CERTIFICATE;
	if (key != NULL && is_strong(key))
		fault = write_key(key, arena, key_r);
	ERR_clear_error();
	return fault;
}

/* --- octets ------------------------------------------------------------------------------------------------------- */

int signature_to_der(struct bytes pair, unsigned char der[SIGNATURE_DER_MAX])
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	int half = (int)(pair.len / 2), len = 0;
	BIGNUM *r = BN_bin2bn(pair.at, half, NULL), *s = BN_bin2bn(pair.at + half, half, NULL);
	if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
		r = s = NULL;
		if (i2d_ECDSA_SIG(signature, NULL) <= (int)SIGNATURE_DER_MAX)
			len = i2d_ECDSA_SIG(signature, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(signature);
	return len;
}

static bool verify(
    EVP_PKEY *key, const struct algorithm *algorithm, struct bytes octets, struct bytes signature)
{
	unsigned char der[SIGNATURE_DER_MAX];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (algorithm->key == EVP_PKEY_EC) {
		bool pairs = signature.len % 2 == 0 && signature.len <= SIGNATURE_DER_MAX - 16;
		int len = pairs ? signature_to_der(signature, der) : 0;
		signature = (struct bytes){ der, (size_t)(len > 0 ? len : 0) };
	}
	bool good = context != NULL && signature.len > 0 &&
		    EVP_DigestVerifyInit(context, NULL, algorithm->digest(), NULL, key) == 1 &&
		    EVP_DigestVerify(context, signature.at, signature.len, octets.at, octets.len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

enum judge_fault signature_verify(
    const struct signature_keys *keys, struct text uri, struct bytes octets, struct bytes signature)
{
	const struct algorithm *algorithm = find(uri, false);
	if (algorithm == NULL)
		return JUDGE_ALGORITHM;
	for (uint32_t i = 0; i < keys->n; i++) {
		CLEANUP(free_key) EVP_PKEY *key = open_key(keys->at[i].spki);
		if (key != NULL && is_strong(key) && EVP_PKEY_get_base_id(key) == algorithm->key &&
		    verify(key, algorithm, octets, signature))
			return JUDGE_NONE;
	}
	return JUDGE_SIGNATURE;
}

/* --- enveloped ---------------------------------------------------------------------------------------------------- */

/* Which part of a document is canonicalized. */
struct part {
	const xmlNode *within;
	const xmlNode *without; /* NULL: nothing is left out */
};

static bool is_in(const xmlNode *node, const xmlNode *whole)
{
	while (node != NULL && node != whole)
		node = node->parent;
	return node != NULL;
}

/* What is no element has one: namespaces know it only by the second pointer. */
static int is_visible(void *user, xmlNodePtr node, xmlNodePtr parent)
{
	const struct part *part = user;
	const xmlNode *element = node->type == XML_ELEMENT_NODE ? node : parent;
	if (element == NULL || element->type != XML_ELEMENT_NODE)
		return 0;
	return is_in(element, part->within) && (part->without == NULL || !is_in(element, part->without));
}

/* Exclusive canonicalization without comments. */
static bool canonicalize(
    xmlDoc *doc, struct part *part, xmlChar **prefixes, struct arena *arena, struct bytes *octets_r)
{
	xmlOutputBufferPtr out = xmlAllocOutputBuffer(NULL);
	int done = out != NULL
		       ? xmlC14NExecute(doc, is_visible, part, XML_C14N_EXCLUSIVE_1_0, prefixes, 0, out)
		       : -1;
	bool good = done >= 0 && xmlOutputBufferFlush(out) >= 0;
	size_t len = good ? xmlOutputBufferGetSize(out) : 0;
	const char *copy = good ? arena_copy(arena, xmlOutputBufferGetContent(out), len) : NULL;
	(void)xmlOutputBufferClose(out);
	*octets_r = (struct bytes){ (const uint8_t *)copy, len };
	return copy != NULL;
}

/* The prefixes of InclusiveNamespaces, with a NULL behind them. false: too many. */
static bool read_prefixes(const xmlNode *transform, struct arena *arena, xmlChar *prefixes[PREFIXES_MAX + 1])
{
	const xmlNode *inclusive = xml_child(transform, XML_NS_EXCLUSIVE, "InclusiveNamespaces");
	unsigned n = 0;
	prefixes[0] = NULL;
	struct text list =
	    inclusive != NULL ? xml_attribute(inclusive, "PrefixList", arena) : (struct text){ NULL, 0 };
	if (list.at == NULL)
		return inclusive == NULL;
	for (char *at = (char *)(uintptr_t)list.at, *rest; (at = strtok_r(at, " \t\r\n", &rest)) != NULL;
	     at = NULL) {
		if (n == PREFIXES_MAX)
			return false;
		prefixes[n++] = (xmlChar *)at;
	}
	prefixes[n] = NULL;
	return true;
}

struct envelope {
	const xmlNode *root; /* what is signed as a whole */
	const xmlNode *signature;
	const xmlNode *info;
	const xmlNode *reference;
	struct arena *arena;
};

static struct text algorithm_of(const struct envelope *envelope, const xmlNode *parent, const char *name)
{
	const xmlNode *method = xml_child(parent, XML_NS_SIGNATURE, name);
	return xml_attribute(method, "Algorithm", envelope->arena);
}

static bool read_value(
    const struct envelope *envelope, const xmlNode *parent, const char *name, struct bytes *bytes_r)
{
	const xmlNode *value = xml_child(parent, XML_NS_SIGNATURE, name);
	return xml_bytes(xml_text(value, envelope->arena), envelope->arena, bytes_r);
}

/* It names the root, by an id that nothing else has. */
static bool is_of_root(const struct envelope *envelope)
{
	struct arena *arena = envelope->arena;
	struct text id = xml_attribute(envelope->root, "ID", arena);
	struct text uri = xml_attribute(envelope->reference, "URI", arena);
	struct text own = xml_attribute(envelope->signature, "Id", arena);
	if (id.len == 0 || uri.len != id.len + 1 || uri.at[0] != '#' || text_equal(own, id))
		return false;
	return memcmp(uri.at + 1, id.at, id.len) == 0;
}

/* The signature is left out, and the rest is canonicalized: that and nothing else. */
static enum judge_fault check_digest(const struct envelope *envelope)
{
	struct arena *arena = envelope->arena;
	const xmlNode *transforms = xml_child(envelope->reference, XML_NS_SIGNATURE, "Transforms");
	const xmlNode *first = xml_first(transforms), *second = xml_next(first);
	xmlChar *prefixes[PREFIXES_MAX + 1];
	struct bytes octets, wanted;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct part part = { envelope->root, envelope->signature };
	if (!text_equal_str(xml_attribute(first, "Algorithm", arena), ENVELOPED) ||
	    xml_first(first) != NULL ||
	    !text_equal_str(xml_attribute(second, "Algorithm", arena), XML_NS_EXCLUSIVE) ||
	    !read_prefixes(second, arena, prefixes))
		return JUDGE_SIGNATURE_SHAPE;
	const struct algorithm *digest =
	    find(algorithm_of(envelope, envelope->reference, "DigestMethod"), true);
	if (digest == NULL)
		return JUDGE_ALGORITHM;
	if (!read_value(envelope, envelope->reference, "DigestValue", &wanted) ||
	    !canonicalize(envelope->root->doc, &part, prefixes, arena, &octets))
		return JUDGE_SIGNATURE_SHAPE;
	bool same = EVP_Digest(octets.at, octets.len, hash, &len, digest->digest(), NULL) == 1 &&
		    len == wanted.len && memcmp(hash, wanted.at, len) == 0;
	return same ? JUDGE_NONE : JUDGE_SIGNATURE;
}

enum judge_fault signature_verify_enveloped(
    const xmlNode *root, const struct signature_keys *keys, struct arena *arena)
{
	struct envelope envelope = { .root = root, .arena = arena };
	struct bytes octets, value;
	envelope.signature = xml_child(root, XML_NS_SIGNATURE, "Signature");
	envelope.info = xml_child(envelope.signature, XML_NS_SIGNATURE, "SignedInfo");
	envelope.reference = xml_child(envelope.info, XML_NS_SIGNATURE, "Reference");
	if (!text_equal_str(
		algorithm_of(&envelope, envelope.info, "CanonicalizationMethod"), XML_NS_EXCLUSIVE) ||
	    !is_of_root(&envelope))
		return JUDGE_SIGNATURE_SHAPE;
	enum judge_fault fault = check_digest(&envelope);
	if (fault != JUDGE_NONE)
		return fault;
	struct part part = { envelope.info, NULL };
	if (!read_value(&envelope, envelope.signature, "SignatureValue", &value) ||
	    !canonicalize(root->doc, &part, NULL, arena, &octets))
		return JUDGE_SIGNATURE_SHAPE;
	return signature_verify(
	    keys, algorithm_of(&envelope, envelope.info, "SignatureMethod"), octets, value);
}
