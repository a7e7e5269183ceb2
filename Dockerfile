# certify in a container: Debian 12, Python 3.11, locked and hashed packages, a user of its own.
# What must last is in two volumes: /var/lib/certify, and apart from it the passphrase of the keys in there, so that a
# copy of one volume alone signs nothing. README.md says how to start it.

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/certify
RUN python -m venv .venv
# Packages before the program: they change less often, and this layer is kept.
COPY requirements/runtime.lock requirements/
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY certify certify
COPY migrations migrations
COPY templates templates
# Editable, so that migrations and templates lie beside the package, as in a checkout.
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --no-index --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q certify migrations

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/certify --shell /usr/sbin/nologin certify \
    && install -d -m 0700 -o certify -g certify /var/lib/certify /var/lib/certify-passphrase
COPY --from=build /srv/certify /srv/certify
ENV PATH=/srv/certify/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CERTIFY_DATABASE_URL=sqlite:////var/lib/certify/certify.db \
    CERTIFY_FILE_DIRECTORY=/var/lib/certify/files \
    CERTIFY_KEY_DIRECTORY=/var/lib/certify/keys \
    CERTIFY_KEY_PASSPHRASE_FILE=/var/lib/certify-passphrase/passphrase \
    CERTIFY_CHECKED_FILE=/var/lib/certify/checked.db
USER certify
WORKDIR /var/lib/certify
VOLUME ["/var/lib/certify", "/var/lib/certify-passphrase"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["certify", "serve", "--host", "0.0.0.0", "--port", "8000"]
