from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0005_reports_by_day")]

    operations = [
        migrations.RemoveConstraint(
            model_name="reportdelivery",
            name="reportdelivery_once_a_week",
        ),
        migrations.RemoveConstraint(
            model_name="reportdelivery",
            name="reportdelivery_week",
        ),
        migrations.RemoveIndex(
            model_name="reportdelivery",
            name="reportdelivery_unsent",
        ),
        migrations.RemoveField(
            model_name="reportdelivery",
            name="error",
        ),
        migrations.RemoveField(
            model_name="reportdelivery",
            name="sent_at",
        ),
        migrations.RemoveField(
            model_name="reportdelivery",
            name="week",
        ),
        migrations.RemoveField(
            model_name="reportdelivery",
            name="year",
        ),
        migrations.AddConstraint(
            model_name="reportdelivery",
            constraint=models.UniqueConstraint(fields=("recipient", "period", "day"), name="reportdelivery_once"),
        ),
        migrations.AddConstraint(
            model_name="reportdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__in", ("", "daily", "weekly"))),
                name="reportdelivery_period_known",
                violation_error_message="This word is not one of those that may be used.",
            ),
        ),
    ]
