/*
 * Under which configuration a simulated world lives: the shipped one, or a copy
 * whose adapters have narrow gates and short tempers. See world.h.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog.h"
#include "world.h"

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, JSON_BYTES_MAX);

	if (!f || fread(text, 1, JSON_BYTES_MAX - 1, f) == 0)
		abort();
	fclose(f);
	return text;
}

/* Narrow gates, short tempers. */
static void tweak(struct sim *s, cJSON *tree, int variant)
{
	cJSON *breaker;

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

static void copy_folder(struct sim *s, const char *name, int variant)
{
	struct dirent **entry;
	char from[400], to[400];
	int count, i;

	snprintf(to, sizeof(to), "%s/%s", s->conf, name);
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

void sim_configure(struct sim *s, int variant)
{
	struct catalog_check check;
	int changed;

	STR_COPY(s->conf, "conf");
	if (variant) {
		snprintf(s->conf, sizeof(s->conf), "%s/conf", s->folder);
		mkdir(s->conf, 0700);
		copy_folder(s, "adapters", variant);
		copy_folder(s, "playbooks", variant);
		copy_folder(s, "policy", variant);
	}
	if (catalog_activate(s->faces, s->conf, "sim", s->wall_ms, &check,
			     &changed) != OK)
		sim_fail(s, "configuration: %s %s", check.item[0].file,
			 check.item[0].problem.detail);
}
