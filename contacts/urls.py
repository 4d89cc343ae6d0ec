from __future__ import annotations

from django.urls import path

from contacts.views import adjusting, editing, listing, owning, profile

app_name = "contacts"
urlpatterns = [
    path("w/<slug:workspace>/contacts/", listing.listing, name="list"),
    path("w/<slug:workspace>/contacts/new/", editing.add, name="add"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/", profile.profile, name="profile"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/edit/", editing.edit, name="edit"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/owner/", owning.owner, name="owner"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/claim/", owning.claim, name="claim"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/adjust/", adjusting.adjust, name="adjust"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/erase/", editing.erase, name="erase"),
]
