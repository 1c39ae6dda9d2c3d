/*
 * Why: the files under conf/ are the source of the configuration. They are read
 * and checked together, since playbooks speak of adapters and policy. How they
 * go into the database: catalog_activate.c.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/mem.h"
#include "../base/strbuf.h"
#include "catalog_add.h"
#include "catalog_loading.h"

/* In the order in which they are read: playbooks refer to the others. */
static const struct folder {
	const char *name;
	enum document_kind kind;
	const char *name_member;
} folders[] = {
	{"adapters", DOCUMENT_ADAPTER, "adapter"},
	{"policy", DOCUMENT_POLICY, "policy"},
	{"playbooks", DOCUMENT_PLAYBOOK, "playbook"},
};

static void add_problem(struct loading *l, const char *file,
			const struct problem *problem)
{
	struct file_problem *p;

	if (l->check->count == FILE_PROBLEMS_MAX) {
		l->check->dropped++;
		return;
	}
	p = &l->check->item[l->check->count++];
	STR_COPY(p->file, file);
	p->problem = *problem;
}

void loading_problems(struct loading *l, const char *file,
		      const struct problems *p)
{
	int i;

	for (i = 0; i < p->count; i++)
		add_problem(l, file, &p->item[i]);
	l->check->dropped += p->dropped;
}

__attribute__((format(printf, 3, 4))) static void
say(struct loading *l, const char *file, const char *format, ...)
{
	struct problem problem = {.pointer = ""};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(problem.detail, sizeof(problem.detail), format, arguments);
	va_end(arguments);
	add_problem(l, file, &problem);
}

static char *read_file(struct loading *l, const char *path, size_t *ret_length)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t n;

	if (!f)
		return NULL;
	text = arena_alloc(&l->arena, JSON_BYTES_MAX + 2);
	n = fread(text, 1, JSON_BYTES_MAX + 1, f);
	if (ferror(f))
		text = NULL;
	*ret_length = n;
	fclose(f);
	return text;
}

static bool replaced(const struct loading *l, const struct folder *folder,
		     const cJSON *tree)
{
	const struct document *draft = &l->document[0];

	return l->has_draft && l->count > 0 && draft->kind == folder->kind &&
	       strcmp(draft->name,
		      json_string(tree, folder->name_member, "")) == 0;
}

/* The canonical text is what is stored: equal content, equal digest. */
static void read_document(struct loading *l, const struct folder *folder,
			  const char *file)
{
	struct problems p = {.count = 0};
	struct document *d = &l->document[l->count];
	char path[600];
	size_t length = 0;
	cJSON *tree;
	char *text;

	if (file == l->draft)
		STR_COPY(path, file);
	else
		snprintf(path, sizeof(path), "%s/%s", l->conf, file);
	text = read_file(l, path, &length);
	if (!text) {
		say(l, file, "cannot be read");
		return;
	}
	if (json_parse(text, length, &p, &tree) != OK) {
		loading_problems(l, file, &p);
		return;
	}
	if (replaced(l, folder, tree)) {
		cJSON_Delete(tree);
		return;
	}
	memset(d, 0, sizeof(*d));
	d->kind = folder->kind;
	STR_COPY(d->name, json_string(tree, folder->name_member, ""));
	d->body = json_canonical(tree, &l->arena);
	cJSON_Delete(tree);
	digest_text_hex(d->body, d->digest);
	d->id = l->count + 1; /* until it is stored */
	STR_COPY(l->file[l->count], file);
	if (catalog_add(l->catalog, d, &p) != OK) {
		loading_problems(l, file, &p);
		if (p.count == 0)
			say(l, file, "more files of this kind than allowed");
		return;
	}
	l->count++;
}

