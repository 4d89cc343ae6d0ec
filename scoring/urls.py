from __future__ import annotations

from django.urls import path

from scoring.views import (
    comparing,
    editor,
    files,
    grades,
    health,
    insight,
    previews,
    publishing,
    rules,
    starters,
    trying,
    types,
    versions,
)

app_name = "scoring"
urlpatterns = [
    path("w/<slug:workspace>/scoring/", types.types, name="list"),
    # Beside scoring/, not below it: each slug there may be a type's key.
    path("w/<slug:workspace>/scoring-types/import/", files.take_in, name="import"),
    path("w/<slug:workspace>/scoring-types/templates/", starters.gallery, name="starters"),
    path("w/<slug:workspace>/scoring-types/templates/<slug:starter>/", starters.starter, name="starter"),
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
    path("w/<slug:workspace>/scoring/<slug:key>/duplicate/", types.duplicate, name="duplicate"),
    path("w/<slug:workspace>/scoring/<slug:key>/archive/", types.archive, name="archive"),
    path("w/<slug:workspace>/scoring/<slug:key>/restore/", types.restore, name="restore"),
    path("w/<slug:workspace>/scoring/<slug:key>/publish/", publishing.publish, name="publish"),
    path("w/<slug:workspace>/scoring/<slug:key>/publish/cancel/", publishing.cancel, name="cancel"),
    path("w/<slug:workspace>/scoring/<slug:key>/progress/", publishing.progress, name="progress"),
    path("w/<slug:workspace>/scoring/<slug:key>/preview/", previews.preview, name="preview"),
    path("w/<slug:workspace>/scoring/<slug:key>/facts/", previews.facts, name="facts"),
    path("w/<slug:workspace>/scoring/<slug:key>/export/", files.export_draft, name="export"),
    path("w/<slug:workspace>/scoring/<slug:key>/matches/", insight.matches, name="matches"),
    path("w/<slug:workspace>/scoring/<slug:key>/insight/", insight.insight, name="insight"),
    path("w/<slug:workspace>/scoring/<slug:key>/health/", health.health, name="health"),
    path("w/<slug:workspace>/scoring/<slug:key>/try/", trying.attempt, name="try"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/", versions.versions, name="versions"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/", versions.version, name="version"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/restore/", comparing.restore, name="restore_version"),
    path("w/<slug:workspace>/scoring/<slug:key>/versions/<int:number>/export/", files.export_version, name="export_version"),
]
