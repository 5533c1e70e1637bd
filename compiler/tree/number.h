/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are written as text: quantities, durations, times, dates, cron. Pure functions; each
 * reader returns NULL, or why the text is refused ("needs a unit: ..."), for 'subject' WHY. */
#ifndef TREE_NUMBER_H
#define TREE_NUMBER_H

#include "base/buf.h"

/* A Kubernetes quantity, exact to a thousandth. */
struct quantity {
	int64_t milli; /* thousandths of the unit */
	bool binary;   /* written with Ki, Mi, ...: canonical text uses these again */
};

/* Any quantity: digits, perhaps a fraction, and one of m k M G T P E Ki Mi Gi Ti Pi Ei or nothing.
 * 1.5Gi is exact and fine; what is finer than a thousandth, exponents (1e3), n and u, signs and
 * what is beyond int64 thousandths (8 Pi) are refused. */
const char *quantity_parse(struct str text, struct quantity *q);

/* <0, 0, >0 by size. */
int quantity_cmp(struct quantity a, struct quantity b);

/* Appends q as the API server prints it: no fraction, the largest suffix that keeps it exact. */
void quantity_print(struct buf *out, struct quantity q);

/* Memory or storage into whole bytes: a suffix from k to Ei is obligatory. */
const char *bytes_parse(struct str text, int64_t *bytes);

/* Appends bytes in canonical binary form: 1536Mi, 2Gi, 1000. */
void bytes_print(struct buf *out, int64_t bytes);

/* Processor time into thousandths of a core: 500m, 2, 1.5. */
const char *cpu_parse(struct str text, int64_t *milli);

/* Appends millicores in canonical form: 500m, 2. */
void cpu_print(struct buf *out, int64_t milli);

/* 30s, 15m, 2h, 7d into seconds: one number, one unit. */
const char *duration_parse(struct str text, int64_t *seconds);

/* Appends seconds (not negative) in the largest unit that divides them. */
void duration_print(struct buf *out, int64_t seconds);

/* A point in time. */
struct instant {
	int64_t seconds; /* since 1970-01-01T00:00:00Z */
	int32_t micros;  /* 0 .. 999999 behind it */
};

/* RFC 3339 with an offset (Z or +hh:mm), years 1970-9999, up to six digits of fraction, no leap
 * second. */
const char *time_parse(struct str text, struct instant *at);

/* <0, 0, >0 by time. */
int instant_cmp(struct instant a, struct instant b);

/* Appends at in UTC: 2026-01-31T12:00:00Z; the nearest moment of the years 1970-9999. */
void time_print(struct buf *out, struct instant at);

/* 2026-01-31 into days since 1970-01-01; a day that exists, years 1970-9999. */
const char *date_parse(struct str text, int64_t *days);

/* Appends days since 1970-01-01 as a date, the nearest of the years 1970-9999. */
void date_print(struct buf *out, int64_t days);

/* Five cron fields as Kubernetes' CronJob reads them (minute hour day-of-month month day-of-week;
 * lists, ranges, steps, JAN-DEC, SUN-SAT), stricter: no @daily, no ?, no time zone, a step only
 * after * or a range, and a day that some month has. */
const char *cron_check(struct str text);

/* A schedule as sets of values, one bit each. */
struct cron {
	uint64_t minutes, hours, days, months, weekdays; /* bit 0 of weekdays is Sunday */
	bool both; /* a day must be in both sets; false: in one of them, because both are limited */
};

/* As cron_check; *out is set when text is right. */
const char *cron_read(struct str text, struct cron *out);

#endif
