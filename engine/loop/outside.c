/*
 * Why: what the engine takes along when it calls others, and where it may go,
 * is read at the start and when somebody says so. A secret that is not there
 * keeps its adapter's runs waiting, with the reason, until it has come.
 *
 * Always holds: no secret is logged, written or told; only its name is.
 */
#include <string.h>

#include "../adapters/confine.h"
#include "../base/log.h"
#include "parts.h"

const struct secret *engine_secret(const struct engine *e,
				   const struct adapter *a)
{
	int i;

	for (i = 0; a->credential[0] && i < e->secret_count; i++) {
		if (strcmp(e->secret[i].name, a->credential) == 0)
			return &e->secret[i];
	}
	return NULL;
}

bool engine_secret_missing(const struct engine *e, const struct adapter *a)
{
	return a->credential[0] && !engine_secret(e, a);
}

/* Reads what no adapter before it has named. */
static void read_secret(struct engine *e, const struct adapter *a)
{
	enum err err;

	if (!engine_secret_missing(e, a))
		return;
	err = secret_read(e->config, a->credential,
			  &e->secret[e->secret_count]);
	if (err == OK) {
		e->secret_count++;
		return;
	}
	if (!e->secret_missing)
		log_error("credential not read adapter=%s name=%s: %s", a->name,
			  a->credential, secret_error(err));
	e->secret_missing = true;
}

static void confine(struct engine *e)
{
	struct reach_rules *r = arena_alloc(&e->arena, sizeof(*r));

	if (!confine_rules(e->catalog, e->config, e->settings, &e->arena, r))
		log_error("no room for every host that may be called");
	e->network.confine(e->network.context, r);
}

void engine_load_outside(struct engine *e)
{
	int i;

	explicit_bzero(e->secret, CATALOG_ADAPTERS_MAX * sizeof(*e->secret));
	e->secret_count = 0;
	e->secret_missing = false;
	for (i = 0; i < e->catalog->adapter_count; i++)
		read_secret(e, e->catalog->adapter[i]);
	if (e->network.confine)
		confine(e);
}

enum err engine_find_secrets(struct engine *e)
{
	int i, before = e->secret_count;

	if (!e->secret_missing || !e->catalog)
		return OK;
	for (i = 0; i < e->catalog->adapter_count; i++)
		read_secret(e, e->catalog->adapter[i]);
	if (e->secret_count > before)
		e->nudged = true;
	return OK;
}
