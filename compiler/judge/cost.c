/* SPDX-License-Identifier: Apache-2.0 */
/* cost.c: amounts times rates, in integers of 128 bits. */
#include "judge/cost.h"

#include "tree/number.h"

/* A product of an amount and a rate may need more than 64 bits before it is divided. */
__extension__ typedef __int128 wide;

enum { MICROS = 1000 * 1000, MICROS_OF_CENT = 10 * 1000, PLACES = 6 };

static const int64_t gibi = 1024LL * 1024 * 1024;

static const char *const names[COST_PARTS] = { "cpu",    "memory",    "storage",  "snapshots",
					       "backup", "balancers", "crossZone" };

static const struct node *rates_of(const struct world *w)
{
	return node_at(w->platform, "rates");
}

bool cost_known(const struct world *w)
{
	return rates_of(w) != NULL;
}

struct str cost_currency(const struct world *w)
{
	return node_text(rates_of(w), "currency");
}

const char *cost_part_name(enum cost_part p)
{
	return names[p];
}

/* "22.50" in millionths: the schema has checked its form; 0 when it is absent. */
static int64_t micros(struct str text)
{
	int64_t v = 0, places = -1;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.') {
			places = 0;
			continue;
		}
		v = v * 10 + (text.p[i] - '0');
		places += places >= 0;
	}
	for (places = places < 0 ? 0 : places; places < PLACES; places++)
		v *= 10;
	return v;
}

/* amount / unit * rate, rounded to the nearest millionth. */
static int64_t times(int64_t amount, int64_t unit, int64_t rate)
{
	return (int64_t)(((wide)amount * rate + unit / 2) / unit);
}

static int64_t priced(const struct node *rates, const char *rate, int64_t amount, int64_t unit)
{
	return times(amount, unit, micros(node_text(rates, rate)));
}

static int64_t storage(const struct node *rates, const struct node *disks)
{
	const struct node *classes = node_at(rates, "storage");
	int64_t sum = 0;

	for (const struct node *d = node_count(disks) ? disks->kids : NULL; d; d = d->next) {
		const struct node *rate = node_get(classes, d->key);

		sum += rate ? times(d->num, gibi, micros(rate->text)) : 0;
	}
	return sum;
}

/* Bytes in the object store: as reported, else a multiple of the disk. */
static int64_t backup_bytes(const struct world *w, struct str owner, int64_t disk)
{
	const struct node *rates = rates_of(w);
	struct str path = node_text(rates, "backupReport");
	const struct node *sizes = path.n ? node_at(node_get(w->reports, path), "backups") : NULL;
	const struct node *reported = node_get(sizes, owner);
	int64_t bytes = 0;

	if (reported && !bytes_parse(reported->text, &bytes))
		return bytes;
	return times(disk, MICROS, micros(node_text(rates, "backupRatio")));
}

struct cost cost_of(const struct world *w, struct str owner, const struct node *exports)
{
	const struct node *rates = rates_of(w), *bill = node_at(exports, "bill");
	int64_t disk = node_num(node_at(exports, "disk"), "size", 0);
	struct cost c = { { 0 }, 0 };

	if (!rates || !bill)
		return c;
	c.part[COST_CPU] = priced(rates, "cpu", node_num(bill, "cpu", 0), 1000);
	c.part[COST_MEMORY] = priced(rates, "memory", node_num(bill, "memory", 0), gibi);
	c.part[COST_STORAGE] = storage(rates, node_at(bill, "disks"));
	c.part[COST_SNAPSHOTS] = priced(rates, "snapshot", node_num(bill, "snapshots", 0), gibi);
	c.part[COST_BACKUP] = priced(rates, "backup", backup_bytes(w, owner, disk), gibi);
	c.part[COST_BALANCERS] = priced(rates, "loadBalancer", node_num(bill, "balancers", 0), 1);
	c.part[COST_CROSS_ZONE] = priced(rates, "crossZone",
					 times(disk, MICROS, micros(node_text(rates, "walRatio"))) *
					     node_num(bill, "remote", 0),
					 gibi);
	for (int p = 0; p < COST_PARTS; p++)
		c.total += c.part[p];
	return c;
}

struct cost cost_sum(struct cost a, struct cost b)
{
	for (int p = 0; p < COST_PARTS; p++)
		a.part[p] += b.part[p];
	a.total += b.total;
	return a;
}

void cost_print(struct buf *out, int64_t micros_in, bool places)
{
	int64_t rounded = (micros_in + MICROS_OF_CENT / 2) / MICROS_OF_CENT;
	int64_t part = micros_in % MICROS, digits = PLACES;

	if (places) {
		buf_fmt(out, "%lld.%02lld", (long long)(rounded / 100), (long long)(rounded % 100));
		return;
	}
	buf_fmt(out, "%lld", (long long)(micros_in / MICROS));
	for (; part && part % 10 == 0; digits--)
		part /= 10;
	if (part)
		buf_fmt(out, ".%0*lld", (int)digits, (long long)part);
}
