"""The Celery application: a queue for any number of workers, over Redis or in a folder of this machine."""

import os

from celery import Celery
from celery.schedules import crontab

from participation.timetable import JOBS

#: So many seconds a message of the clock is good for.
EXPIRES = 2 * 3600

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# In Amsterdam time (see CELERY_TIMEZONE), where Celery counts Sunday as the first day. What the clock forgot while
# it was not running is made good by catch_up, and what two clocks start is done once: rows know.
app.conf.beat_schedule = {
    job.name: {
        "task": "participation.tasks.start_job",
        "args": [job.name],
        "schedule": crontab(
            hour=job.at.hour, minute=job.at.minute, day_of_week=[(day + 1) % 7 for day in job.weekdays]
        ),
    }
    for job in JOBS
} | {
    "catch-up": {"task": "participation.tasks.catch_up", "schedule": 300.0, "options": {"expires": EXPIRES}},
    "send-mail": {"task": "participation.tasks.send_mail", "schedule": 60.0, "options": {"expires": EXPIRES}},
    "send-webhooks": {"task": "participation.tasks.send_webhooks", "schedule": 60.0, "options": {"expires": EXPIRES}},
}
