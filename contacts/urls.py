from __future__ import annotations

from django.urls import path

from contacts.views import (
    adjusting,
    bots,
    companies,
    company,
    company_editing,
    editing,
    exporting,
    importing,
    listing,
    merging,
    owning,
    profile,
    recomputing,
)

app_name = "contacts"
urlpatterns = [
    path("w/<slug:workspace>/contacts/", listing.listing, name="list"),
    path("w/<slug:workspace>/contacts/new/", editing.add, name="add"),
    path("w/<slug:workspace>/contacts/export/", exporting.contacts, name="export"),
    path("w/<slug:workspace>/contacts/import/", importing.start, name="import_start"),
    path("w/<slug:workspace>/contacts/import/<int:import_id>/", importing.shown, name="import"),
    path("w/<slug:workspace>/contacts/import/<int:import_id>/columns/", importing.columns, name="import_columns"),
    path("w/<slug:workspace>/contacts/import/<int:import_id>/run/", importing.run, name="import_run"),
    path("w/<slug:workspace>/contacts/import/<int:import_id>/discard/", importing.discard, name="import_discard"),
    path("w/<slug:workspace>/contacts/import/<int:import_id>/errors/", importing.errors, name="import_errors"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/activities.csv", exporting.activities, name="export_activities"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/", profile.profile, name="profile"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/activities/<int:activity_id>/bot/", bots.mark, name="mark_bot"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/activities/<int:activity_id>/rules/", bots.leave_to_rules, name="leave_to_rules"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/bots/", bots.blamed, name="blamed"),
    path("w/<slug:workspace>/settings/bots/", bots.settings, name="bots"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/edit/", editing.edit, name="edit"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/owner/", owning.owner, name="owner"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/claim/", owning.claim, name="claim"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/adjust/", adjusting.adjust, name="adjust"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/recomputing/", recomputing.recomputing, name="recomputing"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/merge/", merging.choose, name="merge"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/merge/<int:other_id>/", merging.compare, name="compare"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/unmerge/<int:other_id>/", merging.unmerge, name="unmerge"),
    path("w/<slug:workspace>/companies/", companies.listing, name="companies"),
    path("w/<slug:workspace>/companies/new/", company_editing.add, name="company_add"),
    path("w/<slug:workspace>/companies/<int:company_id>/", company.shown, name="company"),
    path("w/<slug:workspace>/companies/<int:company_id>/edit/", company_editing.edit, name="company_edit"),
    path("w/<slug:workspace>/duplicates/", merging.listing, name="duplicates"),
    path("w/<slug:workspace>/duplicates/<int:contact_id>/<int:other_id>/dismiss/", merging.dismiss, name="dismiss"),
    path("w/<slug:workspace>/contacts/<int:contact_id>/erase/", editing.erase, name="erase"),
]
