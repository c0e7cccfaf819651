"""Reports get the day that they are of, in place of a week's number; jobs get the names of the timetable."""

from datetime import date
from typing import Any

from django.db import migrations

NAMES = {"flag_due": "flag-due", "reassess": "reassess-all"}


def forwards(apps: Any, _editor: Any) -> None:
    reports = apps.get_model("participation", "ReportDelivery").objects
    # What never went out is made anew.
    reports.filter(sent_at__isnull=True).delete()
    for year, week in reports.order_by().values_list("year", "week").distinct():
        reports.filter(year=year, week=week).update(day=date.fromisocalendar(year, week, 1))
    for before, after in NAMES.items():
        apps.get_model("participation", "JobRun").objects.filter(kind=before).update(kind=after)


class Migration(migrations.Migration):
    dependencies = [("participation", "0004_jobs_and_mail")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True)]
