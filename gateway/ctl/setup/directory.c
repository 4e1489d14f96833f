/* directory.c - who reads the directory, and where people and groups are in it: guessed by looking, and confirmed. */
#include <string.h>
#include "ctl/setup/identities.h"

static enum err reader(struct setup *setup, struct look **look_r)
{
	const char *context = setup->tree.n > 0 ? setup->tree.contexts[0] : "";
	enum err err = identity_ask(setup, "directory", "read_dn", SETUP_READ,
	    identity_below(setup, "cn=spom-read,ou=services", context), look_r);
	if (err != OK)
		return err;
	if (setup->tree.n == 0) /* not for strangers */
		look_tree(*look_r, setup->arena, &setup->tree);
	const char *above = look_above(dialogue_value(&setup->dialogue, "directory", "read_dn"));
	setup->services = above != NULL ? above : "";
	return OK;
}

/* Where nobody is seen the answers may be right all the same, and the directory's rules not made yet. ERR_CONFIG: ask again. */
static enum err confirm_unseen(struct setup *setup)
{
	bool again = true;
	const struct dialogue *dialogue = &setup->dialogue;
	dialogue_say(
	    "Nobody is seen below %s by %s: the names may be wrong, or the account may not search there.",
	    dialogue_value(dialogue, "directory", "people_base"),
	    dialogue_value(dialogue, "directory", "people_filter"));
	enum err err = dialogue_yes("Other names?", true, &again);
	return err == OK && again ? ERR_CONFIG : err;
}

static enum err ask_people(struct setup *setup, struct look *look, const struct look_place *found)
{
	const char *base, *filter;
	enum err err = dialogue_setting(&setup->dialogue, "directory", "people_base", found->base, &base);
	if (err == OK)
		err =
		    dialogue_setting(&setup->dialogue, "directory", "people_filter", found->filter, &filter);
	if (err != OK || look_sees(look, base, filter))
		return err;
	return confirm_unseen(setup);
}

/* What people are told apart by. */
static enum err names(struct setup *setup, const struct look_place *found)
{
	struct dialogue *dialogue = &setup->dialogue;
	enum err err = dialogue_setting(dialogue, "directory", "name_attributes", found->name, NULL);
	if (err != OK || found->base == NULL)
		return err;
	if (found->id == NULL)
		return dialogue_setting(dialogue, "directory", "id_attribute", NULL, NULL);
	return dialogue_found(dialogue, "directory", "id_attribute", found->id);
}

/* The naming context that the people are in. */
static const char *context_of(const struct setup *setup)
{
	const char *base = dialogue_value(&setup->dialogue, "directory", "people_base");
	for (unsigned i = 0; i < setup->tree.n; i++)
		if (look_is_within(base, setup->tree.contexts[i]))
			return setup->tree.contexts[i];
	return "";
}

static enum err people(struct setup *setup, struct look *look)
{
	struct look_place found;
	enum err err = ERR_CONFIG;
	look_people(look, &setup->tree, setup->arena, &found);
	if (found.base == NULL)
		dialogue_say("No people are seen at the usual places.");
	for (unsigned tries = 0; err == ERR_CONFIG;) {
		err = dialogue_again(&tries);
		if (err == OK)
			err = ask_people(setup, look, &found);
	}
	setup->context = context_of(setup);
	return err == OK ? names(setup, &found) : err;
}

/* What was seen where the groups are is taken; what was not is asked. */
static enum err kind_of_groups(struct setup *setup, const struct look_place *found, const char *base)
{
	struct dialogue *dialogue = &setup->dialogue;
	bool same = found->base != NULL && strcmp(found->base, base) == 0;
	enum err err = same ? dialogue_found(dialogue, "directory", "groups_filter", found->filter)
			    : dialogue_setting(dialogue, "directory", "groups_filter", found->filter, NULL);
	if (err != OK)
		return err;
	return same ? dialogue_found(dialogue, "directory", "group_member_attributes", found->name)
		    : dialogue_setting(dialogue, "directory", "group_member_attributes", found->name, NULL);
}

static enum err groups(struct setup *setup, struct look *look)
{
	struct look_place found;
	const char *base;
	look_groups(look, &setup->tree, setup->arena, &found);
	if (found.base == NULL)
		dialogue_say("No groups are seen at the usual places.");
	enum err err = dialogue_setting(&setup->dialogue, "directory", "groups_base", found.base, &base);
	if (err != OK || base[0] == '\0')
		return err;
	err = kind_of_groups(setup, &found, base);
	if (err == OK &&
	    !look_sees(look, base, dialogue_value(&setup->dialogue, "directory", "groups_filter")))
		dialogue_say("No group is seen there; the look at the end says more.");
	return err;
}

enum err setup_directory(struct setup *setup)
{
	CLEANUP(look_close) struct look *look = NULL;
	enum err err = reader(setup, &look);
	if (err == OK)
		err = people(setup, look);
	if (err == OK)
		err = groups(setup, look);
	if (err == OK && setup->context[0] != '\0')
		setup->institution = look_value(look, setup->context, "o", setup->arena);
	return err;
}
