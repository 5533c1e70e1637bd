/* SPDX-License-Identifier: Apache-2.0 */
/* The Kubernetes API: few requests at a time, token and authorities read anew, no storms. */
#ifndef API_API_H
#define API_API_H

#include "net/http.h"
#include "tree/node.h"

struct api;

/* Where the server is, and how one shows oneself. All are copied. */
struct api_place {
	const char *url; /* https://host:port */
	const char
	    *folder; /* with token, ca.crt and namespace, as a service account's volume has them */
};

enum api_outcome {
	API_FINE,
	API_MISSING,  /* 404, 410 */
	API_CONFLICT, /* 409, 412: read anew, decide anew */
	API_DENIED,   /* 401, 403 */
	API_REFUSED,  /* 429 of a disruption budget */
	API_WRONG,    /* 400, 422: what was sent is not accepted */
	API_AWAY,     /* no answer, 429, 5xx, or an answer that is no JSON: try again later */
};

/* Valid during the call only. */
struct api_answer {
	enum api_outcome outcome;
	int status;              /* of HTTP; 0 without an answer */
	const struct node *body; /* the object when outcome is API_FINE, else NULL */
	const char *message;     /* what the server says, or why there is no answer */
};

enum api_content { API_JSON, API_MERGE, API_STRATEGIC, API_APPLY };

/* One request. Copied. */
struct api_call {
	const char *method;       /* GET, POST, PATCH */
	const char *path;         /* with its query */
	enum api_content content; /* of body */
	const struct node *body;  /* or NULL */
	int64_t deadline_ms;      /* from now, waiting included */
	bool budget;              /* a 429 is a disruption budget's no, not the server's distress */
};

/* The server's URL as the kubelet tells a container its host and port; in a. */
struct str api_url(struct arena *a, const char *host, const char *port);

/* A client over h; never NULL. */
struct api *api_new(struct loop *l, struct http *h, const struct api_place *place);

/* Ends it and its requests; nobody is told. NULL is fine. */
void api_free(struct api *a);

/* Sends call. At most two are under way; after a 429, a 5xx or silence all of them wait, for
 * Retry-After or a growing while with jitter. A 401 is tried once more with the token read anew.
 * done(owner, answer) is called exactly once, later, unless api_forget(owner) comes first. */
void api_send(struct api *a, const struct api_call *call,
	      void (*done)(void *owner, const struct api_answer *answer), void *owner);

/* Drops the requests of owner. */
void api_forget(struct api *a, const void *owner);

/* When the server last answered: ms of a moment, 0 for never. */
int64_t api_answered_ms(const struct api *a);

/* Since when it does not cope: ms of a moment, 0 while it does. */
int64_t api_silent_since_ms(const struct api *a);

/* Requests sent. */
uint64_t api_sent(const struct api *a);

#endif
