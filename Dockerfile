# syntax=docker/dockerfile:1
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
RUN python -m venv /opt/harvester
COPY constraints.txt ./
# What the service runs on, without what only development needs: the wheel's own requirements, at the
# locked versions. The hashes are checked when the wheels are fetched.
RUN --mount=type=cache,target=/cache/pip \
    pip --cache-dir /cache/pip wheel --quiet --wheel-dir /wheels --require-hashes -r constraints.txt
COPY pyproject.toml setup.py README.md ./
COPY harvester ./harvester
COPY mappings ./mappings
RUN /opt/harvester/bin/pip install --quiet --no-index --find-links /wheels . \
 && /opt/harvester/bin/pip uninstall --quiet --yes pip

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="harvester" \
      org.opencontainers.image.description="One catalogue out of a territory's many"
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin harvester \
 && install -d -o harvester -g harvester /data
COPY --from=build /opt/harvester /opt/harvester
ENV PATH=/opt/harvester/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HARVESTER_WEB__HOST=0.0.0.0 \
    HARVESTER_WEB__PORT=8000
USER 10001
# The one thing that is written: config.toml, sources/ and mappings/ stand here too, or are mounted over it.
VOLUME /data
WORKDIR /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# The image has no curl. /healthz says that the process answers; /readyz is for orchestrators.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['HARVESTER_WEB__PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["harvester"]
CMD ["serve"]
