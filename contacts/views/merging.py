"""Two contacts compared, made one, and taken apart again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import WorkspaceRequest, workspace_view
from contacts import duplicates
from contacts.forms import SurvivorForm
from contacts.models import Contact
from contacts.views.comparing import Merged, candidates, differences, side
from contacts.views.finding import contact_of, present_contact
from leadscore import clock
from leadscore.query_text import query_text
from scoring import joining, versions


@require_GET
@workspace_view("contacts")
def choose(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Finds the other contact to merge this one with."""
    contact = present_contact(request, contact_id)
    asked = query_text(request.GET, "other")
    found = candidates(request.workspace.id, contact.id, asked) if asked else []
    return render(request, "contacts/merge.html", {"contact": contact, "asked": asked, "found": found})


@workspace_view("contacts")
def compare(request: WorkspaceRequest, contact_id: int, other_id: int) -> HttpResponse:
    """Both side by side; posted, the chosen one survives. Either may have been merged meanwhile, and stands for its survivor then."""
    given = [contact_of(request, id) for id in (contact_id, other_id)]
    one, another = (contact.merged_into or contact for contact in given)
    if one == another:
        return redirect("contacts:profile", request.workspace.slug, one.id)
    if any(contact.merged_into_id for contact in given):
        return redirect("contacts:compare", request.workspace.slug, one.id, another.id)
    form = SurvivorForm(request.POST or None, contacts=(one, another))
    if form.is_valid() and _merged(request, form, (one, another)):
        return redirect("contacts:profile", request.workspace.slug, form.cleaned_data["survivor"])
    live = versions.live(request.workspace.id)
    sides = [side(contact, live) for contact in (one, another)]
    suspected = duplicates.suspected(request.workspace.id, pair=(one.id, another.id))
    merged = Merged.of(request.workspace.id, one.id, another.id)
    rows = differences(merged, *sides) if merged else []
    context = {"form": form, "sides": sides, "rows": rows, "merged": merged, "pair": suspected[0] if suspected else None}
    return render(request, "contacts/compare.html", context, status=422 if form.errors else 200)


def _merged(request: WorkspaceRequest, form: SurvivorForm, both: tuple[Contact, Contact]) -> bool:
    """Merges the one into the other; what kept it from being done is said on the form."""
    survivor, other = sorted(both, key=lambda contact: contact.id != form.cleaned_data["survivor"])
    try:
        joining.merge(request.workspace, other.id, survivor.id, by=request.user)
    except Contact.DoesNotExist:
        form.add_error(None, "One of the two was just merged or erased by somebody else. Nothing was changed.")
        return False
    rests = Contact.objects.filter(workspace=request.workspace, id=survivor.id, recomputing_since__isnull=False).exists()
    meanwhile = " What both did is being put together; until that is done the stage stays as it is." if rests else ""
    messages.success(request, f"{other} is part of {survivor} now. For 30 days this can be undone on this page.{meanwhile}")
    return True


@require_POST
@workspace_view("contacts")
def unmerge(request: WorkspaceRequest, contact_id: int, other_id: int) -> HttpResponse:
    """Takes a contact out of the one it was merged into."""
    survivor, other = contact_of(request, contact_id), contact_of(request, other_id)
    try:
        job = joining.undo(request.workspace, other.id, out_of=survivor.id, by=request.user)
    except joining.BeingRecomputed:
        messages.error(request, f"{survivor} is being recomputed. Try again when that is done.")
        return redirect("contacts:profile", request.workspace.slug, survivor.id)
    except joining.CannotUndo:
        messages.error(request, f"{other} cannot be taken out of {survivor} any more. Nothing was changed.")
        return redirect("contacts:profile", request.workspace.slug, survivor.id)
    except joining.MergedOn:
        messages.error(request, f"{survivor} was itself merged into another contact since. Undo that first.")
        return redirect("contacts:profile", request.workspace.slug, survivor.id)
    if job:
        messages.success(request, f"{other} is being taken out of {survivor}. With so long a history that takes a while; you can leave this page.")
        return redirect("contacts:profile", request.workspace.slug, survivor.id)
    messages.success(request, f"{contact_of(request, other.id)} and {contact_of(request, survivor.id)} are two contacts again.")
    return redirect("contacts:profile", request.workspace.slug, other.id)


@require_GET
@workspace_view("read")
def listing(request: WorkspaceRequest) -> HttpResponse:
    """Pairs of contacts that may be one person, the latest first."""
    pairs = duplicates.suspected(request.workspace.id)
    ids = {id for pair in pairs for id in (pair.first, pair.second)}
    shown = Contact.objects.filter(workspace=request.workspace).only("name", "email", "workspace").in_bulk(ids)
    found = duplicates.count(request.workspace.id) if len(pairs) == duplicates.MOST else len(pairs)
    rows = [(pair, shown[pair.first], shown[pair.second]) for pair in pairs]
    return render(request, "contacts/duplicates.html", {"rows": rows, "found": found})


@require_POST
@workspace_view("contacts")
def dismiss(request: WorkspaceRequest, contact_id: int, other_id: int) -> HttpResponse:
    """Says that two contacts are different people."""
    one, another = contact_of(request, contact_id), contact_of(request, other_id)
    if duplicates.dismiss(request.workspace, one.id, another.id, by=request.user, now=clock.now()):
        messages.success(request, f"{one} and {another} are different people. They are listed again only if something else speaks for it.")
    return redirect("contacts:duplicates", request.workspace.slug)
