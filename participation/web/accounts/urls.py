"""URLs of the account pages: only those of allauth that are needed."""

from django.urls import URLPattern, URLResolver, path, re_path

from . import api_keys, invitations, mail_preferences, unsubscribe, views

urlpatterns: list[URLPattern | URLResolver] = [
    # Both names are needed: "login" by our templates and Django's settings, "account_login" by allauth.
    path("inloggen/", views.log_in, name="login"),
    path("inloggen/", views.log_in, name="account_login"),
    path("uitloggen/", views.log_out, name="logout"),
    path("uitloggen/", views.log_out, name="account_logout"),
    path("taal/", views.set_language, name="set_language"),
    path("mijn/post/", mail_preferences.mail_preferences, name="mail_preferences"),
    path("mijn/sleutels/", api_keys.api_keys, name="api_keys"),
    path("post/stoppen/<str:token>/<str:kind>/", unsubscribe.unsubscribe_from_mail, name="mail_unsubscribe"),
    path("account/uitnodigen/", invitations.invite_people, name="invite"),
    path("account/geen-account/", views.no_account, name="account_signup"),
    path("account/code/", views.request_code, name="account_request_login_code"),
    path("account/code/invullen/", views.enter_code, name="account_confirm_login_code"),
    path("account/gesloten/", views.inactive, name="account_inactive"),
    path("account/wachtwoord/", views.reset_password, name="account_reset_password"),
    path("account/wachtwoord/verstuurd/", views.reset_password_done, name="account_reset_password_done"),
    path("account/wachtwoord/klaar/", views.new_password_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^account/wachtwoord/nieuw/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.new_password,
        name="account_reset_password_from_key",
    ),
    path("account/nogmaals/", views.reauthenticate_password, name="account_reauthenticate"),
    path("account/dienst/<slug:provider_id>/", views.oidc_login, name="openid_connect_login"),
    path("account/dienst/<slug:provider_id>/terug/", views.oidc_callback, name="openid_connect_callback"),
    path("account/dienst-afgebroken/", views.oidc_login_cancelled, name="socialaccount_login_cancelled"),
    path("account/tweede-stap/", views.second_factors, name="mfa_index"),
    path("account/tweede-stap/code/", views.second_factor, name="mfa_authenticate"),
    path("account/tweede-stap/nogmaals/", views.reauthenticate_second_factor, name="mfa_reauthenticate"),
    path("account/tweede-stap/instellen/", views.set_up_authenticator, name="mfa_activate_totp"),
    path("account/tweede-stap/vervangen/", views.replace_authenticator, name="mfa_deactivate_totp"),
    path("account/tweede-stap/herstelcodes/", views.show_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/tweede-stap/herstelcodes/nieuw/", views.renew_recovery_codes, name="mfa_generate_recovery_codes"),
]
