"""How gunicorn serves the pages: it reads this file by itself when it is started in this folder.

Processes are its own WEB_CONCURRENCY. It listens on this machine alone: behind a proxy, whoever reaches it in
another way could say to come from any address. See docs/operations.md.
"""

from pathlib import Path

from tracker import environment as read
from tracker.environment import setting

# Settings with an odd value are refused here, once, before any process is started.
from tracker.settings import LOGGING

wsgi_app = "tracker.wsgi"
# Left to itself gunicorn listens on every address of the machine as soon as there is a PORT.
_address = setting("WEB_BIND", "an address of this machine, like 127.0.0.1", read.address, "127.0.0.1")
_port = setting("PORT", "the number of a port", read.port, 8000)
bind = [f"{_address}:{_port}"]
threads = setting("WEB_THREADS", "a number, at least 1", read.positive, 4)
# Longer than a proxy keeps a connection open that nobody uses, or it finds the door closed now and then.
keepalive = 75
timeout = 60
graceful_timeout = 30
# A process is replaced after a while, whatever it gathered in memory; not all of them at once.
max_requests, max_requests_jitter = 5_000, 500
# Its sign of life must not wait for a disk, nor need a folder that can be written.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
accesslog = None
logconfig_dict = LOGGING
