/* SPDX-License-Identifier: Apache-2.0 */
/* reissue.c: cert-manager issues a Certificate anew when its status says Issuing, as `cmctl renew`
 * writes it. One that was issued since it was asked for, or is being issued, is left. */
#include "act/act.h"
#include "report/fields.h"
#include "tree/number.h"

enum { ASK_MS = 10000 };

static struct str path_of(const struct deed *deed, const char *tail)
{
	return arena_fmt(deed->arena, "/apis/cert-manager.io/v1/namespaces/%s/certificates/%s%s",
			 deed->hands->orders->namespace.p, deed->action.target.p, tail);
}

static bool is_under_way(const struct node *status, int64_t since)
{
	const struct node *list = node_at(status, "conditions");
	struct instant from;

	if (!time_parse(node_text(status, "notBefore"), &from) && from.seconds >= since)
		return true;
	for (const struct node *c = list ? list->kids : NULL; c; c = c->next)
		if (str_is(node_text(c, "type"), "Issuing") &&
		    str_is(node_text(c, "status"), "True"))
			return true;
	return false;
}

static const struct node *issuing(const struct deed *deed, const struct node *meta)
{
	struct fields c = { deed->arena, { 0 } };

	fields_text(&c, "type", str_of("Issuing"));
	fields_text(&c, "status", str_of("True"));
	fields_text(&c, "reason", str_of("ManuallyTriggered"));
	fields_text(&c, "message", str_of("howdah: rotate-ca"));
	fields_time(&c, "lastTransitionTime", clock_now().wall);
	fields_int(&c, "observedGeneration", node_num(meta, "generation", 1));
	return fields_map(&c);
}

static void on_certificate(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;
	const struct node *meta = node_at(answer->body, "metadata");
	const struct node *status = node_at(answer->body, "status");
	const struct node *list = node_at(status, "conditions");
	struct fields all = { deed->arena, { 0 } }, s = { deed->arena, { 0 } };
	struct fields f = { deed->arena, { 0 } };

	if (answer->outcome != API_FINE) {
		deed_failed(deed, answer->message);
		return;
	}
	if (is_under_way(status, node_num(deed->action.body, "since", 0))) {
		deed_done(deed, "");
		return;
	}
	for (const struct node *c = list ? list->kids : NULL; c; c = c->next)
		if (!str_is(node_text(c, "type"), "Issuing"))
			fields_item(&all, c);
	fields_item(&all, issuing(deed, meta));
	fields_node(&s, "conditions", fields_list(&all));
	fields_seen(&f, answer->body);
	fields_node(&f, "status", fields_map(&s));
	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path_of(deed, "/status").p, API_MERGE, fields_map(&f),
				     ASK_MS, false },
		 act_on_answer, deed);
}

void act_reissue(struct deed *deed)
{
	api_send(deed->hands->api,
		 &(struct api_call){ "GET", path_of(deed, "").p, API_JSON, NULL, ASK_MS, false },
		 on_certificate, deed);
}
