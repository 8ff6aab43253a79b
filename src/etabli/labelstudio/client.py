"""Any Label Studio server, by URL and token, through its SDK (extra `annotate`), imported when first called.

Address and token come from the environment (`LABEL_STUDIO_URL`, `LABEL_STUDIO_API_KEY`), never from options,
which end in a shell's history. Whatever goes wrong on the way is a `UsageError` of one line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from etabli.errors import DataError, Problem, UsageError, shorten
from etabli.labelstudio import config

URL, TOKEN = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
PAGE_SIZE = 1000
_NO_RETRY = {"max_retries": 0}  # the SDK repeats a POST, which would double an import


def connect() -> Server:
    """The server that the environment names, after a first exchange. Raises `UsageError`."""
    url, token = os.environ.get(URL, "").strip(), os.environ.get(TOKEN, "").strip()
    if not url or not token:
        missing = " and ".join(name for name, value in ((URL, url), (TOKEN, token)) if not value)
        raise UsageError(f"{missing} not set: the server's address and an access token are read from the environment")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{URL}={shorten(url)}: an address begins with http:// or https://")
    if not token.isascii() or not token.isprintable():
        raise UsageError(f"{TOKEN} holds characters that no token has")
    try:
        from label_studio_sdk import LabelStudio
    except ImportError:
        raise UsageError("the Label Studio SDK is missing: pip install 'etabli[annotate]'") from None
    with errors(url, "the server"):
        sdk = LabelStudio(base_url=url, api_key=token, timeout=60, follow_redirects=False)
        sdk.users.whoami()
    return Server(url.rstrip("/"), sdk)


@contextmanager
def errors(url: str, about: str) -> Iterator[None]:
    """Turns what the SDK raises into a `UsageError` that says what to do."""
    import httpx
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        raise UsageError(_refused(url, about, error.status_code, error.body)) from None
    except httpx.ConnectError as error:
        raise UsageError(
            f"{url}: no server answers there ({error}); is it running? (`etabli annotate serve`)"
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        raise UsageError(
            f"{url}: the exchange about {about} broke off ({said}); run the command again, nothing is doubled"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise UsageError(f"{url}: the answer about {about} is not Label Studio's; check {URL}") from None


def _refused(url: str, about: str, status: int | None, body: Any) -> str:
    if status in (401, 403):
        return f"{url}: the token in {TOKEN} is refused ({status}); copy it anew from Account & Settings"
    if status == 404:
        return f"{url}: {about} is not there (404): was it deleted, or is {URL} another server's?"
    detail = body.get("detail") if isinstance(body, dict) else None
    return f"{url}: {about}: refused with {status} ({shorten(detail or body, 200)})"


class Server:
    """What the round trip asks of a server. Every method raises `UsageError` for a failed exchange."""

    def __init__(self, url: str, sdk: Any) -> None:
        self.url = url
        self._sdk = sdk

    def find(self, title: str) -> int | None:
        """The id of the project of exactly this title; None if there is none, `UsageError` if several."""
        with errors(self.url, f"project « {title} »"):
            found = [p.id for p in self._sdk.projects.list(title=title, page_size=100) if p.title == title]
        if len(found) > 1:
            raise UsageError(f"{self.url}: {len(found)} projects are called « {title} »; rename all but one")
        return found[0] if found else None

    def need(self, title: str) -> int:
        """The id of a project that must be there."""
        found = self.find(title)
        if found is None:
            raise UsageError(
                f"{self.url}: no project « {title} »: was it deleted or renamed? `etabli annotate push` makes it"
            )
        return found

    def create(self, title: str, screen: str, **settings: Any) -> int:
        """A new project. Titles have 3 to 50 characters."""
        if not 3 <= len(title) <= 50:
            raise UsageError(f"project title « {shorten(title)} »: {len(title)} characters, Label Studio wants 3 to 50")
        with errors(self.url, f"project « {title} »"):
            made = self._sdk.projects.create(title=title, label_config=screen, request_options=_NO_RETRY, **settings)
        return int(made.id)

    def check_screen(self, project: int, title: str, screen: str) -> None:
        """Raises `DataError` where the project's screen asks for other labels than ours."""
        with errors(self.url, f"project « {title} »"):
            held = self._sdk.projects.get(id=project).label_config or ""
        found = list(config.differences(held, screen))
        if found:
            remedy = f"Put it back with: etabli annotate config restore --project '{title}'"
            place = f"{self.url}/projects/{project}/settings/labeling"
            raise DataError([Problem("label-config", place, one, "the generated screen", remedy) for one in found])

    def set_screen(self, project: int, screen: str) -> None:
        with errors(self.url, "the labelling screen"):
            self._sdk.projects.update(id=project, label_config=screen)

    def set_model(self, project: int, model: str) -> None:
        """The predictions from which an annotation starts."""
        with errors(self.url, "the project's model"):
            self._sdk.projects.update(id=project, model_version=model)

    def tasks(self, project: int) -> dict[str, dict[str, Any]]:
        """Tasks by page id (`data.doc_id`): `id` and `data`. `DataError` where a page has two tasks."""
        held: dict[str, dict[str, Any]] = {}
        twice = []
        with errors(self.url, "the project's tasks"):
            for one in self._sdk.tasks.list(project=project, page_size=PAGE_SIZE, include="id,data"):
                data = one.data if isinstance(one.data, dict) else {}
                page_id = str(data.get("doc_id", ""))
                if page_id in held:
                    twice.append(self._twice(project, page_id, held[page_id]["id"], int(one.id)))
                else:
                    held[page_id] = {"id": int(one.id), "data": data}
        if twice:
            raise DataError(twice)
        return held

    def _twice(self, project: int, page_id: str, first: int, second: int) -> Problem:
        found = f"a second task for the page (the first is {first})"
        remedy = "Delete the one without annotations on the server."
        return Problem("task-twice", self.link(project, second), found, "one task a page", remedy, id=page_id)

    def add(self, project: int, tasks: Sequence[dict[str, Any]]) -> None:
        """New tasks (`data` and perhaps `predictions`) in one request, sent once."""
        with errors(self.url, "an import"):
            self._sdk.projects.import_tasks(
                id=project, request=list(tasks), return_task_ids=True, request_options=_NO_RETRY
            )

    def predictions(self, project: int) -> dict[int, dict[str, Any]]:
        """Predictions by task and model: `{task: {model: results}}`. `DataError` for two of one model."""
        held: dict[int, dict[str, Any]] = {}
        twice = []
        with errors(self.url, "the project's predictions"):
            for one in self._sdk.predictions.list(project=project):
                models = held.setdefault(int(one.task), {})
                if one.model_version in models:
                    place = self.link(project, int(one.task))
                    found = f"two predictions of {one.model_version}"
                    twice.append(Problem("prediction-twice", place, found, "one a model", "Delete one of them."))
                models[str(one.model_version)] = one.result
        if twice:
            raise DataError(twice)
        return held

    def predict(self, task: int, prediction: dict[str, Any]) -> None:
        with errors(self.url, f"the pre-annotation of task {task}"):
            self._sdk.predictions.create(task=task, request_options=_NO_RETRY, **prediction)

    def export(self, project: int) -> list[dict[str, Any]]:
        """Every task with its annotations and drafts, as the JSON export has them."""
        with errors(self.url, "the export"):
            chunks = self._sdk.projects.exports.download_sync(
                id=project, export_type="JSON", download_all_tasks=True, request_options={"timeout_in_seconds": 300}
            )
            rows = json.loads(b"".join(chunks))
        if not isinstance(rows, list):
            raise UsageError(f"{self.url}: the export is no list of tasks")
        return rows

    def accounts(self) -> dict[int, str]:
        """E-mail addresses of the accounts, by id."""
        with errors(self.url, "the accounts"):
            return {int(user.id): str(user.email).casefold() for user in self._sdk.users.list()}

    def link(self, project: int, task: int) -> str:
        """Where a task is opened in a browser."""
        return f"{self.url}/projects/{project}/data?task={task}"
