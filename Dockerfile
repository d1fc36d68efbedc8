# The image holds one static binary, the posts of this repository, and an empty
# folder for the host keys: no shell, no libraries, nothing else to patch.
#
#     docker build --build-arg VERSION=v1.2.3 -t sshblog .
#     docker run -p 2222:2222 -v hostkeys:/hostkeys --read-only sshblog
#
# deploy/image-test carries out these instructions without a container engine
# and tests what comes out; it understands the forms that are used here.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /image/ ./cmd/sshblog
# The modes count, not those of the clone that it is built from.
RUN cp -R posts /image/posts && chmod -R u=rwX,go=rX /image && mkdir -p -m 0700 /owned/hostkeys

FROM scratch
LABEL org.opencontainers.image.title="sshblog" \
      org.opencontainers.image.description="A blog that is read with ssh" \
      org.opencontainers.image.licenses="MIT"
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
