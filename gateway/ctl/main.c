#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "base/enc.h"
#include "ctl/ctl.h"

#define WORDS_MAX 16u

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun is enough */
	unsigned min_words, max_words;
	const char *arguments;
	const char *options; /* those it takes, beside --socket and --json */
	const char *help;    /* one line */
	const char *more;    /* for its own help */
	ctl_run *run;
};

#define CLOSES "--reason --break-glass"

static const struct command COMMANDS[] = {
	{ "person", "show", 1, 1, "PERSON", "", "entry, factors and sessions of a person",
	    "PERSON is a user name or an immutable id.", ctl_person_show },
	{ "person", "open-enrolment", 1, 1, "PERSON", CLOSES " --hours",
	    "lets a person enrol a first authenticator",
	    "With the password alone, for --hours N (24; 0 closes it). Takes a reason, and your code.",
	    ctl_open_enrolment },
	{ "session", "list", 1, 1, "PERSON|ID", "", "live sessions", "Of a person, or the one of that id.",
	    ctl_session_list },
	{ "session", "end", 1, 1, "PERSON|ID", CLOSES, "ends a session, or all of a person",
	    "Takes a reason.", ctl_session_end },
	{ "session", "distrust", 0, 0, "", CLOSES " --front --since", "ends all that passed a front",
	    "Ends the sessions that passed --front NAME (door, check, back, gate) since --since TIME,\n"
	    "forgets the browsers, and has the passwords changed that passed it. TIME is 2026-11-24,\n"
	    "\"2026-11-24 08:30\", or 30m, 2h, 3d ago. Takes a reason.",
	    ctl_session_distrust },
	{ "factor", "list", 1, 1, "PERSON", "", "a person's authenticators", NULL, ctl_factor_list },
	{ "factor", "remove", 2, 2, "PERSON FACTOR", CLOSES, "removes an authenticator",
	    "FACTOR is its id, or its name. Ends the person's sessions. Takes a reason, and your code.",
	    ctl_factor_remove },
	{ "service", "add", 1, 1, "NAME",
	    CLOSES " --redirect-uri --logout-uri --backchannel-logout-uri --frontchannel-logout-uri --cas "
		   "--service-url --label --about --link --owner --groups "
		   "--claims --category --two-factors --public --refresh --alg "
		   "--subject --sector --client-id --fresh --saml-metadata --encrypt --idp-initiated "
		   "--client-credentials --device --access-token --audience --scopes --resource-server "
		   "--label-en --label-de --about-en --about-de --logo --consent "
		   "--proxy-callback --proxied-by --jwks --no-pkce --registration --uses --hours",
	    "a service that people are signed in to",
	    "By OpenID Connect, with --cas by CAS, or by SAML where --saml-metadata\n"
	    "names the metadata of the service, whose addresses and certificates are kept. Prints client_id "
	    "and secret; the secret is shown this "
	    "once.\n"
	    "NAME is of a to z, 0 to 9, - and _. --claims: what it is told of people at most, of the names "
	    "in\n"
	    "docs/services.md and what [claim NAME] of the settings adds; email=mail: email as mail.\n"
	    "--public: an app that can keep no secret.\n"
	    "Takes a reason, and your code.",
	    ctl_service_add },
	{ "service", "list", 0, 0, "", "", "the services", NULL, ctl_service_list },
	{ "service", "show", 1, 1, "NAME", "", "what is known of a service",
	    "NAME may be the entityID of a service of SAML, also of one that a feed knows.",
	    ctl_service_show },
	{ "service", "test", 2, 2, "NAME PERSON", "", "what a service would be told of a person",
	    "And whether the person would reach it. Nobody is signed in by this. NAME as for service show.",
	    ctl_service_test },
	{ "service", "remove", 1, 1, "NAME", CLOSES, "signs nobody in to a service any more",
	    "Takes a reason.", ctl_service_remove },
	{ "metadata", "show", 1, 1, "ENTITYID", "", "what is known of a SAML service by its entityID",
	    "As it is registered, or as a feed of the settings has it, which is asked where nobody did so "
	    "before.",
	    ctl_metadata_show },
	{ "import", "clients", 1, 1, "FILE", CLOSES, "registers the clients of another system, from a table",
	    "Comma-separated values, with a first row of names: name and what service add takes (label,\n"
	    "label_de, logo, redirect_uris, claims, client_id ...), and client_secret for one that it has\n"
	    "already; logo names a file. Each row is added or refused by itself. Takes a reason, and your\n"
	    "code for each.",
	    ctl_import_clients },
	{ "import", "cas-services", 1, WORDS_MAX, "FILE-or-FOLDER ...", CLOSES " --dry-run",
	    "registers the services of Apereo CAS, from its service files",
	    "Of a folder all files whose names end in .json. --dry-run shows what would be registered, and\n"
	    "asks nobody. Each service is added or refused by itself; what cannot be followed is said. Takes "
	    "a\n"
	    "reason, and your code for each.",
	    ctl_import_cas },
	{ "import", "saml-metadata", 1, 1, "FILE",
	    CLOSES " --dry-run --key --owner --groups --claims --category --two-factors --fresh --encrypt "
		   "--consent",
	    "registers the services of a federation, from its file",
	    "An EntitiesDescriptor, or one EntityDescriptor, up to 128 MiB and 1000 services, which a "
	    "spom-judge\n"
	    "of its own reads. With --key it must be signed as a whole. The other options are for all of "
	    "them;\n"
	    "--category counts for those whose metadata name it. --dry-run shows what would be registered, "
	    "and\n"
	    "asks nobody. Each service is added or refused by itself. Takes a reason, and your code for "
	    "each.",
	    ctl_import_saml },
	{ "key", "list", 0, 0, "", "", "the master keys, and what is left to be sealed anew", NULL,
	    ctl_key_list },
	{ "key", "backup", 0, 0, "", CLOSES, "prints the master keys for the safe",
	    "Takes a reason, and your code.", ctl_key_backup },
	{ "key", "rotate", 0, 0, "", CLOSES " --retire --signing --alg", "a new master key",
	    "What older ones sealed is sealed anew in the background. --retire takes those away then.\n"
	    "--signing is for the keys that sign: as signing rotate, also with --alg. Takes a reason, and "
	    "your code.",
	    ctl_key_rotate },
	{ "signing", "list", 0, 0, "", "", "the keys that sign tokens, and what each does", NULL,
	    ctl_signing_list },
	{ "signing", "rotate", 0, 0, "", CLOSES " --alg --retire", "new keys that sign tokens",
	    "Of RS256, ES256 and EdDSA, or of --alg ALG alone: one of these, or SAML, which is left alone "
	    "where it\nis not named. A new one is published at once and signs an hour later, that of SAML "
	    "fourteen days later;\nthe one before stays published, until a rotation a day after it signed "
	    "last. --retire takes it away at\nonce. Takes a reason, and your code.",
	    ctl_signing_rotate },
	{ "config", "check", 0, 1, "[FILE]", "", "whether settings and PAM stack are in order", NULL,
	    ctl_config_check },
	{ "config", "settings", 0, 0, "", "", "every setting there is, with default and bounds", NULL,
	    ctl_config_settings },
	{ "config", "reload", 0, 0, "", "", "has the authority read its settings anew", NULL,
	    ctl_config_reload },
	{ "directory", "test", 0, 1, "[PERSON]", "", "looks at the directory with the settings",
	    "What works, what our identities may and may not do, what Redis says, and what to change. Tries "
	    "with PERSON.",
	    ctl_directory_test },
	{ "audit", "tail", 0, 1, "[N]", "", "the last records", NULL, ctl_audit_tail },
	{ "audit", "verify", 0, 0, "", "--head", "whether the records are as they were written",
	    "--head TEXT is the rest of a line audit_head of the log, to compare the end with.",
	    ctl_audit_verify },
	{ "audit", "export", 0, 0, "", "--since --csv", "all records, as lines of JSON",
	    "From --since TIME on; with --csv as a table.", ctl_audit_export },
	{ "setup", NULL, 0, 1, "[FILE]", "", "asks what SPOM has to know, and writes its settings",
	    "For an existing directory, which it looks at. FILE is /etc/spom/spom.conf if none is named, and "
	    "secrets\nlie in the folder secrets beside it. Answers come from the terminal, or a line each "
	    "from a "
	    "pipe.\nEnds with a look at settings and directory.",
	    ctl_setup },
	{ "health", NULL, 0, 0, "", "", "whether the authority serves, and what it misses", NULL,
	    ctl_health },
	{ "whoami", NULL, 0, 0, "", "", "as whom the authority knows you", NULL, ctl_who },
};

