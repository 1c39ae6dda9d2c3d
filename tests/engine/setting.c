/* See setting.h. Always holds: what a setting is depends on its number only. */
#include "setting.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "disk.h"
#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "engine/store/store.h"

enum err __real_catalog_load(struct db *db, struct catalog **ret_catalog,
			     struct problems *p);
void __real_catalog_free(struct catalog *c);
enum err __wrap_catalog_load(struct db *db, struct catalog **ret_catalog,
			     struct problems *p);
void __wrap_catalog_free(struct catalog *c);
int __wrap_malloc_trim(size_t pad);

static struct ground {
	struct disk_image *image;
	struct catalog *catalog;
} grounds[SETTINGS];
static const struct ground *ground;
bool setting_share_catalogs;
struct catalog *setting_catalog;

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, JSON_BYTES_MAX);

	if (!f || fread(text, 1, JSON_BYTES_MAX - 1, f) == 0)
		abort();
	fclose(f);
	return text;
}

/* Of the playbooks; 1 and 2 are those of the adapters, 0 changes nothing. */
#define VARIANT_EXPIRES 3
/* Settings from here on have a peer without keys. */
#define UNKEYED_FROM 6
/* And from here on all of the language that the shipped playbooks do without,
 * with keys again. */
#define VARIANT_LANGUAGE 4
#define LANGUAGE_FROM 8

/* A task that nobody decides on ends by itself. */
static void let_expire(cJSON *playbook)
{
	cJSON *step;

	cJSON_ArrayForEach(step, json_get(playbook, "steps"))
	{
		if (strcmp(json_string(step, "step", ""), "ask_refund") == 0)
			json_set_string(step, "onDue", "rejected");
	}
}

static void in_time(cJSON *step)
{
	const char *name = json_string(step, "step", "");
	cJSON *inner, *undo;

	if (strcmp(json_string(step, "kind", ""), "gather") == 0)
		json_set_string(step, "budget", "2s");
	if (strcmp(name, "quote") == 0) {
		json_set_string(step, "timeout", "3s");
		json_set_string(step, "onTimeout", "unreachable");
	}
	if (strcmp(name, "resend") == 0) {
		undo = cJSON_CreateObject();
		json_set_string(undo, "operation", "order." SIM_UNDO);
		json_set(step, "compensate", undo);
		json_set_string(step, "timeout", "20s");
		json_set_string(step, "onTimeout", "unreachable");
	}
	cJSON_ArrayForEach(inner, json_get(step, "steps")) in_time(inner);
}

/* So many at once, within a time, and what was done is undone. */
static void speak_all(cJSON *playbook)
{
	cJSON *one, *step;

	if (strcmp(json_string(playbook, "playbook", ""), "transfer_failed"))
		return;
	one = cJSON_CreateObject();
	json_set_string(one, "key", "transfers");
	json_set_int(one, "limit", SIM_PLACES);
	json_set(playbook, "concurrency", one);
	json_set_string(playbook, "timeout", "5m");
	json_set_string(playbook, "onTimeout", "fail");
	json_set_int(playbook, "priority", 1);
	cJSON_ArrayForEach(step, json_get(playbook, "steps")) in_time(step);
}

/* Messages go to a peer that knows no keys: once out, never again. */
static void forget_keys(cJSON *adapter)
{
	cJSON *send = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(adapter, "operations"),
		"send");

	if (!send)
		return;
	json_set_string(send, "offers", "neither");
	cJSON_DeleteItemFromObjectCaseSensitive(send, "keyRetention");
}

/* Narrow gates, short tempers. */
static void tweak(struct sim *s, cJSON *tree, int variant)
{
	cJSON *breaker;

	if (variant == VARIANT_EXPIRES)
		let_expire(tree);
	if (variant == VARIANT_LANGUAGE)
		speak_all(tree);
	if (variant != 1 && variant != 2)
		return;
	if (s->peers.unkeyed)
		forget_keys(tree);
	if (!json_get(tree, "adapter") ||
	    strcmp(json_string(tree, "kind", ""), "http") != 0)
		return;
	json_set_int(tree, "concurrency", 1 + sim_below(s, 4));
	breaker = cJSON_CreateObject();
	json_set_int(breaker, "failures", 2 + sim_below(s, 3));
	json_set_int(breaker, "window", 10);
	json_set_string(breaker, "open", "2s");
	json_set(tree, "breaker", breaker);
	if (variant == 2) {
		cJSON *rate = cJSON_CreateObject();

		json_set_int(rate, "perSecond", 5);
		json_set_int(rate, "burst", 2);
		json_set(tree, "rate", rate);
	}
}

