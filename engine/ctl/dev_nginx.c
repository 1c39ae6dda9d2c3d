/*
 * Renders nginx's configuration for `mendctl dev` from conf/nginx/mend.conf.in:
 * a plain exchange of @NAME@ for a value. Every placeholder must be known, so
 * that a misspelt one is told and does not become a strange path.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dev.h"

#define TEMPLATE_BYTES_MAX (64 * 1024)
#define CONF_BYTES_MAX (256 * 1024)

struct value {
	const char *name;
	const char *text;
};

/*
 * Every path is given relative to nginx's own folder, which is its prefix and
 * its current folder, so that no folder's name needs quoting: the template
 * quotes nothing. Only a socket that had to move to a short folder is absolute.
 */
static enum err socket_of(struct dev *d, const char *name, const char **ret)
{
	char path[108];
	size_t length = strlen(d->data);
	enum err e = config_socket_path(&d->c->config, name, path);

	if (e)
		return ctl_refuse(d->c, e, "no socket path for %s fits", name);
	if (strncmp(path, d->data, length) == 0 && path[length] == '/')
		*ret = arena_printf(&d->c->arena, "..%s", path + length);
	else
		*ret = arena_dup(&d->c->arena, path);
	return OK;
}

static enum err link_static(struct dev *d)
{
	char folder[PATH_SIZE], link[PATH_SIZE + 32];

	if (paths_static(folder))
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "the folder of static files is missing; "
				  "MEND_STATIC names it");
	(void)snprintf(link, sizeof(link), "%s/nginx/static", d->data);
	if ((unlink(link) != 0 && errno != ENOENT) ||
	    symlink(folder, link) != 0)
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot write %s: %s", link,
				  strerror(errno));
	return OK;
}

static const char *value_of(const struct value *values, const char *name,
			    size_t length)
{
	for (; values->name; values++) {
		if (strlen(values->name) == length &&
		    memcmp(values->name, name, length) == 0)
			return values->text;
	}
	return NULL;
}

static bool is_name(const char *text, size_t length)
{
	return length > 0 && length < 32 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") >= length;
}

static bool in_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at[strspn(at, " \t")] == '#';
}

static enum err fill(struct dev *d, const char *template,
		     const struct value *values, struct strbuf *ret_text)
{
	const char *whole = template, *at;

	while ((at = strchr(template, '@'))) {
		size_t length = strcspn(at + 1, "@");
		const char *text;

		strbuf_add_n(ret_text, template, (size_t)(at - template));
		if (at[1 + length] != '@' || !is_name(at + 1, length) ||
		    in_comment(whole, at)) {
			strbuf_add_char(ret_text, '@');
			template = at + 1;
			continue;
		}
		text = value_of(values, at + 1, length);
		if (!text)
			return ctl_refuse(d->c, ERR_SYSTEM,
					  "nginx template: unknown @%.*s@",
					  (int)length, at + 1);
		strbuf_add(ret_text, text);
		template = at + length + 2;
	}
	strbuf_add(ret_text, template);
	return OK;
}

static enum err read_template(struct dev *d, char *text)
{
	char path[PATH_SIZE];
	FILE *file;
	size_t length;

	if (paths_conf_file(&d->c->config, "nginx/mend.conf.in", path))
		return ctl_refuse(d->c, ERR_SYSTEM,
				  "%s/nginx/mend.conf.in is missing",
				  d->c->config.conf);
	file = fopen(path, "re");
	if (!file)
		return ctl_refuse(d->c, ERR_SYSTEM, "%s: %s", path,
				  strerror(errno));
	length = fread(text, 1, TEMPLATE_BYTES_MAX - 1, file);
	text[length] = '\0';
	(void)fclose(file);
	return OK;
}

static enum err write_conf(struct dev *d, const struct strbuf *text)
{
	char path[PATH_SIZE + 32];
	FILE *file;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/nginx/nginx.conf", d->data);
	file = fopen(path, "we");
	good = file &&
	       fwrite(text->data, 1, text->length, file) == text->length;
	if (file && fclose(file) != 0)
		good = false;
	if (!good)
		return ctl_refuse(d->c, ERR_SYSTEM, "cannot write %s: %s", path,
				  strerror(errno));
	return OK;
}

enum err dev_render_nginx(struct dev *d)
{
	struct arena *a = &d->c->arena;
	char *template = arena_alloc(a, TEMPLATE_BYTES_MAX);
	const char *runs = "", *tasks = "", *reports = "", *sandbox = "";
	struct strbuf text;
	enum err e;

	if ((e = link_static(d)) || (e = socket_of(d, "runs", &runs)) ||
	    (e = socket_of(d, "tasks", &tasks)) ||
	    (e = socket_of(d, "reports", &reports)) ||
	    (e = socket_of(d, "sandbox", &sandbox)) ||
	    (e = read_template(d, template)))
		return e;

	const struct value values[] = {
		{"PORT", arena_printf(a, "%d", d->port)},
		{"LISTEN", arena_printf(a, "127.0.0.1:%d", d->port)},
		{"DATA", "."},
		{"STATIC", "static"},
		{"RUNS_SOCK", runs},
		{"TASKS_SOCK", tasks},
		{"REPORTS_SOCK", reports},
		{"SANDBOX_SOCK", sandbox},
		/* As root, nginx's workers would be nobody and could not open
		 * the sockets of the other children. */
		{"WORKER_USER", geteuid() == 0 ? "user root;" : ""},
		{"TEMP", "temp"},
		{"PID", "nginx.pid"},
		{"LOG", "../log/nginx.log"},
		{NULL, NULL},
	};

	strbuf_init(&text, CONF_BYTES_MAX);
	e = fill(d, template, values, &text);
	if (!e)
		e = write_conf(d, &text);
	strbuf_release(&text);
	return e;
}
