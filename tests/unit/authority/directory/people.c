/* The directory of the tests: somebody for each state. */
#include "authority/directory/slapd.h"

const char SLAPD_DATABASE[] =
    "include /etc/ldap/schema/core.schema\n"
    "include /etc/ldap/schema/cosine.schema\n"
    "include /etc/ldap/schema/inetorgperson.schema\n"
    "include /etc/ldap/schema/nis.schema\n"
    "attributetype ( 2.25.1.1 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )\n"
    "attributetype ( 2.25.1.2 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )\n"
    "attributetype ( 2.25.1.3 NAME 'objectGUID' EQUALITY octetStringMatch\n"
    "  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )\n"
    "objectclass ( 2.25.1.4 NAME 'foreign' AUXILIARY\n"
    "  MAY ( nsAccountLock $ userAccountControl $ objectGUID ) )\n"
    "modulepath /usr/lib/ldap\n"
    "moduleload back_mdb\n"
    "moduleload ppolicy\n"
    "authz-policy to\n"
    "database mdb\n"
    "suffix \"" BASE "\"\n"
    "rootdn \"cn=admin," BASE "\"\n"
    "maxsize 16777216\n"
    "dbnosync\n";

/* What people write themselves. */
#define OF_ONES_OWN "mobile,postalAddress,labeledURI,preferredLanguage,sn"

const char SLAPD_RULES[] =
    "overlay ppolicy\n"
    "ppolicy_default \"cn=default," BASE "\"\n"
    "ppolicy_use_lockout\n"
    "access to dn.subtree=\"" RECORDS "\" by dn.exact=\"" STORE_DN "\" write by * none\n"
    "access to attrs=userPassword by anonymous auth by self =xw by * none\n"
    "access to dn.subtree=\"ou=people," BASE "\" attrs=" OF_ONES_OWN " by self write\n"
    "  by dn.exact=\"" READ_DN "\" read by * none\n"
    "access to attrs=authzTo by dn.exact=\"" PROXY_DN "\" =x by * none\n"
    "access to attrs=employeeNumber by dn.exact=\"" READ_DN "\" read by * none\n"
    "access to dn.subtree=\"ou=people," BASE "\" by self read by dn.exact=\"" PROXY_DN "\" =x\n"
    "  by dn.exact=\"" READ_DN "\" read by anonymous auth by * none\n"
    "access to * by dn.exact=\"" READ_DN "\" read by anonymous auth by * none\n";

#define POLICY(name, more) \
	"dn: cn=" name "," BASE "\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\n" \
	"cn: " name "\npwdAttribute: userPassword\npwdMustChange: TRUE\n" more "\n"
#define SERVICE(name, password, more) \
	"dn: cn=" name "," BASE "\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n" \
	"cn: " name "\nuserPassword: " password "\npwdPolicySubentry: cn=services," BASE "\n" more "\n"
#define UNIT(name) "dn: ou=" name "," BASE "\nobjectClass: organizationalUnit\nou: " name "\n\n"

/* Somebody, without and with a password; classes are more than the usual one. */
#define SOMEBODY(uid, classes, more) \
	"dn: uid=" uid ",ou=people," BASE "\nobjectClass: inetOrgPerson\n" classes "uid: " uid "\ncn: " uid \
	" Common\nsn: Common\n" more "\n"
#define PERSON(uid, more) SOMEBODY(uid, "", "userPassword: " PASSWORD "\n" more)
#define FOREIGN(uid, more) SOMEBODY(uid, "objectClass: foreign\n", more)
#define SHADOW(uid, day) SOMEBODY(uid, "objectClass: shadowAccount\n", "shadowExpire: " day "\n")
#define UNDER(policy) "pwdPolicySubentry: cn=" policy "," BASE "\n"
#define LONG_AGO "pwdChangedTime: 20200101000000Z\n"
#define GROUP(rdn, cn, members) \
	"dn: cn=" rdn ",ou=groups," BASE "\nobjectClass: groupOfNames\ncn: " cn "\n" members "\n"
#define IN(name) "member: cn=" name ",ou=groups," BASE "\n"
#define OF(uid) "member: uid=" uid ",ou=people," BASE "\n"
#define FIFTY "012345678901234567890123456789012345678901234567\xc3\xbc"

