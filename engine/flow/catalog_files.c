/*
 * Why: the files under conf/ are the source of the configuration. They are read
 * and checked together, since playbooks speak of adapters and policy, and go
 * into the database together or not at all.
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
#include "../store/audit_store.h"
#include "audit.h"
#include "catalog.h"
#include "catalog_add.h"
#include "playbook_expand.h"

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

#define FILES_MAX 256
struct loading {
	const char *conf;
	struct catalog *catalog;
	struct catalog_check *check;
	struct arena arena;
	struct document document[FILES_MAX];
	char file[FILES_MAX][256];
	int count;
	const char *draft; /* a file that stands in for one of conf */
	bool has_draft;	   /* it is document 0 */
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

static void add_problems(struct loading *l, const char *file,
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
		add_problems(l, file, &p);
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
		add_problems(l, file, &p);
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
				add_problems(l, l->file[j], &p);
		}
	}
}

static const cJSON *find_playbook(const void *context, const char *name)
{
	const struct playbook *b = catalog_playbook(context, name);

	return b ? b->document : NULL;
}

/* The file's document and its place in the catalog become the whole ones. */
static void take_whole(struct loading *l, int index, struct playbook **place,
		       cJSON *whole)
{
	struct document *d = &l->document[index];
	struct problems p = {.count = 0};
	struct playbook *b;

	d->body = json_canonical(whole, &l->arena);
	digest_text_hex(d->body, d->digest);
	if (playbook_parse(whole, &p, &b) != OK) {
		add_problems(l, l->file[index], &p);
		return;
	}
	b->document_id = (*place)->document_id;
	playbook_free(*place);
	*place = b;
}

/* Sub-playbooks are copied in, all from the documents as they are written. */
static void resolve(struct loading *l)
{
	const struct playbook_finder finder = {find_playbook, l->catalog};
	cJSON *whole[CATALOG_PLAYBOOKS_MAX] = {NULL};
	int i, j;

	for (i = 0; i < l->count; i++) {
		struct problems p = {.count = 0};
		int k = l->catalog->playbook_count;

		while (--k >= 0 && l->catalog->playbook[k]->document_id !=
					   l->document[i].id)
			;
		if (k >= 0 && playbook_expand(l->catalog->playbook[k]->document,
					      &finder, &p, &whole[k]) != OK)
			add_problems(l, l->file[i], &p);
	}
	for (i = 0; i < l->catalog->playbook_count; i++) {
		struct playbook **place = &l->catalog->playbook[i];

		for (j = 0; j < l->count; j++) {
			if (l->document[j].id == (*place)->document_id)
				break;
		}
		if (l->check->count == 0)
			take_whole(l, j, place, whole[i]);
		else
			cJSON_Delete(whole[i]);
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

static struct loading *load(const char *conf, const char *draft,
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
		resolve(l);
	return l;
}

static void unload(struct loading *l)
{
	catalog_free(l->catalog);
	arena_release(&l->arena);
	free(l);
}

enum err catalog_read(const char *conf, struct catalog_check *ret_check,
		      struct catalog **ret_catalog)
{
	struct loading *l = load(conf, NULL, ret_check);
	enum err e = ret_check->count ? ERR_INVALID : OK;

	if (e == OK) {
		*ret_catalog = l->catalog;
		l->catalog = NULL;
	}
	unload(l);
	return e;
}

enum err catalog_check(const char *conf, struct catalog_check *ret_check)
{
	unload(load(conf, NULL, ret_check));
	return ret_check->count ? ERR_INVALID : OK;
}

enum err catalog_of_files(const char *conf, const char *draft,
			  struct catalog_check *ret_check,
			  struct catalog **ret_catalog,
			  const struct playbook **ret_draft)
{
	struct loading *l = load(conf, draft, ret_check);
	int i;

	*ret_draft = NULL;
	if (ret_check->count + ret_check->dropped > 0) {
		unload(l);
		return ERR_INVALID;
	}
	for (i = 0; draft && i < l->catalog->playbook_count; i++) {
		if (l->catalog->playbook[i]->document_id == 1 &&
		    l->document[0].kind == DOCUMENT_PLAYBOOK)
			*ret_draft = l->catalog->playbook[i];
	}
	*ret_catalog = l->catalog;
	l->catalog = NULL;
	unload(l);
	return OK;
}

static bool is_active(const struct document *active, int count,
		      const struct document *d)
{
	int i;

	for (i = 0; i < count; i++) {
		if (active[i].kind == d->kind &&
		    strcmp(active[i].name, d->name) == 0 &&
		    strcmp(active[i].digest, d->digest) == 0)
			return true;
	}
	return false;
}

static bool in_files(const struct loading *l, const struct document *active)
{
	int i;

	for (i = 0; i < l->count; i++) {
		if (l->document[i].kind == active->kind &&
		    strcmp(l->document[i].name, active->name) == 0)
			return true;
	}
	return false;
}

static enum err put(struct db *db, struct loading *l, const char *actor,
		    int64_t now_ms, cJSON *changes, int *ret_changed)
{
	struct document *active;
	int count, i;
	enum err e = document_active(db, &l->arena, &active, &count);

	for (i = 0; e == OK && i < l->count; i++) {
		struct document *d = &l->document[i];

		if (is_active(active, count, d))
			continue;
		STR_COPY(d->actor, actor);
		d->created_ms = now_ms;
		e = document_put(db, d);
		if (e == OK)
			e = document_activate(db, d);
		if (e == OK)
			e = document_note_activation(db, d, actor, now_ms);
		json_set_int(changes, d->name, d->version);
		(*ret_changed)++;
	}
	for (i = 0; e == OK && i < count; i++) {
		if (in_files(l, &active[i]))
			continue;
		active[i].id = 0;
		e = document_retire(db, active[i].kind, active[i].name);
		if (e == OK)
			e = document_note_activation(db, &active[i], actor,
						     now_ms);
		json_set_null(changes, active[i].name);
		(*ret_changed)++;
	}
	return e;
}

static enum err store(struct db *db, struct loading *l, const char *actor,
		      int64_t now_ms, int *ret_changed)
{
	cJSON *changes = cJSON_CreateObject();
	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(AUDIT_CONFIGURATION),
		.actor = actor,
		.message = "Configuration activated",
	};
	enum err e = db_begin(db);

	*ret_changed = 0;
	if (e == OK)
		e = put(db, l, actor, now_ms, changes, ret_changed);
	if (e == OK && *ret_changed > 0) {
		entry.data = json_print_arena(changes, &l->arena);
		e = document_raise_generation(db);
		if (e == OK)
			e = audit_append_system(db, &entry);
	}
	cJSON_Delete(changes);
	if (e == OK)
		e = db_commit(db);
	if (e != OK)
		db_rollback(db);
	return e;
}

enum err catalog_activate(struct db *db, const char *conf, const char *actor,
			  int64_t now_ms, struct catalog_check *ret_check,
			  int *ret_changed)
{
	struct loading *l = load(conf, NULL, ret_check);
	enum err e = ERR_INVALID;

	*ret_changed = 0;
	if (ret_check->count == 0)
		e = store(db, l, actor, now_ms, ret_changed);
	unload(l);
	return e;
}
