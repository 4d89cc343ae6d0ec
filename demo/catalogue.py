"""What visitors are drawn from: companies, names, roles, pages. All of it is invented."""

from __future__ import annotations

from typing import NamedTuple


class Firm(NamedTuple):
    name: str
    domain: str
    industry: str
    employees: int
    city: str
    country: str
    names: str  # which names its people are likely to have

    @property
    def traits(self) -> dict[str, object]:
        return {field: getattr(self, field) for field in ("name", "domain", "industry", "employees", "city", "country")}


def _firms(table: str) -> tuple[Firm, ...]:
    return tuple(_firm(*line.split(" | ")) for line in table.strip().splitlines())


def _firm(name: str, domain: str, industry: str, employees: str, city: str, country: str, names: str) -> Firm:
    return Firm(name, domain, industry, int(employees), city, country, names)


FIRMS = _firms("""
Fjordfrost Logistics | fjordfrost.example | Logistics | 640 | Bergen | Norway | nordic
Polarlager | polarlager.example | Logistics | 180 | Tromsø | Norway | nordic
Skagen Seafood | skagenseafood.example | Food | 420 | Skagen | Denmark | nordic
Lundby Pharma | lundbypharma.example | Pharma | 2100 | Malmö | Sweden | nordic
Tampere Tooling | tamperetooling.example | Manufacturing | 310 | Tampere | Finland | nordic
Havnegade Parcel | havnegade.example | Logistics | 950 | Aarhus | Denmark | nordic
Calloway Foods | callowayfoods.example | Food | 3200 | Leeds | United Kingdom | british
Pennine Parts | pennineparts.example | Automotive | 780 | Sheffield | United Kingdom | british
Orchard & Vale | orchardvale.example | Food | 140 | Hereford | United Kingdom | british
Harbourline Storage | harbourline.example | Logistics | 1250 | Felixstowe | United Kingdom | british
Tidewater Packing | tidewaterpacking.example | Manufacturing | 95 | Cork | Ireland | british
Brackenfield Books | brackenfield.example | Retail | 60 | Bath | United Kingdom | british
Thornbury Medical | thornburymedical.example | Pharma | 540 | Bristol | United Kingdom | british
Weserkontor | weserkontor.example | Logistics | 860 | Bremen | Germany | german
Albtal Getriebe | albtal.example | Automotive | 1900 | Pforzheim | Germany | german
Isarpack | isarpack.example | Manufacturing | 270 | Munich | Germany | german
Rheinlager Nord | rheinlager.example | Logistics | 4100 | Duisburg | Germany | german
Vierlanden Gemüse | vierlanden.example | Food | 330 | Hamburg | Germany | german
Salzach Arznei | salzach.example | Pharma | 720 | Salzburg | Austria | german
Zürisee Möbel | zuriseemobel.example | Retail | 210 | Zurich | Switzerland | german
Havelwerk | havelwerk.example | Manufacturing | 45 | Potsdam | Germany | german
Entrepôts du Rhône | entrepots-rhone.example | Logistics | 690 | Lyon | France | french
Maison Lavallée | lavallee.example | Food | 260 | Dijon | France | french
Ateliers Morvan | morvan.example | Manufacturing | 130 | Nevers | France | french
Pharmalys Ouest | pharmalys.example | Pharma | 1400 | Nantes | France | french
Scheldekade Logistiek | scheldekade.example | Logistics | 880 | Antwerp | Belgium | dutch
Van Reeuwijk Bloemen | vanreeuwijk.example | Retail | 520 | Aalsmeer | Netherlands | dutch
Maasvlakte Cargo | maasvlaktecargo.example | Logistics | 2300 | Rotterdam | Netherlands | dutch
Brabant Zuivel | brabantzuivel.example | Food | 610 | Eindhoven | Netherlands | dutch
Bellandi Ricambi | bellandi.example | Automotive | 350 | Bologna | Italy | italian
Pastificio Sereni | sereni.example | Food | 440 | Parma | Italy | italian
Magazzini Adriatici | adriatici.example | Logistics | 770 | Trieste | Italy | italian
Almacenes Duero | almacenesduero.example | Logistics | 560 | Valladolid | Spain | spanish
Conservas Ribadeo | ribadeo.example | Food | 290 | Lugo | Spain | spanish
Voltaria | voltaria.example | Manufacturing | 1100 | Porto | Portugal | portuguese
Armazéns do Tejo | tejo.example | Logistics | 380 | Lisbon | Portugal | portuguese
Polmar Dystrybucja | polmar.example | Logistics | 1700 | Gdańsk | Poland | polish
Wisła Części | wislaczesci.example | Automotive | 480 | Kraków | Poland | polish
Zdrowie Plus | zdrowieplus.example | Pharma | 900 | Warsaw | Poland | polish
Anadolu Kargo | anadolukargo.example | Logistics | 2600 | Izmir | Türkiye | turkish
Ege Zeytin | egezeytin.example | Food | 150 | Ayvalık | Türkiye | turkish
Taihe Precision | taiheprecision.example | Manufacturing | 3400 | Taichung | Taiwan | chinese
Harbour Nine Freight | harbournine.example | Logistics | 650 | Singapore | Singapore | chinese
Deccan Cold Chain | deccancold.example | Logistics | 1300 | Hyderabad | India | indian
Malabar Spices | malabarspices.example | Food | 240 | Kochi | India | indian
Great Lakes Fasteners | greatlakesfasteners.example | Automotive | 830 | Toledo | United States | american
Cedar Hollow Foods | cedarhollow.example | Food | 1500 | Des Moines | United States | american
Bluewater Fulfilment | bluewaterfulfilment.example | Logistics | 2900 | Savannah | United States | american
Prairie Health Supply | prairiehealth.example | Pharma | 670 | Omaha | United States | american
Juniper & Daughters | juniperdaughters.example | Retail | 35 | Portland | United States | american
""")