/* Options with a value, or without one. */
static const struct {
	const char *name;
	const char *value; /* what it is called; NULL: it has none */
	size_t at;
	const char *help;
} OPTIONS[] = {
	{ "--reason", "TEXT", offsetof(struct ctl, reason), "why; it is recorded" },
	{ "--break-glass", NULL, offsetof(struct ctl, break_glass),
	    "the system's administrator, without being an operator; recorded and logged" },
	{ "--hours", "N", offsetof(struct ctl, hours), "for how long" },
	{ "--front", "NAME", offsetof(struct ctl, front), "the instance that is not trusted" },
	{ "--since", "TIME", offsetof(struct ctl, since), "from when on" },
	{ "--head", "TEXT", offsetof(struct ctl, head), "a signed head" },
	{ "--key", "FILE", offsetof(struct ctl, key), "the certificate with which a federation signs" },
	{ "--csv", NULL, offsetof(struct ctl, csv), "as a table" },
	{ "--dry-run", NULL, offsetof(struct ctl, dry_run), "only shows what would be done" },
	{ "--retire", NULL, offsetof(struct ctl, retire), "takes older keys away" },
	{ "--signing", NULL, offsetof(struct ctl, signing), "the keys that sign tokens" },
	{ "--redirect-uri", "URIS", offsetof(struct ctl, service.redirect_uris),
	    "where people are sent back to; several with blanks between" },
	{ "--backchannel-logout-uri", "URI", offsetof(struct ctl, service.backchannel),
	    "where we tell it that a session has ended" },
	{ "--frontchannel-logout-uri", "URI", offsetof(struct ctl, service.frontchannel),
	    "where the browser of who signs out tells it" },
	{ "--logout-uri", "URIS", offsetof(struct ctl, service.logout_uris),
	    "where people may be sent behind a sign-out; several with blanks between" },
	{ "--cas", NULL, offsetof(struct ctl, service.cas), "it speaks CAS" },
	{ "--registration", NULL, offsetof(struct ctl, service.registration),
	    "no service, but a token by which clients register within these limits (RFC 7591)" },
	{ "--uses", "N", offsetof(struct ctl, service.uses), "of a registration: for so many clients" },
	{ "--service-url", "URLS", offsetof(struct ctl, service.addresses),
	    "of CAS: its addresses, of a registration: where those of its clients may be; several with "
	    "blanks between; /* at the end: all below" },
	{ "--proxy-callback", "URLS", offsetof(struct ctl, service.proxy_callbacks),
	    "a service of CAS that may be a proxy: where it takes proxy-granting tickets" },
	{ "--proxied-by", "NAMES", offsetof(struct ctl, service.proxied_by),
	    "a service of CAS to which these services may come as proxies" },
	{ "--label", "TEXT", offsetof(struct ctl, service.label), "what people call it" },
	{ "--about", "TEXT", offsetof(struct ctl, service.about), "what it is for" },
	{ "--label-en", "TEXT", offsetof(struct ctl, service.label_en),
	    "what it is called on English pages," },
	{ "--label-de", "TEXT", offsetof(struct ctl, service.label_de),
	    "and on German ones; else as --label says" },
	{ "--about-en", "TEXT", offsetof(struct ctl, service.about_en), "what it is for, on English pages," },
	{ "--about-de", "TEXT", offsetof(struct ctl, service.about_de), "and on German ones" },
	{ "--logo", "FILE", offsetof(struct ctl, service.logo),
	    "a PNG of up to 6,000 bytes and 256 by 256 pixels" },
	{ "--consent", NULL, offsetof(struct ctl, service.consent),
	    "people are asked before it is told of them" },
	{ "--link", "URL", offsetof(struct ctl, service.link), "where people begin" },
	{ "--owner", "TEXT", offsetof(struct ctl, service.owner), "whom operators write to" },
	{ "--groups", "NAMES", offsetof(struct ctl, service.groups),
	    "a person must be in one of them (else everybody)" },
	{ "--claims", "NAMES", offsetof(struct ctl, service.claims), "what it is told of people" },
	{ "--category", "NAMES", offsetof(struct ctl, service.categories),
	    "what services of that kind are told: research-and-scholarship, personalized, pseudonymous, "
	    "anonymous, code-of-conduct" },
	{ "--two-factors", NULL, offsetof(struct ctl, service.two_factors),
	    "only for who has proved a second factor" },
	{ "--fresh", "SECONDS", offsetof(struct ctl, service.fresh),
	    "the proof of who somebody is may not be older" },
	{ "--public", NULL, offsetof(struct ctl, service.is_public), "it can keep no secret" },
	{ "--refresh", NULL, offsetof(struct ctl, service.refresh),
	    "it may have refresh tokens (offline_access)" },
	{ "--client-credentials", NULL, offsetof(struct ctl, service.client_credentials),
	    "it may have tokens of its own" },
	{ "--device", NULL, offsetof(struct ctl, service.device), "it may be on devices without a browser" },
	{ "--access-token", "FORM", offsetof(struct ctl, service.access_token), "opaque or jwt (RFC 9068)" },
	{ "--audience", "NAMES", offsetof(struct ctl, service.audience),
	    "for whom its access tokens may be; the first is the usual one" },
	{ "--scopes", "WORDS", offsetof(struct ctl, service.scopes), "it may have in them beside ours" },
	{ "--resource-server", NULL, offsetof(struct ctl, service.resource_server),
	    "it may ask about access tokens that are for it" },
	{ "--jwks", "FILE", offsetof(struct ctl, service.jwks),
	    "it has no secret, but signs who it is with these keys (private_key_jwt)" },
	{ "--no-pkce", NULL, offsetof(struct ctl, service.no_pkce),
	    "with scope openid and a nonce it may leave out PKCE" },
	{ "--alg", "ALG", offsetof(struct ctl, service.alg),
	    "RS256, ES256 or EdDSA; for signing rotate also SAML" },
	{ "--subject", "KIND", offsetof(struct ctl, service.subject),
	    "pairwise: no other service knows a person by that name; or public" },
	{ "--sector", "HOST", offsetof(struct ctl, service.sector),
	    "services of one sector know a person by one name" },
	{ "--client-id", "ID", offsetof(struct ctl, service.client_id), "instead of a random one" },
	{ "--saml-metadata", "FILE", offsetof(struct ctl, service.saml_metadata),
	    "the metadata of a service of SAML" },
	{ "--encrypt", "WHEN", offsetof(struct ctl, service.encrypt),
	    "assertions: marked (where the metadata have a key for that alone), always, never" },
	{ "--idp-initiated", NULL, offsetof(struct ctl, service.idp_initiated),
	    "a sign-in may begin here, by /saml/start (SAML)" },
	{ "--json", NULL, offsetof(struct ctl, json), "answers as JSON" },
	{ "--socket", "DIR", offsetof(struct ctl, sockets),
	    "folder of the sockets (else SPOM_SOCKETS, else /run/spom)" },
};
#define OPTIONS_ANYWHERE (COUNT(OPTIONS) - 2u) /* from here on they are for every command */

