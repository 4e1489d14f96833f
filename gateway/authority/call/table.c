/* table.c - every message that the authority carries out. */
#include "authority/admin/admin.h"
#include "authority/call/handler.h"
#include "authority/edge/edge.h"
#include "authority/login/login.h"
#include "authority/self/self.h"
#include "authority/sso/cas.h"
#include "authority/sso/feed.h"
#include "authority/sso/left.h"
#include "authority/sso/naming.h"
#include "authority/sso/notice.h"
#include "authority/sso/oidc.h"
#include "authority/sso/saml.h"

static const struct handler HANDLERS[] = {
	/* message, state of the conversation, threads, who */
	{ TAG_front_settings, TALK_ANY, POOL_SHORT, edge_on_front_settings },
	{ TAG_gate_settings, TALK_ANY, POOL_SHORT, edge_on_gate_settings },
	{ TAG_courier_settings, TALK_ANY, POOL_SHORT, edge_on_courier_settings },
	{ TAG_mail_next, TALK_ANY, POOL_SHORT, edge_on_mail_next },
	{ TAG_mail_sent, TALK_ANY, POOL_SHORT, edge_on_mail_sent },
	{ TAG_mail_failed, TALK_ANY, POOL_SHORT, edge_on_mail_failed },
	{ TAG_notice_next, TALK_ANY, POOL_DIRECTORY, notice_on_next },
	{ TAG_notice_told, TALK_ANY, POOL_DIRECTORY, notice_on_told },
	{ TAG_callback_next, TALK_ANY, POOL_SHORT, cas_on_callback_next },
	{ TAG_callback_told, TALK_ANY, POOL_SHORT, cas_on_callback_told },
	{ TAG_feed_next, TALK_ANY, POOL_SHORT, feed_on_next },
	{ TAG_feed_told, TALK_ANY, POOL_DIRECTORY, feed_on_told },
	{ TAG_health, TALK_ANY, POOL_DIRECTORY, edge_on_health },
	{ TAG_login_start, TALK_ANY, POOL_SHORT, login_on_start },
	{ TAG_login_open, TALK_FRESH, POOL_DIRECTORY, login_on_open },
	{ TAG_login_answer, TALK_ASKED, POOL_BIND, login_on_answer },
	{ TAG_login_account, TALK_FRESH | TALK_ENDED, POOL_DIRECTORY, login_on_account },
	{ TAG_passed, TALK_ANY, POOL_SHORT, login_on_passed },
	{ TAG_claim, TALK_ANY, POOL_DIRECTORY, login_on_claim },
	{ TAG_home, TALK_ANY, POOL_DIRECTORY, self_on_home },
	{ TAG_logout, TALK_ANY, POOL_SHORT, self_on_logout },
	{ TAG_profile, TALK_ANY, POOL_DIRECTORY, self_on_profile },
	{ TAG_profile_save, TALK_ANY, POOL_DIRECTORY, self_on_profile_save },
	{ TAG_photo, TALK_ANY, POOL_DIRECTORY, self_on_photo },
	{ TAG_session_list, TALK_ANY, POOL_DIRECTORY, self_on_session_list },
	{ TAG_session_end, TALK_ANY, POOL_DIRECTORY, self_on_session_end },
	{ TAG_session_end_others, TALK_ANY, POOL_DIRECTORY, self_on_session_end_others },
	{ TAG_activity, TALK_ANY, POOL_DIRECTORY, self_on_activity },
	{ TAG_security, TALK_ANY, POOL_DIRECTORY, self_on_security },
	{ TAG_factor_add, TALK_ANY, POOL_DIRECTORY, self_on_factor_add },
	{ TAG_factor_rename, TALK_ANY, POOL_DIRECTORY, self_on_factor_rename },
	{ TAG_factor_remove, TALK_ANY, POOL_DIRECTORY, self_on_factor_remove },
	{ TAG_recovery_new, TALK_ANY, POOL_DIRECTORY, self_on_recovery_new },
	{ TAG_undo_since, TALK_ANY, POOL_DIRECTORY, self_on_undo_since },
	{ TAG_services, TALK_ANY, POOL_DIRECTORY, self_on_services },
	{ TAG_service_named, TALK_ANY, POOL_DIRECTORY, naming_on_service_named },
	{ TAG_service_logo, TALK_ANY, POOL_DIRECTORY, naming_on_service_logo },
	{ TAG_consent_answer, TALK_ANY, POOL_DIRECTORY, self_on_consent_answer },
	{ TAG_consent_withdraw, TALK_ANY, POOL_DIRECTORY, self_on_consent_withdraw },
	{ TAG_check, TALK_ANY, POOL_DIRECTORY, edge_on_check },
	{ TAG_hand_over, TALK_ANY, POOL_DIRECTORY, edge_on_hand_over },
	{ TAG_syntax_refused, TALK_ANY, POOL_SHORT, oidc_on_syntax_refused },
	{ TAG_oidc_authorize, TALK_ANY, POOL_DIRECTORY, oidc_on_authorize },
	{ TAG_oidc_device, TALK_ANY, POOL_DIRECTORY, oidc_on_device },
	{ TAG_device_look, TALK_ANY, POOL_DIRECTORY, oidc_on_device_look },
	{ TAG_oidc_token, TALK_ANY, POOL_DIRECTORY, oidc_on_token },
	{ TAG_oidc_userinfo, TALK_ANY, POOL_DIRECTORY, oidc_on_userinfo },
	{ TAG_oidc_introspect, TALK_ANY, POOL_DIRECTORY, oidc_on_introspect },
	{ TAG_oidc_logout, TALK_ANY, POOL_DIRECTORY, oidc_on_logout },
	{ TAG_signed_out, TALK_ANY, POOL_DIRECTORY, left_on_signed_out },
	{ TAG_oidc_par, TALK_ANY, POOL_DIRECTORY, oidc_on_par },
	{ TAG_oidc_revoke, TALK_ANY, POOL_DIRECTORY, oidc_on_revoke },
	{ TAG_oidc_discovery, TALK_ANY, POOL_DIRECTORY, oidc_on_discovery },
	{ TAG_oidc_keys, TALK_ANY, POOL_DIRECTORY, oidc_on_keys },
	{ TAG_cas_login, TALK_ANY, POOL_DIRECTORY, cas_on_login },
	{ TAG_oidc_register, TALK_ANY, POOL_DIRECTORY, oidc_on_register },
	{ TAG_cas_logout, TALK_ANY, POOL_DIRECTORY, cas_on_logout },
	{ TAG_cas_validate, TALK_ANY, POOL_DIRECTORY, cas_on_validate },
	{ TAG_cas_grant, TALK_ANY, POOL_COURIER, cas_on_grant },
	{ TAG_cas_proxy, TALK_ANY, POOL_DIRECTORY, cas_on_proxy },
	{ TAG_saml_sso, TALK_ANY, POOL_DIRECTORY, saml_on_sso },
	{ TAG_saml_start, TALK_ANY, POOL_DIRECTORY, saml_on_start },
	{ TAG_saml_slo, TALK_ANY, POOL_DIRECTORY, saml_on_slo },
	{ TAG_saml_seek, TALK_ANY, POOL_COURIER, feed_on_seek },
	{ TAG_saml_metadata, TALK_ANY, POOL_DIRECTORY, saml_on_metadata },
	{ TAG_metrics, TALK_ANY, POOL_DIRECTORY, edge_on_metrics },
	{ TAG_who_am_i, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_person_show, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_person_open_enrolment, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_operator_sessions, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_operator_session_end, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_distrust_find, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_session_distrust, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_operator_factors, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_operator_factor_remove, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_key_list, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_key_backup, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_key_rotate, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_signing_keys, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_signing_rotate, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_service_add, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_saml_read, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_jwks_read, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_service_list, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_service_show, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_service_remove, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_service_test, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_metadata_show, TALK_ANY, POOL_COURIER, admin_on },
	{ TAG_config_reload, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_directory_test, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_audit_read, TALK_ANY, POOL_DIRECTORY, admin_on },
	{ TAG_audit_verify, TALK_ANY, POOL_DIRECTORY, admin_on },
};

