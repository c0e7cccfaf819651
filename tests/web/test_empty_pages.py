"""With an empty database every page with a list says what belongs there, and how it comes."""

from __future__ import annotations

import pytest

from tests import world
from tests.web.html_helpers import ParsedPage, get_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

#: Address, role of the reader ("" is anonymous), and how what belongs there comes.
PAGES = [
    ("/trajecten/", "", "Zodra de gemeente met bewoners een plan maakt"),
    ("/trajecten/", "adviser", "Voeg het eerste toe met de knop hierboven."),
    ("/trajecten/", "auditor", "Zodra de gemeente met bewoners een plan maakt"),
    ("/wijken/", "", "De gemeente leest ze in uit een lijst van het CBS."),
    ("/stad/", "", "Hier komen vanzelf cijfers, zodra in een traject iets klaar moet zijn."),
    ("/stad/", "", "Ze komen hier met het eerste traject dat bij een buurt hoort."),
    ("/stad/", "", "Deelnemers geven een cijfer na een bijeenkomst"),
    ("/moties/", "", "De gemeente voegt ze toe nadat de raad heeft besloten."),
    ("/moties/", "coordinator", "Voeg er een toe, of lees de lijst van de griffie in."),
    ("/toezeggingen/", "", "De gemeente voegt toe wat het college toezegt."),
    ("/toezeggingen/", "coordinator", "Voeg er een toe, of lees de lijst van de griffie in."),
    ("/open-data/", "", "De bestanden worden één keer per dag gemaakt."),
    ("/deze-week/", "adviser", "De coördinator wijst ze toe. Wat daarin klaar moet zijn, komt hier dan vanzelf"),
    ("/deze-week/", "coordinator", "Er zijn nog geen trajecten. Wat daarin klaar moet zijn, komt hier vanzelf"),
    ("/deze-week/", "auditor", "Er zijn nog geen trajecten. Wat daarin klaar moet zijn, komt hier vanzelf"),
    ("/werkverdeling/", "coordinator", "Een beheerder nodigt ze uit."),
    ("/werkverdeling/", "administrator", "Nodig ze hieronder uit."),
    ("/werkverdeling/", "coordinator", "Nieuwe trajecten waaraan nog niemand werkt, komen hier."),
    ("/mijn/", "association_member", "De gemeente kan dat voor u doen."),
    ("/mijn/post/", "adviser", "Elke mail die we u sturen komt hier te staan"),
    ("/mijn/sleutels/", "adviser", "Maak er een voor elk programma"),
    ("/account/uitnodigen/", "coordinator", "Er zijn nog geen organisaties."),
]


@pytest.mark.parametrize(("address", "role", "says"), PAGES)
def test_an_empty_page_says_what_belongs_there_and_how_it_comes(client, address, role, says):
    if role:
        client.force_login(world.user(role))
    assert says in get_html(client, address)


@pytest.mark.parametrize(
    ("address", "role", "link"),
    [
        ("/trajecten/", "adviser", "/trajecten/nieuw/"),
        ("/deze-week/", "adviser", "/trajecten/nieuw/"),
        ("/deze-week/", "coordinator", "/trajecten/nieuw/"),
        ("/werkverdeling/", "administrator", "/account/uitnodigen/"),
        ("/wijken/", "administrator", "/admin/participation/neighbourhood/import/"),
        ("/moties/", "coordinator", "/moties/importeren/?soort=moties"),
        ("/account/uitnodigen/", "administrator", "/admin/participation/organisation/add/"),
    ],
)
def test_staff_get_the_link_by_which_it_comes(client, address, role, link):
    client.force_login(world.user(role, is_staff=role == "administrator"))
    assert link in ParsedPage(get_html(client, address)).links


def test_a_member_reads_how_trajectories_and_neighbourhoods_come(client):
    organisation = world.organisation("nieuw", kind="residents_association")
    client.force_login(world.user("association_member", organisation.slug))
    html = get_html(client, "/mijn/")
    assert "Zodra er een openbaar is, vindt u het hier." in html
    assert "De gemeente kan die toevoegen." in html


def test_a_neighbourhood_without_trajectories_says_how_they_come(client):
    html = get_html(client, f"/wijken/{world.neighbourhood().slug}/")
    assert "Volg deze buurt, dan hoort u het per mail." in html
    assert "die kan de vereniging toevoegen" in html
