from __future__ import annotations

from django.urls import path

from accounts.views import audit, entry, install, keys, members, settings, teams

app_name = "accounts"
urlpatterns = [
    path("", entry.start, name="start"),
    path("workspaces/", entry.switch, name="switch"),
    path("workspaces/new/", entry.new, name="new"),
    path("invitations/<str:token>/", entry.invitation, name="invitation"),
    path("w/<slug:workspace>/settings/", settings.settings, name="settings"),
    path("w/<slug:workspace>/settings/delete/", settings.delete, name="delete"),
    path("w/<slug:workspace>/settings/members/", members.members, name="members"),
    path("w/<slug:workspace>/settings/members/<int:user_id>/role/", members.role, name="role"),
    path("w/<slug:workspace>/settings/members/<int:user_id>/remove/", members.remove, name="remove"),
    path("w/<slug:workspace>/settings/leave/", members.leave, name="leave"),
    path("w/<slug:workspace>/settings/invitations/<int:invitation_id>/revoke/", members.revoke, name="revoke_invitation"),
    path("w/<slug:workspace>/settings/teams/", teams.teams, name="teams"),
    path("w/<slug:workspace>/settings/teams/<slug:key>/", teams.team, name="team"),
    path("w/<slug:workspace>/settings/teams/<slug:key>/delete/", teams.delete, name="delete_team"),
    path("w/<slug:workspace>/settings/keys/", keys.keys, name="keys"),
    path("w/<slug:workspace>/settings/keys/<int:key_id>/", keys.edit, name="key"),
    path("w/<slug:workspace>/settings/keys/<int:key_id>/revoke/", keys.revoke, name="revoke_key"),
    path("w/<slug:workspace>/settings/install/", install.install, name="install"),
    path("w/<slug:workspace>/settings/audit/", audit.audit, name="audit"),
]
