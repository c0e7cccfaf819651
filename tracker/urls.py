"""Root URLconf."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from participation.api.index import Index

# The admin uses the site's own login, so that the second factor is required there too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("api/v1", Index.as_view(), name="api"),
    path("api/v1/", include("participation.api.urls")),
    path("", include("participation.web.urls")),
    path("admin/", admin.site.urls),
]
handler403 = "participation.web.shared.errors.permission_denied"
handler500 = "participation.web.shared.errors.server_error"
handler404 = "participation.web.shared.errors.page_not_found"
handler429 = "participation.web.shared.throttle.too_many_requests"
