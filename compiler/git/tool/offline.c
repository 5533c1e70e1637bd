/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libgit2's archive would bring its transports, Kerberos and TLS for: a compiler that reads
 * and writes folders speaks to no remote, so the linker finds these names here and leaves the
 * members that define them out, with the seventeen libraries that they need.
 *
 * The names are those that libgit2 1.5 (src/libgit2: libgit2.c, transport.c, transports/http.c,
 * streams/tls.c, settings) asks of transports/ssh.c, transports/httpclient.c and streams/mbedtls.c.
 * Only the two that start a transport are ever called, by git_libgit2_init; behind the others is
 * nothing but git_remote_*, which no file here uses. Another version of the library is linked as it
 * is (Makefile, OFFLINE).
 */
static int started(void)
{
	return 0;
}

int git_transport_ssh_global_init(void) __attribute__((alias("started")));
int git_mbedtls_stream_global_init(void) __attribute__((alias("started")));

static int absent(void)
{
	return -1;
}

int git_mbedtls__set_cert_location(void) __attribute__((alias("absent")));
int git_mbedtls_stream_new(void) __attribute__((alias("absent")));
int git_mbedtls_stream_wrap(void) __attribute__((alias("absent")));
int git_smart_subtransport_ssh(void) __attribute__((alias("absent")));
int git_transport_ssh_with_paths(void) __attribute__((alias("absent")));
int git_http_client_free(void) __attribute__((alias("absent")));
int git_http_client_has_response(void) __attribute__((alias("absent")));
int git_http_client_new(void) __attribute__((alias("absent")));
int git_http_client_read_body(void) __attribute__((alias("absent")));
int git_http_client_read_response(void) __attribute__((alias("absent")));
int git_http_client_send_body(void) __attribute__((alias("absent")));
int git_http_client_send_request(void) __attribute__((alias("absent")));
int git_http_client_skip_body(void) __attribute__((alias("absent")));
int git_http_response_dispose(void) __attribute__((alias("absent")));
int git_http_response_is_redirect(void) __attribute__((alias("absent")));
