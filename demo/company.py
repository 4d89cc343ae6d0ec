"""The pretend company whose leads the demo shows, and the people who work there. Addresses end in .example, which nobody can own."""

from __future__ import annotations

from typing import NamedTuple

from accounts.models import Role

FIRST_NAME = "Northwind"  # becomes the slug
NAME = "Northwind Robotics"
TIME_ZONE = "Europe/Berlin"
SITE = "https://northwind.example"
EMAIL = "demo@leadscore.example"  # the owner's, to sign in with


class Colleague(NamedTuple):
    email: str
    name: str
    role: Role
    teams: tuple[str, ...]


OWNER = Colleague(EMAIL, "Lena Hartmann", Role.OWNER, ("marketing",))
COLLEAGUES = (
    Colleague("petra.lang@northwind.example", "Petra Lang", Role.ADMIN, ()),
    Colleague("nora.lindqvist@northwind.example", "Nora Lindqvist", Role.MARKETER, ("marketing",)),
    Colleague("jonas.weber@northwind.example", "Jonas Weber", Role.SALES, ("sales",)),
    Colleague("priya.nair@northwind.example", "Priya Nair", Role.SALES, ("sales",)),
    Colleague("tom.becker@northwind.example", "Tom Becker", Role.SALES, ("sales",)),
    Colleague("ida.moreau@northwind.example", "Ida Moreau", Role.VIEWER, ()),
)
SELLERS = tuple(one.email for one in COLLEAGUES if "sales" in one.teams)
