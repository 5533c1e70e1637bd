/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of secret.c: how a word looks. */
#ifndef BASE_SECRET_LOOK_H
#define BASE_SECRET_LOOK_H

#include <stdbool.h>

#include "base/str.h"

/* What a character is to words and numbers. */
enum letter { LETTER_NONE, LETTER_LOWER, LETTER_UPPER, LETTER_DIGIT, LETTER_SIGN };

/* The sort of c; signs are those of base64, + and /. */
enum letter secret_letter(char c);

/* Word holds a run of letters and digits that no words and numbers make. Ids of commits, and what
 * "sha256:" stands before, are none. */
bool secret_is_random(struct str word);

/* Word is what people make of words when a form asks for capitals, digits and signs: letters,
 * digits and signs meet so often that no name, address or expression does. */
bool secret_is_phrase(struct str word);

#endif
