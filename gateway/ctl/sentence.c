#include "ctl/sentence.h"
#include "base/attr.h"

static const struct {
	const char *id, *sentence;
} SENTENCES[] = {
	{ "operator_unknown",
	    "you are not known as an operator: the directory has nobody of your uid, or that person is "
	    "not in the group of [peers] operators" },
	{ "operator_code_needed", "this opens a door, and takes a code of your authenticator" },
	{ "operator_reason_needed", "this takes --reason" },
	{ "operator_no_factor", "this opens a door, and you have no authenticator to prove yourself with" },
	{ "operator_factor_new", "your authenticator is too new to count; ask another operator" },
	{ "operator_break_glass",
	    "the system's administrator may only look; with --break-glass --reason TEXT everything is "
	    "possible, and recorded as such" },
	{ "operator_not_console", "--break-glass is for the system's administrator on the console" },
	{ "operator_self", "nobody does this for himself; ask another operator" },
	{ "operator_not_found", "there is no such person, session or file" },
	{ "operator_no_such_factor",
	    "there is no such authenticator, or several of that name; name it by its id" },
	{ "operator_unreachable", "the directory or the store does not answer; nothing was changed" },
	{ "operator_settings",
	    "the directory refuses one of our own identities; spomctl directory test says which" },
	{ "operator_settings_refused",
	    "the settings have a fault and stay as they were; spomctl config check says where" },
	{ "operator_key_refused",
	    "the settings were read, but the file of the master key was not: it has a fault" },
	{ "operator_no_key_file",
	    "there is no file of a master key: [authority] master_key_file is not set" },
	{ "operator_key_needed", "values are still sealed with older keys; see spomctl key list" },
	{ "operator_too_many_keys",
	    "the file has as many keys as it may have; first: spomctl key rotate --retire" },
	{ "operator_no_such_alg", "--alg is RS256, ES256, EdDSA or SAML" },
	{ "operator_too_many_signing_keys", "there are as many keys that sign as there may be, and none of "
					    "them may go yet; see spomctl signing list" },
	{ "service_unknown", "there is no such service" },
	{ "service_exists", "there is a service of that client_id, entityID or address already" },
	{ "service_name_taken", "there is a service of that name already" },
	{ "service_broken", "the record of this service cannot be opened: it was changed in the directory, "
			    "or sealed with a key "
			    "that is gone; remove it and add it anew" },
	{ "service_too_many",
	    "there are more than 20,000 services, or more than the directory gives: raise its "
	    "size limit for [records] dn" },
	{ "service_protocol", "a service speaks OpenID Connect, CAS or SAML" },
	{ "service_name", "the name of a service is made of a to z, 0 to 9, - and _" },
	{ "service_words", "label, about and owner are plain words: no line breaks, and nothing that changes "
			   "the direction of "
			   "reading" },
	{ "service_client_id", "a client_id is made of up to 128 visible ASCII characters" },
	{ "service_link", "the link is an address of the web: https://HOST/..." },
	{ "service_group", "a group has a name" },
	{ "service_claim", "a claim is one of those in docs/services.md, or a [claim NAME] of the settings" },
	{ "service_claim_as",
	    "behind = stands a name: letters, digits, ., - and _, no digit first; but for CAS also a URI: "
	    "urn:, https:// or http://" },
	{ "service_claim_protocol",
	    "a name behind = is one by which the protocol itself says something: sub, iss, exp and "
	    "others of OpenID Connect, user and others of CAS" },
	{ "service_claim_twice",
	    "with = a claim has one name, and no other claim of the service has that one; capitals make no "
	    "difference" },
	{ "service_secret", "a secret has 16 characters or more, all of them visible ASCII or blanks" },
	{ "service_category", "a category is one of research-and-scholarship, personalized, pseudonymous, "
			      "anonymous, code-of-conduct" },
	{ "service_category_metadata",
	    "under code-of-conduct a service is told what its SAML metadata require: others have none" },
	{ "service_sector", "a sector is the name of a host, in lower case" },
	{ "service_sector_useless", "a sector is for pairwise subjects alone" },
	{ "service_alg", "tokens are signed with RS256, ES256 or EdDSA" },
	{ "service_entity",
	    "an entityID is made of up to 256 visible ASCII characters, and is the client_id" },
	{ "service_consumer_none", "the metadata name no address for answers by HTTP-POST" },
	{ "service_saml_useless", "redirect and logout URIs, addresses, refresh and alg are of other "
				  "protocols: a service of SAML has its "
				  "metadata" },
	{ "service_metadata_useless", "metadata, --encrypt and --idp-initiated are of SAML alone" },
	{ "service_signs", "the metadata say that requests are signed, and have no key for it" },
	{ "service_encrypts",
	    "the metadata have no RSA key to which we could encrypt, by AES-GCM and RSA-OAEP" },
	{ "service_metadata_malformed", "the metadata are no XML in UTF-8" },
	{ "service_metadata_too_large",
	    "the metadata are too large: one service, up to 48 KiB, 12 addresses, 3 "
	    "keys that sign" },
	{ "service_metadata_doctype", "the metadata have a DTD, which nobody needs and attackers use" },
	{ "service_metadata_comment", "the metadata have processing instructions or CDATA" },
	{ "service_metadata_shape", "the metadata have a value that cannot be" },
	{ "service_metadata_certificate", "the metadata have a certificate that cannot be read" },
	{ "service_metadata_key",
	    "the metadata have a key that is too weak or unusual: RSA of 2048 to 4096 bits, or "
	    "the curves P-256, P-384, P-521" },
	{ "service_metadata_no_service",
	    "these are no metadata of one SAML 2.0 service with an address for HTTP-POST" },
	{ "service_metadata_over", "its validUntil is over" },
	{ "metadata_unknown", "nobody has registered that entityID, and no feed of the settings knows it" },
	{ "metadata_away",
	    "nobody has registered that entityID, and a feed that may know it gave no answer that counts: "
	    "the log says why" },
	{ "metadata_excepted", "the settings except that entityID from the feed that knows it, or from one "
			       "before: nobody reaches it" },
	{ "judge_unreachable", "spom-judge, which reads metadata and keys, cannot be reached" },
	{ "service_uri_none", "a service needs a redirect URI" },
	{ "service_public_machine",
	    "who can keep no secret can have no tokens of its own, and ask about none of others" },
	{ "service_uses_useless",
	    "how many may be registered, and until when, is said of a registration alone" },
	{ "service_registration_useless",
	    "a registration has the limits of what may be registered, and nothing that a client says of "
	    "itself: no client_id, no addresses but --service-url, no tokens for machines" },
	{ "service_registration_name",
	    "the name of a registration has 60 characters at most: numbers are put behind it" },
	{ "service_registration_end",
	    "a registration says how many services may come of it, and until when" },
	{ "service_keys_public", "a client that signs who it is with a key is no public one" },
	{ "service_pkce_public", "a public client has nothing but PKCE to prove that a code is its own" },
	{ "service_keys_secret", "a client has a secret, or keys to sign with, and not both" },
	{ "service_jwks_malformed",
	    "the keys are no JSON object in UTF-8 without members that stand there twice" },
	{ "service_jwks_too_large", "there are more than four keys that sign" },
	{ "service_jwks_shape", "this is no JWK Set, or two keys have one kid, or a member that cannot be" },
	{ "service_jwks_algorithm",
	    "a key signs by an algorithm that is none of RS256, PS256, ES256 and EdDSA, or not its own" },
	{ "service_jwks_key", "a key is none of RSA with 2048 to 4096 bits, P-256 and Ed25519, or is none at "
			      "all; or none is for signatures" },
	{ "service_jwks_private", "there is a private key in it, which nobody but the client should have: "
				  "make a new one, and give the public half" },
	{ "service_audience", "an audience is a service's name or an address, without blanks" },
	{ "service_scope", "a scope has up to 64 characters, no quotes, and is none that we have ourselves" },
	{ "service_uri_characters", "an address has a character that no URI has: a blank, a control "
				    "character, a backslash, a quote, "
				    "a bracket of another kind, or a letter that is not ASCII" },
	{ "service_uri_wildcard", "a redirect URI is compared as it is: there is no wildcard" },
	{ "service_uri_relative", "an address is absolute, and its scheme is in lower case" },
	{ "service_uri_scheme", "a redirect URI begins with https:, or with a scheme of an app that has a "
				"dot, as edu.example.app:" },
	{ "service_uri_private",
	    "only an app without a secret (--public) has a redirect URI with a scheme of its own" },
	{ "service_uri_user", "an address has no user name" },
	{ "service_uri_fragment", "an address has no fragment: nothing from # on" },
	{ "service_uri_host", "an address of the web names a host in lower case, with a port from 1 to "
			      "65535 at most, and one of "
			      "an app has a path from / on" },
	{ "service_uri_http",
	    "an address begins with http: only for localhost, 127.0.0.1 and [::1]; else with https:" },
	{ "service_uri_told", "a sign-out is told at an address that begins with https:" },
	{ "service_uri_dots", "an address has no . and .. in its path" },
	{ "service_callback_https", "proxy-granting tickets go to an address that begins with https:" },
	{ "service_proxied_by", "a proxy is named by the name of its service" },
	{ "service_proxy_useless", "proxies are of CAS alone" },
	{ "service_address_none", "a service of CAS needs an address" },
	{ "service_address_useless", "addresses of services are for CAS alone" },
	{ "service_client_useless",
	    "client ids, redirect URIs, tokens and subjects are for OpenID Connect alone" },
	{ "service_address_wildcard",
	    "a * stands for the first label of a host, or at the end of an address, behind "
	    "a slash of its path" },
	{ "service_address_wide", "behind a * for the first label of a host stand two others at least" },
	{ "service_address_scheme", "the address of a service begins with https:" },
	{ "service_address_path",
	    "the path of an address has a percent sign before what can be read in two ways: a "
	    "slash, a backslash, a percent sign, a control character" },
	{ "service_address_deep",
	    "an address that stands for all below has eight slashes in its path at most" },
	{ "service_logo_png", "a logo is a PNG, whole and with nothing behind it" },
	{ "service_logo_large", "a logo is 256 pixels wide and high at most" },
	{ "service_logo_laden",
	    "a logo holds one still picture and nothing else: take texts, profiles and further pictures "
	    "out of the file (optipng -strip all)" },
	{ "audit_paused",
	    "this cannot be recorded now, so it was not done: the disk of the audit takes nothing" },
	{ "mail_paused", "the person could not be told by mail, so it was not done: the disk of the mail "
			 "queue takes nothing, or the "
			 "queue is full" },
	{ "code_wrong", "this code is not right" },
	{ "code_used", "this code was used before; wait for the next one" },
	{ "code_wait", "there were too many tries; wait a moment" },
	{ "code_rests", "there were too many wrong codes today: this authenticator rests for a day" },
};

const char *sentence_of(struct text id)
{
	for (size_t i = 0; i < COUNT(SENTENCES); i++)
		if (text_equal_str(id, SENTENCES[i].id))
			return SENTENCES[i].sentence;
	return text_str(id);
}
