/* SPDX-License-Identifier: Apache-2.0 */
/* certificates.c: files that PostgreSQL and Patroni read are in force, and fit to be. */
#include "decide/decide.h"
#include "facts/files.h"
#include "facts/postgres.h"
#include "facts/served.h"
#include "report/reloads.h"

enum { SOON_S = 60 }; /* a renewal is no news while it is being taken */

static const struct fact_cert *find(const struct fact_files *f, struct str folder)
{
	for (size_t i = 0; i < f->n_certs; i++)
		if (str_eq(f->certs[i].folder, folder))
			return &f->certs[i];
	return NULL;
}

/* An endpoint that answers with another certificate than that of its folder, or NULL. */
static const struct fact_endpoint *stale_endpoint(const struct round *r)
{
	const struct fact_served *s = facts_served(r->facts);
	const struct fact_files *f = facts_files(r->facts);

	for (size_t i = 0; i < s->n; i++) {
		const struct fact_cert *c = find(f, s->endpoints[i].folder);

		if (c && c->problem.n == 0 && s->endpoints[i].serial.n > 0 &&
		    !str_eq(c->cert.serial, s->endpoints[i].serial))
			return &s->endpoints[i];
	}
	return NULL;
}

static const struct fact_cert *refused(const struct fact_files *f)
{
	for (size_t i = 0; i < f->n_certs; i++)
		if (f->certs[i].problem.n > 0)
			return &f->certs[i];
	return NULL;
}

static const struct fact_cert *ending(const struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	int64_t least = orders_ms(r->orders, "thresholds.certificateLeft", 0) / 1000;

	/* it is renewed at certificateLeft: half of that is left when nothing came of it */
	for (size_t i = 0; i < f->n_certs; i++)
		if (f->certs[i].cert.to - r->now.wall < least / 2)
			return &f->certs[i];
	return NULL;
}

static void judge(struct round *r, const struct fact_endpoint *stale)
{
	const struct fact_files *f = facts_files(r->facts);
	const struct fact_cert *bad = refused(f), *old = ending(r);

	if (r->facts->sight[FACT_files].at_ms == 0)
		round_say(r, REASON_CertificatesUnseen, "%s", "");
	else if (bad)
		round_say(r, REASON_CertificateRefused, "%s: %s", bad->folder.p, bad->problem.p);
	else if (old)
		round_say(r, REASON_CertificateEnding, "%s", old->folder.p);
	else if (stale && r->now.wall - f->changed > SOON_S)
		round_say(r, REASON_CertificateNotServed, "%s serves %s", stale->name.p,
			  stale->serial.p);
	else
		round_say(r, REASON_CertificatesFine, "%s", "");
}

/*
 * A reload takes all files at once, so nothing is reloaded while one of them is not fit: PostgreSQL
 * would keep its old certificate, but Patroni would stop to answer. Patroni does not tell what it
 * has read: an agent that has just begun asks it once.
 */
void decide_certificates(struct round *r)
{
	const struct fact_files *f = facts_files(r->facts);
	const struct fact_postgres *pg = facts_postgres(r->facts);
	const struct fact_endpoint *stale = stale_endpoint(r);

	judge(r, stale);
	if (f->trust_stale)
		round_do(r, ACTION_copy_trust, str_of(""), "the bundle of authorities changed");
	if (f->trust_stale || refused(f) || pg->hba_errors > 0 || pg->loaded == 0)
		return;
	if (stale)
		round_do(r, ACTION_reload, str_of(""), "%s serves an older certificate",
			 stale->name.p);
	else if (f->changed >= pg->loaded || pg->loaded > r->now.wall)
		round_do(r, ACTION_reload, str_of(""), "files changed after they were read");
	else if (!reload_taken(r))
		round_do(r, ACTION_reload, str_of(""), "Patroni may not have read its files");
}