static enum ctl_exit print_help(FILE *to, enum ctl_exit code)
{
	(void)fputs("usage: spomctl [--socket DIR] [--json] NOUN VERB ...\n\n", to);
	for (size_t i = 0; i < COUNT(COMMANDS); i++) {
		const struct command *row = &COMMANDS[i];
		char words[64];
		(void)snprintf(words, sizeof words, "%s%s%s %s", row->noun, row->verb != NULL ? " " : "",
		    row->verb != NULL ? row->verb : "", row->arguments);
		(void)fprintf(to, "  %-29s %s\n", words, row->help);
	}
	(void)fputs("\n  --socket DIR   folder of the sockets (else SPOM_SOCKETS, else /run/spom)\n"
		    "  --json         answers as JSON\n  --version      the release\n"
		    "  NOUN VERB -h   more about a command\n\n"
		    "exit: 0 done, 1 refused or not found, 2 usage, 3 the authority cannot be reached\n",
	    to);
	return code;
}

/* Whether the command's list has exactly that word. */
static bool takes(const struct command *command, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = strstr(command->options, name); at != NULL; at = strstr(at + 1, name))
		if (at[len] == '\0' || at[len] == ' ')
			return true;
	return false;
}

static enum ctl_exit print_command_help(const struct command *command)
{
	(void)printf("usage: spomctl %s%s%s%s%s\n\n%s\n", command->noun, command->verb != NULL ? " " : "",
	    command->verb != NULL ? command->verb : "", command->arguments[0] != '\0' ? " " : "",
	    command->arguments, command->help);
	if (command->more != NULL)
		(void)printf("%s\n", command->more);
	(void)printf("\n");
	for (size_t i = 0; i < COUNT(OPTIONS); i++) {
		char words[40];
		if (i < OPTIONS_ANYWHERE && !takes(command, OPTIONS[i].name))
			continue;
		(void)snprintf(words, sizeof words, "%s %s", OPTIONS[i].name,
		    OPTIONS[i].value != NULL ? OPTIONS[i].value : "");
		(void)printf("  %-19s %s\n", words, OPTIONS[i].help);
	}
	return CTL_DONE;
}

