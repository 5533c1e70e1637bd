/* SPDX-License-Identifier: Apache-2.0 */
/* The file of orders: the last good one is what counts, a newer bad one is told. */
#ifndef FACTS_ORDERS_H
#define FACTS_ORDERS_H

#include "base/str.h"

struct fact_orders {
	struct str digest;  /* of the orders in force */
	struct str problem; /* what is wrong with the file as it is now, "" when it is in force */
};

#endif
