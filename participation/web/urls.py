"""The addresses of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("regels/", views.rules, name="rules"),
    path("inloggen/", views.LogIn.as_view(), name="login"),
    path("uitloggen/", LogoutView.as_view(), name="logout"),
]
