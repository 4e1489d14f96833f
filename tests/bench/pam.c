/* pam.c - logins with password and code through pam_spom by a looping client, as sshd would do them: authenticate and account. Arguments:
 * confdir, service, workers, seconds, people, password, secret of everybody's authenticator. */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

static const char *confdir, *service, *password, *secret;
static struct bench_people people;

static int converse(int n, const struct pam_message **ask, struct pam_response **answer_r, void *context)
{
	unsigned *asked = context;
	char code[7];
	struct pam_response *answers = calloc((size_t)n, sizeof *answers);
	for (int i = 0; answers != NULL && i < n; i++)
		if (ask[i]->msg_style == PAM_PROMPT_ECHO_OFF && bench_code(secret, code))
			answers[i].resp = strdup((*asked)++ == 0 ? password : code);
	*answer_r = answers;
	return answers != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void *begin(unsigned worker)
{
	(void)worker;
	static int some;
	return &some;
}

static bool act(void *state, unsigned long number)
{
	(void)state;
	char user[32];
	pam_handle_t *pam;
	unsigned asked = 0;
	const struct pam_conv conv = { converse, &asked };
	(void)snprintf(user, sizeof user, "g%07lu", bench_person(&people, number));
	if (pam_start_confdir(service, user, &conv, confdir, &pam) != PAM_SUCCESS)
		return false;
	int rc = pam_authenticate(pam, 0);
	if (rc == PAM_SUCCESS)
		rc = pam_acct_mgmt(pam, 0);
	(void)pam_end(pam, rc);
	return rc == PAM_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc != 8 || !bench_people_parse(argv[5], &people))
		return 2;
	confdir = argv[1];
	service = argv[2];
	password = argv[6];
	secret = argv[7];
	struct bench bench = { (unsigned)atoi(argv[3]), atof(argv[4]), act, begin };
	return bench_run(&bench);
}