static enum ctl_exit wrong_usage(const char *what, const char *word)
{
	(void)fprintf(stderr, "spomctl: %s%s%s%s; see spomctl --help\n", what, word[0] != '\0' ? " '" : "",
	    word, word[0] != '\0' ? "'" : "");
	return CTL_USAGE;
}

static bool is(const char *word, const char *wanted)
{
	return word != NULL && strcmp(word, wanted) == 0;
}

static const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < COUNT(COMMANDS); i++)
		if (is(noun, COMMANDS[i].noun) && (COMMANDS[i].verb == NULL || is(verb, COMMANDS[i].verb)))
			return &COMMANDS[i];
	return NULL;
}

static bool is_noun(const char *word)
{
	for (size_t i = 0; i < COUNT(COMMANDS); i++)
		if (is(word, COMMANDS[i].noun))
			return true;
	return false;
}

/* What was given on the command line. */
struct given {
	struct ctl ctl;
	const char *words[WORDS_MAX];
	bool has[COUNT(OPTIONS)];
	bool help;
};

/* The options that were given must be the command's. */
static enum ctl_exit check_options(const struct given *given, const struct command *command)
{
	for (size_t i = 0; i < OPTIONS_ANYWHERE; i++)
		if (given->has[i] && !takes(command, OPTIONS[i].name))
			return wrong_usage("this command does not take", OPTIONS[i].name);
	/* what needs a reason is not even tried without one */
	if (takes(command, "--reason") && !given->ctl.dry_run &&
	    (given->ctl.reason == NULL || given->ctl.reason[0] == '\0'))
		return wrong_usage("this command takes --reason TEXT, which is recorded", "");
	return CTL_DONE;
}

