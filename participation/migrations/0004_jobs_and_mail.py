import datetime

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0003_listing")]

    operations = [
        migrations.RenameModel("AssessmentRun", "JobRun"),
        migrations.CreateModel(
            name="Bounce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("permanent", models.BooleanField(verbose_name="for good")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "mail that came back",
                "verbose_name_plural": "mails that came back",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="JobChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("of", models.CharField(max_length=40, verbose_name="table")),
                ("first", models.BigIntegerField(verbose_name="first")),
                ("last", models.BigIntegerField(verbose_name="last")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="in the hands of")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="in those hands until")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("failures", models.JSONField(blank=True, default=list, verbose_name="failures")),
                (
                    "differences",
                    models.JSONField(blank=True, default=list, verbose_name="differences from what was stored"),
                ),
            ],
            options={
                "verbose_name": "part of a run",
                "verbose_name_plural": "parts of runs",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True, verbose_name="key")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("to", models.EmailField(blank=True, max_length=254, verbose_name="to")),
                ("language", models.CharField(default="nl", max_length=2, verbose_name="language")),
                ("subject", models.TextField(blank=True, verbose_name="subject line")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("html", models.TextField(blank=True, verbose_name="text with layout")),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("state", models.CharField(blank=True, default="waiting", max_length=40, verbose_name="state")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("not_before", models.DateTimeField(verbose_name="not sent before")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="in the hands of")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="in those hands until")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PausedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("paused_at", models.DateTimeField(verbose_name="paused since")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted at")),
            ],
            options={
                "verbose_name": "paused address",
                "verbose_name_plural": "paused addresses",
                "ordering": ["-paused_at"],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField(verbose_name="due on")),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
            },
        ),
        migrations.AlterModelOptions(
            name="jobrun",
            options={
                "ordering": ["-started_at", "-pk"],
                "verbose_name": "run of a job",
                "verbose_name_plural": "runs of jobs",
            },
        ),
        migrations.AlterModelOptions(
            name="reportdelivery",
            options={
                "ordering": ["-day", "pk"],
                "verbose_name": "delivered report",
                "verbose_name_plural": "delivered reports",
            },
        ),
        migrations.RenameIndex(
            model_name="jobrun",
            new_name="jobrun_latest",
            old_name="assessmentrun_latest",
        ),
        migrations.AddField(
            model_name="follower",
            name="paused_until",
            field=models.DateField(blank=True, null=True, verbose_name="no mail up to and including"),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="differences",
            field=models.JSONField(blank=True, default=list, verbose_name="differences from what was stored"),
        ),
        migrations.AddField(
            model_name="jobrun",
            name="slot",
            field=models.DateField(blank=True, null=True, verbose_name="day in the timetable"),
        ),
        migrations.AddField(
            model_name="reportdelivery",
            name="day",
            field=models.DateField(default=datetime.date(2000, 1, 3), verbose_name="day"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="reportdelivery",
            name="period",
            field=models.CharField(blank=True, default="weekly", max_length=40, verbose_name="period"),
        ),
        migrations.AddField(
            model_name="user",
            name="report_frequency",
            field=models.CharField(blank=True, default="weekly", max_length=40, verbose_name="report by mail"),
        ),
        migrations.AddField(
            model_name="user",
            name="snooze_reason",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="why no mail"),
        ),
        migrations.AddField(
            model_name="user",
            name="snoozed_until",
            field=models.DateField(blank=True, null=True, verbose_name="no mail up to and including"),
        ),
        migrations.AddField(
            model_name="user",
            name="wants_reminders",
            field=models.BooleanField(default=True, verbose_name="a mail before something falls due"),
        ),
        migrations.AlterField(
            model_name="jobrun",
            name="rulebook",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="rulebook"),
        ),
        migrations.AddIndex(
            model_name="jobrun",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["id"], name="jobrun_unfinished"
            ),
        ),
        migrations.AddIndex(
            model_name="obligation",
            index=models.Index(
                condition=models.Q(("met_on__isnull", True), ("withdrawn_at__isnull", True)),
                fields=["due_on"],
                name="obligation_open_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="jobrun",
            constraint=models.UniqueConstraint(fields=("kind", "slot"), name="jobrun_once_a_slot"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("report_frequency__in", ("", "none", "daily", "weekly"))),
                name="user_report_frequency_known",
                violation_error_message="This word is not one of those that may be used.",
            ),
        ),
        migrations.AddField(
            model_name="jobchunk",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chunks",
                to="participation.jobrun",
                verbose_name="run",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="follower",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="participation.follower",
                verbose_name="follower",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="bounce",
            name="message",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="bounces",
                to="participation.message",
                verbose_name="message",
            ),
        ),
        migrations.AddField(
            model_name="reportdelivery",
            name="message",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="report",
                to="participation.message",
                verbose_name="message",
            ),
        ),
        migrations.AddConstraint(
            model_name="pausedaddress",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"), name="pausedaddress_once"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminders",
                to="participation.message",
                verbose_name="message",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="obligation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to="participation.obligation",
                verbose_name="obligation",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="recipient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminders",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recipient",
            ),
        ),
        migrations.AddIndex(
            model_name="jobchunk",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["run"], name="jobchunk_unfinished"
            ),
        ),
        migrations.AddConstraint(
            model_name="jobchunk",
            constraint=models.UniqueConstraint(fields=("run", "of", "first"), name="jobchunk_once"),
        ),
        migrations.AddConstraint(
            model_name="jobchunk",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lte", models.F("last"))), name="jobchunk_first_before_last"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["not_before"], name="message_waiting"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "handing")), fields=["claimed_until"], name="message_handing"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("to", ""), _negated=True), fields=["settled_at"], name="message_to_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "",
                            "weekly_report",
                            "daily_report",
                            "reminder",
                            "news",
                            "question",
                            "already_followed",
                            "alarm",
                        ),
                    )
                ),
                name="message_kind_known",
                violation_error_message="This word is not one of those that may be used.",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("", "waiting", "handing", "sent", "refused", "doubtful", "held"))),
                name="message_state_known",
                violation_error_message="This word is not one of those that may be used.",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ("", "nl", "en"))),
                name="message_language_known",
                violation_error_message="This word is not one of those that may be used.",
            ),
        ),
        migrations.AddIndex(
            model_name="bounce",
            index=models.Index(
                django.db.models.functions.text.Lower("email"), models.F("at"), name="bounce_of_address"
            ),
        ),
        migrations.AddIndex(
            model_name="bounce",
            index=models.Index(fields=["at"], name="bounce_at"),
        ),
        migrations.AddConstraint(
            model_name="bounce",
            constraint=models.UniqueConstraint(
                models.F("key"), django.db.models.functions.text.Lower("email"), name="bounce_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("obligation", "recipient", "due_on"), name="reminder_once"),
        ),
    ]
