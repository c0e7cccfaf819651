"""The owner of an obligation, from a row that joins its three possible tables."""


def owner_of_row(
    slug: str | None,
    title: str | None,
    motion: str | None,
    motion_title: str | None,
    commitment: str | None,
    text: str | None,
) -> tuple[str, str, str | None]:
    """Return the kind of owner, its slug or number, and its title or text."""
    if slug is not None:
        return "trajectory", slug, title
    if motion is not None:
        return "motion", motion, motion_title
    return "commitment", commitment or "", text
