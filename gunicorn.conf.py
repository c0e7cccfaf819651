"""Gunicorn settings; read automatically when gunicorn starts in this folder.

The number of workers is set by gunicorn's own WEB_CONCURRENCY. Binds to loopback only: a client that bypasses the proxy
could forge X-Forwarded-For. See docs/operations.md.
"""

from pathlib import Path

from tracker import environment as env
from tracker.environment import setting

# Importing the settings validates the environment once, before any worker is started.
from tracker.settings import LOGGING

wsgi_app = "tracker.wsgi"
# Gunicorn's default binds to all interfaces as soon as PORT is set.
_address = setting("WEB_BIND", "an address of this machine, like 127.0.0.1", env.host_address, "127.0.0.1")
_port = setting("PORT", "the number of a port", env.port, 8000)
bind = [f"{_address}:{_port}"]
threads = setting("WEB_THREADS", "a number, at least 1", env.positive_integer, 4)
# Longer than the proxy's keep-alive: otherwise the proxy may reuse a connection that gunicorn just closed.
keepalive = 75
timeout = 60
graceful_timeout = 30
# Workers are recycled to bound memory growth; the jitter keeps them from restarting all at once.
max_requests, max_requests_jitter = 5_000, 500
# The worker heartbeat must not block on disk I/O, nor need a writable folder.
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 gunicorn makes a file with an unpredictable name there
worker_tmp_dir = str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None
control_socket_disable = True
accesslog = None
logconfig_dict = LOGGING
