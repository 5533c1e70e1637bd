/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for libgit2. */
#ifndef GIT_MEMORY_H
#define GIT_MEMORY_H

/* Has libgit2 take its memory from an allocator that ends the process when there is none: its own
 * way of reporting that needs memory, and calls itself without end. 0, or -1. */
int git_memory_use(void);

#endif
