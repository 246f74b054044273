#!/bin/sh
# What a container of the image does:
#   web | worker short | worker long | prepare | manage <command…> | anything else, run as it is
# `exec` throughout: the program receives the container's SIGTERM itself.
set -eu

as_application() {
  # Migrations are the owner's; whoever serves people must not hold that password.
  unset SAE_DATABASE_OWNER_URL
  exec "$@"
}

case "${1:-web}" in
  web)
    as_application gunicorn sae.config.wsgi:application \
      --bind "0.0.0.0:${SAE_PORT:-8000}" \
      --worker-class gthread \
      --workers "${SAE_WEB_WORKERS:-2}" \
      --threads "${SAE_WEB_THREADS:-8}" \
      --timeout 120 \
      --graceful-timeout 25 \
      --worker-tmp-dir /dev/shm \
      --no-control-socket
    ;;
  worker)
    case "${2:-}" in
      short | long) as_application python manage.py worker "$2" ;;
      *)
        echo "sae worker short|long (reçu : « ${2:-} »)" >&2
        exit 64
        ;;
    esac
    ;;
  prepare)
    # Once before web and workers, at each new version: tables and buckets.
    python manage.py migrate --database owner --noinput
    exec python manage.py shell -v0 -c \
      'from sae.storage.strategies import offers; [offer.prepare() for offer in offers().values()]'
    ;;
  manage)
    shift
    exec python manage.py "$@"
    ;;
  *)
    exec "$@"
    ;;
esac
