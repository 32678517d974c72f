"""Pages that belong to no step of the circle: health, the accessibility statement, the icon, a partnership's colour."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, send_from_directory

from app.clock import now
from app.web.appearance import style_sheet
from app.web.headers import FOR_EVER
from app.web.health import findings
from app.web.pages import page, public

web = Blueprint("web", __name__)


@web.get("/health")
@public
def health() -> Response:
    """For whoever watches over the service: 200 when all is well, 503 when something is not."""
    found = findings(now())
    well = all(finding.well for finding in found)
    response = jsonify(status="well" if well else "not well", checks={finding.name: finding.words for finding in found})
    response.status_code = 200 if well else 503
    return response


@web.get("/accessibility")
@public
def accessibility() -> Response:
    """The accessibility statement."""
    return page("web/accessibility.html")


@web.get("/favicon.ico")
@public
def favicon() -> Response:
    """The icon, for whatever asks for it by habit."""
    response = send_from_directory(str(current_app.static_folder), "icon.ico", max_age=86_400)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@web.get("/appearance/<colour>.css")
@public
def appearance(colour: str) -> Response:
    """The style sheet of a partnership's colour."""
    sheet = style_sheet(colour) or abort(404)
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": FOR_EVER})
