# leadscore: one image for web, worker, beat and the database's set-up.

FROM node:22.20.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
WORKDIR /app

FROM base AS build
# Node.js runs the bundler of the snippet; npm has done its part in the stage before.
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY requirements.txt .
RUN python -m venv .venv && pip install --no-cache-dir --require-hashes -r requirements.txt
COPY --from=packages /app/node_modules node_modules
COPY . .
# The key and the addresses are only for this one command, which uses none of them.
RUN python -m leadscore.assets build \
    && SECRET_KEY=used-for-nothing-but-collecting-static-files-0123456789 DATABASE_URL=postgresql://none/none REDIS_URL=redis://none \
       python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules

FROM base
RUN useradd --system --uid 10001 --home-dir /app leadscore && install -d -o leadscore /data
COPY --from=build /app /app
USER leadscore
ENV LEADSCORE_DATA=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "16", "--no-ws", "leadscore.wsgi:application"]
