# The provider alone: no demo people, no simulators, no compiler, no root. tools/rehearse_image.py runs these steps in a bare Debian.

FROM debian:12.11-slim AS build
WORKDIR /srv/cua-chung
RUN apt-get update -q -q && apt-get install -q -q --yes --no-install-recommends python3
COPY requirements.in requirements.txt pyproject.toml ./
COPY tools/apt.sh tools/bootstrap tools/installer.txt tools/
COPY clients/sdk clients/sdk
COPY idp idp
# The same set-up as on a developer's machine: hash-pinned packages, nothing else.
RUN tools/bootstrap runtime
# Nothing installs anything from here on; compiled now, since the root will be read-only.
RUN .venv/bin/pip uninstall --quiet --yes uv setuptools pip && .venv/bin/python -m compileall -q .venv/lib idp

FROM debian:12.11-slim
RUN apt-get update -q -q && apt-get install -q -q --yes --no-install-recommends python3 ca-certificates && rm -rf /var/lib/apt/lists
WORKDIR /srv/cua-chung
COPY --from=build /srv/cua-chung/.venv .venv
COPY --from=build /srv/cua-chung/idp idp
COPY --from=build /srv/cua-chung/clients/sdk clients/sdk
COPY migrations migrations
COPY keys keys
COPY tools/healthcheck.py tools/healthcheck.py
COPY LICENSE ./
ENV PATH=/srv/cua-chung/.venv/bin:/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# argon2 works on 19 MiB: in huge pages, which are a sixth quicker than small ones, and given back after each hash.
ENV GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1048576
# Keys are mounted, writable, and never part of an image or of the database's volume.
ENV HOST=0.0.0.0 PORT=8000 KEYS_DIR=/keys
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["python3", "tools/healthcheck.py"]
ENTRYPOINT ["idp"]
CMD ["serve"]
