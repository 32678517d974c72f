"""What every page stands on: layout, forms, errors, headers. Of the circle it knows nothing but who is asking."""

from app.web.pages import actor, back_to, page, public
from app.web.setup import init_app

__all__ = ["actor", "back_to", "init_app", "page", "public"]
