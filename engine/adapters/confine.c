/*
 * Why: whoever makes calls, the engine or a trial on the command line, goes no
 * further than the configuration lets it.
 */
#include "confine.h"

#include "../flow/template.h"
#include "http.h"

/* What the base URL names by itself: one that is made from a call's params
 * names no host beforehand, and needs the setting. */
static bool add_host(const struct adapter *adapter, const cJSON *document,
		     struct arena *a, char list[REACH_LIST_SIZE])
{
	char host[HTTP_HOST_SIZE];
	char *url;

	if (adapter->local ||
	    template_text(adapter->base_url, document, TEMPLATE_EXACT, a,
			  &url) != OK ||
	    !http_url_host(url, host))
		return true;
	return reach_add(list, host);
}

bool confine_rules(const struct catalog *c, const struct config *config,
		   const cJSON *settings, struct arena *a,
		   struct reach_rules *ret_rules)
{
	struct reach_rules *r = ret_rules;
	cJSON *document = cJSON_CreateObject();
	char host[HTTP_HOST_SIZE];
	bool fits;
	int i;

	*r = (struct reach_rules){.set = true};
	cJSON_AddItemToObject(document, "setting",
			      cJSON_Duplicate(settings, true));
	fits = reach_add(r->allow, config->allow_hosts) &&
	       reach_add(r->private, config->private_hosts);
	for (i = 0; !config->allow_hosts[0] && i < c->adapter_count; i++)
		fits = add_host(c->adapter[i], document, a, r->allow) && fits;
	if (http_url_host(config->sandbox_url, host))
		fits = reach_add(r->allow, host) &&
		       reach_add(r->private, host) && fits;
	cJSON_Delete(document);
	return fits;
}
