"""The operator's admin: the control tables. What a workspace holds is not here, for no policy lets it be seen outside the workspace."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import Invitation, Key, Membership, User, Workspace

admin.site.site_header = admin.site.site_title = "leadscore operator"
admin.site.index_title = "People, workspaces, keys"
admin.site.unregister(Group)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # with the limits on tries that every sign-in has


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that deeds make and end, with a record; the operator reads them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """A person may be switched off, not deleted: what they did stays signed."""

    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("email", "date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up, are invited, or are made by `create_workspace` and `createsuperuser`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Workspace)
class WorkspaceAdmin(Kept):
    list_display = ("name", "slug", "time_zone", "created_at")
    search_fields = ("name", "slug")


@admin.register(Membership)
class MembershipAdmin(Kept):
    list_display = ("user", "workspace", "role", "created_at")
    list_select_related = ("user", "workspace")
    list_filter = ("role",)
    search_fields = ("user__email", "workspace__slug")


@admin.register(Invitation)
class InvitationAdmin(Kept):
    list_display = ("email", "workspace", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("workspace",)
    search_fields = ("email", "workspace__slug")
    exclude: ClassVar = ["token_hash"]


@admin.register(Key)
class KeyAdmin(Kept):
    """An operator may give a key a greater rate than its workspace can."""

    list_display = ("name", "prefix", "workspace", "kind", "requests_per_second", "last_used_at", "revoked_at")
    list_select_related = ("workspace",)
    list_filter = ("kind",)
    search_fields = ("name", "prefix", "workspace__slug")
    fields = (
        "name", "prefix", "workspace", "kind", "scopes", "requests_per_second", "allowed_origins",
        "created_by", "created_at", "last_used_at", "revoked_at",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "requests_per_second")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(Kept, self).has_change_permission(request, obj)
