"""Gunicorn configuration; gunicorn reads this file when it is started in this folder.

The number of worker processes is gunicorn's own WEB_CONCURRENCY. It binds to localhost by default: a client that
bypassed the proxy could forge X-Forwarded-For. See docs/operations.md.
"""

from pathlib import Path

from tracker import environment as read
from tracker.environment import setting

# Imported here so that invalid settings fail once, before any worker is forked.
from tracker.settings import LOGGING

wsgi_app = "tracker.wsgi"
# Set explicitly: by default gunicorn binds to 0.0.0.0 if PORT is set.
_address = setting("WEB_BIND", "an address of this machine, like 127.0.0.1", read.address, "127.0.0.1")
_port = setting("PORT", "the number of a port", read.port, 8000)
bind = [f"{_address}:{_port}"]
threads = setting("WEB_THREADS", "a number, at least 1", read.positive, 4)
# Longer than the idle timeout of common proxies, which could otherwise reuse a connection that gunicorn just closed.
keepalive = 75
timeout = 60
graceful_timeout = 30
# Restart workers regularly to bound memory growth; jitter keeps them from restarting all at once.
max_requests, max_requests_jitter = 5_000, 500
# Heartbeat files in memory: no blocking on disk I/O, and no writable directory needed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
accesslog = None
logconfig_dict = LOGGING
