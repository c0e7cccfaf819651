"""Every table with its constraints, each made whole: on SQLite a constraint added later remakes its table."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import participation.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("day", models.DateField(verbose_name="day")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("rulebook", models.CharField(max_length=64, verbose_name="rulebook")),
                ("code_version", models.CharField(max_length=40, verbose_name="version of the code")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("failures", models.JSONField(blank=True, default=list, verbose_name="failures")),
            ],
            options={
                "verbose_name": "assessment run",
                "verbose_name_plural": "assessment runs",
                "ordering": ["-started_at", "-pk"],
                "indexes": [models.Index(fields=["kind", "-started_at"], name="assessmentrun_latest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Commitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=100, unique=True, verbose_name="number")),
                ("text", models.TextField(blank=True, default="", verbose_name="what was promised")),
                ("made_on", participation.models.fields.ImpreciseDateField(verbose_name="made on")),
                ("made_by", models.CharField(blank=True, default="", verbose_name="made by")),
                ("made_to", models.JSONField(blank=True, default=list, verbose_name="made to")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                ("fulfilled_on", participation.models.fields.ImpreciseDateField(verbose_name="fulfilled on")),
                ("source", models.TextField(blank=True, default="", verbose_name="source")),
            ],
            options={
                "verbose_name": "commitment",
                "verbose_name_plural": "commitments",
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("made_on__isnull", True),
                            ("made_on__latest__gte", models.F("made_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_made_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", True),
                            ("due_on__latest__gte", models.F("due_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_due_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fulfilled_on__isnull", True),
                            ("fulfilled_on__latest__gte", models.F("fulfilled_on__earliest")),
                            _connector="OR",
                        ),
                        name="commitment_fulfilled_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Motion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=100, unique=True, verbose_name="number")),
                ("printed_as", models.CharField(blank=True, default="", max_length=100, verbose_name="printed as")),
                ("also_printed_as", models.JSONField(blank=True, default=list, verbose_name="also printed as")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("dictum", models.TextField(blank=True, default="", verbose_name="what it asks")),
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
            ],
            options={
                "verbose_name": "motion",
                "verbose_name_plural": "motions",
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "adopted", "rejected", "withdrawn", "deferred"))),
                        name="motion_outcome_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adopted_on__isnull", True),
                            ("adopted_on__latest__gte", models.F("adopted_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_adopted_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_on__isnull", True),
                            ("due_on__latest__gte", models.F("due_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_due_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_proposed_on__isnull", True),
                            ("settled_proposed_on__latest__gte", models.F("settled_proposed_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_settled_proposed_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_on__isnull", True),
                            ("settled_on__latest__gte", models.F("settled_on__earliest")),
                            _connector="OR",
                        ),
                        name="motion_settled_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
            },
        ),
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
                                "^(WK[0-9]{6}|BU[0-9]{8})$", "A CBS code is WK with six digits or BU with eight."
                            )
                        ],
                        verbose_name="CBS code",
                    ),
                ),
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
                            ("cbs_code", ""), ("cbs_code__regex", "^(WK[0-9]{6}|BU[0-9]{8})$"), _connector="OR"
                        ),
                        name="neighbourhood_cbs_code_form",
                        violation_error_message="A CBS code is WK with six digits or BU with eight.",
                    ),
                ],
                "indexes": [],
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
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
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
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
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
                        django.db.models.functions.text.Lower("email"),
                        name="user_email_unique",
                        violation_error_message="Someone already uses this e-mail address.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                ("", "adviser", "coordinator", "association_member", "auditor", "administrator"),
                            )
                        ),
                        name="user_role_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("", "nl", "en"))),
                        name="user_language_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                ],
                "indexes": [],
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Trajectory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("title", models.CharField(verbose_name="title")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("initiator", models.CharField(blank=True, default="", max_length=40, verbose_name="initiator")),
                (
                    "level",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="level of participation"),
                ),
                ("impact", models.CharField(blank=True, default="", max_length=40, verbose_name="impact")),
                ("status", models.CharField(blank=True, default="", max_length=40, verbose_name="status")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("contact_role", models.CharField(blank=True, default="", max_length=40, verbose_name="contact: role")),
                ("contact_name", models.CharField(blank=True, default="", verbose_name="contact: name")),
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
                        help_text="Judged by today's rules, to learn from; kept apart in every figure.",
                        verbose_name="looking back",
                    ),
                ),
                ("source_cite", models.TextField(blank=True, default="", verbose_name="source")),
                ("source_stance", models.CharField(blank=True, default="", verbose_name="whose account the source is")),
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
                "indexes": [models.Index(fields=["municipality", "title", "slug"], name="trajectory_by_municipality")],
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
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("initiator__in", ("", "municipality", "residents", "developer", "other"))),
                        name="trajectory_initiator_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level__in", ("", "inform", "consult", "advise", "coproduce", "codecide", "self_manage"))
                        ),
                        name="trajectory_level_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("impact__in", ("", "low", "medium", "high"))),
                        name="trajectory_impact_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("", "planned", "active", "paused", "closed"))),
                        name="trajectory_status_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("contact_role__in", ("", "project_manager", "policy_adviser", "district_coordinator"))
                        ),
                        name="trajectory_contact_role_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("started_on__isnull", True),
                            ("started_on__latest__gte", models.F("started_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_started_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True),
                            ("closed_on__latest__gte", models.F("closed_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_closed_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True),
                            ("started_on__isnull", True),
                            ("closed_on__latest__gte", models.F("started_on__earliest")),
                            _connector="OR",
                        ),
                        name="trajectory_closed_on_after_started_on",
                        violation_error_message="These dates are in the wrong order.",
                    ),
                ],
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
            ],
            options={
                "verbose_name": "contribution",
                "verbose_name_plural": "contributions",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="contribution_ref_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ("", "adopted", "partly", "not_adopted", "out_of_scope"))),
                        name="contribution_outcome_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_on__isnull", True),
                            ("received_on__latest__gte", models.F("received_on__earliest")),
                            _connector="OR",
                        ),
                        name="contribution_received_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("responded_on__isnull", True),
                            ("responded_on__latest__gte", models.F("responded_on__earliest")),
                            _connector="OR",
                        ),
                        name="contribution_responded_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Document",
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
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
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
                ("url", models.CharField(blank=True, default="", verbose_name="address")),
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
                                ("", "plan", "draft", "final", "report", "weighing", "minutes", "invitation", "other"),
                            )
                        ),
                        name="document_kind_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dated_on__isnull", True),
                            ("dated_on__latest__gte", models.F("dated_on__earliest")),
                            _connector="OR",
                        ),
                        name="document_dated_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__isnull", True),
                            ("published_on__latest__gte", models.F("published_on__earliest")),
                            _connector="OR",
                        ),
                        name="document_published_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("replaces", models.F("ref")), _negated=True),
                        name="document_not_its_own_successor",
                        violation_error_message="A document cannot replace itself.",
                    ),
                ],
                "indexes": [],
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
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Step",
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
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="score for fairness",
                    ),
                ),
                ("recess_reason", models.TextField(blank=True, default="", verbose_name="why in a recess")),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
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
                                ),
                            )
                        ),
                        name="step_kind_known",
                        violation_error_message="This word is not one of those that may be used.",
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
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phase__in", ("", "exploration", "judgement", "decision", "execution", "evaluation"))
                        ),
                        name="step_phase_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ("", "setup", "proposal", "adoption"))),
                        name="step_stage_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("procedure__in", ("", "extended", "municipal"))),
                        name="step_procedure_known",
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("planned__isnull", True),
                            ("planned__latest__gte", models.F("planned__earliest")),
                            _connector="OR",
                        ),
                        name="step_planned_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done__isnull", True), ("done__latest__gte", models.F("done__earliest")), _connector="OR"
                        ),
                        name="step_done_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("closes__latest__gte", models.F("closes__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("announced_on__isnull", True),
                            ("announced_on__latest__gte", models.F("announced_on__earliest")),
                            _connector="OR",
                        ),
                        name="step_announced_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("evaluation_sent_on__isnull", True),
                            ("evaluation_sent_on__latest__gte", models.F("evaluation_sent_on__earliest")),
                            _connector="OR",
                        ),
                        name="step_evaluation_sent_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("planned__isnull", True),
                            ("closes__latest__gte", models.F("planned__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_after_planned",
                        violation_error_message="These dates are in the wrong order.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__isnull", True),
                            ("done__isnull", True),
                            ("closes__latest__gte", models.F("done__earliest")),
                            _connector="OR",
                        ),
                        name="step_closes_after_done",
                        violation_error_message="These dates are in the wrong order.",
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
                            _connector="OR",
                        ),
                        name="step_ends_after_it_starts",
                        violation_error_message="It ends before it starts.",
                    ),
                ],
                "indexes": [],
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCommitment",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("number", models.CharField(db_index=True, max_length=100, verbose_name="number")),
                ("text", models.TextField(blank=True, default="", verbose_name="what was promised")),
                ("made_on", participation.models.fields.ImpreciseDateField(verbose_name="made on")),
                ("made_by", models.CharField(blank=True, default="", verbose_name="made by")),
                ("made_to", models.JSONField(blank=True, default=list, verbose_name="made to")),
                ("owner", models.CharField(blank=True, default="", verbose_name="owner")),
                ("due_on", participation.models.fields.ImpreciseDateField(verbose_name="due on")),
                ("fulfilled_on", participation.models.fields.ImpreciseDateField(verbose_name="fulfilled on")),
                ("source", models.TextField(blank=True, default="", verbose_name="source")),
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
                "indexes": [],
                "constraints": [],
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDocument",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=100, unique=True, verbose_name="slug")),
                ("name", models.CharField(verbose_name="name")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
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
                        violation_error_message="This word is not one of those that may be used.",
                    )
                ],
                "indexes": [],
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalMotion",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("number", models.CharField(db_index=True, max_length=100, verbose_name="number")),
                ("printed_as", models.CharField(blank=True, default="", max_length=100, verbose_name="printed as")),
                ("also_printed_as", models.JSONField(blank=True, default=list, verbose_name="also printed as")),
                ("title", models.CharField(blank=True, default="", verbose_name="title")),
                ("dictum", models.TextField(blank=True, default="", verbose_name="what it asks")),
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
                "indexes": [],
                "constraints": [],
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
                                "^(WK[0-9]{6}|BU[0-9]{8})$", "A CBS code is WK with six digits or BU with eight."
                            )
                        ],
                        verbose_name="CBS code",
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalOrganisation",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPlan",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
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
                ("room", models.TextField(blank=True, default="", verbose_name="room that is left")),
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
                (
                    "joint_start",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="all parties start together"),
                ),
                ("joint_start_reason", models.TextField(blank=True, default="", verbose_name="why not together")),
                ("support", models.TextField(blank=True, default="", verbose_name="independent support")),
                ("support_reason", models.TextField(blank=True, default="", verbose_name="why no support")),
                ("scenarios_reason", models.TextField(blank=True, default="", verbose_name="why no scenarios")),
                ("roles", models.JSONField(blank=True, default=dict, verbose_name="roles")),
                ("resources", models.JSONField(blank=True, default=dict, verbose_name="resources")),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("room", models.TextField(blank=True, default="", verbose_name="room that is left")),
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
                (
                    "joint_start",
                    models.BooleanField(blank=True, default=None, null=True, verbose_name="all parties start together"),
                ),
                ("joint_start_reason", models.TextField(blank=True, default="", verbose_name="why not together")),
                ("support", models.TextField(blank=True, default="", verbose_name="independent support")),
                ("support_reason", models.TextField(blank=True, default="", verbose_name="why no support")),
                ("scenarios_reason", models.TextField(blank=True, default="", verbose_name="why no scenarios")),
                ("roles", models.JSONField(blank=True, default=dict, verbose_name="roles")),
                ("resources", models.JSONField(blank=True, default=dict, verbose_name="resources")),
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
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_on__isnull", True),
                            ("published_on__latest__gte", models.F("published_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_published_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to_council_on__isnull", True),
                            ("to_council_on__latest__gte", models.F("to_council_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_to_council_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("actors_shared_on__isnull", True),
                            ("actors_shared_on__latest__gte", models.F("actors_shared_on__earliest")),
                            _connector="OR",
                        ),
                        name="plan_actors_shared_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalReport",
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
                "verbose_name": "historical report on progress",
                "verbose_name_plural": "historical reports on progress",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRequest",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("ref", models.CharField(max_length=100, verbose_name="ref")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("acknowledged_on", participation.models.fields.ImpreciseDateField(verbose_name="acknowledged on")),
                ("extended_on", participation.models.fields.ImpreciseDateField(verbose_name="extension sent on")),
                ("extension_reason", models.TextField(blank=True, default="", verbose_name="reason for the extension")),
                ("answered_on", participation.models.fields.ImpreciseDateField(verbose_name="answered on")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("answer", models.TextField(blank=True, default="", verbose_name="answer")),
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
                "indexes": [],
                "constraints": [],
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalStep",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
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
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="score for fairness",
                    ),
                ),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTrajectory",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("slug", models.CharField(db_index=True, max_length=100, verbose_name="slug")),
                ("title", models.CharField(verbose_name="title")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("initiator", models.CharField(blank=True, default="", max_length=40, verbose_name="initiator")),
                (
                    "level",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="level of participation"),
                ),
                ("impact", models.CharField(blank=True, default="", max_length=40, verbose_name="impact")),
                ("status", models.CharField(blank=True, default="", max_length=40, verbose_name="status")),
                ("municipality", models.CharField(blank=True, default="", max_length=100, verbose_name="municipality")),
                ("contact_role", models.CharField(blank=True, default="", max_length=40, verbose_name="contact: role")),
                ("contact_name", models.CharField(blank=True, default="", verbose_name="contact: name")),
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
                        help_text="Judged by today's rules, to learn from; kept apart in every figure.",
                        verbose_name="looking back",
                    ),
                ),
                ("source_cite", models.TextField(blank=True, default="", verbose_name="source")),
                ("source_stance", models.CharField(blank=True, default="", verbose_name="whose account the source is")),
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
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
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
                        help_text="Empty: the rule as a whole.",
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
                "verbose_name": "historical explanation",
                "verbose_name_plural": "historical explanations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [],
                "constraints": [],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
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
                "indexes": [],
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
                ("rule", models.CharField(max_length=100, verbose_name="rule")),
                ("subject", models.CharField(blank=True, default="", max_length=100, verbose_name="subject")),
                ("trigger_on", models.DateField(blank=True, null=True, verbose_name="called for on")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due on")),
                ("strict_due_on", models.DateField(blank=True, null=True, verbose_name="due on, strictly")),
                ("expected_on", models.DateField(blank=True, null=True, verbose_name="expected on")),
                ("met_on", models.DateField(blank=True, null=True, verbose_name="met on")),
                ("missing", models.JSONField(blank=True, default=list, verbose_name="what is missing")),
                ("details", models.JSONField(blank=True, default=dict, verbose_name="details")),
                ("next_change_on", models.DateField(blank=True, null=True, verbose_name="looked at again on")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="no longer called for since"),
                ),
            ],
            options={
                "verbose_name": "obligation",
                "verbose_name_plural": "obligations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=["next_change_on"],
                        name="obligation_due",
                    ),
                    models.Index(
                        condition=models.Q(("motion__isnull", False)), fields=["motion"], name="obligation_motion"
                    ),
                    models.Index(
                        condition=models.Q(("commitment__isnull", False)),
                        fields=["commitment"],
                        name="obligation_commitment",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("commitment__isnull", True), ("motion__isnull", True), ("trajectory__isnull", False)
                            ),
                            models.Q(
                                ("commitment__isnull", True), ("motion__isnull", False), ("trajectory__isnull", True)
                            ),
                            models.Q(
                                ("commitment__isnull", False), ("motion__isnull", True), ("trajectory__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="obligation_is_about_one",
                        violation_error_message="It must be about exactly one thing.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("trajectory", "rule", "subject"),
                        name="obligation_once_a_trajectory",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("motion", "rule", "subject"),
                        name="obligation_once_a_motion",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("commitment", "rule", "subject"),
                        name="obligation_once_a_commitment",
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
            },
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
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("on", participation.models.fields.ImpreciseDateField(verbose_name="on")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
            ],
            options={
                "verbose_name": "report on progress",
                "verbose_name_plural": "reports on progress",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("commitment__isnull", True), ("motion__isnull", False)),
                            models.Q(("commitment__isnull", False), ("motion__isnull", True)),
                            _connector="OR",
                        ),
                        name="report_is_about_one",
                        violation_error_message="It must be about exactly one thing.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("on__isnull", True), ("on__latest__gte", models.F("on__earliest")), _connector="OR"
                        ),
                        name="report_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ReportDelivery",
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
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("week", models.PositiveSmallIntegerField(verbose_name="week")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("subject", models.CharField(blank=True, default="", verbose_name="subject line")),
                ("figures", models.JSONField(blank=True, default=dict, verbose_name="figures")),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("error", models.TextField(blank=True, default="", verbose_name="what went wrong")),
            ],
            options={
                "verbose_name": "delivered report",
                "verbose_name_plural": "delivered reports",
                "ordering": ["-year", "-week", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at__isnull", True)), fields=["id"], name="reportdelivery_unsent"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("recipient", "year", "week"), name="reportdelivery_once_a_week"),
                    models.CheckConstraint(condition=models.Q(("week__range", (1, 53))), name="reportdelivery_week"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Request",
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
                ("kind", models.CharField(blank=True, default="", max_length=40, verbose_name="kind")),
                ("party", models.CharField(blank=True, default="", max_length=100, verbose_name="from")),
                ("received_on", participation.models.fields.ImpreciseDateField(verbose_name="received on")),
                ("acknowledged_on", participation.models.fields.ImpreciseDateField(verbose_name="acknowledged on")),
                ("extended_on", participation.models.fields.ImpreciseDateField(verbose_name="extension sent on")),
                ("extension_reason", models.TextField(blank=True, default="", verbose_name="reason for the extension")),
                ("answered_on", participation.models.fields.ImpreciseDateField(verbose_name="answered on")),
                ("summary", models.TextField(blank=True, default="", verbose_name="summary")),
                ("answer", models.TextField(blank=True, default="", verbose_name="answer")),
            ],
            options={
                "verbose_name": "request",
                "verbose_name_plural": "requests",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "ref"), name="request_ref_once"),
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
                        violation_error_message="This word is not one of those that may be used.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("received_on__isnull", True),
                            ("received_on__latest__gte", models.F("received_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_received_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledged_on__isnull", True),
                            ("acknowledged_on__latest__gte", models.F("acknowledged_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_acknowledged_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("extended_on__isnull", True),
                            ("extended_on__latest__gte", models.F("extended_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_extended_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_on__isnull", True),
                            ("answered_on__latest__gte", models.F("answered_on__earliest")),
                            _connector="OR",
                        ),
                        name="request_answered_on_bounds",
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
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
                        violation_error_message="The last day is before the first.",
                    ),
                ],
                "indexes": [],
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
                "verbose_name": "change of status",
                "verbose_name_plural": "changes of status",
                "indexes": [
                    models.Index(fields=["noticed_at"], name="transition_noticed"),
                    models.Index(fields=["obligation", "id"], name="transition_of_obligation"),
                ],
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
                        violation_error_message="This word is not one of those that may be used.",
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
                        violation_error_message="This word is not one of those that may be used.",
                    ),
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
                        help_text="Empty: the rule as a whole.",
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
                "verbose_name": "explanation",
                "verbose_name_plural": "explanations",
                "constraints": [
                    models.UniqueConstraint(fields=("trajectory", "rule", "subject", "granted_on"), name="waiver_once"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.GreaterThan(
                            django.db.models.functions.text.Length(django.db.models.functions.text.Trim("reason")), 0
                        ),
                        name="waiver_reason_filled",
                        violation_error_message="An explanation needs a reason, and whose it is.",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.GreaterThan(
                            django.db.models.functions.text.Length(django.db.models.functions.text.Trim("by")), 0
                        ),
                        name="waiver_by_filled",
                        violation_error_message="An explanation needs a reason, and whose it is.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("granted_on")), _connector="OR"
                        ),
                        name="waiver_until_after_granted",
                        violation_error_message="It ends before it begins.",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
