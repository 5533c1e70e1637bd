/* SPDX-License-Identifier: Apache-2.0 */
/* plain.c: overwriting what must not stay in memory. */
#include "ground/plain.h"

#include <openssl/crypto.h>

void plain_wipe(struct str text)
{
	if (text.n > 0)
		OPENSSL_cleanse(plain(text.p), text.n);
}
