"""URLs of the statistics and neighbourhoods."""

from django.urls import URLPattern, URLResolver, path

from .city import city
from .comparison import city_comparison
from .coverage import city_coverage
from .influence import city_influence
from .lines import city_contributions, city_obligations
from .load import neighbourhood_load, organisation_load
from .neighbourhoods import neighbourhood, neighbourhoods
from .own_neighbourhood import own_neighbourhood
from .series import city_days, city_series
from .spread import city_spread
from .step_lines import city_steps
from .yearly_report import (
    last_yearly_report,
    yearly_report,
    yearly_report_part,
    yearly_report_pdf,
    yearly_report_zip,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("stad/", city, name="city"),
    path("stad/verloop/", city_series, name="city_series"),
    path("stad/dagen/", city_days, name="city_days"),
    path("stad/spreiding/", city_spread, name="city_spread"),
    path("stad/invloed/", city_influence, name="city_influence"),
    path("stad/bereik/", city_coverage, name="city_coverage"),
    path("stad/vergelijken/", city_comparison, name="city_comparison"),
    path("stad/punten/", city_obligations, name="city_obligations"),
    path("stad/inbreng/", city_contributions, name="city_contributions"),
    path("stad/stappen/", city_steps, name="city_steps"),
    path("stad/jaarverslag/", last_yearly_report, name="last_yearly_report"),
    path("stad/jaarverslag/<int:year>/", yearly_report, name="yearly_report"),
    path("stad/jaarverslag/<int:year>/<slug:part>/", yearly_report_part, name="yearly_report_part"),
    path("stad/jaarverslag/<int:year>/jaarverslag.pdf", yearly_report_pdf, name="yearly_report_pdf"),
    path("stad/jaarverslag/<int:year>/jaarverslag.zip", yearly_report_zip, name="yearly_report_zip"),
    path("wijken/", neighbourhoods, name="neighbourhoods"),
    path("mijn-wijk/", own_neighbourhood, name="own_neighbourhood"),
    path("wijken/<slug:slug>/", neighbourhood, name="neighbourhood"),
    path("wijken/<slug:slug>/gevraagd/", neighbourhood_load, name="neighbourhood_load"),
    path("organisaties/<slug:slug>/gevraagd/", organisation_load, name="organisation_load"),
]