const struct handler *handler_find(unsigned tag)
{
	for (size_t i = 0; i < COUNT(HANDLERS); i++)
		if (HANDLERS[i].tag == tag)
			return &HANDLERS[i];
	return NULL;
}

bool handler_needs_clock(const struct handler *handler)
{
	switch (handler->tag) {
	case TAG_front_settings:
	case TAG_gate_settings:
	case TAG_courier_settings:
	case TAG_health:
	case TAG_metrics:
		return false;
	default:
		return handler->run != admin_on;
	}
}

enum pool_kind handler_pool(const struct handler *handler, const struct login *login)
{
	bool spared = handler->pool == POOL_BIND && (login == NULL || !login_will_bind(login));
	return spared ? POOL_DIRECTORY : handler->pool;
}

static bool has_business(enum role role, enum pool_kind pool)
{
	for (size_t i = 0; i < COUNT(HANDLERS); i++)
		if (HANDLERS[i].pool == pool && wire_may_send(wire_find(HANDLERS[i].tag), role))
			return true;
	return false;
}

/* Hosts have two, since one of them may wait for the directory. */
unsigned handler_reserved(enum role role, enum pool_kind pool)
{
	if (!has_business(role, pool))
		return 0;
	return role == ROLE_PAM ? 2 : 1;
}
