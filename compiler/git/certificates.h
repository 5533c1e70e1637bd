/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of mbedTLS as libgit2 calls them (mbedtls/x509_crt.h), answered by howdah. */
#ifndef GIT_CERTIFICATES_H
#define GIT_CERTIFICATES_H

/* Brings the two functions into the program. */
void certificates_hide(void);

/* "Cannot be read", whatever path is. */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

/* "Cannot be read", whatever path is. */
int mbedtls_x509_crt_parse_path(void *chain, const char *path);

#endif