/* clang-format off */
const char PEOPLE_LDIF[] =
	"dn: " BASE "\nobjectClass: dcObject\nobjectClass: organization\ndc: test\no: Test\n\n"
	UNIT("people") UNIT("groups") UNIT("units") UNIT("spom")
	POLICY("default", "pwdMaxAge: 315360000\npwdLockout: TRUE\npwdMaxFailure: 3\n")
	POLICY("services", "pwdLockout: FALSE\n")
	POLICY("strict", "pwdMaxAge: 86400\n")
	POLICY("grace", "pwdMaxAge: 86400\npwdGraceAuthNLimit: 20\n")
	POLICY("expiring", "pwdMaxAge: 2147000000\npwdExpireWarning: 2147000000\n")
	POLICY("careful", "pwdMinLength: 10\npwdCheckQuality: 2\npwdInHistory: 3\npwdSafeModify: TRUE\n")
	POLICY("patient", "pwdMinAge: 86400\n")
	POLICY("fixed", "pwdAllowUserChange: FALSE\n")
	POLICY("twice", "pwdMaxAge: 86400\npwdGraceAuthNLimit: 2\npwdMinLength: 10\npwdCheckQuality: 2\n")
	SERVICE("read", READ_PASSWORD, "")
	SERVICE("decoy", "of-the-decoy", "")
	SERVICE("store", STORE_PASSWORD, "")
	SERVICE("proxy", PROXY_PASSWORD, "authzTo: ldap:///ou=people," BASE "??one?(&(objectClass=inetOrgPerson)"
		"(!(employeeType=privileged))(!(pwdAccountLockedTime=000001010000Z)))\n")

	PERSON("alice", "mail: alice@test\nmail: a.liddell@test\ndisplayName: Alice Liddell\nemployeeNumber: 4711\n"
		"telephoneNumber: +49 1\ntelephoneNumber: +49 2\ndescription:: AAEC\njpegPhoto:: /9j/4A==\n")
	PERSON("bob", "mail: bob@test\nmail: shared@test\n")
	PERSON("carol", "mail: shared@test\n")
	SOMEBODY("dora", "uid: theodora\n", "")
	PERSON("Upper.Case", "displayName: x" FIFTY FIFTY FIFTY FIFTY FIFTY "\n")
	PERSON("j\xc3\xbcrgen", "")
	PERSON("o'brien(1)*", "")
	PERSON("privileged", "employeeType: privileged\n")
	PERSON("locked", "pwdAccountLockedTime: 000001010000Z\n")
	PERSON("guessed", "")
	PERSON("counted", "")
	SOMEBODY("inactive", "", "")
	PERSON("expired", LONG_AGO UNDER("strict"))
	PERSON("grace", LONG_AGO UNDER("grace"))
	PERSON("expiring", LONG_AGO UNDER("expiring"))
	PERSON("reset", "pwdReset: TRUE\n")
	PERSON("writer", "telephoneNumber: +49 30 1\n")
	PERSON("changer", UNDER("services"))
	PERSON("racer", UNDER("services"))
	PERSON("careful", UNDER("careful"))
	PERSON("patient", UNDER("patient"))
	PERSON("fixed", UNDER("fixed"))
	PERSON("twice", LONG_AGO UNDER("twice"))
	PERSON("late", LONG_AGO UNDER("strict"))
	PERSON("late-too", LONG_AGO UNDER("strict"))
	PERSON("late-privileged", LONG_AGO UNDER("strict") "employeeType: privileged\n")
	PERSON("new", "pwdReset: TRUE\n" UNDER("careful"))
	PERSON("new-too", "pwdReset: TRUE\n")
	PERSON("broken-off", "")
	PERSON("late-broken-off", LONG_AGO UNDER("strict"))
	PERSON("referred", "")
	SHADOW("shadow-past", "19000")
	SHADOW("shadow-first", "0")
	SHADOW("shadow-later", "100000")
	SHADOW("shadow-never", "-1")
	FOREIGN("ns-locked", "nsAccountLock: TRUE\n")
	FOREIGN("ns-open", "nsAccountLock: false\n")
	FOREIGN("ad-disabled", "userAccountControl: 514\n")
	FOREIGN("ad-open", "userAccountControl: 512\nobjectGUID:: AAEqKCkqXP8QERITFBUWFw==\n")
	"dn: uid=stranger,ou=people," BASE "\nobjectClass: account\nuid: stranger\n\n"

	GROUP("g1", "g1", OF("alice") IN("g5"))
	GROUP("g2", "g2", IN("g1"))
	GROUP("g3", "g3", IN("g2"))
	GROUP("g4", "g4", IN("g3"))
	GROUP("g5", "g5", IN("g4"))
	GROUP("g6", "g6", IN("g5"))
	GROUP("g7", "g7", IN("g6"))
	GROUP("g8", "g8", IN("g7"))
	GROUP("g9", "g9", IN("g8"))
	GROUP("g10", "g10", IN("g9"))
	GROUP("g11", "g11", IN("g10"))
	GROUP("g12", "g12", IN("g11"))
	GROUP("(b)*\\5c\\2c", "(b)*\\,", OF("bob") "description: the odd one\n")
	GROUP("beyond", "beyond", IN("(b)*\\5c\\2c"))
	GROUP("wide", "wide", OF("carol") OF("dora"))
	"dn: cn=posix,ou=units," BASE "\nobjectClass: posixGroup\ncn: posix\ngidNumber: 1\nmemberUid: alice\n\n";
/* clang-format on */
