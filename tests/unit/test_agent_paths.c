/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_paths.c: the agent looks where the compiler's templates mount. */
#include "check.h"
#include "ground/mounted.h"
#include "ground/paths.h"

static const char *const rows[] = {
	"data: " PATH_DATA,
	"token: " PATH_TOKEN,
	"trust: " PATH_TRUST,
	"serverCertificates: " PATH_SERVER,
	"superuserCertificates: " PATH_SUPERUSER,
	"handover: " PATH_HANDOVER,
	"replicationCertificates: " PATH_REPLICATION,
};

static const struct {
	const char *name;
	int port;
} ports[] = {
	{ "postgres", PORT_POSTGRES },
	{ "patroni", PORT_PATRONI },
	{ "agent", PORT_AGENT },
	{ "pooler", PORT_POOLER },
};

static struct str file(struct arena *a, const char *name)
{
	struct err err = { 0 };
	struct str text = str_of("");

	CHECK(mounted_read(a, arena_fmt(a, "templates/model/cluster/%s.yaml", name).p, 1 << 20,
			   &text, &err) == 1);
	return text;
}

/* The line stands in text, whole. */
static int has(struct arena *a, struct str text, const char *line)
{
	return strstr(text.p, arena_fmt(a, "\n%s\n", line).p) != NULL;
}

/* path lies in the folder that templates call key. */
static int lies_in(struct arena *a, struct str text, const char *key, const char *path)
{
	struct str folder = str_of(path);

	while (folder.n > 0 && folder.p[folder.n - 1] != '/')
		folder.n--;
	return has(a, text,
		   arena_fmt(a, "%s: %.*s", key, (int)(folder.n ? folder.n - 1 : 0), folder.p).p);
}

int main(void)
{
	struct arena *a = arena_new();
	struct str paths = file(a, "paths"), numbers = file(a, "ports");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!CHECK(has(a, paths, rows[i])))
			(void)printf("#  %s\n", rows[i]);
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (!CHECK(has(a, numbers, arena_fmt(a, "%s: %d", ports[i].name, ports[i].port).p)))
			(void)printf("#  %s\n", ports[i].name);
	CHECK(lies_in(a, paths, "orders", PATH_ORDERS));
	CHECK(lies_in(a, paths, "hba", PATH_HBA));
	CHECK(lies_in(a, paths, "trustBundle", PATH_TRUST_BUNDLE));
	arena_free(a);
	return check_done("agent_paths");
}
