/*
 * Immutable versions of the configuration and which are active
 * (document_store.h). Equal content is one version: its digest is unique.
 */
#include "document_store.h"

#include "rows.h"
#include "sql.h"

#define KIND_COUNT 3
static const char *const kind_names[KIND_COUNT] = {
	[DOCUMENT_PLAYBOOK] = "playbook",
	[DOCUMENT_ADAPTER] = "adapter",
	[DOCUMENT_POLICY] = "policy",
};

const char *document_kind_name(enum document_kind k)
{
	return k < KIND_COUNT ? kind_names[k] : "";
}

static enum err read_id(struct db_stmt *s, struct document *d)
{
	enum err e = db_one(s);

	if (e != OK)
		return e;
	d->id = db_int(s, 0);
	d->version = (int)db_int(s, 1);
	db_done(s);
	return OK;
}

enum err document_put(struct db *db, struct document *d)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_FIND);
	enum err e;

	db_bind_text(s, 1, document_kind_name(d->kind));
	db_bind_text(s, 2, d->name);
	db_bind_text(s, 3, d->digest);
	e = read_id(s, d);
	if (e != ERR_NOT_FOUND)
		return e;
	s = db_bind_start(db, SQL_DOCUMENT_INSERT);
	db_bind_text(s, 1, document_kind_name(d->kind));
	db_bind_text(s, 2, d->name);
	db_bind_text(s, 3, d->digest);
	db_bind_text(s, 4, d->body);
	db_bind_text(s, 5, d->actor);
	db_bind_int(s, 6, d->created_ms);
	return read_id(s, d);
}

enum err document_activate(struct db *db, const struct document *d)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_ACTIVATE);

	db_bind_text(s, 1, document_kind_name(d->kind));
	db_bind_text(s, 2, d->name);
	db_bind_int(s, 3, d->id);
	return db_run(s, NULL);
}

enum err document_retire(struct db *db, enum document_kind k, const char *name)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_RETIRE);

	db_bind_text(s, 1, document_kind_name(k));
	db_bind_text(s, 2, name);
	return db_run(s, NULL);
}

static void read_row(struct db_stmt *s, struct arena *a, void *to)
{
	struct document *d = to;

	d->id = db_int(s, 0);
	d->kind = (enum document_kind)name_read(s, 1, kind_names, KIND_COUNT);
	DB_TEXT_INTO(s, 2, d->name);
	d->version = (int)db_int(s, 3);
	DB_TEXT_INTO(s, 4, d->digest);
	d->body = text_read(s, 5, a);
	DB_TEXT_INTO(s, 6, d->actor);
	d->created_ms = db_int(s, 7);
	d->active = db_int(s, 8) != 0;
}

/* Without its body. */
static void read_listed(struct db_stmt *s, struct arena *a, void *to)
{
	struct document *d = to;

	read_row(s, a, d);
	d->body = NULL;
}

static enum err read_all(struct db_stmt *s, struct arena *a,
			 void (*each)(struct db_stmt *s, struct arena *a,
				      void *row),
			 struct document **ret_documents, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct document)};
	enum err e = rows_read(s, &rows, each);

	if (e != OK)
		return e;
	*ret_documents = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err document_by_id(struct db *db, int64_t id, struct arena *a,
			struct document *ret_document)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_BY_ID);
	enum err e;

	db_bind_int(s, 1, id);
	e = db_one(s);
	if (e != OK)
		return e;
	read_row(s, a, ret_document);
	db_done(s);
	return OK;
}

enum err document_active(struct db *db, struct arena *a,
			 struct document **ret_documents, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_ACTIVE);

	return read_all(s, a, read_row, ret_documents, ret_count);
}

enum err document_active_of(struct db *db, enum document_kind k,
			    struct arena *a, struct document **ret_documents,
			    int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_ACTIVE_OF);

	db_bind_text(s, 1, document_kind_name(k));
	return read_all(s, a, read_row, ret_documents, ret_count);
}

enum err document_list(struct db *db, int kind, struct arena *a,
		       struct document **ret_documents, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_LIST);

	if (kind >= 0)
		db_bind_text(s, 1,
			     document_kind_name((enum document_kind)kind));
	return read_all(s, a, read_listed, ret_documents, ret_count);
}

enum err document_by_version(struct db *db, enum document_kind k,
			     const char *name, int version, struct arena *a,
			     struct document *ret_document)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_VERSION);
	enum err e;

	db_bind_text(s, 1, document_kind_name(k));
	db_bind_text(s, 2, name);
	db_bind_int(s, 3, version);
	e = db_one(s);
	if (e != OK)
		return e;
	read_row(s, a, ret_document);
	db_done(s);
	return OK;
}

static void read_version(struct db_stmt *s, struct arena *a, void *to)
{
	struct document_version *v = to;

	read_listed(s, a, &v->document);
	v->open_runs = db_int(s, 9);
	DB_TEXT_INTO(s, 10, v->activated_by);
	v->activated_ms = db_int(s, 11);
}

enum err document_versions(struct db *db, enum document_kind k,
			   const char *name, struct arena *a,
			   struct document_version **ret_versions,
			   int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_DOCUMENT_VERSIONS);
	struct rows rows = {.a = a, .size = sizeof(struct document_version)};
	enum err e;

	db_bind_text(s, 1, document_kind_name(k));
	if (name)
		db_bind_text(s, 2, name);
	db_bind_int(s, 3, DOCUMENT_VERSIONS_MAX * (name ? 1 : 10));
	e = rows_read(s, &rows, read_version);
	if (e != OK)
		return e;
	*ret_versions = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err document_note_activation(struct db *db, const struct document *d,
				  const char *actor, int64_t at_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_ACTIVATION_INSERT);

	db_bind_text(s, 1, document_kind_name(d->kind));
	db_bind_text(s, 2, d->name);
	db_bind_int_or_null(s, 3, d->id);
	db_bind_text(s, 4, actor);
	db_bind_int(s, 5, at_ms);
	return db_run(s, NULL);
}

enum err document_generation(struct db *db, int64_t *ret_generation)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_GET);
	enum err e;

	db_bind_text(s, 1, "generation");
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_generation = db_int(s, 0);
	db_done(s);
	return OK;
}

enum err document_raise_generation(struct db *db)
{
	struct db_stmt *s = db_bind_start(db, SQL_META_RAISE);
	enum err e;

	db_bind_text(s, 1, "generation");
	e = db_one(s);
	if (e == OK)
		db_done(s);
	return e;
}