static enum ctl_exit run_command(struct given *given, const struct command *command)
{
	struct ctl *ctl = &given->ctl;
	unsigned taken = command->verb != NULL ? 2 : 1;
	if (given->help)
		return print_command_help(command);
	ctl->words += taken;
	ctl->n_words -= taken;
	if (ctl->n_words > command->max_words)
		return wrong_usage("too many words from", ctl->words[command->max_words]);
	if (ctl->n_words < command->min_words)
		return wrong_usage("this command takes", command->arguments);
	enum ctl_exit code = check_options(given, command);
	return code == CTL_DONE ? command->run(ctl) : code;
}

static enum ctl_exit run(struct given *given)
{
	struct ctl *ctl = &given->ctl;
	const char *noun = ctl->n_words > 0 ? ctl->words[0] : "",
		   *verb = ctl->n_words > 1 ? ctl->words[1] : "";
	const struct command *command = command_find(noun, verb);
	if (command != NULL)
		return run_command(given, command);
	if (given->help)
		return print_help(stdout, CTL_DONE);
	if (noun[0] == '\0')
		return print_help(stderr, CTL_USAGE);
	if (!is_noun(noun))
		return wrong_usage("there is no command", noun);
	return wrong_usage(verb[0] != '\0' ? "this noun has no verb" : "this noun needs a verb", verb);
}

