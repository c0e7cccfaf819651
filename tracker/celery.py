"""The Celery application: with REDIS_URL a queue for any number of workers, without it in process."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

app = Celery("tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: The clock's work, in Amsterdam time: nights are cheap, and Monday's mail is there before work begins.
app.conf.beat_schedule = {
    "flag-due": {"task": "participation.tasks.flag_due", "schedule": crontab(hour=0, minute=30)},
    "reassess-all": {"task": "participation.tasks.reassess_all", "schedule": crontab(hour=2, minute=0)},
    "weekly-reports": {
        "task": "participation.tasks.send_weekly_reports",
        "schedule": crontab(hour=7, minute=0, day_of_week="mon"),
    },
    "notices": {"task": "participation.tasks.send_notices", "schedule": crontab(hour=7, minute=30)},
}
