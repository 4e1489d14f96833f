/* ldapc_write.c - the operations of a connection that change something. */
#include <string.h>
#include "authority/directory/ldapc.h"
#include "base/clock.h"

#define CONTROLS_MAX 4
#define PASSWORD_MAX 1024u
#define DN_MAX 2048u

/* The controls of a request; those that libldap made are freed at the end. */
struct controls {
	LDAPControl *at[CONTROLS_MAX];
	unsigned n;
	LDAPControl *made;
	LDAPControl no_operation;
};

static void controls_done(struct controls *controls)
{
	if (controls->made != NULL)
		ldap_control_free(controls->made);
}

static void read_words(LDAP *ld, LDAPMessage *answer, struct ldapc_written *written)
{
	LDAPControl **controls = NULL;
	char *words = NULL;
	int code;
	if (ldap_parse_result(ld, answer, &code, NULL, &words, NULL, &controls, 0) != LDAP_SUCCESS)
		return;
	if (words != NULL)
		memcpy(written->diagnostic, words, strnlen(words, sizeof written->diagnostic - 1));
	LDAPControl *policy = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	ber_int_t expires_s, grace_left;
	LDAPPasswordPolicyError error;
	if (policy != NULL &&
	    ldap_parse_passwordpolicy_control(ld, policy, &expires_s, &grace_left, &error) == LDAP_SUCCESS)
		written->policy = (int)error;
	ldap_memfree(words);
	ldap_controls_free(controls);
}

static enum err finish(
    struct ldapc *ldapc, int sent, int message, int wanted, struct ldapc_written *written_r)
{
	struct ldapc_written written = { .policy = PP_noError };
	LDAPMessage *answer;
	if (sent != LDAP_SUCCESS)
		return ldapc_fault_by(sent, ldapc->stream.deadline_ms);
	enum err err = ldapc_await(ldapc, message, wanted, &answer, &written.code);
	if (err != OK)
		return err;
	read_words(ldapc->ld, answer, &written);
	ldap_msgfree(answer);
	*written_r = written;
	return OK;
}

static enum err add_controls(struct ldapc *ldapc, const struct ldapc_write *write, struct ldapc_proxy *proxy,
    struct controls *controls)
{
	if (write->as_dn != NULL) {
		enum err err = ldapc_proxy_for(write->as_dn, proxy);
		if (err != OK)
			return err;
		controls->at[controls->n++] = &proxy->control;
	}
	if (write->assertion != NULL) {
		if (ldap_create_assertion_control(ldapc->ld, (char *)write->assertion,
			!write->assertion_may_be_ignored, &controls->made) != LDAP_SUCCESS)
			return ERR_CONFIG;
		controls->at[controls->n++] = controls->made;
	}
	if (write->only_try)
		controls->at[controls->n++] = &controls->no_operation;
	return OK;
}

/* Sends the operation. Gives libldap's code, and in *wanted_r the kind of its answer. */
static int send_write(struct ldapc *ldapc, const struct ldapc_write *write, LDAPControl **controls,
    int *message_r, int *wanted_r)
{
	if (write->mods == NULL) {
		*wanted_r = LDAP_RES_DELETE;
		return ldap_delete_ext(ldapc->ld, write->dn, controls, NULL, message_r);
	}
	if (write->is_new) {
		*wanted_r = LDAP_RES_ADD;
		return ldap_add_ext(ldapc->ld, write->dn, write->mods, controls, NULL, message_r);
	}
	*wanted_r = LDAP_RES_MODIFY;
	return ldap_modify_ext(ldapc->ld, write->dn, write->mods, controls, NULL, message_r);
}

enum err ldapc_write(struct ldapc *ldapc, const struct ldapc_write *write, int64_t deadline_ms,
    struct ldapc_written *written_r)
{
	struct ldapc_proxy proxy;
	CLEANUP(controls_done)
	struct controls controls = {
		.no_operation = { .ldctl_oid = (char *)LDAP_CONTROL_NOOP, .ldctl_iscritical = 1 },
	};
	enum err err = add_controls(ldapc, write, &proxy, &controls);
	if (err != OK)
		return err;
	int message, wanted;
	ldapc->stream.deadline_ms = deadline_ms;
	int sent = send_write(ldapc, write, controls.at, &message, &wanted);
	return finish(ldapc, sent, message, wanted, written_r);
}

/* One element of the request's value (X.690): tag, length in two bytes, bytes. */
static size_t put(uint8_t *at, uint8_t tag, const void *bytes, size_t len)
{
	at[0] = tag;
	at[1] = 0x82; /* two bytes of length follow */
	at[2] = (uint8_t)(len >> 8);
	at[3] = (uint8_t)len;
	memcpy(at + 4, bytes, len);
	return len + 4;
}

/* RFC 3062: SEQUENCE { [0] userIdentity, [1] oldPasswd, [2] newPasswd }. By hand, because libldap would leave a copy behind. */
static size_t put_change(uint8_t *room, const char *dn, struct secret old, struct secret fresh)
{
	uint8_t *at = room + 4;
	at += put(at, 0x80, dn, strlen(dn));
	at += put(at, 0x81, old.at, old.len);
	at += put(at, 0x82, fresh.at, fresh.len);
	size_t len = (size_t)(at - room) - 4;
	room[0] = 0x30;
	room[1] = 0x82;
	room[2] = (uint8_t)(len >> 8);
	room[3] = (uint8_t)len;
	return len + 4;
}

enum err ldapc_change_password(struct ldapc *ldapc, const char *dn, const char *as_dn, struct secret old,
    struct secret fresh, int64_t deadline_ms, struct ldapc_written *written_r)
{
	uint8_t room[DN_MAX + 2 * PASSWORD_MAX + 32];
	LDAPControl policy = { .ldctl_oid = (char *)LDAP_CONTROL_PASSWORDPOLICYREQUEST };
	struct ldapc_proxy proxy;
	LDAPControl *controls[] = { &policy, as_dn != NULL ? &proxy.control : NULL, NULL };
	if (strlen(dn) > DN_MAX || old.len > PASSWORD_MAX || fresh.len > PASSWORD_MAX || old.len == 0 ||
	    fresh.len == 0)
		return ERR_INTERNAL;
	enum err err = as_dn != NULL ? ldapc_proxy_for(as_dn, &proxy) : OK;
	if (err != OK)
		return err;
	struct berval value = { .bv_len = put_change(room, dn, old, fresh), .bv_val = (char *)room };
	int message;
	ldapc->stream.deadline_ms = deadline_ms;
	int sent =
	    ldap_extended_operation(ldapc->ld, LDAP_EXOP_MODIFY_PASSWD, &value, controls, NULL, &message);
	explicit_bzero(room, sizeof room);
	return finish(ldapc, sent, message, LDAP_RES_EXTENDED, written_r);
}

enum err ldapc_forget(struct ldapc *ldapc, int64_t deadline_ms)
{
	struct berval nothing = { .bv_len = 0, .bv_val = (char *)"" };
	struct ldapc_written written;
	int message;
	ldapc->stream.deadline_ms = deadline_ms;
	int sent = ldap_sasl_bind(ldapc->ld, "", LDAP_SASL_SIMPLE, &nothing, NULL, NULL, &message);
	return finish(ldapc, sent, message, LDAP_RES_BIND, &written);
}
