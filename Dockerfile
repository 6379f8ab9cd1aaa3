# One file, an image a service: docker build --target gateway -t ai-stack/gateway .
#
# BASE must have Python 3.11 as `python3`; RUN_BASE is what the images stand on and needs neither pip nor a shell.
# Packages come in a layer of their own, so a change of our code rebuilds the last layer only. Each is packed once for all
# images, in a cache of the builder.
ARG BASE=python:3.11-slim-bookworm
ARG RUN_BASE=${BASE}

# hadolint ignore=DL3006
FROM ${BASE} AS build
ARG PIP_INDEX_URL=https://pypi.org/simple
ARG PIP_CERT=
WORKDIR /build
# hadolint ignore=DL3008
RUN if command -v apt-get >/dev/null && ! command -v strip >/dev/null; then \
      apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils >/dev/null && \
      rm -rf /var/lib/apt/lists/*; fi && mkdir -p /empty
COPY docker/install.py docker/pack.py /build/

FROM build AS code
COPY src/aistack /opt/ai-stack/code/aistack
COPY docs /opt/ai-stack/code/aistack/demo/docs
COPY stack.toml /opt/ai-stack/code/aistack/stack/default.toml
RUN python3 -m compileall -q /opt/ai-stack/code

# hadolint ignore=DL3006
FROM ${RUN_BASE} AS run
ARG VERSION=0.1.0
ARG REVISION=unknown
ENV PYTHONPATH=/opt/ai-stack/packages:/opt/ai-stack/code \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AISTACK_DATA_DIR=/data \
    CREDENTIALS_DIRECTORY=/run/secrets \
    LOG_FORMAT=json
COPY --from=build --chown=10001:10001 /empty /data
COPY stack.toml /etc/ai-stack/stack.toml
WORKDIR /data
USER 10001:10001
STOPSIGNAL SIGTERM
LABEL org.opencontainers.image.source="https://github.com/ai-stack/ai-stack" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["python3", "-S", "/opt/ai-stack/code/aistack/deploy/entrypoints/container_init.py", "python3", "-m", "aistack.cli"]

FROM build AS gateway-packages
COPY requirements/images/gateway.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py gateway.lock /opt/ai-stack/packages /cache

FROM run AS gateway
LABEL org.opencontainers.image.title="AI Stack: gateway" \
      org.opencontainers.image.description="Entry point: registry, routing, limits, console"
COPY --from=gateway-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=gateway-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "gateway"]
CMD ["up", "gateway", "--foreground"]

FROM build AS rag-packages
COPY requirements/images/rag.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py rag.lock /opt/ai-stack/packages /cache

FROM run AS rag
LABEL org.opencontainers.image.title="AI Stack: rag" \
      org.opencontainers.image.description="Upload documents and get cited answers"
COPY --from=rag-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=rag-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 8011
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "rag"]
CMD ["up", "rag", "--foreground"]

FROM build AS trend-packages
COPY requirements/images/trend.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py trend.lock /opt/ai-stack/packages /cache

FROM run AS trend
LABEL org.opencontainers.image.title="AI Stack: trend" \
      org.opencontainers.image.description="What is rising in news, feeds and documents"
COPY --from=trend-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=trend-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 8014
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "trend"]
CMD ["up", "trend", "--foreground"]

FROM build AS connection-packages
COPY requirements/images/connection.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py connection.lock /opt/ai-stack/packages /cache

FROM run AS connection
LABEL org.opencontainers.image.title="AI Stack: connection" \
      org.opencontainers.image.description="Database connections and their schemas"
COPY --from=connection-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=connection-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 8081
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "connection"]
CMD ["up", "connection", "--foreground"]

FROM build AS query-packages
COPY requirements/images/query.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py query.lock /opt/ai-stack/packages /cache

FROM run AS query
LABEL org.opencontainers.image.title="AI Stack: query" \
      org.opencontainers.image.description="Safe SQL on the connected databases"
COPY --from=query-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=query-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 8082
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "query"]
CMD ["up", "query", "--foreground"]

FROM build AS ai-packages
COPY requirements/images/ai.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py ai.lock /opt/ai-stack/packages /cache

FROM run AS ai
LABEL org.opencontainers.image.title="AI Stack: ai" \
      org.opencontainers.image.description="Questions in words about the connected databases"
COPY --from=ai-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=ai-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 8083
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "ai"]
CMD ["up", "ai", "--foreground"]

FROM build AS worker-packages
COPY requirements/images/worker.lock /build/
# Of numkong, only the OpenMP runtime beside it is used: llama.cpp needs it.
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py worker.lock /opt/ai-stack/packages /cache && rm -rf /opt/ai-stack/packages/numkong

FROM run AS worker
LABEL org.opencontainers.image.title="AI Stack: worker" \
      org.opencontainers.image.description="Runs models on this machine"
COPY --from=build --chown=10001:10001 /empty /run/ai-stack
COPY --from=worker-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=worker-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "worker"]
CMD ["up", "worker", "--foreground"]

FROM build AS sidecar-packages
COPY requirements/images/sidecar.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py sidecar.lock /opt/ai-stack/packages /cache

FROM run AS sidecar
LABEL org.opencontainers.image.title="AI Stack: sidecar" \
      org.opencontainers.image.description="Queues and relays calls to model workers"
COPY --from=build --chown=10001:10001 /empty /run/ai-stack
COPY --from=sidecar-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=sidecar-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 50051 9090
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck", "sidecar"]
CMD ["up", "sidecar", "--foreground"]

FROM build AS all-in-one-packages
COPY requirements/images/all-in-one.lock /build/
RUN --mount=type=cache,target=/cache,sharing=locked python3 install.py all-in-one.lock /opt/ai-stack/packages /cache

FROM run AS all-in-one
LABEL org.opencontainers.image.title="AI Stack: all-in-one" \
      org.opencontainers.image.description="All services of AI Stack in one container"
COPY --from=all-in-one-packages /opt/ai-stack/sbom.cdx.json /opt/ai-stack/sbom.cdx.json
COPY --from=all-in-one-packages /opt/ai-stack/packages /opt/ai-stack/packages
COPY deployments/supervisor/supervisord.conf /etc/ai-stack/supervisord.conf
COPY --from=code /opt/ai-stack/code /opt/ai-stack/code
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-m", "aistack.deploy.entrypoints.container_healthcheck"]
ENTRYPOINT ["python3", "-m", "aistack.deploy.entrypoints.socket_activation", "/etc/ai-stack/supervisord.conf"]
CMD []
