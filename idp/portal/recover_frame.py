"""What the pages of a recovery share: the browser that they belong to, tokens for their forms, a way on when lost."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from idp.crypto.root_keys import Purpose
from idp.flows.interactions import binding
from idp.flows.recovery_run import OtherBrowser, Run, RunLost
from idp.flows.visitor import Visitor
from idp.web import csrf
from idp.web.deps import Door
from idp.web.forms import Form
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.steps import FIELD, Transition, seal, verify

PATH = "/recover"
Endpoint = Callable[[Request], Awaitable[Response]]


def address(recovery_id: str, step: str = "") -> str:
    return f"{PATH}/{quote(recovery_id, safe='')}" + (f"/{step}" if step else "")


def run_id(request: Request) -> str:
    return str(request.path_params["recovery_id"])


def guarded(door: Door, endpoint: Endpoint) -> Endpoint:
    """What is over or foreign is answered by a page from which one can begin again."""

    async def respond(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RunLost:
            problem = Problem.RECOVERY_LOST
        except OtherBrowser:
            problem = Problem.OTHER_BROWSER
        return door.pages.render(ProblemPage(problem, retry_uri=PATH), door.pages.context(request))

    return respond


def token(door: Door, run: Run, step: str) -> str:
    return bound_token(door, run.browser, run.id, step, run.nonce)


def bound_token(door: Door, browser: str, subject: str, step: str, nonce: str = "") -> str:
    """For a form that belongs to no run: a recovery that waits, or a link."""
    return seal(
        door.hall.roots.derive(Purpose.TRANSITION_TOKENS), Transition(browser, f"recover {subject}", step, nonce)
    )


def is_current(door: Door, request: Request, run: Run, step: str, form: Form) -> bool:
    return is_bound(door, request, run.browser, run.id, step, form, run.nonce)


def is_bound(door: Door, request: Request, browser: str, subject: str, step: str, form: Form, nonce: str = "") -> bool:
    """Whether a form came from the page that this browser was shown, and from a page of ours."""
    transition = Transition(browser, f"recover {subject}", step, nonce)
    genuine = verify(door.hall.roots.derive(Purpose.TRANSITION_TOKENS), transition, form.get(FIELD))
    return genuine and csrf.is_same_origin(request.headers, door.hall.policies.issuer)


def browser_binding(visitor: Visitor) -> str:
    """Empty for a browser without the cookie: no token is ever made for it."""
    return binding(visitor.browser) if visitor.browser is not None else ""


def too_many(door: Door, request: Request, seconds: int, retry_uri: str) -> Response:
    """A wait that ends, said in minutes, with the way back to where one was."""
    page = ProblemPage(Problem.TOO_MANY, retry_uri=retry_uri, wait_minutes=-(-seconds // 60))
    response = door.pages.render(page, door.pages.context(request))
    response.headers["retry-after"] = str(seconds)
    return response