static int is_json(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static void read_folder(struct loading *l, const struct folder *folder)
{
	struct dirent **entry;
	char path[512], file[300];
	int count, i;

	snprintf(path, sizeof(path), "%s/%s", l->conf, folder->name);
	count = scandir(path, &entry, is_json, alphasort);
	if (count <= 0) {
		say(l, folder->name,
		    count < 0 ? "no such folder" : "no *.json file in it");
		if (count == 0)
			free(entry);
		return;
	}
	for (i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", folder->name,
			 entry[i]->d_name);
		l->check->file_count++;
		if (l->count < FILES_MAX)
			read_document(l, folder, file);
		else
			say(l, file, "more than %d files", FILES_MAX);
		free(entry[i]);
	}
	free(entry);
}

static void check_names(struct loading *l)
{
	int i, j;

	for (i = 0; i < l->count; i++) {
		for (j = 0; j < i; j++) {
			if (l->document[i].kind == l->document[j].kind &&
			    strcmp(l->document[i].name, l->document[j].name) ==
				    0)
				say(l, l->file[i],
				    "the name \"%s\" stands in %s too",
				    l->document[i].name, l->file[j]);
		}
	}
	if (l->check->count == 0 && !catalog_playbook(l->catalog, "intake"))
		say(l, "playbooks",
		    "no playbook \"intake\": every run starts "
		    "with it");
}

/* Whether what playbooks speak of is there; after everything was read. */
static void check_references(struct loading *l)
{
	int i, j;

	for (i = 0; i < l->catalog->playbook_count; i++) {
		const struct playbook *b = l->catalog->playbook[i];
		struct problems p = {.count = 0};

		playbook_check(b, l->catalog, &p);
		for (j = 0; j < l->count; j++) {
			if (l->document[j].kind == DOCUMENT_PLAYBOOK &&
			    l->document[j].id == b->document_id)
				loading_problems(l, l->file[j], &p);
		}
	}
}

/* Which folder it belongs to, its own member says. */
static void read_draft(struct loading *l)
{
	size_t length = 0, i;
	char *text = read_file(l, l->draft, &length);
	cJSON *tree = NULL;
	const struct folder *folder = &folders[2];

	if (text && json_parse(text, length, NULL, &tree) == OK) {
		for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
			if (json_get(tree, folders[i].name_member))
				folder = &folders[i];
		}
	}
	cJSON_Delete(tree);
	read_document(l, folder, l->draft);
	l->has_draft = l->count == 1;
}

struct loading *loading_open(const char *conf, const char *draft,
			     struct catalog_check *check)
{
	struct loading *l = mem_alloc(sizeof(*l));
	size_t i;

	memset(check, 0, sizeof(*check));
	l->conf = conf;
	l->draft = draft;
	l->check = check;
	l->catalog = mem_alloc(sizeof(*l->catalog));
	arena_init(&l->arena);
	if (draft)
		read_draft(l);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		read_folder(l, &folders[i]);
	l->catalog->active_count = l->catalog->playbook_count;
	check_names(l);
	check_references(l);
	if (l->check->count == 0)
		loading_resolve(l);
	return l;
}

void loading_close(struct loading *l)
{
	catalog_free(l->catalog);
	arena_release(&l->arena);
	free(l);
}

enum err catalog_check(const char *conf, struct catalog_check *ret_check)
{
	loading_close(loading_open(conf, NULL, ret_check));
	return ret_check->count ? ERR_INVALID : OK;
}

enum err catalog_of_files(const char *conf, const char *draft,
			  struct catalog_check *ret_check,
			  struct catalog **ret_catalog,
			  const struct playbook **ret_draft)
{
	struct loading *l = loading_open(conf, draft, ret_check);
	int i;

	*ret_draft = NULL;
	if (ret_check->count + ret_check->dropped > 0) {
		loading_close(l);
		return ERR_INVALID;
	}
	for (i = 0; draft && i < l->catalog->playbook_count; i++) {
		if (l->catalog->playbook[i]->document_id == 1 &&
		    l->document[0].kind == DOCUMENT_PLAYBOOK)
			*ret_draft = l->catalog->playbook[i];
	}
	*ret_catalog = l->catalog;
	l->catalog = NULL;
	loading_close(l);
	return OK;
}
