"""Signing in, going on and out: refresh tokens, cookies, passwords, and what must be over at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lookalike.errors import NotSignedIn
from lookalike.service.people import sessions
from lookalike.service.sign_in import COOKIE
from manual_clock import ManualClock
from service_desk import PASSWORD, Person, ServiceDesk

AT_ONCE = 50


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path, clock, address_tries=10_000)
    yield made
    made.close()


def refresh(desk: ServiceDesk, token: str) -> Any:
    return desk.client().post("/api/auth/refresh", json={"refreshToken": token})


def works(desk: ServiceDesk, token: str) -> bool:
    return desk.client(token).get("/api/me").status_code == 200


def test_a_refresh_gives_the_next_tokens(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    answer = refresh(desk, editor.refresh.token)
    assert answer.status_code == 200
    assert works(desk, answer.json()["accessToken"])
    assert answer.json()["refreshToken"] not in (None, editor.refresh.token)
    assert refresh(desk, answer.json()["refreshToken"]).status_code == 200


def test_a_refresh_token_that_is_used_twice_ends_the_sign_in(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    second = refresh(desk, editor.refresh.token).json()
    assert refresh(desk, editor.refresh.token).status_code == 401
    assert refresh(desk, second["refreshToken"]).status_code == 401
    assert not works(desk, second["accessToken"])
    assert not works(desk, editor.access)


def test_reuse_is_seen_by_another_process(desk: ServiceDesk, tmp_path: Path, clock: ManualClock) -> None:
    editor = desk.person("editor")
    other = ServiceDesk(tmp_path, clock)
    second = refresh(desk, editor.refresh.token).json()
    assert refresh(other, editor.refresh.token).status_code == 401
    assert not works(desk, second["accessToken"])
    other.close()


def test_an_old_token_of_the_family_ends_it_too(desk: ServiceDesk) -> None:
    first = desk.person("editor").refresh.token
    token = first
    for _ in range(3):
        token = refresh(desk, token).json()["refreshToken"]
    assert refresh(desk, first).status_code == 401
    assert refresh(desk, token).status_code == 401


def test_of_fifty_refreshes_at_once_one_wins(desk: ServiceDesk, tmp_path: Path, clock: ManualClock) -> None:
    """Half of them in another process's eyes."""
    other = ServiceDesk(tmp_path, clock)
    token = desk.person("editor").refresh.token
    together = threading.Barrier(AT_ONCE)

    def one(number: int) -> bool:
        people = (desk, other)[number % 2].people
        together.wait()
        try:
            people.sessions.refresh(token, clock.monotonic())
        except NotSignedIn:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(one, range(AT_ONCE))) == 1
    other.close()


