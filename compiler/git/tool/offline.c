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
#define STARTS(name)                                                                               \
	int name(void);                                                                            \
	int name(void)                                                                             \
	{                                                                                          \
		return 0;                                                                          \
	}
#define IS_ABSENT(name)                                                                            \
	int name(void);                                                                            \
	int name(void)                                                                             \
	{                                                                                          \
		return -1;                                                                         \
	}

/* clang-format off */
STARTS(git_transport_ssh_global_init)
STARTS(git_mbedtls_stream_global_init)

IS_ABSENT(git_mbedtls__set_cert_location)
IS_ABSENT(git_mbedtls_stream_new)
IS_ABSENT(git_mbedtls_stream_wrap)
IS_ABSENT(git_smart_subtransport_ssh)
IS_ABSENT(git_transport_ssh_with_paths)
IS_ABSENT(git_http_client_free)
IS_ABSENT(git_http_client_has_response)
IS_ABSENT(git_http_client_new)
IS_ABSENT(git_http_client_read_body)
IS_ABSENT(git_http_client_read_response)
IS_ABSENT(git_http_client_send_body)
IS_ABSENT(git_http_client_send_request)
IS_ABSENT(git_http_client_skip_body)
IS_ABSENT(git_http_response_dispose)
IS_ABSENT(git_http_response_is_redirect)
