#ifndef MEND_ADAPTERS_CONFINE_H
#define MEND_ADAPTERS_CONFINE_H

#include "../base/config.h"
#include "../flow/catalog.h"
#include "reach.h"

/*
 * Where a configuration lets calls go: the setting allow_hosts, without it the
 * hosts that the adapters' base URLs name by themselves; private addresses as
 * private_hosts says; and the sandbox where its own setting says. settings:
 * what {{setting.…}} in base URLs means. False: not all found room.
 */
bool confine_rules(const struct catalog *c, const struct config *config,
		   const cJSON *settings, struct arena *a,
		   struct reach_rules *ret_rules);

#endif