def test_who_was_on_their_way_when_another_was_answered_is_no_thief(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    """As the tabs of one browser are, which share the cookie."""
    token = desk.person("editor").refresh.token
    arrived_s = clock.monotonic()
    won = desk.people.sessions.refresh(token, arrived_s)
    with pytest.raises(NotSignedIn, match="another request"):
        desk.people.sessions.refresh(token, arrived_s)
    clock.wait(0.5)
    desk.people.sessions.answered(token)
    with pytest.raises(NotSignedIn, match="another request"):
        desk.people.sessions.refresh(token, arrived_s)
    assert desk.people.sessions.is_active(won.session["id"])
    with pytest.raises(NotSignedIn, match="over"):
        desk.people.sessions.refresh(token, clock.monotonic())
    assert not desk.people.sessions.is_active(won.session["id"])


def test_an_attempt_whose_answer_was_lost_is_answered_again(desk: ServiceDesk, clock: ManualClock) -> None:
    """As when a page is loaded anew while its refresh is on the way, or the line breaks."""
    token, attempt = desk.person("editor").refresh.token, "0123456789abcdef" * 2
    client = desk.client()
    asked = {"refreshToken": token, "attempt": attempt}
    lost = client.post("/api/auth/refresh", json=asked).json()["refreshToken"]
    clock.wait(59)
    again = client.post("/api/auth/refresh", json=asked)
    assert again.status_code == 200
    assert again.json()["refreshToken"] == lost != token
    assert refresh(desk, lost).status_code == 200
    # it has gone on since: now the first token is one that was stolen
    assert client.post("/api/auth/refresh", json=asked).status_code == 401


@pytest.mark.parametrize("change", ["other", "none", "late"])
def test_another_attempt_by_a_used_token_ends_the_sign_in(
    desk: ServiceDesk, clock: ManualClock, change: str
) -> None:
    token = desk.person("editor").refresh.token
    client, asked = desk.client(), {"refreshToken": token, "attempt": "0123456789abcdef" * 2}
    following = client.post("/api/auth/refresh", json=asked).json()["refreshToken"]
    clock.wait(61 if change == "late" else 1)
    other = {"other": "f" * 32, "none": None, "late": asked["attempt"]}[change]
    assert client.post("/api/auth/refresh", json={**asked, "attempt": other}).status_code == 401
    assert refresh(desk, following).status_code == 401


def test_a_sign_in_that_nobody_uses_is_over_after_a_week(desk: ServiceDesk, clock: ManualClock) -> None:
    editor = desk.person("editor")
    clock.wait(sessions.LIFE_S - 1)
    token = refresh(desk, editor.refresh.token).json()["refreshToken"]
    clock.wait(sessions.LIFE_S)
    assert refresh(desk, token).status_code == 401
    clock.wait(2 * 24 * 3600)
    assert desk.people.sessions.tidy() == 1


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "lkr_",
        "lkr_.",
        "lkr_" + "0" * 32 + "." + "a" * 43,
        "lkr_" + "0" * 32 + "." + "é" * 43,
        "lkp_" + "0" * 32 + "." + "a" * 43,
        "' OR 1=1",
    ],
)
def test_what_is_no_refresh_token_is_refused(desk: ServiceDesk, token: str) -> None:
    assert refresh(desk, token).status_code == 401


def test_somebody_elses_secret_does_not_end_a_sign_in_it_does_not_belong_to(desk: ServiceDesk) -> None:
    """A guess at a session's secret ends that session: its id is known to nobody but its holder."""
    one, two = desk.person("editor"), desk.person("editor")
    mixed = one.refresh.token.partition(".")[0] + "." + two.refresh.token.partition(".")[2]
    assert refresh(desk, mixed).status_code == 401
    assert works(desk, two.access)


