/* saml_encrypt.c - what is for one service's eyes, an assertion (SAML Core 2.3.4), signed before, or a name (2.2.4): encrypted as a whole, the key in it (XML Encryption 1.1). */
#include "authority/keys/envelope.h"
#include "authority/sso/saml_parts.h"
#include "authority/sso/saml_write.h"

#define XENC "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define END_METHOD "</xenc:EncryptionMethod>"

static const char *const CIPHERS[] = {
	[SAML_AES128_GCM] = "<xenc:EncryptionMethod Algorithm=\"" XENC11 "aes128-gcm\">" END_METHOD,
	[SAML_AES256_GCM] = "<xenc:EncryptionMethod Algorithm=\"" XENC11 "aes256-gcm\">" END_METHOD,
};

static const char *const TRANSPORTS[] = {
	[SAML_OAEP_SHA1] =
	    "<xenc:EncryptionMethod Algorithm=\"" XENC "rsa-oaep-mgf1p\"><ds:DigestMethod Algorithm=\"" DSIG
	    "sha1\"></ds:DigestMethod>" END_METHOD,
	[SAML_OAEP_SHA256] =
	    "<xenc:EncryptionMethod Algorithm=\"" XENC11 "rsa-oaep\"><ds:DigestMethod Algorithm=\"" XENC
	    "sha256\"></ds:DigestMethod><xenc11:MGF xmlns:xenc11=\"" XENC11 "\" Algorithm=\"" XENC11
	    "mgf1sha256\"></xenc11:MGF>" END_METHOD,
};

bool saml_encrypts(const struct msg_service_record *service)
{
	if (service->encrypt == SAML_ENCRYPT_MARKED)
		return service->saml->encrypts_to.at != NULL && service->saml->encrypts_alone;
	return service->encrypt == SAML_ENCRYPT_ALWAYS;
}

static void write_value(struct saml_write *out, struct text base64)
{
	saml_write_raw(out, "<xenc:CipherData><xenc:CipherValue>");
	saml_write_part(out, base64);
	saml_write_raw(out, "</xenc:CipherValue></xenc:CipherData>");
}

enum err saml_encrypt(struct call *call, const struct msg_service_record *service, const char *element,
    struct text clear, struct text *encrypted_r)
{
	const struct msg_saml_record *saml = service->saml;
	const struct envelope_to to = { saml->encrypts_to, saml->cipher, saml->transport };
	struct envelope envelope;
	struct saml_write out;
	enum err err = envelope_seal(&to, clear, &call->arena, &envelope);
	if (err != OK)
		return err;
	saml_write_begin(&out, &call->arena);
	saml_write_raw(&out, "<saml:");
	saml_write_raw(&out, element);
	saml_write_raw(&out, " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">"
			     "<xenc:EncryptedData xmlns:xenc=\"" XENC "\" Type=\"" XENC "Element\">");
	saml_write_raw(&out, CIPHERS[saml->cipher]);
	saml_write_raw(&out, "<ds:KeyInfo xmlns:ds=\"" DSIG "\"><xenc:EncryptedKey>");
	saml_write_raw(&out, TRANSPORTS[saml->transport]);
	write_value(&out, envelope.key);
	saml_write_raw(&out, "</xenc:EncryptedKey></ds:KeyInfo>");
	write_value(&out, envelope.content);
	saml_write_raw(&out, "</xenc:EncryptedData></saml:");
	saml_write_raw(&out, element);
	saml_write_raw(&out, ">");
	*encrypted_r = saml_write_done(&out);
	return encrypted_r->at != NULL ? OK : ERR_TOO_LARGE;
}
