"""Codes of CBS may have letters behind the four digits of the municipality, as in Amsterdam since 2022."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participation", "0011_rate_counts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="neighbourhood",
            name="neighbourhood_cbs_code_form",
        ),
        migrations.AlterField(
            model_name="historicalneighbourhood",
            name="cbs_code",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="neighbourhood",
            name="cbs_code",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="neighbourhood",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cbs_code", ""),
                    ("cbs_code__regex", "^(WK[0-9]{4}[0-9A-Z]{2}|BU[0-9]{4}[0-9A-Z]{4})\\Z"),
                    _connector="OR",
                ),
                name="neighbourhood_cbs_code_form",
                violation_error_message="A CBS code is WK with six digits or BU with eight. Behind the first four digits there may be capital letters.",
            ),
        ),
    ]