INTEGRATORS = _firms("""
Kanteq Systems | kanteq.example | Systems integration | 85 | Stuttgart | Germany | german
Ostara Automation | ostara.example | Systems integration | 160 | Gothenburg | Sweden | nordic
Merrow & Pike | merrowpike.example | Consulting | 40 | Manchester | United Kingdom | british
Intralog Conseil | intralog-conseil.example | Consulting | 25 | Lille | France | french
Robotika Śląsk | robotikaslask.example | Systems integration | 120 | Katowice | Poland | polish
""")

NAMES = {
    "nordic": ("Ingrid Liv Astrid Sanna Maja Tor Henrik Lars Mikkel Eero", "Solheim Bakke Aasen Lindholm Nyström Dahl Kjær Virtanen Berglund Holm"),
    "british": (
        "Amelia Grace Harriet Owen Callum Marcus Daniel Imogen Rhys Edith",
        "Hartwell Fairchild Whitfield Adeyemi Okonkwo Pemberton Lacey Thorne Barlow Quinn",
    ),
    "german": (
        "Hanna Katrin Anke Lukas Matthias Jürgen Sabine Florian Birgit Niklas",
        "Vogel Brandt Reinhardt Kessler Lorenz Steiner Huber Engel Baumann Krüger",
    ),
    "french": (
        "Camille Élodie Manon Julien Thierry Bastien Solène Hugo Margaux Rémi",
        "Garnier Lefort Delmas Bonnet Chevalier Marchand Roussel Perrin Fabre Aubry",
    ),
    "dutch": (
        "Sanne Femke Lotte Joost Bram Maarten Anouk Daan Wouter Roos",
        "Dekker Vermeer Jansen Hoekstra Mulder Verhoef Peeters Smit Bakker Claes",
    ),
    "italian": (
        "Sofia Giulia Chiara Matteo Lorenzo Davide Elisa Paolo Martina Fabio",
        "Marchetti Rinaldi Ferri Galli Conti Moretti Bassi Lombardi Serra Villa",
    ),
    "spanish": (
        "Lucía Carmen Inés Javier Álvaro Diego Marta Pablo Elena Rubén",
        "Navarro Ortega Molina Cano Prieto Vidal Romero Iglesias Soto Lozano",
    ),
    "portuguese": (
        "Rafael Mateus Inês Beatriz Tiago Joana Rui Catarina Nuno Sara",
        "Nogueira Silva Ferreira Moura Teixeira Carvalho Pinto Matos Rocha Leal",
    ),
    "polish": (
        "Hanna Zofia Katarzyna Piotr Marek Tomasz Agnieszka Paweł Ewa Jakub",
        "Kowalczyk Nowicki Zieliński Wrona Sikora Mazur Lis Górski Pawlak Duda",
    ),
    "turkish": ("Yusuf Elif Zeynep Emre Murat Deniz Ayşe Kerem Selin Okan", "Demir Yıldız Kaya Aydın Arslan Koç Polat Şahin Çelik Erdem"),
    "chinese": ("Yu-Ting Wei Mei-Ling Jun Hui Li-Hua Kai Xin Shu-Fen Zhen", "Chen Lin Wang Tan Huang Lim Zhao Wu Goh Liu"),
    "indian": (
        "Ananya Rohan Kavya Arjun Meera Vikram Divya Sanjay Nisha Karthik",
        "Reddy Menon Iyer Rao Sharma Pillai Banerjee Kulkarni Thomas Desai",
    ),
    "american": (
        "Olivia Ethan Madison Jordan Nadia Caleb Renee Marcus Tessa Logan",
        "Brooks Ramirez Rahimi Sullivan Hayes Jefferson Walsh Nguyen Foster Kim",
    ),
}

LEADERS = (
    "Director of Logistics",
    "Head of Operations",
    "Warehouse Director",
    "COO",
    "VP Supply Chain",
    "Operations Director",
    "Chief Operating Officer",
)
SPECIALISTS = (
    "Warehouse Manager",
    "Logistics Planner",
    "Plant Manager",
    "Automation Engineer",
    "Operations Analyst",
    "Process Engineer",
    "Supply Chain Manager",
    "Procurement Manager",
    "IT Project Lead",
    "Continuous Improvement Lead",
    "Controller",
)
CONSULTANTS = ("Managing Partner", "Solutions Architect", "Project Director", "Automation Consultant")

CASES = ("polar-seafood", "north-quay-parcels", "alpine-pharma", "green-valley-foods")
ARTICLES = (
    "picking-without-walking",
    "what-a-robot-costs",
    "cold-stores-and-batteries",
    "five-questions-before-you-automate",
    "safety-around-people",
)
PRODUCTS = ("p-200-picker", "m-40-mover", "fleet-manager")
WEBINARS = ("Robots in cold storage", "From pilot to fleet", "Picking at night")
WHITE_PAPERS = {"payback-of-picking-robots": "Payback of picking robots", "robots-in-cold-storage": "Robots in cold storage"}
REFERRERS = ("https://www.google.com/", "https://www.google.com/", "https://www.bing.com/", "https://www.linkedin.com/", "", "", "")
CAMPAIGNS = ("cold-storage-q4", "logimat-follow-up", "newsletter", "picking-search")
FREE_MAIL = ("gmail.com", "outlook.com", "gmx.net")
