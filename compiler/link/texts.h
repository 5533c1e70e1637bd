/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of variables and settings against the type that a contract's row gives them. */
#ifndef LINK_TEXTS_H
#define LINK_TEXTS_H

#include "tree/node.h"

/*
 * NULL when the program that row (columns type, enum, min, max, pattern) is about reads text as it
 * is meant, else what it reads ("an integer from 1 to 65535"), in a. Types that it does not know
 * take any text.
 */
const char *text_error(struct arena *a, const struct node *row, struct str text);

#endif
