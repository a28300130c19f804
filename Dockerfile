# imgctl in a container, built from this checkout:
#   docker build -t imgctl .                    for clouds
#   docker build -t imgctl-local --target local .   also for machines of one's own
# docs/release.md says how to run it.
ARG RUST=docker.io/library/rust:1-bookworm
ARG BASE=docker.io/library/debian:bookworm-slim

FROM $RUST AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libssl-dev make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --release --locked \
    && make install BINARY=target/release/imgctl PREFIX=/usr DESTDIR=/installed

FROM $BASE AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git libssl3 openssh-client zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home imgctl \
    && install -d -o imgctl -g imgctl /project /home/imgctl/.cache/imgctl /home/imgctl/.local/share/imgctl \
    && chmod -R 0777 /home/imgctl
COPY --from=build /installed /
# The project is another user's as a rule: what is mounted here is meant to be used.
ENV IMGCTL_TRUSTED_PROJECTS=/project
# Any user may be given by `--user`: files in /project are then that user's.
ENV HOME=/home/imgctl
WORKDIR /project
ENTRYPOINT ["imgctl"]
CMD ["--help"]

FROM base AS local
RUN apt-get update \
    && apt-get install -y --no-install-recommends debian-archive-keyring e2fsprogs mmdebstrap procps qemu-system-x86 qemu-utils uidmap \
    && rm -rf /var/lib/apt/lists/*
USER imgctl

FROM base
USER imgctl
