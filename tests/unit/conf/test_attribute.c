/* The sections that repeat: what a person sees and changes, and networks with a name. */
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include "conf/conf.h"
#include "conf/good.h"

static const struct {
	const char *section, *lines, *says;
} WRONG[] = {
	{ "attribute x", "label = x\nldap = a\ntype = picture",
	    "[attribute x] type: must be one of: line lines telephone mail language link photo" },
	{ "attribute x", "label = x\nldap = a\ntype = lin", "[attribute x] type: must be one of: " },
	{ "attribute x", "label = x\nldap = a\ntype = line lines", "[attribute x] type: must be one of: " },
	{ "attribute x", "label = x\nldap = a\ntype =", "[attribute x] type: must not be empty" },
	{ "attribute x", "label = x\nldap = a\nread = all",
	    "[attribute x] read: must be one of: self nobody" },
	{ "attribute x", "label = x\nldap = a\nwrite = yes",
	    "[attribute x] write: must be one of: self nobody" },
	{ "attribute x", "label = x\nldap = a\npattern = [a-z",
	    "[attribute x] pattern: is no extended regular expression: " },
	{ "attribute x", "label = x\nldap = a\npattern = (", "[attribute x] pattern: is no extended" },
	{ "attribute x", "label = x\nldap = a\npattern = (a{200}){200}",
	    "[attribute x] pattern: repeats too much: written out" },
	{ "attribute x", "label = x\nldap = a\nmax = 201",
	    "[attribute x] max: must be a number from 1 to 200" },
	{ "attribute x", "label = x\nldap = a\nwrite = self\nread = nobody",
	    "[attribute x] can be written and not be read" },
	{ "attribute x", "label = x\nldap = a\nwrite = self\ntype = photo",
	    "[attribute x] a photo cannot be written" },
	{ "attribute x", "label = x\nldap = A\nwrite = self\n[attribute y]\nlabel = y\nldap = a",
	    "are both 'A', and one can be written" },
	{ "network x", "label = x", "[network x] addresses must be set" },
	{ "network x", "label = x\naddresses = 192.0.2.0/24 example.edu",
	    "[network x] addresses: 'example.edu' is no address or network" },
	{ "network x", "label = x\naddresses = 192.0.2.1/24",
	    "[network x] addresses: '192.0.2.1/24' is no address or network" },
	{ "metrics", "addresses = 10.0.0.0/33", "[metrics] addresses: '10.0.0.0/33' is no address" },
};

static const struct {
	const char *section, *lines;
} RIGHT[] = {
	{ "attribute x", "label = x\nldap = a\ntype = telephone\nwrite = self\npattern = [+][0-9 ]+" },
	{ "attribute x", "label = x\nldap = a\npattern = ([[:alpha:]]{1,20} ){0,20}" },
	{ "attribute x", "label = x\nldap = a\n[attribute y]\nlabel = y\nldap = a" },
	{ "attribute x", "label = x\nldap = a\ntype = photo\nread = nobody" },
	{ "network x", "label = Library & caf\xc3\xa9\naddresses = 192.0.2.0/24, 2001:db8::/32 203.0.113.9" },
	{ "metrics", "addresses =" },
	{ "metrics", "addresses = 127.0.0.1 ::1 10.0.0.0/8" },
};

static void what_cannot_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(WRONG); i++) {
		struct conf *conf = NULL;
		struct conf_fault fault = { "" };
		const char *file = file_with(WRONG[i].section, WRONG[i].lines);
		ROW(WRONG[i].lines, conf_load(file, &conf, &fault) == ERR_CONFIG);
		if (strstr(fault.text, WRONG[i].says) == NULL)
			fail_msg("row '%s' said: %s", WRONG[i].lines, fault.text);
	}
	file_remove();
}

static void what_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(RIGHT); i++) {
		struct conf *conf = NULL;
		struct conf_fault fault = { "" };
		enum err err = conf_load(file_with(RIGHT[i].section, RIGHT[i].lines), &conf, &fault);
		if (err != OK)
			fail_msg("row '%s' said: %s", RIGHT[i].lines, fault.text);
		conf_free(&conf);
	}
	file_remove();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be),
		cmocka_unit_test(what_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
