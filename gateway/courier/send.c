#include "courier/send.h"
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_MS 30000L /* with greeting, TLS and AUTH */
#define WHOLE_MS 60000L

struct rest {
	struct text text;
};

static size_t read_rest(char *to, size_t size, size_t n, void *context)
{
	struct rest *rest = context;
	size_t len = size * n < rest->text.len ? size * n : rest->text.len;
	memcpy(to, rest->text.at, len);
	rest->text = (struct text){ rest->text.at + len, rest->text.len - len };
	return len;
}

/* STARTTLS is demanded, the certificate is checked, and no proxy, redirect or other protocol comes in between. */
static CURLcode set_security(CURL *curl, const struct msg_courier_config *config)
{
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp");
	all |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
	all |= curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	all |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	all |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	all |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (config->ca_file.len > 0)
		all |= curl_easy_setopt(curl, CURLOPT_CAINFO, text_str(config->ca_file));
	if (config->user.len > 0) {
		all |= curl_easy_setopt(curl, CURLOPT_USERNAME, text_str(config->user));
		all |= curl_easy_setopt(
		    curl, CURLOPT_PASSWORD, config->password.at != NULL ? (char *)config->password.at : "");
	}
	return all;
}

static CURLcode set_times(CURL *curl)
{
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	all |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	all |= curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, WHOLE_MS / 2000);
	all |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	return all;
}

static CURLcode set_mail(CURL *curl, const struct msg_courier_config *config, const char *url,
    const struct curl_slist *recipients, struct rest *rest)
{
	CURLcode all = CURLE_OK;
	all |= curl_easy_setopt(curl, CURLOPT_URL, url);
	all |= curl_easy_setopt(curl, CURLOPT_MAIL_FROM, text_str(config->from));
	all |= curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	all |= curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_rest);
	all |= curl_easy_setopt(curl, CURLOPT_READDATA, rest);
	all |= curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	return all;
}

/* libcurl says at which command the server's answer was none; a refusal of the recipient or of the content concerns this mail alone. */
static enum send_outcome outcome_of(CURLcode code, long answer, const char *fault)
{
	if (code == CURLE_OK)
		return SEND_DONE;
	bool about_mail = strncmp(fault, "RCPT failed", 11) == 0 || code == CURLE_WEIRD_SERVER_REPLY;
	if (about_mail && answer >= 500 && answer < 600)
		return SEND_NEVER;
	return about_mail && answer >= 400 && answer < 500 ? SEND_LATER : SEND_SERVER;
}

static void write_reason(CURLcode code, long answer, const char *fault, char reason[SEND_REASON_MAX])
{
	const char *words = fault[0] != '\0' ? fault : curl_easy_strerror(code);
	(void)snprintf(reason, SEND_REASON_MAX, "%.120s (%ld)", words, answer);
	for (char *at = reason; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

static enum send_outcome perform(CURL *curl, const struct msg_courier_config *config,
    const struct curl_slist *recipients, struct rest *rest, char reason[SEND_REASON_MAX])
{
	char fault[CURL_ERROR_SIZE] = "", url[300];
	long answer = 0;
	struct text host = { strchr(text_str(config->from), '@'), 0 };
	(void)snprintf(url, sizeof url, "smtp://%.*s/%s", TEXT_ARGS(config->host),
	    host.at != NULL ? host.at + 1 : "localhost"); /* what EHLO says */
	CURLcode code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fault);
	if (code == CURLE_OK)
		code = set_security(curl, config) | set_times(curl) |
		       set_mail(curl, config, url, recipients, rest);
	if (code != CURLE_OK) {
		(void)snprintf(reason, SEND_REASON_MAX, "libcurl lacks what we need");
		return SEND_SERVER;
	}
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
	write_reason(code, answer, fault, reason);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	return outcome_of(code, answer, fault);
}

enum send_outcome send_letter(
    const struct msg_courier_config *config, struct text to, struct text letter, char reason[SEND_REASON_MAX])
{
	struct rest rest = { letter };
	enum send_outcome outcome = SEND_SERVER;
	CURL *curl = curl_easy_init();
	struct curl_slist *recipients = curl_slist_append(NULL, text_str(to));
	if (curl != NULL && recipients != NULL)
		outcome = perform(curl, config, recipients, &rest, reason);
	else
		(void)snprintf(reason, SEND_REASON_MAX, "out of memory");
	curl_slist_free_all(recipients);
	curl_easy_cleanup(curl);
	return outcome;
}
