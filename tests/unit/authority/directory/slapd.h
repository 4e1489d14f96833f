/* slapd.h - private directory servers for tests: started in a folder of their own on free ports of 127.0.0.1, ended with the test,
 * however it ends. */
#ifndef SPOM_TESTS_SLAPD_H
#define SPOM_TESTS_SLAPD_H
#include <stdbool.h>
#include <sys/types.h>

#define BASE "dc=test"
#define READ_DN "cn=read," BASE
#define PROXY_DN "cn=proxy," BASE
#define DECOY_DN "cn=decoy," BASE
#define STORE_DN "cn=store," BASE
#define RECORDS "ou=spom," BASE
#define STORE_PASSWORD "keep-it"
#define READ_PASSWORD "read-it"
#define PROXY_PASSWORD "act-for"
#define PASSWORD "correct horse" /* of every person who has one */

struct slapd {
	char dir[128]; /* its folder: conf, data, log */
	int port;
	char ldap[64]; /* ldap://127.0.0.1:PORT */
	char ldaps[64];
	pid_t pid; /* 0: does not run */
};

/* What the server did so far, from its log. */
struct slapd_count {
	unsigned binds;
	unsigned searches;
};

/* Makes the folder, runs the tests and gives their result: the whole of main. Another process removes the folder when this one is gone. */
int slapd_guard(int (*tests)(void));

/* The folder of this test program: ca.pem (signs the servers), other-ca.pem (does not). */
const char *slapd_folder(void);
const char *slapd_file(const char *name); /* static buffer */

/* Loads people and groups (people.c) into a new server and starts it. Fails the test where that fails. */
void slapd_new(struct slapd *slapd, const char *name);

/* The same with more lines for its database. */
void slapd_new_with(struct slapd *slapd, const char *name, const char *more);

void slapd_start(struct slapd *slapd);              /* waits until it answers */
void slapd_kill(struct slapd *slapd);               /* SIGKILL; NULL-safe when it does not run */
void slapd_signal(struct slapd *slapd, int signal); /* SIGSTOP, SIGCONT */
struct slapd_count slapd_counted(const struct slapd *slapd);

int free_port(void);

extern const char PEOPLE_LDIF[];
extern const char SLAPD_DATABASE[]; /* of slapd.conf: to the directory line, */
extern const char SLAPD_RULES[];    /* and from there on */

#endif
