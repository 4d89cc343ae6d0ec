from __future__ import annotations

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("demo/", views.page, {"name": "home"}, name="home"),
    path("demo/products/", views.page, {"name": "products"}, name="products"),
    path("demo/pricing/", views.page, {"name": "pricing"}, name="pricing"),
    path("demo/customers/polar-seafood/", views.page, {"name": "customer"}, name="customer"),
    path("demo/white-papers/", views.page, {"name": "white_papers"}, name="white_papers"),
    path("demo/white-papers/payback-of-picking-robots.pdf", views.white_paper, name="white_paper"),
    path("demo/careers/", views.page, {"name": "careers"}, name="careers"),
    path("demo/book/", views.book, name="book"),
    path("demo/book/thanks/", views.page, {"name": "thanks"}, name="thanks"),
]
