# SPDX-License-Identifier: Apache-2.0
# The image of howdah-agent: the programs that run beside PostgreSQL, and the wal-g of the Spilo image that they run
# beside, so that both always match.
#
#   podman build -f docker/agent.Dockerfile -t howdah-agent:0.1.0 .
#
# SPILO must be the image of the image set (presets/images.yaml); pin both bases by digest for a release.
ARG DEBIAN=docker.io/library/debian:12-slim
ARG SPILO=ghcr.io/zalando/spilo-18:4.1-p2

FROM ${SPILO} AS spilo

FROM ${DEBIAN} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	gcc libc6-dev make pkg-config libyaml-dev liblua5.4-dev libgit2-dev libssl-dev libcjson-dev zlib1g-dev \
	libcurl4-openssl-dev libpq-dev libmicrohttpd-dev
COPY . /src
RUN make -s -j"$(nproc)" -C /src build/release/howdah-agent && strip -o /howdah-agent /src/build/release/howdah-agent

FROM ${DEBIAN}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
	ca-certificates libcjson1 libcurl4 libmicrohttpd12 libpq5 libssl3 libyaml-0-2 \
	&& rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=spilo /usr/local/bin/wal-g /usr/local/bin/wal-g
COPY --from=build /howdah-agent /usr/local/bin/howdah-agent
# Spilo's postgres: pods run as it, and the files in /run are its
USER 101:103
CMD ["/usr/local/bin/howdah-agent", "--help"]
