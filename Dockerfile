# The image holds one static binary, the posts of this repository, and an empty
# folder for the host keys: no shell, no libraries, nothing else to patch.
#
#     docker build --build-arg VERSION=v1.2.3 --build-arg REVISION=$(git rev-parse HEAD) -t sshblog .
#     docker run -p 2222:2222 -v hostkeys:/hostkeys --read-only --cap-drop ALL sshblog
#
# Both BuildKit and the older builder take it, and deploy/image-test tests what comes
# out. deploy/README.md says how to build without the network, and how to pin the image
# that builds by its digest.

# It needs Go and what a shell script does; nothing of it is in the result.
ARG GO_IMAGE=golang:1.26

# The posts have a stage and, below, the last layer of their own: a new post is a
# hundred kilobytes for registries and hosts, and compiles nothing.
# Only BuildKit knows the platform it runs on; elsewhere that is Linux.
FROM --platform=${BUILDPLATFORM:-linux} ${GO_IMAGE} AS posts
COPY posts /image/posts
# The modes count, not those of the clone that it is built from.
RUN chmod -R u=rwX,go=rX /image

FROM --platform=${BUILDPLATFORM:-linux} ${GO_IMAGE} AS build
WORKDIR /src
# Modules are downloaded, unless "go mod vendor" has put them here before. The bracket
# makes a pattern of the name, and a pattern may match nothing.
COPY go.mod go.sum vendo[r] vendor/
RUN mv vendor/go.mod vendor/go.sum . && if [ ! -f vendor/modules.txt ]; then rmdir vendor && go mod download; fi
COPY cmd cmd
COPY internal internal
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /image/ ./cmd/sshblog
RUN chmod -R u=rwX,go=rX /image && mkdir -p -m 0700 /owned/hostkeys

FROM scratch
COPY --from=build /image/ /
# The only folder that the server writes to, for a key that is not there yet.
COPY --from=build --chown=65532:65532 /owned/ /
# A volume, so that this works with a read-only root even if none is mounted
# (then the key is new with every container: mount one). The posts are none:
# an anonymous volume would hide those of a newer image. Mount yours at /posts.
VOLUME ["/hostkeys"]

# Every setting of "sshblog serve" can be set like these. Give GOMEMLIMIT too,
# at about 7/8 of the container's memory: what readers may use follows from it.
ENV SSHBLOG_LISTEN=:2222
ENV SSHBLOG_POSTS=/posts
ENV SSHBLOG_HOSTKEYS=/hostkeys

USER 65532:65532
EXPOSE 2222
# A whole SSH handshake, not just an open port.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["/sshblog", "healthcheck"]
ENTRYPOINT ["/sshblog"]
CMD ["serve"]

COPY --from=posts /image/ /
# The version is the program's; the revision that of all that is here, so it is only a
# label: a commit of a post compiles nothing.
ARG VERSION=devel
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sshblog" \
      org.opencontainers.image.description="A blog that is read with ssh" \
      org.opencontainers.image.source="https://github.com/sshblog/sshblog" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
