#include "authority/directory/slapd.h"
#include "unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

const char *slapd_folder(void)
{
	return folder;
}

const char *slapd_file(const char *name)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

/* Waits for the end of the one who holds the other end of the pipe, however it comes, and cleans up after it. */
static void keep_house(int end)
{
	char none;
	(void)setsid(); /* no signal to the test's group reaches us */
	for (int fd = 0; fd <= 2; fd++)
		(void)close(fd);
	while (read(end, &none, 1) < 0 && errno == EINTR)
		continue;
	for (int i = 0; i < 40 && access(folder, F_OK) == 0; i++) { /* a dying server may still write */
		(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 25000000 }, NULL);
	}
	_exit(0);
}

int slapd_guard(int (*tests)(void))
{
	int ends[2];
	(void)snprintf(folder, sizeof folder, "/tmp/spom-unit-XXXXXX");
	if (mkdtemp(folder) == NULL || pipe2(ends, O_CLOEXEC) != 0)
		return 1;
	pid_t keeper = fork();
	if (keeper == 0) {
		(void)close(ends[1]);
		keep_house(ends[0]);
	}
	int result = keeper > 0 ? tests() : 1;
	(void)close(ends[1]);
	while (keeper > 0 && waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
		continue;
	return result;
}

/* Starts a program that dies with us, its output in a file. */
static pid_t spawn(const char *log, const char *const *arguments)
{
	pid_t parent = getpid(), child = fork();
	if (child != 0)
		return child;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (getppid() == parent && fd >= 0 && dup2(fd, 1) >= 0 && dup2(fd, 2) >= 0)
		(void)execvp(arguments[0], (char *const *)arguments);
	_exit(127);
}

static void print_file(const char *path)
{
	char line[400];
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		print_message("%s", line);
	if (file != NULL)
		(void)fclose(file);
}

/* Waits for a program's success, else fails the test with its words. */
static void run(const char *const *arguments)
{
	char log[200];
	int status = 0;
	(void)snprintf(log, sizeof log, "%s/run.log", folder);
	(void)unlink(log);
	pid_t child = spawn(log, arguments);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status != 0)
		print_file(log);
	ROW(arguments[0], status == 0);
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	return file;
}

static void write_conf(const char *path, const char *dir, const char *more)
{
	FILE *file = create(path);
	char *schema = realpath("schema/spom.schema", NULL); /* tests run in the tree's root */
	ROW("schema/spom.schema", schema != NULL);
	(void)fprintf(file, "TLSCACertificateFile %s/ca.pem\n", folder);
	(void)fprintf(file, "TLSCertificateFile %s/server.pem\n", folder);
	(void)fprintf(file, "TLSCertificateKeyFile %s/server.key\n", folder);
	(void)fprintf(file, "include %s\n", schema);
	free(schema);
	(void)fprintf(file, "%sdirectory %s/data\n%s", SLAPD_DATABASE, dir, SLAPD_RULES);
	(void)fputs(more, file);
	assert_int_equal(fclose(file), 0);
}

static void write_people(const char *path)
{
	FILE *file = create(path);
	(void)fputs(PEOPLE_LDIF, file);
	assert_int_equal(fclose(file), 0);
}

static void make_ca(const char *name)
{
	char certificate[128], key[128], subject[64];
	(void)snprintf(certificate, sizeof certificate, "%s/%s.pem", folder, name);
	(void)snprintf(key, sizeof key, "%s/%s.key", folder, name);
	(void)snprintf(subject, sizeof subject, "/CN=%s", name);
	const char *const arguments[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", subject, "-keyout", key, "-out",
		certificate, NULL };
	run(arguments);
}

static void make_certificates(void)
{
	char ca[128], ca_key[128], certificate[128], key[128];
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", folder);
	(void)snprintf(ca_key, sizeof ca_key, "%s/ca.key", folder);
	(void)snprintf(certificate, sizeof certificate, "%s/server.pem", folder);
	(void)snprintf(key, sizeof key, "%s/server.key", folder);
	const char *const arguments[] = { "openssl", "req", "-x509", "-CA", ca, "-CAkey", ca_key, "-newkey",
		"ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
		"-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
		"-keyout", key, "-out", certificate, NULL };
	if (access(certificate, F_OK) == 0)
		return;
	make_ca("ca");
	make_ca("other-ca");
	run(arguments);
}

int free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}

void slapd_new(struct slapd *slapd, const char *name)
{
	slapd_new_with(slapd, name, "");
}

void slapd_new_with(struct slapd *slapd, const char *name, const char *more)
{
	char conf[200], ldif[200], data[200];
	make_certificates();
	*slapd = (struct slapd){ .port = free_port() };
	(void)snprintf(slapd->dir, sizeof slapd->dir, "%s/%s", folder, name);
	(void)snprintf(slapd->ldap, sizeof slapd->ldap, "ldap://127.0.0.1:%d", slapd->port);
	(void)snprintf(slapd->ldaps, sizeof slapd->ldaps, "ldaps://127.0.0.1:%d", free_port());
	(void)snprintf(conf, sizeof conf, "%s/slapd.conf", slapd->dir);
	(void)snprintf(ldif, sizeof ldif, "%s/people.ldif", slapd->dir);
	(void)snprintf(data, sizeof data, "%s/data", slapd->dir);
	assert_int_equal(mkdir(slapd->dir, 0700), 0);
	assert_int_equal(mkdir(data, 0700), 0);
	write_conf(conf, slapd->dir, "");
	write_people(ldif);
	const char *const arguments[] = { "/usr/sbin/slapadd", "-q", "-f", conf, "-l", ldif, NULL };
	run(arguments);
	write_conf(conf, slapd->dir, more); /* which might keep slapadd from its work */
	slapd_start(slapd);
}

static bool listens(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	address.sin_port = htons((in_port_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	(void)close(fd);
	return yes;
}

void slapd_start(struct slapd *slapd)
{
	char conf[200], log[200], urls[160];
	(void)snprintf(conf, sizeof conf, "%s/slapd.conf", slapd->dir);
	(void)snprintf(log, sizeof log, "%s/log", slapd->dir);
	(void)snprintf(urls, sizeof urls, "%s %s", slapd->ldap, slapd->ldaps);
	/* 256: operations, which slapd_counted counts */
	const char *const arguments[] = { "/usr/sbin/slapd", "-d", "256", "-f", conf, "-h", urls, NULL };
	slapd->pid = spawn(log, arguments);
	for (int i = 0; i < 1000 && !listens(slapd->port); i++)
		(void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	if (!listens(slapd->port))
		print_file(log);
	ROW(slapd->ldap, listens(slapd->port));
}

void slapd_signal(struct slapd *slapd, int signal)
{
	assert_true(slapd->pid > 0);
	assert_int_equal(kill(slapd->pid, signal), 0);
	if (signal == SIGSTOP) /* not before all of its threads have stopped */
		assert_int_equal(waitpid(slapd->pid, NULL, WUNTRACED), slapd->pid);
}

void slapd_kill(struct slapd *slapd)
{
	if (slapd->pid <= 0)
		return;
	(void)kill(slapd->pid, SIGKILL);
	while (waitpid(slapd->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	slapd->pid = 0;
}

struct slapd_count slapd_counted(const struct slapd *slapd)
{
	char path[200], line[2000];
	struct slapd_count count = { 0 };
	(void)snprintf(path, sizeof path, "%s/log", slapd->dir);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		count.binds += strstr(line, " BIND dn=") != NULL && strstr(line, " method=") != NULL;
		count.searches += strstr(line, " SRCH base=") != NULL;
	}
	(void)fclose(file);
	return count;
}
