"""Celery application with Redis or a local folder as its broker, and the beat schedule."""

import os

from celery import Celery
from celery.schedules import crontab

from participation.timetable import JOBS

#: Expiry of the messages of the beat scheduler, in seconds.
MESSAGE_EXPIRES_SECONDS = 2 * 3600

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# In Amsterdam time (see CELERY_TIMEZONE); Celery counts weekdays from Sunday. Runs missed while beat was down are
# started by catch_up, and a run started by two beat processes happens once, because JobRun rows are unique.
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
    "catch-up": {
        "task": "participation.tasks.catch_up",
        "schedule": 300.0,
        "options": {"expires": MESSAGE_EXPIRES_SECONDS},
    },
    "send-mail": {
        "task": "participation.tasks.send_mail",
        "schedule": 60.0,
        "options": {"expires": MESSAGE_EXPIRES_SECONDS},
    },
    "import-sheets": {
        "task": "participation.tasks.import_waiting_sheets",
        "schedule": 15.0,
        # Somebody waits for it; of more than one such message the later ones find nothing to do.
        "options": {"expires": 60},
    },
    "send-webhooks": {
        "task": "participation.tasks.send_webhooks",
        "schedule": 60.0,
        "options": {"expires": MESSAGE_EXPIRES_SECONDS},
    },
}
