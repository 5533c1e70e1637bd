/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: contracts that say what parts of objects must be, as data (schema/contracts/objects/). */
#ifndef LINK_FORMS_H
#define LINK_FORMS_H

#include "link/objects.h"
#include "link/slots.h"

/*
 * A row:
 *   kind       of the object; "Facts" is the record of facts, "Local" and "Dynamic" Patroni's
 *              configurations
 *   name, namespace   of the object (default: the cluster's namespace)
 *   each, as   once for each of these facts, which slots call by the name `as`
 *   when       conditions
 *   needed     the object must be there
 *   part: pod  of its pod template; container: NAME of the container of that name in it
 *   must, use  trees, see form_match; `use` names some of the contract's `parts`
 *   why        what would go wrong, behind each finding
 */

/* One row of a contract on its way through the objects. */
struct form_walk {
	struct slot_scope scope;
	const struct link_check *self;
	const struct node *row;           /* {kind, name, ..., must, use, why} */
	const struct node *parts;         /* of the contract, by the names that rows use */
	const struct node *object;        /* the object under check */
	const struct link_config *config; /* what the checked part was read from, or NULL */
	struct str container;             /* whose part it is, or empty */
	struct str part;                  /* where the checked part lies in it: "spec.template." */
};

/*
 * Holds has, the part of w->object that is under check, against want, a tree of the contract:
 *
 *   scalar                    the value, slots filled in; a slot alone is the fact, whole maps and
 *                             lists included; where the fact is unset, nothing may stand
 *   map                       each of its keys; others are free, but not with $only; {$with: SLOT}:
 *                             all keys of that fact as well; {$use: PART}: a part of the contract
 * as well list of maps              each item, found by mountPath, name or key, else by its place;
 * others are free where items are found by a key, but not with {$only: true} list of scalars
 * exactly these; "$set" in front: in any order; "$some": and others; behind these a slot that is a
 * list stands for its items
 *   {$when: C, $is: V, $else: V}   V where the conditions hold, else the other or nothing; $when
 *                             is the first key
 *   {$when: C, ...}           the map where they hold, else nothing
 *   {$least: Q, $most: Q}     a number or quantity in this range
 *   {$same: Q}                the same quantity, however it is written
 *   {$oneOf: [V, ...]}        one of these
 *   {$any: true}              anything, but not nothing
 *   {$absent: true}           nothing
 *   {$optional: V}            V or nothing
 *   {$each: PATH, $as: N, $item: V}   as an item of a list: one V for each of the facts
 */
void form_match(const struct form_walk *w, const struct node *want, const struct node *has);

/* Runs the rows of contract objects/<id of self>, if there is one. */
void forms_check(const struct link_input *in, const struct link_check *self);

#endif
