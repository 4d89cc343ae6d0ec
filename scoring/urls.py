from __future__ import annotations

from django.urls import path

from scoring.views import comparing, editor, grades, previews, publishing, rules, types, versions

app_name = "scoring"
urlpatterns = [
    path("w/<slug:workspace>/scoring/", types.types, name="list"),
    path("w/<slug:workspace>/scoring/<slug:key>/", editor.edit, name="edit"),
    path("w/<slug:workspace>/scoring/<slug:key>/settings/", editor.settings, name="settings"),
    path("w/<slug:workspace>/scoring/<slug:key>/stages/", editor.stages, name="stages"),
    path("w/<slug:workspace>/scoring/<slug:key>/groups/", editor.groups, name="groups"),
    path("w/<slug:workspace>/scoring/<slug:key>/rules/", rules.new, name="new_rule"),
    path("w/<slug:workspace>/scoring/<slug:key>/rules/<slug:rule>/", rules.rule, name="rule"),
    path("w/<slug:workspace>/scoring/<slug:key>/grade/", grades.grade, name="grade"),
    path("w/<slug:workspace>/scoring/<slug:key>/undo/", editor.undo, name="undo"),
    path("w/<slug:workspace>/scoring/<slug:key>/redo/", editor.redo, name="redo"),
    path("w/<slug:workspace>/scoring/<slug:key>/compare/", comparing.compare, name="compare"),
    path("w/<slug:workspace>/scoring/<slug:key>/discard/", editor.discard, name="discard"),
    path("w/<slug:workspace>/scoring/<slug:key>/archive/", types.archive, name="archive"),
    path("w/<slug:workspace>/scoring/<slug:key>/restore/", types.restore, name="restore"),
    path("w/<slug:workspace>/scoring/<slug:key>/publish/", publishing.publish, name="publish"),
    path("w/<slug:workspace>/scoring/<slug:key>/publish/cancel/", publishing.cancel, name="cancel"),
    path("w/<slug:workspace>/scoring/<slug:key>/progress/", publishing.progress, name="progress"),
    path("w/<slug:workspace>/scoring/<slug:key>/preview/", previews.preview, name="preview"),
    path("w/<slug:workspace>/scoring/<slug:key>/facts/", previews.facts, name="facts"),
    path("w/<slug:workspace>/scoring/<slug:key>/export/", versions.export_draft, name="export"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/", versions.versions, name="versions"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/", versions.version, name="version"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/restore/", comparing.restore, name="restore_version"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/export/", versions.export_version, name="export_version"),
]
