"""Every table with its constraints in one step: on SQLite a constraint added later makes its table anew."""

import datetime

import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import participation.models.addresses
import participation.models.fields
import participation.models.followers
import participation.models.people
import participation.models.uploads


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Neighbourhood",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("district", models.CharField(blank=True, default="", verbose_name="district")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                (
                    "cbs_code",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})\\Z",
                                "A CBS code is WK with six digits or BU with eight. Behind the first four digits there may be capital letters.",
                            )
                        ],
                        verbose_name="CBS code",
                    ),
                ),
                (
                    "inhabitants",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000000)],
                        verbose_name="inhabitants",
                    ),
                ),
                (
                    "inhabitants_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1800),
                            django.core.validators.MaxValueValidator(2200),
                        ],
                        verbose_name="year of the number of inhabitants",
                    ),
                ),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
                (
                    "neighbours",
                    models.ManyToManyField(
                        blank=True, to="participation.neighbourhood", verbose_name="neighbouring areas"
                    ),
                ),
            ],
            options={
                "verbose_name": "neighbourhood",
                "verbose_name_plural": "neighbourhoods",
                "ordering": ["name", "slug"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cbs_code", ""), _negated=True),
                        fields=("cbs_code",),
                        name="neighbourhood_cbs_code_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cbs_code", ""),
                            ("cbs_code__regex", "^(WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})\\Z"),
                            _connector="OR",
                        ),
                        name="neighbourhood_cbs_code_form",
                        violation_error_message="A CBS code is WK with six digits or BU with eight. Behind the first four digits there may be capital letters.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Postcode",
            fields=[
                (
                    "postcode",
                    models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="postcode"),
                ),
                ("cbs_code", models.CharField(db_index=True, max_length=10, verbose_name="CBS code")),
            ],
            options={
                "verbose_name": "postcode",
                "verbose_name_plural": "postcodes",
            },
        ),
        migrations.CreateModel(
            name="RateCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="key")),
                ("count", models.PositiveIntegerField(verbose_name="count")),
                ("until", models.DateTimeField(db_index=True, verbose_name="end of the window")),
            ],
            options={
                "verbose_name": "rate limit counter",
                "verbose_name_plural": "rate limit counters",
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("url", models.CharField(max_length=1000, verbose_name="address")),
                ("secret", models.CharField(max_length=100, verbose_name="secret")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "notified_until",
                    models.PositiveBigIntegerField(default=0, editable=False, verbose_name="notified up to"),
                ),
                (
                    "failed_since",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="failing since"),
                ),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="consecutive failures"),
                ),
                (
                    "disabled_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="disabled automatically at"
                    ),
                ),
                (
                    "disabled_reason",
                    models.TextField(blank=True, default="", editable=False, verbose_name="reason for disabling"),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WriteProbe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("written_at", models.DateTimeField(verbose_name="written at")),
            ],
            options={
                "verbose_name": "write probe",
                "verbose_name_plural": "write probes",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                (
                    "email",
                    models.EmailField(
                        max_length=254,
                        validators=[participation.models.addresses.validate_key_length],
                        verbose_name="e-mail address",
                    ),
                ),
                ("email_key", participation.models.addresses.EmailKeyField(editable=False, max_length=254, of="email")),
                (
                    "security_stamp",
                    models.CharField(default=participation.models.people.new_stamp, editable=False, max_length=32),
                ),
                (
                    "role",
                    models.CharField(blank=True, default="association_member", max_length=40, verbose_name="role"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Dutch"), ("en", "English")],
                        default="nl",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "report_frequency",
                    models.CharField(blank=True, default="weekly", max_length=40, verbose_name="digest by mail"),
                ),
                ("wants_reminders", models.BooleanField(default=True, verbose_name="reminders before due dates")),
                ("snoozed_until", models.DateField(blank=True, null=True, verbose_name="paused until (inclusive)")),
                (
                    "snooze_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason for the pause"),
                ),
                (
                    "council_portfolio",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="portfolio to start with"),
                ),
                (
                    "council_district",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="district to start with"),
                ),
                (
                    "caught_up_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="change feed read until"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("email_key",),
                        name="user_email_key_unique",
                        violation_error_message="Someone already uses this e-mail address.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                (
                                    "",
                                    "adviser",
                                    "coordinator",
                                    "association_member",
                                    "council_member",
                                    "auditor",
                                    "administrator",
                                ),
                            )
                        ),
                        name="user_role_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("", "nl", "en"))),
                        name="user_language_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("report_frequency__in", ("", "none", "daily", "weekly"))),
                        name="user_report_frequency_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("digest", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("token_key", models.CharField(db_index=True, max_length=25)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="auth_token_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expiry", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(max_length=100, verbose_name="name")),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
                "ordering": ["-created", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AssessmentFingerprint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner_type", models.CharField(max_length=20, verbose_name="type of owner")),
                ("owner", models.BigIntegerField(verbose_name="primary key of the owner")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("parties", models.JSONField(blank=True, default=list, verbose_name="parties")),
            ],
            options={
                "verbose_name": "fingerprint of an assessment",
                "verbose_name_plural": "fingerprints of assessments",
                "constraints": [
                    models.UniqueConstraint(fields=("owner_type", "owner"), name="fingerprint_once_an_owner"),
                    models.CheckConstraint(
                        condition=models.Q(("owner_type__in", ("", "trajectory", "motion", "commitment", "request"))),
                        name="assessmentfingerprint_owner_type_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("removed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="removed at")),
                ("number", models.CharField(max_length=100, verbose_name="number")),
                ("text", models.TextField(blank=True, default="", verbose_name="what was promised")),
                ("made_on", participation.models.fields.ImpreciseDateField(verbose_name="made on")),
                ("made_by", models.CharField(blank=True, default="", verbose_name="made by")),
                ("made_to", models.JSONField(blank=True, default=list, verbose_name="made to")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                ("fulfilled_on", participation.models.fields.ImpreciseDateField(verbose_name="fulfilled on")),
                (
                    "repeats_every_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="repeats every so many months",
                    ),
                ),
                ("repeats_first_due_on", participation.models.fields.ImpreciseDateField(verbose_name="first due on")),
                ("repeats_until", participation.models.fields.ImpreciseDateField(verbose_name="repeats until")),
                ("source", models.TextField(blank=True, default="", verbose_name="source")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "commitment",
                "verbose_name_plural": "commitments",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("number",),
                        name="commitment_number_once",
                        violation_error_code="unique",
                        violation_error_message="This is in use already. Choose another.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_on__isnull", True),
                            ("made_on__latest__gte", models.F("made_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_made_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", True),
                            ("due_on__latest__gte", models.F("due_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_due_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fulfilled_on__isnull", True),
                            ("fulfilled_on__latest__gte", models.F("fulfilled_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_fulfilled_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repeats_first_due_on__isnull", True),
                            ("repeats_first_due_on__latest__gte", models.F("repeats_first_due_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_repeats_first_due_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repeats_until__isnull", True),
                            ("repeats_until__latest__gte", models.F("repeats_until__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_repeats_until_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repeats_every_months__isnull", True),
                            ("repeats_every_months__range", (1, 120)),
                            _connector="OR",
                        ),
                        name="commitment_repeats_every_months",
                        violation_error_message="Write from 1 to 120 months.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommitmentFulfilment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fulfilments",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
            ],
            options={
                "verbose_name": "fulfilment",
                "verbose_name_plural": "fulfilments",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on__isnull", True), ("on__latest__gte", models.F("on__earliest")), _connector="OR"
                        ),
                        name="commitmentfulfilment_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ComparedMunicipality",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("public_key", models.CharField(max_length=43, unique=True, verbose_name="public key")),
                ("is_own", models.BooleanField(default=False, verbose_name="published here")),
                ("last_year", models.PositiveSmallIntegerField(verbose_name="last year")),
                ("content", models.TextField(verbose_name="document")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
            ],
            options={
                "verbose_name": "compared municipality",
                "verbose_name_plural": "compared municipalities",
                "ordering": ["name", "slug"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_own", True)), fields=("is_own",), name="comparedmunicipality_one_own"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCommitment",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("number", models.CharField(max_length=100, verbose_name="number")),
                ("text", models.TextField(blank=True, default="", verbose_name="what was promised")),
                ("made_on", participation.models.fields.ImpreciseDateField(verbose_name="made on")),
                ("made_by", models.CharField(blank=True, default="", verbose_name="made by")),
                ("made_to", models.JSONField(blank=True, default=list, verbose_name="made to")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                ("fulfilled_on", participation.models.fields.ImpreciseDateField(verbose_name="fulfilled on")),
                (
                    "repeats_every_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="repeats every so many months",
                    ),
                ),
                ("repeats_first_due_on", participation.models.fields.ImpreciseDateField(verbose_name="first due on")),
                ("repeats_until", participation.models.fields.ImpreciseDateField(verbose_name="repeats until")),
                ("source", models.TextField(blank=True, default="", verbose_name="source")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical commitment",
                "verbose_name_plural": "historical commitments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCommitmentFulfilment",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical fulfilment",
                "verbose_name_plural": "historical fulfilments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalMotion",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("number", models.CharField(max_length=100, verbose_name="number")),
                ("printed_as", models.CharField(blank=True, default="", max_length=100, verbose_name="printed as")),
                ("also_printed_as", models.JSONField(blank=True, default=list, verbose_name="also printed as")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("dictum", models.TextField(blank=True, default="", verbose_name="dictum")),
                ("body", models.CharField(blank=True, default="", max_length=100, verbose_name="body")),
                ("adopted_on", participation.models.fields.ImpreciseDateField(verbose_name="adopted on")),
                ("votes_for", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="votes for")),
                (
                    "votes_against",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="votes against"),
                ),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                (
                    "settled_proposed_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="settling proposed on"),
                ),
                ("settled_on", participation.models.fields.ImpreciseDateField(verbose_name="settled on")),
                ("rules", models.JSONField(blank=True, default=list, verbose_name="rules that follow from it")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical motion",
                "verbose_name_plural": "historical motions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalNeighbourhood",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("slug", models.CharField(db_index=True, max_length=100, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("district", models.CharField(blank=True, default="", verbose_name="district")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                (
                    "cbs_code",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})\\Z",
                                "A CBS code is WK with six digits or BU with eight. Behind the first four digits there may be capital letters.",
                            )
                        ],
                        verbose_name="CBS code",
                    ),
                ),
                (
                    "inhabitants",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000000)],
                        verbose_name="inhabitants",
                    ),
                ),
                (
                    "inhabitants_year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1800),
                            django.core.validators.MaxValueValidator(2200),
                        ],
                        verbose_name="year of the number of inhabitants",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical neighbourhood",
                "verbose_name_plural": "historical neighbourhoods",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalOrganisation",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("slug", models.CharField(db_index=True, max_length=100, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical organisation",
                "verbose_name_plural": "historical organisations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTrajectory",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("slug", models.CharField(db_index=True, max_length=100, verbose_name="slug")),
                ("title", models.CharField(verbose_name="title")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("external", models.JSONField(blank=True, default=list, verbose_name="in other systems")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("initiator", models.CharField(blank=True, default="", max_length=40, verbose_name="initiator")),
                (
                    "instrument",
                    models.CharField(
                        blank=True, default="", max_length=40, verbose_name="instrument of environmental law"
                    ),
                ),
                (
                    "participation_required",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="participation is required"),
                ),
                (
                    "level",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="level of participation"),
                ),
                ("impact", models.CharField(blank=True, default="", max_length=40, verbose_name="impact")),
                ("status", models.CharField(blank=True, default="", max_length=40, verbose_name="status")),
                ("portfolio", models.CharField(blank=True, default="", verbose_name="portfolio of the alderman")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("geometry", models.JSONField(blank=True, default=None, null=True, verbose_name="place on the map")),
                ("contact_role", models.CharField(blank=True, default="", max_length=40, verbose_name="contact: role")),
                ("contact_name", models.CharField(blank=True, default="", verbose_name="contact: name")),
                ("contact_email", models.CharField(blank=True, default="", verbose_name="contact: e-mail address")),
                ("contact_phone", models.CharField(blank=True, default="", verbose_name="contact: telephone number")),
                (
                    "no_participation_ground",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="no participation: ground"),
                ),
                (
                    "no_participation_reason",
                    models.TextField(blank=True, default="", verbose_name="no participation: reason"),
                ),
                (
                    "no_participation_decided_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="no participation: decided on"),
                ),
                (
                    "no_participation_by",
                    models.CharField(blank=True, default="", verbose_name="no participation: decided by"),
                ),
                ("commissioner", models.CharField(blank=True, default="", max_length=100, verbose_name="commissioner")),
                (
                    "subject_of_study",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="subject of the study"),
                ),
                ("started_on", participation.models.fields.ImpreciseDateField(verbose_name="started on")),
                ("closed_on", participation.models.fields.ImpreciseDateField(verbose_name="closed on")),
                ("public", models.BooleanField(default=True, verbose_name="public")),
                (
                    "retrospective",
                    models.BooleanField(
                        default=False,
                        help_text="Assessed by current rules; excluded from statistics.",
                        verbose_name="retrospective",
                    ),
                ),
                ("source_cite", models.TextField(blank=True, default="", verbose_name="source")),
                ("source_stance", models.CharField(blank=True, default="", verbose_name="perspective of the source")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical trajectory",
                "verbose_name_plural": "historical trajectories",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalWebhook",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("url", models.CharField(max_length=1000, verbose_name="address")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "disabled_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="disabled automatically at"
                    ),
                ),
                (
                    "disabled_reason",
                    models.TextField(blank=True, default="", editable=False, verbose_name="reason for disabling"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical webhook",
                "verbose_name_plural": "historical webhooks",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("key", models.CharField(max_length=255, verbose_name="key")),
                ("request", models.CharField(max_length=64, verbose_name="request fingerprint (SHA-256)")),
                ("status", models.PositiveSmallIntegerField(verbose_name="response status")),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("body", models.TextField(blank=True, default="", verbose_name="response body")),
                ("at", models.DateTimeField(db_index=True, verbose_name="at")),
            ],
            options={
                "verbose_name": "idempotency record",
                "verbose_name_plural": "idempotency records",
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="idempotencyrecord_once")],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("slot", models.DateField(blank=True, null=True, verbose_name="scheduled day")),
                ("day", models.DateField(verbose_name="day")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("rulebooks", models.JSONField(blank=True, default=dict, verbose_name="rulebooks")),
                ("code_version", models.CharField(max_length=40, verbose_name="software version")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("failures", models.JSONField(blank=True, default=list, verbose_name="failures")),
                (
                    "differences",
                    models.JSONField(blank=True, default=list, verbose_name="differences from the stored obligations"),
                ),
            ],
            options={
                "verbose_name": "job run",
                "verbose_name_plural": "job runs",
                "ordering": ["-started_at", "-pk"],
                "indexes": [
                    models.Index(fields=["kind", "-started_at"], name="jobrun_latest"),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)), fields=["id"], name="jobrun_unfinished"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "slot"), name="jobrun_once_a_slot")],
            },
        ),
        migrations.CreateModel(
            name="JobChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="participation.jobrun",
                        verbose_name="run",
                    ),
                ),
                ("of", models.CharField(max_length=40, verbose_name="table")),
                ("first", models.BigIntegerField(verbose_name="first")),
                ("last", models.BigIntegerField(verbose_name="last")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claim expires at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("failures", models.JSONField(blank=True, default=list, verbose_name="failures")),
                (
                    "differences",
                    models.JSONField(blank=True, default=list, verbose_name="differences from the stored obligations"),
                ),
            ],
            options={
                "verbose_name": "chunk",
                "verbose_name_plural": "chunks",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "of", "first"), name="jobchunk_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))), name="jobchunk_first_before_last"
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at__isnull", True)), fields=["run"], name="jobchunk_unfinished"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Motion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("removed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="removed at")),
                ("number", models.CharField(max_length=100, verbose_name="number")),
                ("printed_as", models.CharField(blank=True, default="", max_length=100, verbose_name="printed as")),
                ("also_printed_as", models.JSONField(blank=True, default=list, verbose_name="also printed as")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("dictum", models.TextField(blank=True, default="", verbose_name="dictum")),
                ("body", models.CharField(blank=True, default="", max_length=100, verbose_name="body")),
                ("adopted_on", participation.models.fields.ImpreciseDateField(verbose_name="adopted on")),
                ("votes_for", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="votes for")),
                (
                    "votes_against",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="votes against"),
                ),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                (
                    "settled_proposed_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="settling proposed on"),
                ),
                ("settled_on", participation.models.fields.ImpreciseDateField(verbose_name="settled on")),
                ("rules", models.JSONField(blank=True, default=list, verbose_name="rules that follow from it")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "motion",
                "verbose_name_plural": "motions",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("number",),
                        name="motion_number_once",
                        violation_error_code="unique",
                        violation_error_message="This is in use already. Choose another.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "adopted", "rejected", "withdrawn", "deferred"))),
                        name="motion_outcome_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adopted_on__isnull", True),
                            ("adopted_on__latest__gte", models.F("adopted_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_adopted_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", True),
                            ("due_on__latest__gte", models.F("due_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_due_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_proposed_on__isnull", True),
                            ("settled_proposed_on__latest__gte", models.F("settled_proposed_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_settled_proposed_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_on__isnull", True),
                            ("settled_on__latest__gte", models.F("settled_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_settled_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalProgressReport",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.motion",
                        verbose_name="motion",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical progress report",
                "verbose_name_plural": "historical progress reports",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="NeighbourhoodShape",
            fields=[
                (
                    "neighbourhood",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="shape",
                        serialize=False,
                        to="participation.neighbourhood",
                        verbose_name="neighbourhood",
                    ),
                ),
                ("polygons", models.JSONField(verbose_name="borders")),
                ("label_x", models.IntegerField(verbose_name="x of the label")),
                ("label_y", models.IntegerField(verbose_name="y of the label")),
            ],
            options={
                "verbose_name": "shape of a neighbourhood",
                "verbose_name_plural": "shapes of neighbourhoods",
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
                (
                    "neighbourhoods",
                    models.ManyToManyField(
                        blank=True,
                        related_name="organisations",
                        to="participation.neighbourhood",
                        verbose_name="neighbourhoods",
                    ),
                ),
            ],
            options={
                "verbose_name": "organisation",
                "verbose_name_plural": "organisations",
                "ordering": ["name", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "",
                                    "municipality",
                                    "council",
                                    "committee",
                                    "executive",
                                    "registry",
                                    "audit_office",
                                    "residents_association",
                                    "residents_initiative",
                                    "business_association",
                                    "research_bureau",
                                    "political_group",
                                    "steering_group",
                                    "sounding_board",
                                    "developer",
                                    "other",
                                ),
                            )
                        ),
                        name="organisation_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "constraints": [models.UniqueConstraint(fields=("user", "organisation"), name="membership_once")],
            },
        ),
        migrations.CreateModel(
            name="HistoricalMembership",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical membership",
                "verbose_name_plural": "historical memberships",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PausedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", participation.models.addresses.EmailKeyField(max_length=254, verbose_name="e-mail address")),
                ("paused_at", models.DateTimeField(verbose_name="paused since")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="unpaused at")),
            ],
            options={
                "verbose_name": "paused address",
                "verbose_name_plural": "paused addresses",
                "ordering": ["-paused_at"],
                "constraints": [models.UniqueConstraint(fields=("email",), name="pausedaddress_email_once")],
            },
        ),
        migrations.CreateModel(
            name="ProgressReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="participation.motion",
                        verbose_name="motion",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
            ],
            options={
                "verbose_name": "progress report",
                "verbose_name_plural": "progress reports",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("commitment__isnull", True), ("motion__isnull", False)),
                            models.Q(("commitment__isnull", False), ("motion__isnull", True)),
                            _connector="OR",
                        ),
                        name="progressreport_is_about_one",
                        violation_error_message="Choose exactly one subject.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on__isnull", True), ("on__latest__gte", models.F("on__earliest")), _connector="OR"
                        ),
                        name="progressreport_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trajectory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("title", models.CharField(verbose_name="title")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("external", models.JSONField(blank=True, default=list, verbose_name="in other systems")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("initiator", models.CharField(blank=True, default="", max_length=40, verbose_name="initiator")),
                (
                    "instrument",
                    models.CharField(
                        blank=True, default="", max_length=40, verbose_name="instrument of environmental law"
                    ),
                ),
                (
                    "participation_required",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="participation is required"),
                ),
                (
                    "level",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="level of participation"),
                ),
                ("impact", models.CharField(blank=True, default="", max_length=40, verbose_name="impact")),
                ("status", models.CharField(blank=True, default="", max_length=40, verbose_name="status")),
                ("portfolio", models.CharField(blank=True, default="", verbose_name="portfolio of the alderman")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("geometry", models.JSONField(blank=True, default=None, null=True, verbose_name="place on the map")),
                ("contact_role", models.CharField(blank=True, default="", max_length=40, verbose_name="contact: role")),
                ("contact_name", models.CharField(blank=True, default="", verbose_name="contact: name")),
                ("contact_email", models.CharField(blank=True, default="", verbose_name="contact: e-mail address")),
                ("contact_phone", models.CharField(blank=True, default="", verbose_name="contact: telephone number")),
                (
                    "no_participation_ground",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="no participation: ground"),
                ),
                (
                    "no_participation_reason",
                    models.TextField(blank=True, default="", verbose_name="no participation: reason"),
                ),
                (
                    "no_participation_decided_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="no participation: decided on"),
                ),
                (
                    "no_participation_by",
                    models.CharField(blank=True, default="", verbose_name="no participation: decided by"),
                ),
                ("commissioner", models.CharField(blank=True, default="", max_length=100, verbose_name="commissioner")),
                (
                    "subject_of_study",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="subject of the study"),
                ),
                ("started_on", participation.models.fields.ImpreciseDateField(verbose_name="started on")),
                ("closed_on", participation.models.fields.ImpreciseDateField(verbose_name="closed on")),
                ("public", models.BooleanField(default=True, verbose_name="public")),
                (
                    "retrospective",
                    models.BooleanField(
                        default=False,
                        help_text="Assessed by current rules; excluded from statistics.",
                        verbose_name="retrospective",
                    ),
                ),
                ("source_cite", models.TextField(blank=True, default="", verbose_name="source")),
                ("source_stance", models.CharField(blank=True, default="", verbose_name="perspective of the source")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
                (
                    "neighbourhoods",
                    models.ManyToManyField(
                        blank=True,
                        related_name="trajectories",
                        to="participation.neighbourhood",
                        verbose_name="neighbourhoods",
                    ),
                ),
                (
                    "advisers",
                    models.ManyToManyField(
                        blank=True, related_name="trajectories", to=settings.AUTH_USER_MODEL, verbose_name="advisers"
                    ),
                ),
                (
                    "motions",
                    models.ManyToManyField(
                        blank=True, related_name="trajectories", to="participation.motion", verbose_name="motions"
                    ),
                ),
            ],
            options={
                "verbose_name": "trajectory",
                "verbose_name_plural": "trajectories",
                "ordering": ["title", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "",
                                    "policy",
                                    "area_development",
                                    "public_space",
                                    "housing",
                                    "mobility",
                                    "energy",
                                    "events",
                                    "research",
                                    "conversation_series",
                                    "permit",
                                    "other",
                                ),
                            )
                        ),
                        name="trajectory_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("initiator__in", ("", "municipality", "residents", "developer", "other"))),
                        name="trajectory_initiator_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "instrument__in",
                                (
                                    "",
                                    "environment_plan",
                                    "environment_vision",
                                    "programme",
                                    "project_decision",
                                    "permit",
                                    "zoning_plan",
                                ),
                            )
                        ),
                        name="trajectory_instrument_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ("", "inform", "consult", "advise", "coproduce", "codecide", "self_manage"))
                        ),
                        name="trajectory_level_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("impact__in", ("", "low", "medium", "high"))),
                        name="trajectory_impact_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("", "planned", "active", "paused", "closed"))),
                        name="trajectory_status_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contact_role__in", ("", "project_manager", "policy_adviser", "district_coordinator"))
                        ),
                        name="trajectory_contact_role_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("started_on__isnull", True),
                            ("started_on__latest__gte", models.F("started_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_started_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True),
                            ("closed_on__latest__gte", models.F("closed_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_closed_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("no_participation_decided_on__isnull", True),
                            (
                                "no_participation_decided_on__latest__gte",
                                models.F("no_participation_decided_on__earliest"),
                            ),
                            _connector="OR",
                        ),
                        name="trajectory_no_participation_decided_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True),
                            ("started_on__isnull", True),
                            ("closed_on__latest__gte", models.F("started_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_closed_on_after_started_on",
                        violation_error_message="These dates are in the wrong order. Correct one of them.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["municipality", "title", "slug"], name="trajectory_by_municipality"),
                    models.Index(fields=["public", "title", "slug"], name="trajectory_listed"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                (
                    "trajectory",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("adopted_on", participation.models.fields.ImpreciseDateField(verbose_name="adopted on")),
                ("published_on", participation.models.fields.ImpreciseDateField(verbose_name="published on")),
                (
                    "to_council_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="sent to the council on"),
                ),
                (
                    "actors_shared_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="list of actors shared on"),
                ),
                ("frameworks", models.JSONField(blank=True, default=list, verbose_name="frameworks")),
                ("room", models.TextField(blank=True, default="", verbose_name="scope for influence")),
                ("level_motivation", models.TextField(blank=True, default="", verbose_name="why this level")),
                ("target_groups", models.JSONField(blank=True, default=list, verbose_name="hard-to-reach groups")),
                (
                    "silent_interests",
                    models.JSONField(blank=True, default=list, verbose_name="interests without a voice"),
                ),
                ("channels", models.JSONField(blank=True, default=list, verbose_name="channels")),
                ("neighbouring_areas", models.JSONField(blank=True, default=list, verbose_name="neighbouring areas")),
                (
                    "neighbouring_areas_reason",
                    models.TextField(blank=True, default="", verbose_name="why no neighbouring areas"),
                ),
                ("joint_start", models.BooleanField(blank=True, default=None, null=True, verbose_name="joint start")),
                ("joint_start_reason", models.TextField(blank=True, default="", verbose_name="why no joint start")),
                ("support", models.TextField(blank=True, default="", verbose_name="independent support")),
                ("support_reason", models.TextField(blank=True, default="", verbose_name="why no support")),
                ("scenarios_reason", models.TextField(blank=True, default="", verbose_name="why no scenarios")),
                ("roles", models.JSONField(blank=True, default=dict, verbose_name="roles")),
                ("resources", models.JSONField(blank=True, default=dict, verbose_name="resources")),
                ("items", models.JSONField(blank=True, default=dict, verbose_name="what the rulebook asks")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "participation plan",
                "verbose_name_plural": "participation plans",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adopted_on__isnull", True),
                            ("adopted_on__latest__gte", models.F("adopted_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_adopted_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__isnull", True),
                            ("published_on__latest__gte", models.F("published_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_published_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_council_on__isnull", True),
                            ("to_council_on__latest__gte", models.F("to_council_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_to_council_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("actors_shared_on__isnull", True),
                            ("actors_shared_on__latest__gte", models.F("actors_shared_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_actors_shared_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("removed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="removed at")),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("number", models.CharField(blank=True, default="", max_length=100, verbose_name="number")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("acknowledged_on", participation.models.fields.ImpreciseDateField(verbose_name="acknowledged on")),
                ("extended_on", participation.models.fields.ImpreciseDateField(verbose_name="extension sent on")),
                ("extension_reason", models.TextField(blank=True, default="", verbose_name="reason for the extension")),
                ("suspended", models.JSONField(blank=True, default=list, verbose_name="suspended")),
                (
                    "committee",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="a committee advises"),
                ),
                ("agreed_until", participation.models.fields.ImpreciseDateField(verbose_name="agreed to wait until")),
                ("answered_on", participation.models.fields.ImpreciseDateField(verbose_name="answered on")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("answer", models.TextField(blank=True, default="", verbose_name="answer")),
                ("neighbourhoods", models.JSONField(blank=True, default=list, verbose_name="neighbourhoods")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
                ("moderation", models.CharField(blank=True, default="", max_length=40, verbose_name="moderation")),
                ("moderation_reason", models.TextField(blank=True, default="", verbose_name="reason not to publish")),
            ],
            options={
                "verbose_name": "request",
                "verbose_name_plural": "requests",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="request_ref_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True), models.Q(("number", ""), _negated=True)),
                        fields=("number",),
                        name="request_number_once",
                        violation_error_code="unique",
                        violation_error_message="This is in use already. Choose another.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trajectory__isnull", False), models.Q(("number", ""), _negated=True), _connector="OR"
                        ),
                        name="request_belongs_or_has_number",
                        violation_error_message="Choose the trajectory, or give the request a number.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), ("ref", models.F("number")), _connector="OR"),
                        name="request_number_is_ref",
                        violation_error_message="The number of a request is its ref too. Change both or neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trajectory__isnull", True), ("moderation__in", ("", "public")), _connector="OR"
                        ),
                        name="request_moderated_before_linked",
                        violation_error_message="Make it public first. Then it can belong to a trajectory.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "",
                                    "concern",
                                    "information",
                                    "initiative",
                                    "right_to_challenge",
                                    "complaint",
                                    "council_letter",
                                    "woo",
                                    "wob",
                                ),
                            )
                        ),
                        name="request_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "granted", "declined"))),
                        name="request_outcome_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("moderation__in", ("", "awaiting", "public", "withheld"))),
                        name="request_moderation_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_on__isnull", True),
                            ("received_on__latest__gte", models.F("received_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_received_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledged_on__isnull", True),
                            ("acknowledged_on__latest__gte", models.F("acknowledged_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_acknowledged_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("extended_on__isnull", True),
                            ("extended_on__latest__gte", models.F("extended_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_extended_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("agreed_until__isnull", True),
                            ("agreed_until__latest__gte", models.F("agreed_until__earliest")),
                            _connector="OR",
                        ),
                        name="request_agreed_until_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_on__isnull", True),
                            ("answered_on__latest__gte", models.F("answered_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_answered_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("method", models.CharField(blank=True, default="", max_length=40, verbose_name="method")),
                ("phase", models.CharField(blank=True, default="", max_length=40, verbose_name="phase")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("planned", participation.models.fields.ImpreciseDateField(verbose_name="planned")),
                ("done", participation.models.fields.ImpreciseDateField(verbose_name="done")),
                ("cancelled", models.BooleanField(default=False, verbose_name="cancelled")),
                ("optional", models.BooleanField(default=False, verbose_name="optional")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="starts at")),
                ("ends_at", models.TimeField(blank=True, null=True, verbose_name="ends at")),
                (
                    "ends_next_day",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="ends on the next day"),
                ),
                ("place_name", models.CharField(blank=True, default="", verbose_name="place: name")),
                ("place_address", models.CharField(blank=True, default="", verbose_name="place: address")),
                (
                    "place_accessible",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="place: accessible"),
                ),
                ("place_online_url", models.CharField(blank=True, default="", verbose_name="place: online")),
                ("sign_up_url", models.CharField(blank=True, default="", verbose_name="where to sign up")),
                ("description", models.TextField(blank=True, default="", verbose_name="description")),
                ("announced_on", participation.models.fields.ImpreciseDateField(verbose_name="announced on")),
                ("closes", participation.models.fields.ImpreciseDateField(verbose_name="closes")),
                ("procedure", models.CharField(blank=True, default="", max_length=40, verbose_name="procedure")),
                ("body", models.CharField(blank=True, default="", max_length=100, verbose_name="body")),
                ("stage", models.CharField(blank=True, default="", max_length=40, verbose_name="stage")),
                ("audience", models.JSONField(blank=True, default=list, verbose_name="audience")),
                ("about", models.JSONField(blank=True, default=list, verbose_name="about (refs)")),
                ("uses", models.JSONField(blank=True, default=list, verbose_name="uses the results of (refs)")),
                ("documents", models.JSONField(blank=True, default=list, verbose_name="documents (refs)")),
                (
                    "evaluation_sent_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="evaluation form sent on"),
                ),
                (
                    "score",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=3,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="score for fairness",
                    ),
                ),
                ("evaluated_by", models.CharField(blank=True, default="", max_length=100, verbose_name="evaluated by")),
                (
                    "reach_total",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000000)],
                        verbose_name="reached: total",
                    ),
                ),
                ("reach_groups", models.JSONField(blank=True, default=list, verbose_name="reached: groups")),
                (
                    "reach_neighbourhoods",
                    models.JSONField(blank=True, default=list, verbose_name="reached: neighbourhoods"),
                ),
                ("reach_note", models.TextField(blank=True, default="", verbose_name="reached: how it was counted")),
                (
                    "effect",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="what the input changed"),
                ),
                (
                    "effect_note",
                    models.TextField(blank=True, default="", verbose_name="what was changed, or why nothing was"),
                ),
                (
                    "room_kept",
                    models.BooleanField(
                        blank=True, default=None, null=True, verbose_name="the room in the plan was kept"
                    ),
                ),
                ("room_reason", models.TextField(blank=True, default="", verbose_name="why the room was not kept")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("items", models.JSONField(blank=True, default=dict, verbose_name="what the rulebook asks")),
                ("recess_reason", models.TextField(blank=True, default="", verbose_name="why in a recess")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="step_ref_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "",
                                    "contact",
                                    "plan_review",
                                    "activity",
                                    "inspection",
                                    "update",
                                    "feedback",
                                    "final_report",
                                    "briefing",
                                    "decision",
                                    "evaluation",
                                    "milestone",
                                    "application",
                                ),
                            )
                        ),
                        name="step_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "method__in",
                                (
                                    "",
                                    "meeting",
                                    "workshop",
                                    "survey",
                                    "panel",
                                    "online",
                                    "door_to_door",
                                    "street_conversation",
                                    "walk",
                                    "letter",
                                    "citizens_assembly",
                                    "hearing",
                                ),
                            )
                        ),
                        name="step_method_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phase__in", ("", "exploration", "judgement", "decision", "execution", "evaluation"))
                        ),
                        name="step_phase_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ("", "setup", "proposal", "adoption"))),
                        name="step_stage_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("procedure__in", ("", "extended", "municipal"))),
                        name="step_procedure_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("effect__in", ("", "none", "some", "much"))),
                        name="step_effect_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("planned__isnull", True),
                            ("planned__latest__gte", models.F("planned__earliest")),
                            _connector="OR",
                        ),
                        name="step_planned_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done__isnull", True), ("done__latest__gte", models.F("done__earliest")), _connector="OR"
                        ),
                        name="step_done_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("closes__latest__gte", models.F("closes__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("announced_on__isnull", True),
                            ("announced_on__latest__gte", models.F("announced_on__earliest")),
                            _connector="OR",
                        ),
                        name="step_announced_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("evaluation_sent_on__isnull", True),
                            ("evaluation_sent_on__latest__gte", models.F("evaluation_sent_on__earliest")),
                            _connector="OR",
                        ),
                        name="step_evaluation_sent_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("planned__isnull", True),
                            ("closes__latest__gte", models.F("planned__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_after_planned",
                        violation_error_message="These dates are in the wrong order. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("done__isnull", True),
                            ("closes__latest__gte", models.F("done__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_after_done",
                        violation_error_message="These dates are in the wrong order. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("score__isnull", True), ("score__range", (1, 10)), _connector="OR"),
                        name="step_score_1_to_10",
                        violation_error_message="A score is a number from 1 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at__isnull", True),
                            ("ends_at__isnull", True),
                            ("ends_at__gt", models.F("starts_at")),
                            models.Q(
                                ("ends_at__lt", models.F("starts_at")),
                                ("ends_at__lte", datetime.time(12, 0)),
                                ("starts_at__gte", datetime.time(12, 0)),
                            ),
                            _connector="OR",
                        ),
                        name="step_ends_after_it_starts",
                        violation_error_message="It ends before it starts.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        participation.models.fields.Latest(
                            django.db.models.functions.comparison.Coalesce(
                                "done", "planned", output_field=participation.models.fields.ImpreciseDateField()
                            )
                        ),
                        models.F("trajectory"),
                        name="step_day",
                    ),
                    models.Index(
                        participation.models.fields.Latest("closes"),
                        condition=models.Q(("closes__isnull", False)),
                        name="step_closes",
                    ),
                    models.Index(
                        participation.models.fields.WithLiterals(
                            models.Case(
                                models.When(
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("activity", "inspection", "plan_review")), _negated=True
                                        ),
                                        ("cancelled", True),
                                        models.Q(("audience", []), ("kind", "plan_review")),
                                        _connector="OR",
                                    ),
                                    then=None,
                                ),
                                models.When(
                                    closes__latest__isnull=False, then=participation.models.fields.Latest("closes")
                                ),
                                models.When(
                                    kind="inspection",
                                    then=models.Value(
                                        datetime.date(9999, 12, 31), participation.models.fields.DayField()
                                    ),
                                ),
                                models.When(
                                    models.Q(
                                        ("closes__isnull", False),
                                        ("method__in", ("survey", "online", "panel")),
                                        ("done__isnull", True),
                                        _connector="OR",
                                    ),
                                    then=participation.models.fields.Latest(
                                        django.db.models.functions.comparison.Coalesce(
                                            "done",
                                            "planned",
                                            output_field=participation.models.fields.ImpreciseDateField(),
                                        )
                                    ),
                                ),
                                default=None,
                                output_field=participation.models.fields.DayField(),
                            ),
                            output_field=participation.models.fields.DayField(),
                        ),
                        models.F("trajectory"),
                        participation.models.fields.WithLiterals(
                            models.Case(
                                models.When(
                                    closes__latest__isnull=True,
                                    kind="inspection",
                                    then=participation.models.fields.Latest(
                                        django.db.models.functions.comparison.Coalesce(
                                            "done",
                                            "planned",
                                            output_field=participation.models.fields.ImpreciseDateField(),
                                        )
                                    ),
                                ),
                                models.When(
                                    models.Q(
                                        ("kind", "inspection"),
                                        ("closes__isnull", False),
                                        ("method__in", ("survey", "online", "panel")),
                                        _connector="OR",
                                    ),
                                    then=django.db.models.functions.comparison.Coalesce(
                                        participation.models.fields.Earliest(
                                            django.db.models.functions.comparison.Coalesce(
                                                "done",
                                                "planned",
                                                output_field=participation.models.fields.ImpreciseDateField(),
                                            )
                                        ),
                                        participation.models.fields.Latest(
                                            django.db.models.functions.comparison.Coalesce(
                                                "done",
                                                "planned",
                                                output_field=participation.models.fields.ImpreciseDateField(),
                                            )
                                        ),
                                        output_field=participation.models.fields.DayField(),
                                    ),
                                ),
                                models.When(
                                    models.Q(
                                        models.Q(("kind", "activity"), _negated=True),
                                        django.db.models.lookups.Exact(
                                            django.db.models.functions.text.Substr(
                                                "announced_on", 22, 8, output_field=models.CharField()
                                            ),
                                            "|unknown",
                                        ),
                                        _connector="OR",
                                    ),
                                    then=models.Value(datetime.date(1, 1, 1), participation.models.fields.DayField()),
                                ),
                                default=django.db.models.functions.comparison.Coalesce(
                                    participation.models.fields.Earliest("announced_on"),
                                    participation.models.fields.Latest("announced_on"),
                                    output_field=participation.models.fields.DayField(),
                                ),
                                output_field=participation.models.fields.DayField(),
                            ),
                            output_field=participation.models.fields.DayField(),
                        ),
                        name="step_open",
                    ),
                    models.Index(
                        condition=models.Q(("score__isnull", False)), fields=["trajectory"], name="step_score"
                    ),
                    models.Index(
                        models.F("trajectory"),
                        django.db.models.functions.comparison.Coalesce(
                            participation.models.fields.Earliest(
                                django.db.models.functions.comparison.Coalesce(
                                    "done", "planned", output_field=participation.models.fields.ImpreciseDateField()
                                )
                            ),
                            participation.models.fields.Latest(
                                django.db.models.functions.comparison.Coalesce(
                                    "done", "planned", output_field=participation.models.fields.ImpreciseDateField()
                                )
                            ),
                            output_field=participation.models.fields.DayField(),
                        ),
                        condition=models.Q(models.Q(("phase", ""), _negated=True), ("cancelled", False)),
                        name="step_phase",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Changeset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changesets",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changesets",
                        to="participation.motion",
                        verbose_name="motion",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changesets",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changesets",
                        to="participation.request",
                        verbose_name="request",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changesets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("verb", models.CharField(blank=True, default="", max_length=40, verbose_name="action")),
                ("about", models.TextField(blank=True, default="", verbose_name="subject")),
                ("row_changes", models.JSONField(blank=True, default=list, verbose_name="changed rows")),
                ("m2m_changes", models.JSONField(blank=True, default=list, verbose_name="many-to-many changes")),
                (
                    "import_lead",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="same_import",
                        to="participation.changeset",
                        verbose_name="import",
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
            ],
            options={
                "verbose_name": "changeset",
                "verbose_name_plural": "changesets",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", True),
                                ("request__isnull", True),
                                ("trajectory__isnull", False),
                            ),
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", False),
                                ("request__isnull", True),
                                ("trajectory__isnull", True),
                            ),
                            models.Q(
                                ("commitment__isnull", False),
                                ("motion__isnull", True),
                                ("request__isnull", True),
                                ("trajectory__isnull", True),
                            ),
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", True),
                                ("request__isnull", False),
                                ("trajectory__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="changeset_is_about_one",
                        violation_error_message="Choose exactly one subject.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verb__in",
                                (
                                    "added",
                                    "changed",
                                    "removed",
                                    "answered",
                                    "shared",
                                    "explained",
                                    "contradicted",
                                    "asked",
                                    "reacted",
                                    "suggested",
                                    "assigned",
                                    "rescheduled",
                                    "evaluated",
                                    "undone",
                                    "erased",
                                ),
                            )
                        ),
                        name="changeset_verb_known",
                    ),
                ],
                "indexes": [models.Index(fields=["trajectory", "-at"], name="changeset_of_trajectory")],
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("email_key", participation.models.addresses.EmailKeyField(editable=False, max_length=254, of="email")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="participation.neighbourhood",
                        verbose_name="neighbourhood",
                    ),
                ),
                ("frequency", models.CharField(blank=True, default="weekly", max_length=40, verbose_name="how often")),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Dutch"), ("en", "English")],
                        default="nl",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=participation.models.followers.new_token,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="token",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="subscribed at")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                ("paused_until", models.DateField(blank=True, null=True, verbose_name="paused until (inclusive)")),
                ("notified_until", models.DateTimeField(blank=True, null=True, verbose_name="notified until")),
            ],
            options={
                "verbose_name": "follower",
                "verbose_name_plural": "followers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("neighbourhood__isnull", True), ("trajectory__isnull", False)),
                            models.Q(("neighbourhood__isnull", False), ("trajectory__isnull", True)),
                            _connector="OR",
                        ),
                        name="follower_is_about_one",
                        violation_error_message="Choose exactly one subject.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("frequency__in", ("", "daily", "weekly"))),
                        name="follower_frequency_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("", "nl", "en"))),
                        name="follower_language_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("trajectory__isnull", False)),
                        fields=("email_key", "trajectory"),
                        name="follower_email_key_once_a_trajectory",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("neighbourhood__isnull", False)),
                        fields=("email_key", "neighbourhood"),
                        name="follower_email_key_once_a_neighbourhood",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), _negated=True), name="follower_email_filled"
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True)),
                        fields=["asked_at"],
                        name="follower_unconfirmed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Obligation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="participation.motion",
                        verbose_name="motion",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="participation.request",
                        verbose_name="request",
                    ),
                ),
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                ("subject", models.CharField(blank=True, default="", max_length=100, verbose_name="subject")),
                ("trigger_on", models.DateField(blank=True, null=True, verbose_name="triggered on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due on")),
                ("strict_due_on", models.DateField(blank=True, null=True, verbose_name="strict due date")),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="expected on")),
                ("met_on", models.DateField(blank=True, null=True, verbose_name="met on")),
                ("missing", models.JSONField(blank=True, default=list, verbose_name="missing facts")),
                ("details", models.JSONField(blank=True, default=dict, verbose_name="details")),
                ("next_change_on", models.DateField(blank=True, null=True, verbose_name="next status change on")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
            ],
            options={
                "verbose_name": "obligation",
                "verbose_name_plural": "obligations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", True),
                                ("request__isnull", True),
                                ("trajectory__isnull", False),
                            ),
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", False),
                                ("request__isnull", True),
                                ("trajectory__isnull", True),
                            ),
                            models.Q(
                                ("commitment__isnull", False),
                                ("motion__isnull", True),
                                ("request__isnull", True),
                                ("trajectory__isnull", True),
                            ),
                            models.Q(
                                ("commitment__isnull", True),
                                ("motion__isnull", True),
                                ("request__isnull", False),
                                ("trajectory__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="obligation_is_about_one",
                        violation_error_message="Choose exactly one subject.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("trajectory__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("trajectory", "rule", "subject"),
                        name="obligation_once_a_trajectory",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("motion__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("motion", "rule", "subject"),
                        name="obligation_once_a_motion",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("commitment__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("commitment", "rule", "subject"),
                        name="obligation_once_a_commitment",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("request__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("request", "rule", "subject"),
                        name="obligation_once_a_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", True),
                            ("strict_due_on__isnull", True),
                            ("strict_due_on__lte", models.F("due_on")),
                            _connector="OR",
                        ),
                        name="obligation_strictly_due_first",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_change_on__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=["next_change_on"],
                        name="obligation_due",
                    ),
                    models.Index(
                        condition=models.Q(("met_on__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=["due_on"],
                        name="obligation_open_due",
                    ),
                    models.Index(
                        condition=models.Q(("met_on__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=["met_on"],
                        name="obligation_met",
                    ),
                    models.Index(
                        condition=models.Q(("motion__isnull", False)), fields=["motion"], name="obligation_motion"
                    ),
                    models.Index(
                        condition=models.Q(("commitment__isnull", False)),
                        fields=["commitment"],
                        name="obligation_commitment",
                    ),
                    models.Index(
                        condition=models.Q(("request__isnull", False)), fields=["request"], name="obligation_request"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalPlanActor",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("part", models.CharField(blank=True, default="", max_length=40, verbose_name="part")),
                ("suggested_by", models.CharField(blank=True, default="", max_length=100, verbose_name="suggested by")),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical actor",
                "verbose_name_plural": "historical actors",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="PlanActor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actors",
                        to="participation.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_parts",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
                ("part", models.CharField(blank=True, default="", max_length=40, verbose_name="part")),
                ("suggested_by", models.CharField(blank=True, default="", max_length=100, verbose_name="suggested by")),
            ],
            options={
                "verbose_name": "actor",
                "verbose_name_plural": "actors",
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "organisation", "part"), name="planactor_once"),
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ("", "participant", "informed", "decides"))),
                        name="planactor_part_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvaluationResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="participation.step",
                        verbose_name="step",
                    ),
                ),
                ("answered_on", models.DateField(verbose_name="answered on")),
                (
                    "fairness",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="it was fair",
                    ),
                ),
                (
                    "heard",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="I was heard",
                    ),
                ),
                (
                    "informed",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="I was informed",
                    ),
                ),
                ("remark", models.TextField(blank=True, default="", verbose_name="remark")),
            ],
            options={
                "verbose_name": "answered evaluation form",
                "verbose_name_plural": "answered evaluation forms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("fairness__isnull", True), ("fairness__range", (1, 10)), _connector="OR"),
                        name="evaluationresponse_fairness_1_to_10",
                        violation_error_message="A score is a number from 1 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("heard__isnull", True), ("heard__range", (1, 10)), _connector="OR"),
                        name="evaluationresponse_heard_1_to_10",
                        violation_error_message="A score is a number from 1 to 10.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("informed__isnull", True), ("informed__range", (1, 10)), _connector="OR"),
                        name="evaluationresponse_informed_1_to_10",
                        violation_error_message="A score is a number from 1 to 10.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvaluationLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluation_links",
                        to="participation.step",
                        verbose_name="step",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=participation.models.followers.new_token,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="token",
                    ),
                ),
                ("made_on", models.DateField(verbose_name="created on")),
                ("used", models.BooleanField(default=False, verbose_name="used")),
            ],
            options={
                "verbose_name": "link to an evaluation form",
                "verbose_name_plural": "links to evaluation forms",
            },
        ),
        migrations.CreateModel(
            name="EvaluationCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluation_counts",
                        to="participation.step",
                        verbose_name="step",
                    ),
                ),
                ("group", models.CharField(blank=True, default="", max_length=100, verbose_name="group")),
                (
                    "neighbourhood",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="neighbourhood"),
                ),
                ("number", models.PositiveIntegerField(default=0, verbose_name="number of forms")),
            ],
            options={
                "verbose_name": "number of evaluation forms",
                "verbose_name_plural": "numbers of evaluation forms",
                "constraints": [
                    models.UniqueConstraint(fields=("step", "group", "neighbourhood"), name="evaluationcount_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group", ""), ("neighbourhood__gt", "")),
                            models.Q(("group__gt", ""), ("neighbourhood", "")),
                            _connector="OR",
                        ),
                        name="evaluationcount_is_about_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                ("name", models.CharField(blank=True, default="", verbose_name="name")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("email_key", participation.models.addresses.EmailKeyField(editable=False, max_length=254, of="email")),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="participation.neighbourhood",
                        verbose_name="neighbourhood",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Dutch"), ("en", "English")],
                        default="nl",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=participation.models.followers.new_token,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="token",
                    ),
                ),
                ("submitted_at", models.DateTimeField(verbose_name="submitted at")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed at")),
                (
                    "request",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submission",
                        to="participation.request",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "submission",
                "verbose_name_plural": "submissions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("", "initiative", "right_to_challenge", "concern", "information"))
                        ),
                        name="submission_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("", "nl", "en"))),
                        name="submission_language_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), _negated=True), name="submission_email_filled"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("request__isnull", True), ("confirmed_at__isnull", False), _connector="OR"),
                        name="submission_confirmed_before_request",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True)),
                        fields=["submitted_at"],
                        name="submission_unconfirmed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboundEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("not_before", models.DateTimeField(verbose_name="not sent before")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claim expires at")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                ("key", models.CharField(max_length=200, unique=True, verbose_name="key")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "follower",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="participation.follower",
                        verbose_name="follower",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="participation.submission",
                        verbose_name="submission",
                    ),
                ),
                ("to", models.EmailField(blank=True, max_length=254, verbose_name="to")),
                ("language", models.CharField(default="nl", max_length=2, verbose_name="language")),
                ("subject", models.TextField(blank=True, verbose_name="subject line")),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("html", models.TextField(blank=True, verbose_name="HTML body")),
                ("headers", models.JSONField(blank=True, default=dict, verbose_name="headers")),
                ("state", models.CharField(blank=True, default="waiting", max_length=40, verbose_name="state")),
            ],
            options={
                "verbose_name": "e-mail",
                "verbose_name_plural": "e-mails",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
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
                                    "test",
                                    "submission",
                                    "submission_news",
                                ),
                            )
                        ),
                        name="outboundemail_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("", "waiting", "sending", "sent", "refused", "doubtful", "held"))
                        ),
                        name="outboundemail_state_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("", "nl", "en"))),
                        name="outboundemail_language_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["not_before"], name="outboundemail_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["claimed_until"], name="outboundemail_sending"
                    ),
                    models.Index(
                        condition=models.Q(("to", ""), _negated=True),
                        fields=["settled_at"],
                        name="outboundemail_to_empty",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DigestDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
                ("period", models.CharField(blank=True, default="weekly", max_length=40, verbose_name="period")),
                ("day", models.DateField(verbose_name="day")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("subject", models.CharField(blank=True, default="", verbose_name="subject line")),
                ("figures", models.JSONField(blank=True, default=dict, verbose_name="figures")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "message",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="report",
                        to="participation.outboundemail",
                        verbose_name="e-mail",
                    ),
                ),
            ],
            options={
                "verbose_name": "digest",
                "verbose_name_plural": "digests",
                "ordering": ["-day", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("recipient", "period", "day"), name="digestdelivery_once"),
                    models.CheckConstraint(
                        condition=models.Q(("period__in", ("", "daily", "weekly"))),
                        name="digestdelivery_period_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bounce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                ("email", participation.models.addresses.EmailKeyField(max_length=254, verbose_name="e-mail address")),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="bounces",
                        to="participation.outboundemail",
                        verbose_name="e-mail",
                    ),
                ),
                ("permanent", models.BooleanField(verbose_name="permanent")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "bounce",
                "verbose_name_plural": "bounces",
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("key", "email"), name="bounce_email_once")],
                "indexes": [
                    models.Index(fields=["email", "at"], name="bounce_email_at"),
                    models.Index(fields=["at"], name="bounce_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="participation.obligation",
                        verbose_name="obligation",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="participation.outboundemail",
                        verbose_name="e-mail",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
                "constraints": [
                    models.UniqueConstraint(fields=("obligation", "recipient", "due_on"), name="reminder_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Scenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("presented_on", participation.models.fields.ImpreciseDateField(verbose_name="presented on")),
                ("description", models.TextField(blank=True, default="", verbose_name="description")),
                ("advantages", models.TextField(blank=True, default="", verbose_name="advantages")),
                ("disadvantages", models.TextField(blank=True, default="", verbose_name="disadvantages")),
                ("document", models.CharField(blank=True, default="", max_length=100, verbose_name="document (ref)")),
                ("chosen", models.BooleanField(blank=True, default=None, null=True, verbose_name="chosen")),
                ("chosen_reason", models.TextField(blank=True, default="", verbose_name="why it was chosen, or not")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "scenario",
                "verbose_name_plural": "scenarios",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="scenario_ref_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("presented_on__isnull", True),
                            ("presented_on__latest__gte", models.F("presented_on__earliest")),
                            _connector="OR",
                        ),
                        name="scenario_presented_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalWaiver",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Empty: the whole rule.",
                        max_length=100,
                        verbose_name="subject",
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("by", models.CharField(verbose_name="by")),
                ("granted_on", models.DateField(verbose_name="granted on")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical waiver",
                "verbose_name_plural": "historical waivers",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalStep",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("method", models.CharField(blank=True, default="", max_length=40, verbose_name="method")),
                ("phase", models.CharField(blank=True, default="", max_length=40, verbose_name="phase")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("planned", participation.models.fields.ImpreciseDateField(verbose_name="planned")),
                ("done", participation.models.fields.ImpreciseDateField(verbose_name="done")),
                ("cancelled", models.BooleanField(default=False, verbose_name="cancelled")),
                ("optional", models.BooleanField(default=False, verbose_name="optional")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="starts at")),
                ("ends_at", models.TimeField(blank=True, null=True, verbose_name="ends at")),
                (
                    "ends_next_day",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="ends on the next day"),
                ),
                ("place_name", models.CharField(blank=True, default="", verbose_name="place: name")),
                ("place_address", models.CharField(blank=True, default="", verbose_name="place: address")),
                (
                    "place_accessible",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="place: accessible"),
                ),
                ("place_online_url", models.CharField(blank=True, default="", verbose_name="place: online")),
                ("sign_up_url", models.CharField(blank=True, default="", verbose_name="where to sign up")),
                ("description", models.TextField(blank=True, default="", verbose_name="description")),
                ("announced_on", participation.models.fields.ImpreciseDateField(verbose_name="announced on")),
                ("closes", participation.models.fields.ImpreciseDateField(verbose_name="closes")),
                ("procedure", models.CharField(blank=True, default="", max_length=40, verbose_name="procedure")),
                ("body", models.CharField(blank=True, default="", max_length=100, verbose_name="body")),
                ("stage", models.CharField(blank=True, default="", max_length=40, verbose_name="stage")),
                ("audience", models.JSONField(blank=True, default=list, verbose_name="audience")),
                ("about", models.JSONField(blank=True, default=list, verbose_name="about (refs)")),
                ("uses", models.JSONField(blank=True, default=list, verbose_name="uses the results of (refs)")),
                ("documents", models.JSONField(blank=True, default=list, verbose_name="documents (refs)")),
                (
                    "evaluation_sent_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="evaluation form sent on"),
                ),
                (
                    "score",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        max_digits=3,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="score for fairness",
                    ),
                ),
                ("evaluated_by", models.CharField(blank=True, default="", max_length=100, verbose_name="evaluated by")),
                (
                    "reach_total",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(10000000)],
                        verbose_name="reached: total",
                    ),
                ),
                ("reach_groups", models.JSONField(blank=True, default=list, verbose_name="reached: groups")),
                (
                    "reach_neighbourhoods",
                    models.JSONField(blank=True, default=list, verbose_name="reached: neighbourhoods"),
                ),
                ("reach_note", models.TextField(blank=True, default="", verbose_name="reached: how it was counted")),
                (
                    "effect",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="what the input changed"),
                ),
                (
                    "effect_note",
                    models.TextField(blank=True, default="", verbose_name="what was changed, or why nothing was"),
                ),
                (
                    "room_kept",
                    models.BooleanField(
                        blank=True, default=None, null=True, verbose_name="the room in the plan was kept"
                    ),
                ),
                ("room_reason", models.TextField(blank=True, default="", verbose_name="why the room was not kept")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("items", models.JSONField(blank=True, default=dict, verbose_name="what the rulebook asks")),
                ("recess_reason", models.TextField(blank=True, default="", verbose_name="why in a recess")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical step",
                "verbose_name_plural": "historical steps",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalScenario",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("presented_on", participation.models.fields.ImpreciseDateField(verbose_name="presented on")),
                ("description", models.TextField(blank=True, default="", verbose_name="description")),
                ("advantages", models.TextField(blank=True, default="", verbose_name="advantages")),
                ("disadvantages", models.TextField(blank=True, default="", verbose_name="disadvantages")),
                ("document", models.CharField(blank=True, default="", max_length=100, verbose_name="document (ref)")),
                ("chosen", models.BooleanField(blank=True, default=None, null=True, verbose_name="chosen")),
                ("chosen_reason", models.TextField(blank=True, default="", verbose_name="why it was chosen, or not")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical scenario",
                "verbose_name_plural": "historical scenarios",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRequest",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("number", models.CharField(blank=True, default="", max_length=100, verbose_name="number")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("acknowledged_on", participation.models.fields.ImpreciseDateField(verbose_name="acknowledged on")),
                ("extended_on", participation.models.fields.ImpreciseDateField(verbose_name="extension sent on")),
                ("extension_reason", models.TextField(blank=True, default="", verbose_name="reason for the extension")),
                ("suspended", models.JSONField(blank=True, default=list, verbose_name="suspended")),
                (
                    "committee",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="a committee advises"),
                ),
                ("agreed_until", participation.models.fields.ImpreciseDateField(verbose_name="agreed to wait until")),
                ("answered_on", participation.models.fields.ImpreciseDateField(verbose_name="answered on")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("answer", models.TextField(blank=True, default="", verbose_name="answer")),
                ("neighbourhoods", models.JSONField(blank=True, default=list, verbose_name="neighbourhoods")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("moderation", models.CharField(blank=True, default="", max_length=40, verbose_name="moderation")),
                ("moderation_reason", models.TextField(blank=True, default="", verbose_name="reason not to publish")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical request",
                "verbose_name_plural": "historical requests",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPlan",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("adopted_on", participation.models.fields.ImpreciseDateField(verbose_name="adopted on")),
                ("published_on", participation.models.fields.ImpreciseDateField(verbose_name="published on")),
                (
                    "to_council_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="sent to the council on"),
                ),
                (
                    "actors_shared_on",
                    participation.models.fields.ImpreciseDateField(verbose_name="list of actors shared on"),
                ),
                ("frameworks", models.JSONField(blank=True, default=list, verbose_name="frameworks")),
                ("room", models.TextField(blank=True, default="", verbose_name="scope for influence")),
                ("level_motivation", models.TextField(blank=True, default="", verbose_name="why this level")),
                ("target_groups", models.JSONField(blank=True, default=list, verbose_name="hard-to-reach groups")),
                (
                    "silent_interests",
                    models.JSONField(blank=True, default=list, verbose_name="interests without a voice"),
                ),
                ("channels", models.JSONField(blank=True, default=list, verbose_name="channels")),
                ("neighbouring_areas", models.JSONField(blank=True, default=list, verbose_name="neighbouring areas")),
                (
                    "neighbouring_areas_reason",
                    models.TextField(blank=True, default="", verbose_name="why no neighbouring areas"),
                ),
                ("joint_start", models.BooleanField(blank=True, default=None, null=True, verbose_name="joint start")),
                ("joint_start_reason", models.TextField(blank=True, default="", verbose_name="why no joint start")),
                ("support", models.TextField(blank=True, default="", verbose_name="independent support")),
                ("support_reason", models.TextField(blank=True, default="", verbose_name="why no support")),
                ("scenarios_reason", models.TextField(blank=True, default="", verbose_name="why no scenarios")),
                ("roles", models.JSONField(blank=True, default=dict, verbose_name="roles")),
                ("resources", models.JSONField(blank=True, default=dict, verbose_name="resources")),
                ("items", models.JSONField(blank=True, default=dict, verbose_name="what the rulebook asks")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical participation plan",
                "verbose_name_plural": "historical participation plans",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalContribution",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                (
                    "step",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="received in (ref of a step)"
                    ),
                ),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("theme", models.CharField(blank=True, default="", verbose_name="theme")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("response", models.TextField(blank=True, default="", verbose_name="response")),
                ("responded_on", participation.models.fields.ImpreciseDateField(verbose_name="responded on")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical contribution",
                "verbose_name_plural": "historical contributions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "motion",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="participation.motion",
                        verbose_name="motion",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="participation.commitment",
                        verbose_name="commitment",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="participation.request",
                        verbose_name="request",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("reason", models.TextField(verbose_name="reason")),
                ("scope", models.CharField(blank=True, default="", max_length=40, verbose_name="scope")),
                ("places", models.JSONField(default=list, verbose_name="rows and columns")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="changed rows")),
                ("versions", models.PositiveIntegerField(default=0, verbose_name="versions in the history")),
                ("copies", models.PositiveIntegerField(default=0, verbose_name="copies in e-mails and other messages")),
                (
                    "changeset",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure",
                        to="participation.changeset",
                        verbose_name="changeset",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ("", "text", "words"))),
                        name="erasure_scope_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    )
                ],
                "indexes": [models.Index(fields=["at"], name="erasure_at")],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                (
                    "step",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="received in (ref of a step)"
                    ),
                ),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("theme", models.CharField(blank=True, default="", verbose_name="theme")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("response", models.TextField(blank=True, default="", verbose_name="response")),
                ("responded_on", participation.models.fields.ImpreciseDateField(verbose_name="responded on")),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "contribution",
                "verbose_name_plural": "contributions",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="contribution_ref_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "adopted", "partly", "not_adopted", "out_of_scope"))),
                        name="contribution_outcome_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_on__isnull", True),
                            ("received_on__latest__gte", models.F("received_on__earliest")),
                            _connector="OR",
                        ),
                        name="contribution_received_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("responded_on__isnull", True),
                            ("responded_on__latest__gte", models.F("responded_on__earliest")),
                            _connector="OR",
                        ),
                        name="contribution_responded_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("outcome", models.CharField(blank=True, default="", max_length=40, verbose_name="outcome")),
                ("response", models.TextField(blank=True, default="", verbose_name="response")),
                ("responded_on", models.CharField(blank=True, default="", verbose_name="responded on")),
                ("rows", models.JSONField(blank=True, default=dict, verbose_name="own answers")),
                ("saved_at", models.DateTimeField(verbose_name="saved at")),
            ],
            options={
                "verbose_name": "draft of answers",
                "verbose_name_plural": "drafts of answers",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "trajectory"), name="answerdraft_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "adopted", "partly", "not_adopted", "out_of_scope"))),
                        name="answerdraft_outcome_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "obligation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transitions",
                        to="participation.obligation",
                        verbose_name="obligation",
                    ),
                ),
                ("from_status", models.CharField(blank=True, default="", max_length=20, verbose_name="from")),
                ("to_status", models.CharField(blank=True, default="", max_length=20, verbose_name="to")),
                ("on", models.DateField(verbose_name="on")),
                ("noticed_at", models.DateTimeField(verbose_name="noticed at")),
                ("rulebook", models.CharField(max_length=64, verbose_name="rulebook")),
            ],
            options={
                "verbose_name": "status transition",
                "verbose_name_plural": "status transitions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "from_status__in",
                                (
                                    "",
                                    "met",
                                    "met_late",
                                    "pending",
                                    "due_soon",
                                    "planned_late",
                                    "overdue",
                                    "possibly_overdue",
                                    "unknown",
                                    "explained",
                                    "withdrawn",
                                ),
                            )
                        ),
                        name="transition_from_status_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "to_status__in",
                                (
                                    "",
                                    "met",
                                    "met_late",
                                    "pending",
                                    "due_soon",
                                    "planned_late",
                                    "overdue",
                                    "possibly_overdue",
                                    "unknown",
                                    "explained",
                                    "withdrawn",
                                ),
                            )
                        ),
                        name="transition_to_status_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["noticed_at"], name="transition_noticed"),
                    models.Index(fields=["obligation", "id"], name="transition_of_obligation"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(upload_to=participation.models.uploads.stored_as, verbose_name="file")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("media_type", models.CharField(max_length=100, verbose_name="media type")),
                ("size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(max_length=64, verbose_name="checksum (SHA-256)")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("external", models.JSONField(blank=True, default=list, verbose_name="in other systems")),
                ("version", models.CharField(blank=True, default="", verbose_name="version")),
                ("dated_on", participation.models.fields.ImpreciseDateField(verbose_name="dated on")),
                ("published_on", participation.models.fields.ImpreciseDateField(verbose_name="published on")),
                ("replaces", models.CharField(blank=True, default="", max_length=100, verbose_name="replaces (ref)")),
                (
                    "changes_marked",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="changes are marked"),
                ),
                (
                    "plain_summary",
                    models.BooleanField(
                        blank=True, default=None, null=True, verbose_name="has a summary in plain language"
                    ),
                ),
                (
                    "pages",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100000),
                        ],
                        verbose_name="number of pages",
                    ),
                ),
                ("url", models.CharField(blank=True, default="", verbose_name="address")),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="participation.upload",
                        verbose_name="file",
                    ),
                ),
                ("search_text", models.TextField(blank=True, default="", editable=False)),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="document_ref_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                (
                                    "",
                                    "plan",
                                    "draft",
                                    "final",
                                    "report",
                                    "weighing",
                                    "minutes",
                                    "invitation",
                                    "notice_of_intention",
                                    "participation_account",
                                    "other",
                                ),
                            )
                        ),
                        name="document_kind_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dated_on__isnull", True),
                            ("dated_on__latest__gte", models.F("dated_on__earliest")),
                            _connector="OR",
                        ),
                        name="document_dated_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__isnull", True),
                            ("published_on__latest__gte", models.F("published_on__earliest")),
                            _connector="OR",
                        ),
                        name="document_published_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("replaces", models.F("ref")), _negated=True),
                        name="document_not_its_own_successor",
                        violation_error_message="A document cannot replace itself.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="participation.document",
                        verbose_name="document",
                    ),
                ),
                ("party", models.CharField(max_length=100, verbose_name="with")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
            ],
            options={
                "verbose_name": "share",
                "verbose_name_plural": "shares",
                "constraints": [
                    models.UniqueConstraint(fields=("document", "party", "on"), name="documentshare_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on__isnull", True), ("on__latest__gte", models.F("on__earliest")), _connector="OR"
                        ),
                        name="documentshare_on_bounds",
                        violation_error_message="The last day is before the first day. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalDocumentShare",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("party", models.CharField(max_length=100, verbose_name="with")),
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.document",
                        verbose_name="document",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical share",
                "verbose_name_plural": "historical shares",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDocument",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "empty_lists",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="lists written as empty"),
                ),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("case_number", models.CharField(blank=True, default="", verbose_name="case number")),
                ("external", models.JSONField(blank=True, default=list, verbose_name="in other systems")),
                ("version", models.CharField(blank=True, default="", verbose_name="version")),
                ("dated_on", participation.models.fields.ImpreciseDateField(verbose_name="dated on")),
                ("published_on", participation.models.fields.ImpreciseDateField(verbose_name="published on")),
                ("replaces", models.CharField(blank=True, default="", max_length=100, verbose_name="replaces (ref)")),
                (
                    "changes_marked",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="changes are marked"),
                ),
                (
                    "plain_summary",
                    models.BooleanField(
                        blank=True, default=None, null=True, verbose_name="has a summary in plain language"
                    ),
                ),
                (
                    "pages",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100000),
                        ],
                        verbose_name="number of pages",
                    ),
                ),
                ("url", models.CharField(blank=True, default="", verbose_name="address")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.upload",
                        verbose_name="file",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical document",
                "verbose_name_plural": "historical documents",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCounterSignal",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                ("subject", models.CharField(blank=True, default="", max_length=100, verbose_name="subject")),
                ("status", models.CharField(max_length=20, verbose_name="disputed status")),
                ("on", models.DateField(verbose_name="on")),
                ("evidence", models.TextField(blank=True, default="", verbose_name="evidence")),
                ("evidence_url", models.CharField(blank=True, default="", verbose_name="URL of the evidence")),
                (
                    "trajectory",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.request",
                        verbose_name="request with the text and answer",
                    ),
                ),
                (
                    "evidence_file",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="participation.upload",
                        verbose_name="file with the evidence",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical counter-signal",
                "verbose_name_plural": "historical counter-signals",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="CounterSignal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_signals",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                ("subject", models.CharField(blank=True, default="", max_length=100, verbose_name="subject")),
                ("status", models.CharField(max_length=20, verbose_name="disputed status")),
                ("on", models.DateField(verbose_name="on")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_signals",
                        to="participation.organisation",
                        verbose_name="organisation",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_signals",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_signal",
                        to="participation.request",
                        verbose_name="request with the text and answer",
                    ),
                ),
                ("evidence", models.TextField(blank=True, default="", verbose_name="evidence")),
                ("evidence_url", models.CharField(blank=True, default="", verbose_name="URL of the evidence")),
                (
                    "evidence_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_signals",
                        to="participation.upload",
                        verbose_name="file with the evidence",
                    ),
                ),
            ],
            options={
                "verbose_name": "counter-signal",
                "verbose_name_plural": "counter-signals",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                (
                                    "",
                                    "met",
                                    "met_late",
                                    "pending",
                                    "due_soon",
                                    "planned_late",
                                    "overdue",
                                    "possibly_overdue",
                                    "unknown",
                                    "explained",
                                ),
                            )
                        ),
                        name="countersignal_status_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    )
                ],
                "indexes": [models.Index(fields=["trajectory", "rule", "subject"], name="countersignal_about")],
            },
        ),
        migrations.CreateModel(
            name="ContributionImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("not_before", models.DateTimeField(verbose_name="not sent before")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claim expires at")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contribution_imports",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="participation.upload",
                        verbose_name="uploaded file",
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="received in (ref of a step)"
                    ),
                ),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("total", models.PositiveIntegerField(blank=True, null=True, verbose_name="number of rows")),
                ("checked", models.PositiveIntegerField(default=0, verbose_name="rows checked")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("problems", models.JSONField(blank=True, default=list, verbose_name="rows that cannot be recorded")),
                ("notes", models.JSONField(blank=True, default=list, verbose_name="remarks on rows")),
                (
                    "changeset",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="participation.changeset",
                        verbose_name="changeset",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="participation.changeset",
                        verbose_name="undoes",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of contributions",
                "verbose_name_plural": "imports of contributions",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("trajectory",),
                        name="contributionimport_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trajectory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waivers",
                        to="participation.trajectory",
                        verbose_name="trajectory",
                    ),
                ),
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Empty: the whole rule.",
                        max_length=100,
                        verbose_name="subject",
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("by", models.CharField(verbose_name="by")),
                ("granted_on", models.DateField(verbose_name="granted on")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "waiver",
                "verbose_name_plural": "waivers",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "rule", "subject", "granted_on"), name="waiver_once"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.GreaterThan(
                            django.db.models.functions.text.Length(django.db.models.functions.text.Trim("reason")), 0
                        ),
                        name="waiver_reason_filled",
                        violation_error_message="Give the reason, and who gives this explanation.",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.GreaterThan(
                            django.db.models.functions.text.Length(django.db.models.functions.text.Trim("by")), 0
                        ),
                        name="waiver_by_filled",
                        violation_error_message="Give the reason, and who gives this explanation.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("granted_on")), _connector="OR"
                        ),
                        name="waiver_until_after_granted",
                        violation_error_message="The end is before the start. Correct one of them.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("not_before", models.DateTimeField(verbose_name="not sent before")),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32, verbose_name="claimed by")),
                ("claimed_until", models.DateTimeField(blank=True, null=True, verbose_name="claim expires at")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="participation.webhook",
                        verbose_name="webhook",
                    ),
                ),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="key")),
                ("body", models.TextField(verbose_name="payload")),
                ("state", models.CharField(blank=True, default="waiting", max_length=40, verbose_name="state")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="HTTP status")),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("", "waiting", "sent", "given_up", "held"))),
                        name="webhookdelivery_state_known",
                        violation_error_message="Not a valid choice. Choose from the list.",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["not_before"], name="webhookdelivery_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("settled_at__isnull", False)),
                        fields=["settled_at"],
                        name="webhookdelivery_settled",
                    ),
                ],
            },
        ),
    ]
