/* SPDX-License-Identifier: Apache-2.0 */
/* The volume of the data. */
#ifndef FACTS_DISK_H
#define FACTS_DISK_H

#include <stdint.h>

struct fact_disk {
	int64_t size, used; /* bytes */
};

#endif
