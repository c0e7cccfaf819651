"""Know an e-mail address by what it is on every database, and be able to end all sessions of an account."""

from collections import Counter

from django.db import IntegrityError, migrations, models, transaction
from django.db.models import F, Q

import participation.models.addresses
import participation.models.people
from participation.models.addresses import email_key


def fill(apps, schema_editor):
    """Store what each address is known by. Raises ValueError, and changes nothing, where two accounts have one."""
    User, Follower = (apps.get_model("participation", name) for name in ("User", "Follower"))
    users = list(User.objects.only("pk", "email"))
    counts = Counter(email_key(user.email) for user in users)
    double = sorted(user.pk for user in users if counts[email_key(user.email)] > 1)
    if double:
        raise ValueError(
            f"The users with these numbers share an e-mail address, but for its capitals or the form of its "
            f"characters: {', '.join(map(str, double))}. With the version that you have, change the address of all but "
            f"one in the administration; then run this again."
        )
    # Of an address that follows the same twice, the request that was answered stays, else the first.
    seen = set()
    for row in list(Follower.objects.order_by(F("confirmed_at").asc(nulls_last=True), "pk")):
        what = (email_key(row.email), row.trajectory_id, row.neighbourhood_id)
        if what in seen:
            row.delete()
        seen.add(what)
    for row in (*users, *Follower.objects.only("pk", "email")):
        row.save(update_fields=["email_key"])
    for of in (apps.get_model("participation", name) for name in ("Bounce", "PausedAddress")):
        for pk, email in list(of.objects.values_list("pk", "email")):
            if email != email_key(email):
                try:
                    with transaction.atomic(using=schema_editor.connection.alias):
                        of.objects.filter(pk=pk).update(email=email)
                except IntegrityError:
                    # The same is there already, under this address.
                    of.objects.filter(pk=pk).delete()


class Migration(migrations.Migration):
    dependencies = [("participation", "0009_write_probe")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="security_stamp",
            field=models.CharField(default=participation.models.people.new_stamp, editable=False, max_length=32),
        ),
        *(
            migrations.AddField(
                model_name=name,
                name="email_key",
                field=participation.models.addresses.EmailKeyField(
                    default="", editable=False, max_length=254, of="email"
                ),
                preserve_default=False,
            )
            for name in ("user", "follower")
        ),
        *(
            migrations.AlterField(
                model_name=name,
                name="email",
                field=participation.models.addresses.EmailKeyField(max_length=254, verbose_name="e-mail address"),
            )
            for name in ("bounce", "pausedaddress")
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(
                max_length=254,
                validators=[participation.models.addresses.validate_key_length],
                verbose_name="e-mail address",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="user", name="user_email_unique"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=["email_key"],
                name="user_email_key_unique",
                violation_error_message="Someone already uses this e-mail address.",
            ),
        ),
        *(
            operation
            for of in ("trajectory", "neighbourhood")
            for operation in (
                migrations.RemoveConstraint(model_name="follower", name=f"follower_once_a_{of}"),
                migrations.AddConstraint(
                    model_name="follower",
                    constraint=models.UniqueConstraint(
                        condition=Q((f"{of}__isnull", False)),
                        fields=("email_key", of),
                        name=f"follower_email_key_once_a_{of}",
                    ),
                ),
            )
        ),
        migrations.RemoveConstraint(model_name="bounce", name="bounce_once"),
        migrations.RemoveIndex(model_name="bounce", name="bounce_of_address"),
        migrations.RemoveConstraint(model_name="pausedaddress", name="pausedaddress_once"),
        migrations.AddIndex(model_name="bounce", index=models.Index(fields=["email", "at"], name="bounce_email_at")),
        migrations.AddConstraint(
            model_name="bounce",
            constraint=models.UniqueConstraint(fields=("key", "email"), name="bounce_email_once"),
        ),
        migrations.AddConstraint(
            model_name="pausedaddress",
            constraint=models.UniqueConstraint(fields=("email",), name="pausedaddress_email_once"),
        ),
    ]