def test_tokens_are_of_their_own_kinds_only(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    assert not works(desk, editor.refresh.token)
    assert refresh(desk, editor.access).status_code in (400, 401)
    _, personal = desk.people.tokens.create(editor.id, "script", ["read", "write"], None)
    assert refresh(desk, personal).status_code == 401


def test_a_browser_gets_its_refresh_token_where_no_script_can_read_it(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    answer = desk.client().post("/api/auth/login", json={"login": editor.login, "password": PASSWORD})
    cookie, hint = answer.headers.get_list("set-cookie")
    for part in ("HttpOnly", "SameSite=strict", "Path=/api/auth", "Max-Age=604800"):
        assert part in cookie
    assert "Domain" not in cookie
    assert hint == "lookalike_signed_in=yes; Max-Age=604800; Path=/; SameSite=strict"
    assert answer.json()["refreshToken"] is None
    assert answer.headers["cache-control"] == "no-store"


def test_the_cookie_is_secure_where_the_connection_is(tmp_path: Path) -> None:
    desk = ServiceDesk(tmp_path, trusted_proxies=("10.0.0.0/8",))
    editor = desk.person("editor")
    for address, expected in [("10.1.2.3", True), ("192.0.2.1", False)]:
        answer = desk.client(address=address).post(
            "/api/auth/login",
            json={"login": editor.login, "password": PASSWORD},
            headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"},
        )
        assert ("Secure" in answer.headers["set-cookie"]) is expected
        assert ("strict-transport-security" in answer.headers) is expected
    desk.close()


def test_the_cookie_goes_on_and_is_replaced(desk: ServiceDesk) -> None:
    client, editor = desk.client(), desk.person("editor")
    client.post("/api/auth/login", json={"login": editor.login, "password": PASSWORD})
    before = client.cookies[COOKIE]
    answer = client.post("/api/auth/refresh")
    assert answer.status_code == 200
    assert answer.json()["refreshToken"] is None
    assert client.cookies[COOKIE] != before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:5001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_use_the_cookie(desk: ServiceDesk, headers: dict[str, str]) -> None:
    client, editor = desk.client(), desk.person("editor")
    client.post("/api/auth/login", json={"login": editor.login, "password": PASSWORD})
    assert client.post("/api/auth/refresh", headers=headers).status_code == 401
    assert client.post("/api/auth/refresh").status_code == 200


def test_logging_out_ends_this_sign_in_at_once_and_no_other(desk: ServiceDesk) -> None:
    one = desk.person("editor", "ada")
    two = signed_in(desk, "ada")
    assert one.client.post("/api/auth/logout").status_code == 204
    assert not works(desk, one.access)
    assert refresh(desk, one.refresh.token).status_code == 401
    assert works(desk, two["accessToken"])


def test_logging_out_everywhere_ends_all_at_once_in_every_process(
    desk: ServiceDesk, tmp_path: Path, clock: ManualClock
) -> None:
    one = desk.person("editor", "ada")
    others = [signed_in(desk, "ada") for _ in range(3)]
    process = ServiceDesk(tmp_path, clock)
    assert all(works(process, other["accessToken"]) for other in others)
    assert one.client.post("/api/auth/logout", json={"everywhere": True}).status_code == 204
    for other in others:
        assert not works(process, other["accessToken"])
        assert refresh(process, other["refreshToken"]).status_code == 401
    assert works(desk, signed_in(desk, "ada")["accessToken"])
    process.close()


def test_a_new_password_ends_every_other_sign_in(desk: ServiceDesk) -> None:
    one = desk.person("editor", "ada")
    other = signed_in(desk, "ada")
    change = {"current": PASSWORD, "new": "another fine password", "refreshIn": "body"}
    answer = one.client.put("/api/me/password", json=change)
    assert answer.status_code == 200
    assert works(desk, answer.json()["accessToken"])
    assert not works(desk, one.access)
    assert not works(desk, other["accessToken"])
    wrong = desk.client().post("/api/auth/login", json={"login": "ada", "password": PASSWORD})
    assert wrong.status_code == 401


def test_a_stolen_sign_in_does_not_change_the_password(desk: ServiceDesk) -> None:
    ada = desk.person("editor", "ada")
    change = {"current": "not the password", "new": "another fine password"}
    assert ada.client.put("/api/me/password", json=change).status_code == 401
    assert signed_in(desk, "ada")


def test_what_an_admin_takes_away_is_gone_with_the_next_request(desk: ServiceDesk) -> None:
    admin, user = desk.person("admin"), desk.person("admin")
    assert user.client.get("/api/users").status_code == 200
    assert admin.client.patch(f"/api/users/{user.id}", json={"role": "viewer"}).status_code == 200
    assert user.client.get("/api/users").status_code == 403
    _, token = desk.people.tokens.create(user.id, "script", ["read"], None)
    assert admin.client.delete(f"/api/users/{user.id}").status_code == 204
    assert not works(desk, user.access)
    assert not works(desk, token)
    assert refresh(desk, user.refresh.token).status_code == 401


def test_what_is_of_a_deleted_user_is_deleted_first(desk: ServiceDesk) -> None:
    admin, user = desk.person("admin"), desk.person("editor")
    desk.people.tokens.create(user.id, "script", ["read"], None)
    share = {"id": f"job_1:{user.id}", "kind": "job", "object": "job_1", "owner": admin.id, "user": user.id}
    desk.backends.documents.create("share", [share])
    there: list[bool] = []
    desk.app.state.purges.append(lambda id_: there.append(desk.people.accounts.count({}) == 2))
    assert admin.client.delete(f"/api/users/{user.id}").status_code == 204
    assert there == [True, False]
    for kind, where in [("user", {"id": user.id}), ("token", {}), ("share", {})]:
        assert desk.backends.documents.count(kind, where) == 0
    assert admin.client.delete(f"/api/users/{user.id}").status_code == 404


def test_the_last_admin_stays(desk: ServiceDesk) -> None:
    admin = desk.person("admin")
    assert admin.client.patch(f"/api/users/{admin.id}", json={"role": "editor"}).status_code == 409
    assert admin.client.delete(f"/api/users/{admin.id}").status_code == 409
    desk.person("admin")
    assert admin.client.patch(f"/api/users/{admin.id}", json={"role": "editor"}).status_code == 200


def test_the_first_account_is_made_once_by_the_code(desk: ServiceDesk) -> None:
    old, code = desk.people.setup.new_code(), desk.people.setup.new_code()
    first = {"login": "ada", "password": PASSWORD}
    for wrong in ("x", old, ""):
        assert desk.nobody.post("/api/setup", json={**first, "code": wrong}).status_code in (400, 401)
    short = {"login": "ada", "password": "short", "code": code}
    assert desk.nobody.post("/api/setup", json=short).status_code == 400
    assert desk.nobody.get("/api/instance").json()["needsSetup"] is True
    answer = desk.nobody.post("/api/setup", json={**first, "code": code})
    assert (answer.status_code, answer.json()["user"]["role"]) == (201, "admin")
    assert desk.nobody.post("/api/setup", json={**first, "login": "bob", "code": code}).status_code == 409
    assert desk.nobody.get("/api/instance").json()["needsSetup"] is False


def test_of_many_who_use_the_code_at_once_one_is_first(desk: ServiceDesk) -> None:
    code = desk.people.setup.new_code()

    def one(number: int) -> bool:
        try:
            desk.people.setup.use(code)
        except NotSignedIn:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_a_code_made_on_the_machine_signs_in_once_and_for_minutes(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    ada = desk.person("editor", "ada")
    code = desk.people.once.new_code(ada.id)
    answer = desk.nobody.post("/api/auth/code", json={"code": code})
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, ada.id)
    assert works(desk, answer.json()["accessToken"])
    for wrong in (code, "x", "setup", "once:" + "0" * 64):
        assert desk.nobody.post("/api/auth/code", json={"code": wrong}).status_code == 401
    late = desk.people.once.new_code(ada.id)
    clock.wait(10 * 60)
    assert desk.nobody.post("/api/auth/code", json={"code": late}).status_code == 401
    desk.people.once.new_code(ada.id)
    clock.wait(10 * 60 + 1)
    assert desk.people.once.tidy() == 1


def test_of_many_who_use_a_sign_in_code_at_once_one_is_in(desk: ServiceDesk) -> None:
    code = desk.people.once.new_code(desk.person("editor").id)

    def one(number: int) -> bool:
        try:
            desk.people.once.use(code)
        except NotSignedIn:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_registering_is_off_unless_it_is_set_and_makes_no_admin(tmp_path: Path, desk: ServiceDesk) -> None:
    newcomer = {"login": "Eve@Example.org", "password": PASSWORD}
    assert desk.nobody.post("/api/auth/register", json=newcomer).status_code == 403
    opened = ServiceDesk(tmp_path / "open", registration=True)
    answer = opened.nobody.post("/api/auth/register", json=newcomer)
    assert (answer.status_code, answer.json()["user"]["role"]) == (201, "editor")
    again = opened.nobody.post("/api/auth/register", json={**newcomer, "login": "EVE@example.ORG"})
    assert again.status_code == 409
    for alike in (
        "\u0435ve@example.org",
        "eve@\u0435xample.org",
        "eve@example.org\u200b",
        "eve @x",
    ):
        answer = opened.nobody.post("/api/auth/register", json={**newcomer, "login": alike})
        assert answer.status_code == 400
    half = b'{"login": "\\ud800", "name": "\\ud800", "password": "correct horse battery"}'
    headers = {"Content-Type": "application/json"}
    assert opened.nobody.post("/api/auth/register", content=half, headers=headers).status_code == 400
    opened.close()


def test_passwords_are_nowhere_but_as_argon2id(desk: ServiceDesk) -> None:
    ada = desk.person("editor", "ada")
    stored = desk.backends.documents.get("user", ada.id)
    assert stored is not None
    assert stored["password"].startswith("$argon2id$v=19$")
    for file in (desk.folder / "data").rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert PASSWORD.encode() not in data
            assert ada.refresh.token.partition(".")[2].encode() not in data


@pytest.mark.parametrize("password", ["", "short", "ada@example.org", "x" * 1025])
def test_weak_passwords_are_refused(desk: ServiceDesk, password: str) -> None:
    admin = desk.person("admin")
    new = {"login": "ada@example.org", "password": password, "role": "viewer"}
    assert admin.client.post("/api/users", json=new).status_code == 400


def test_personal_tokens_reach_as_far_as_they_were_made_for(desk: ServiceDesk) -> None:
    admin = desk.person("admin")
    made = admin.client.post("/api/tokens", json={"name": "script", "scopes": ["read"]}).json()
    script = desk.client(made["token"])
    assert script.get("/api/me").status_code == 200
    assert script.get("/api/users").status_code == 403
    assert script.post("/api/tokens", json={"name": "more", "scopes": ["admin"]}).status_code == 403
    listed = admin.client.get("/api/tokens").json()["items"]
    assert [one["name"] for one in listed] == ["script"]
    assert "token" not in listed[0]
    assert admin.client.delete(f"/api/tokens/{made['id']}").status_code == 204
    assert script.get("/api/me").status_code == 401


def test_a_token_signed_out_is_revoked_and_can_end_nothing_else(desk: ServiceDesk) -> None:
    admin = desk.person("admin")
    made, other = (
        admin.client.post("/api/tokens", json={"name": "script", "scopes": ["read"]}).json() for _ in range(2)
    )
    script = desk.client(made["token"])
    assert script.post("/api/auth/logout", json={"everywhere": True}).status_code == 403
    assert script.post("/api/auth/logout").status_code == 204
    assert script.get("/api/me").status_code == 401
    assert desk.client(other["token"]).get("/api/me").status_code == 200
    assert admin.client.get("/api/me").status_code == 200
    entry = admin.client.get("/api/audit", params={"action": "logout"}).json()["items"][0]
    assert (entry["object"], entry["tokenId"], entry["status"]) == (made["id"], made["id"], 204)


def test_personal_tokens_end_when_they_were_made_to(desk: ServiceDesk, clock: ManualClock) -> None:
    editor = desk.person("editor")
    made = editor.client.post("/api/tokens", json={"name": "day", "scopes": ["read"], "days": 1}).json()
    assert works(desk, made["token"])
    clock.wait(24 * 3600)
    assert not works(desk, made["token"])


def test_a_token_of_a_scope_above_the_role_is_not_made(desk: ServiceDesk) -> None:
    viewer = desk.person("viewer")
    for scope in ("write", "engine", "admin"):
        answer = viewer.client.post("/api/tokens", json={"name": "more", "scopes": ["read", scope]})
        assert answer.status_code == 403


def test_a_token_shrinks_with_its_users_role(desk: ServiceDesk) -> None:
    admin, other = desk.person("admin"), desk.person("admin")
    made = other.client.post("/api/tokens", json={"name": "script", "scopes": ["admin"]}).json()
    assert desk.client(made["token"]).get("/api/users").status_code == 200
    admin.client.patch(f"/api/users/{other.id}", json={"role": "viewer"})
    assert desk.client(made["token"]).get("/api/users").status_code == 403


MASS: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/api/auth/login", {"login": "ada", "password": PASSWORD, "role": "admin"}),
    ("post", "/api/auth/register", {"login": "eve", "password": PASSWORD, "role": "admin"}),
    ("post", "/api/auth/register", {"login": "eve", "password": PASSWORD, "id": "user_1"}),
    ("post", "/api/setup", {"login": "eve", "password": PASSWORD, "code": "x", "epoch": 5}),
    ("post", "/api/tokens", {"name": "n", "scopes": ["read"], "user": "user_1"}),
    ("post", "/api/tokens", {"name": "n", "scopes": ["read"], "owner": "user_1"}),
    ("post", "/api/tokens", {"name": "n", "scopes": ["read"], "expiresAt": "2099-01-01"}),
    ("post", "/api/tokens", {"name": "n", "scopes": ["read"], "hash": "0" * 64}),
    ("put", "/api/me/password", {"current": PASSWORD, "new": "another fine one", "role": "admin"}),
    ("post", "/api/auth/logout", {"everywhere": False, "user": "user_1"}),
    ("post", "/api/auth/refresh", {"refreshToken": "x", "session": "ses_1"}),
    ("post", "/api/users", {"login": "x", "password": PASSWORD, "role": "viewer", "id": "user_1"}),
    ("post", "/api/users", {"login": "x", "password": PASSWORD, "role": "viewer", "state": "x"}),
    ("post", "/api/users", {"login": "x", "password": PASSWORD, "role": "root"}),
    ("post", "/api/users", {"login": ["x"], "password": PASSWORD, "role": "viewer"}),
    ("patch", "/api/users/{me}", {"login": "root"}),
    ("patch", "/api/users/{me}", {"epoch": 7}),
    ("patch", "/api/users/{me}", {"id": "user_1"}),
    ("patch", "/api/users/{me}", {"created_us": 0}),
]


@pytest.mark.parametrize(("method", "path", "body"), MASS, ids=range(len(MASS)))
def test_fields_that_are_not_declared_are_refused(
    tmp_path: Path, method: str, path: str, body: dict[str, Any]
) -> None:
    desk = ServiceDesk(tmp_path, registration=True)
    admin = desk.person("admin", "ada")
    before = desk.backends.documents.find("user", {})
    answer = admin.client.request(method, path.format(me=admin.id), json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")
    assert PASSWORD not in answer.text
    assert desk.backends.documents.find("user", {}) == before
    desk.close()


@pytest.mark.parametrize("query", ["owner=user_1", "limit=0", "limit=x", "limit=5&role=king", "after=%00%ff"])
def test_queries_that_are_not_declared_are_refused(desk: ServiceDesk, query: str) -> None:
    admin = desk.person("admin")
    answer = admin.client.get(f"/api/users?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")


def test_lists_come_in_pages_that_miss_nobody(desk: ServiceDesk) -> None:
    admin = desk.person("admin")
    everybody = {admin.id} | {desk.person("viewer").id for _ in range(4)}
    seen: list[str] = []
    after: str | None = None
    while True:
        asked = {"limit": 2} if after is None else {"limit": 2, "after": after}
        page = admin.client.get("/api/users", params=asked).json()
        assert page["total"] == len(everybody)
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert (len(seen), set(seen)) == (len(everybody), everybody)


def signed_in(desk: ServiceDesk, login: str) -> dict[str, Any]:
    credentials = {"login": login, "password": PASSWORD, "refreshIn": "body"}
    answer = desk.client().post("/api/auth/login", json=credentials)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_trail_says_who_did_what_to_which_object(desk: ServiceDesk) -> None:
    admin, user = desk.person("admin"), desk.person("viewer")
    admin.client.patch(f"/api/users/{user.id}", json={"role": "editor"})
    user.client.patch(f"/api/users/{user.id}", json={"role": "admin"})
    desk.nobody.post("/api/auth/login", json={"login": "nobody", "password": "not the password"})
    trail = admin.client.get("/api/audit").json()["items"]
    told = [(one["action"], one["actor"], one["object"], one["status"]) for one in trail]
    assert told == [
        ("login", None, None, 401),
        ("patchUser", user.id, user.id, 403),
        ("patchUser", admin.id, user.id, 200),
    ]
    assert trail[0]["requestId"].startswith("req_")
    only = admin.client.get("/api/audit", params={"actor": user.id}).json()
    assert (len(only["items"]), only["total"]) == (1, 1)


def test_nobody_but_admins_reads_the_trail(desk: ServiceDesk) -> None:
    person: Person = desk.person("editor")
    assert person.client.get("/api/audit").status_code == 403
