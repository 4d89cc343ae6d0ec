"""What every resource of the management API shares: who asks, JSON in and out, problems, pages, and the OpenAPI document.

Each app's resources lie in its own `api` module; `leadscore.api.urls` says which path is whose.
"""
