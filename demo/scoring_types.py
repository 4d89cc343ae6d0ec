"""The three scoring types of the demo, as documents."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def leaf(field: str, op: str, value: object = None) -> Document:
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def every(*leaves: Document) -> Document:
    return {"all": list(leaves)}


def some(*leaves: Document) -> Document:
    return {"any": list(leaves)}


def viewed(path: str) -> Document:
    return every(leaf("properties.url", "matches", f"*{path}*"))


def sent(form: str) -> Document:
    return every(leaf("properties.form", "is", form))


def file(name: str) -> Document:
    return every(leaf("properties.file", "matches", name))


def did(key: str, name: str, activity: str, points: int, conditions: Document | None = None, *, limit: tuple[int, str] | None, days: int) -> Document:
    """An activity rule in the group of what people did; `limit` is a number and its period."""
    frequency = {"limit": limit[0], "per": limit[1]} if limit else None
    return {
        "key": key, "name": name, "when": "activity", "activity": activity, "points": points, "group": "did",
        "conditions": conditions, "frequency": frequency, "expiry": {"days": days},
    }  # fmt: skip


def fits(key: str, name: str, points: int, conditions: Document) -> Document:
    """A profile rule in the group of who people are."""
    return {"key": key, "name": name, "when": "profile", "points": points, "group": "fit", "conditions": conditions}


def title(*words: str) -> Document:
    return some(*(leaf("contact.job_title", "contains", word) for word in words))


DID = {"key": "did", "name": "What people did"}
FIT = {"key": "fit", "name": "Who they are"}

NEW_LEADS: Document = {
    "key": "new-leads",
    "name": "New leads",
    "description": "Who may buy their first robots, from the first visit to a talk with sales.",
    "groups": [DID, {**FIT, "maximum": 40}],
    "rules": [
        did("pricing", "Viewed the pricing page", "Page Viewed", 5, viewed("/pricing"), limit=(3, "day"), days=90),
        did("demo", "Asked for a demo", "Form Submitted", 50, sent("Book a demo"), limit=(1, "month"), days=45),
        did("white-paper", "Downloaded a white paper", "File Downloaded", 10, file("*.pdf"), limit=(2, "month"), days=60),
        did("webinar", "Attended a webinar", "Webinar Attended", 15, limit=(2, "month"), days=45),
        did("tour", "Watched the product tour", "Product Tour Watched", 8, limit=(1, "week"), days=30),
        did("case-study", "Read a case study", "Page Viewed", 3, viewed("/customers/"), limit=(2, "week"), days=60),
        did("careers", "Viewed the careers page", "Page Viewed", -10, viewed("/careers"), limit=(1, "week"), days=60),
        fits("director", "Director or above", 15, title("director", "head of", "vp ", "chief", "coo", "cto")),
        fits("operations", "Works in operations, logistics or warehousing", 10, title("operations", "logistics", "warehouse", "supply chain")),
        fits("size", "Company has 250 to 5,000 employees", 12, every(leaf("company.employees", "between", [250, 5000]))),
        fits("industry", "Logistics, food or pharma company", 8, every(leaf("company.industry", "in", ["Logistics", "Food", "Pharma"]))),
        fits("business-mail", "Business e-mail address", 10, every(leaf("contact.email_kind", "is", "business"))),
        fits("free-mail", "Free e-mail address", -5, every(leaf("contact.email_kind", "in", ["free", "disposable"]))),
        fits("student", "Student", -20, title("student")),
    ],
    "stages": [
        {"key": "cold", "name": "Cold leads", "threshold": 10},
        {"key": "hot", "name": "Hot leads", "threshold": 40, "notify": ["team:marketing"]},
        {"key": "mql", "name": "Marketing qualified leads", "threshold": 75, "notify": ["team:sales", "owner"]},
    ],
}  # fmt: skip

PARTNERS: Document = {
    "key": "partners",
    "name": "Partners",
    "description": "Integrators and consultants who may bring our robots to their clients.",
    "groups": [DID, FIT],
    "rules": [
        did("page", "Viewed the partner page", "Page Viewed", 5, viewed("/partners"), limit=(1, "day"), days=90),
        did("application", "Applied as a partner", "Form Submitted", 30, sent("Become a partner"), limit=(1, "month"), days=90),
        did("guide", "Downloaded the partner guide", "File Downloaded", 10, file("partner-guide*"), limit=(1, "month"), days=60),
        fits("integrator", "Systems integrator or consultancy", 15, every(leaf("company.industry", "in", ["Systems integration", "Consulting"]))),
    ],
    "stages": [
        {"key": "interested", "name": "Interested partners", "threshold": 20},
        {"key": "qualified", "name": "Qualified partners", "threshold": 50, "notify": ["user:petra.lang@northwind.example"]},
    ],
}  # fmt: skip

RETURNING: Document = {
    "key": "returning-customers",
    "name": "Returning customers",
    "description": "Customers who may be ready for a second line.",
    "groups": [DID, FIT],
    "rules": [
        did("order", "Completed an order", "Order Completed", 20, limit=None, days=90),
        did("portal", "Signed in to the portal", "Signed In", 2, limit=(1, "day"), days=30),
        did("spare-parts", "Looked for spare parts", "Page Viewed", 3, viewed("/spare-parts"), limit=(1, "day"), days=45),
        did("second-line", "Asked about a second line", "Form Submitted", 25, sent("Plan a second line"), limit=(1, "month"), days=60),
    ],
    "stages": [
        {"key": "active", "name": "Active customers", "threshold": 20},
        {"key": "growing", "name": "Ready to extend", "threshold": 45, "notify": ["owner-or:team:sales"]},
    ],
}  # fmt: skip

DOCUMENTS = (NEW_LEADS, PARTNERS, RETURNING)