static const char *default_sockets(void)
{
	const char *set = getenv("SPOM_SOCKETS");
	return set != NULL && set[0] != '\0' ? set : "/run/spom";
}

/* Its row; COUNT(OPTIONS): there is none. */
static size_t find_option(const char *word)
{
	size_t i = 0;
	while (i < COUNT(OPTIONS) && !is(word, OPTIONS[i].name))
		i++;
	return i;
}

/* An option; value is the next word, or NULL. *used_r: the value was used. */
static enum ctl_exit take_option(struct given *given, const char *word, const char *value, bool *used_r)
{
	size_t i = find_option(word);
	if (i == COUNT(OPTIONS))
		return wrong_usage("there is no option", word);
	void *at = (char *)&given->ctl + OPTIONS[i].at;
	given->has[i] = true;
	*used_r = OPTIONS[i].value != NULL;
	if (*used_r && value == NULL) {
		(void)fprintf(stderr, "spomctl: %s needs a value: %s\n", word, OPTIONS[i].value);
		return CTL_USAGE;
	}
	if (*used_r)
		*(const char **)at = value;
	else
		*(bool *)at = true;
	return CTL_DONE;
}

/* Of a factor or of a session: they are random, and one of 64 begins as options do. */
static bool is_id(const char *word)
{
	uint8_t bytes[32];
	size_t len = strlen(word);
	bool has_form = enc_from_base64url(word, len, bytes, 16) == OK ||
			enc_from_base64url(word, len, bytes, sizeof bytes) == OK;
	return has_form && find_option(word) == COUNT(OPTIONS);
}

/* Options may stand anywhere; "--" ends them. */
static enum ctl_exit parse(int argc, char **argv)
{
	struct given given = { .ctl = { .sockets = default_sockets() } };
	bool options = true;
	given.ctl.words = given.words;
	for (int i = 1; i < argc; i++) {
		bool used = false;
		enum ctl_exit code = CTL_DONE;
		if (options && is(argv[i], "--")) {
			options = false;
		} else if (options && (is(argv[i], "--help") || is(argv[i], "-h"))) {
			given.help = true;
		} else if (options && is(argv[i], "--version")) {
			(void)printf("spomctl %s\n", SPOM_VERSION);
			return CTL_DONE;
		} else if (options && argv[i][0] == '-' && !is_id(argv[i])) {
			code = take_option(&given, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used);
		} else if (given.ctl.n_words == WORDS_MAX) {
			return wrong_usage("too many words from", argv[i]);
		} else {
			given.words[given.ctl.n_words++] = argv[i];
		}
		if (code != CTL_DONE)
			return code;
		i += used;
	}
	return run(&given);
}

int main(int argc, char **argv)
{
	enum ctl_exit code = parse(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		(void)fputs("spomctl: the answer could not be written\n", stderr);
		return code == CTL_DONE ? CTL_REFUSED : (int)code;
	}
	return (int)code;
}
