# SPDX-License-Identifier: Apache-2.0
# The image of howdah, for CI and as a plugin of Argo CD: the compiler alone, which carries its schema, templates and
# presets in itself.
#
#   podman build -f docker/howdah.Dockerfile -t howdah:0.1.0 .
#   podman run --rm -v .:/repo:ro howdah:0.1.0 check -C /repo
#
# Pin the base by digest for a release.
ARG DEBIAN=docker.io/library/debian:12-slim

FROM ${DEBIAN} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	gcc libc6-dev make pkg-config libyaml-dev liblua5.4-dev libgit2-dev libssl-dev libcjson-dev zlib1g-dev \
	libcurl4-openssl-dev libpq-dev libmicrohttpd-dev
COPY . /src
RUN make -s -j"$(nproc)" -C /src build/release/howdah && strip -o /howdah /src/build/release/howdah

FROM ${DEBIAN}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	ca-certificates libcjson1 libgit2-1.5 liblua5.4-0 libssl3 libyaml-0-2 zlib1g \
	&& rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=build /howdah /usr/local/bin/howdah
USER 65534:65534
WORKDIR /repo
ENTRYPOINT ["/usr/local/bin/howdah"]