static void copy_folder(struct sim *s, const char *conf, const char *name,
			int variant)
{
	struct dirent **entry;
	char from[400], to[256];
	int count, i;

	snprintf(to, sizeof(to), "%s/%s", conf, name);
	mkdir(to, 0700);
	snprintf(from, sizeof(from), "conf/%s", name);
	count = scandir(from, &entry, NULL, alphasort);
	for (i = 0; i < count; i++) {
		char path[700], *text;
		cJSON *tree;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", from, entry[i]->d_name);
		if (strstr(entry[i]->d_name, ".json")) {
			text = read_all(path);
			tree = cJSON_Parse(text);
			free(text);
			tweak(s, tree, variant);
			text = json_print(tree);
			cJSON_Delete(tree);
			snprintf(path, sizeof(path), "%s/%s", to,
				 entry[i]->d_name);
			f = fopen(path, "we");
			fputs(text, f);
			fclose(f);
			free(text);
		}
		free(entry[i]);
	}
	free(entry);
}

static void activate(struct sim *s, struct db *db, int setting)
{
	struct catalog_check check;
	char conf[192] = "conf";
	int changed;

	if (setting) {
		snprintf(conf, sizeof(conf), "%s/conf", s->folder);
		mkdir(conf, 0700);
		copy_folder(s, conf, "adapters", 1 + setting % 2);
		copy_folder(s, conf, "playbooks",
			    setting < 4		      ? 0
			    : setting < LANGUAGE_FROM ? VARIANT_EXPIRES
						      : VARIANT_LANGUAGE);
		copy_folder(s, conf, "policy", 0);
	}
	if (catalog_activate(db, conf, "sim", SIM_START_MS, &check, &changed) !=
	    OK)
		sim_fail(s, "configuration: %s %s", check.item[0].file,
			 check.item[0].problem.detail);
}

/* So that a life begins with an empty write-ahead log. */
static void empty_log(const struct sim *s)
{
	char path[160];
	sqlite3 *raw;

	snprintf(path, sizeof(path), "%s/mend.db", s->folder);
	if (sqlite3_open(path, &raw) != SQLITE_OK ||
	    sqlite3_exec(raw, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL,
			 NULL) != SQLITE_OK)
		abort();
	sqlite3_close(raw);
}

static void make_ground(struct sim *s, int setting)
{
	struct ground *g = &grounds[setting];
	struct problems p = {.count = 0};
	uint64_t state = s->state;
	struct db *db;

	s->state = (uint64_t)setting * 77; /* not the life's own chance */
	disk_load(NULL, 1);
	if (store_open(&s->config, DB_MIGRATE, "sim", &db) != OK)
		abort();
	activate(s, db, setting);
	if (__real_catalog_load(db, &g->catalog, &p) != OK)
		abort();
	db_close(db);
	empty_log(s);
	g->image = disk_save();
	s->state = state;
}

void setting_use(struct sim *s, int setting)
{
	s->peers.unkeyed = setting >= UNKEYED_FROM && setting < LANGUAGE_FROM;
	if (!grounds[setting].image)
		make_ground(s, setting);
	ground = &grounds[setting];
	disk_load(ground->image, s->seed);
}

/* The Makefile puts these in the place of the catalog's own. */
enum err __wrap_catalog_load(struct db *db, struct catalog **ret_catalog,
			     struct problems *p)
{
	struct catalog *shared = setting_catalog;
	int64_t generation;

	if (setting_share_catalogs && ground)
		shared = ground->catalog;
	if (!shared || document_generation(db, &generation) != OK ||
	    generation != shared->generation)
		return __real_catalog_load(db, ret_catalog, p);
	*ret_catalog = shared;
	return OK;
}

/* Where a burst is followed by the next one at once. */
int __wrap_malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

void __wrap_catalog_free(struct catalog *c)
{
	int i;

	if (c && c == setting_catalog)
		return;
	for (i = 0; i < SETTINGS; i++) {
		if (c && c == grounds[i].catalog)
			return;
	}
	__real_catalog_free(c);
}
