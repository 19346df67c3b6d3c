"""What Mastodon is configured to use elsewhere, and whether that answers: asked from this machine, with the values that Mastodon has."""

from __future__ import annotations

import base64
import json
import smtplib
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse

from ldap_client import INVALID_CREDENTIALS, NO_SUCH_OBJECT, Connection, LdapError

PATIENCE = 10  # seconds
LONGEST = 300  # characters of what others say

Environment = Mapping[str, str]


class Refused(Exception):
    """The service does not serve, and why."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def fields(self) -> Mapping[str, object]:
        """Of a JSON object."""
        try:
            read = json.loads(self.body)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise Refused(f"answers {self.status} with what is no JSON object")
        return read


class AsItIs(urllib.request.HTTPErrorProcessor):
    """Each answer as it comes: Mastodon follows no redirect here, and where one leads to would get the login."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002
        return response

    https_response = http_response


# Without the proxies of this machine's environment: what is asked here is asked directly.
OPENER = urllib.request.build_opener(AsItIs, urllib.request.ProxyHandler({}))


def ask(url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None) -> Answer:
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise Refused(f"{url} is no web address")
    request = urllib.request.Request(url, data=data, headers={"User-Agent": "mastodon-on-civo", **(headers or {})})
    try:
        answer: HTTPResponse
        with OPENER.open(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, answer.read(1_000_000))
    except urllib.error.URLError as error:
        raise Refused(f"{url} can't be asked: {error.reason}") from error
    except OSError as error:
        raise Refused(f"{url} can't be asked: {error}") from error


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def texts(fields: Mapping[str, object], name: str) -> list[str] | None:
    """None where the provider does not say."""
    value = fields.get(name)
    return [str(one) for one in value] if isinstance(value, list) else None


def oidc(environment: Environment) -> str:
    """As omniauth_openid_connect does: discovery, the page where people log in, and the exchange of a code, which is refused for the code alone."""
    issuer = environment["OIDC_ISSUER"]
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    found = ask(url)
    if found.status != 200:
        raise Refused(f"{url} answers {found.status}; expected a discovery document")
    provider = found.fields()
    if text(provider, "issuer") != issuer:
        raise Refused(
            f"the provider calls itself {text(provider, 'issuer')}, and the issuer is set to {issuer}: they have to be the same, with or without a slash at the end"
        )
    places = {name: text(provider, name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, place in places.items():
        if not place:
            raise Refused(f"{url} has no {name}")
    scopes = environment["OIDC_SCOPE"].split(",")
    offered = texts(provider, "scopes_supported")
    missing = [scope for scope in scopes if offered is not None and scope not in offered]
    if missing:
        raise Refused(f"the provider does not know the scope {', '.join(missing)}; it has {', '.join(offered or [])}")
    asks_pkce = environment.get("OIDC_USE_PKCE") == "true"
    if asks_pkce and "S256" not in (texts(provider, "code_challenge_methods_supported") or ["S256"]):
        raise Refused("the provider does not know PKCE with S256")
    if not ask(places["jwks_uri"]).fields().get("keys"):
        raise Refused(f"{places['jwks_uri']} has no keys")
    log_in(environment, places["authorization_endpoint"], scopes, asks_pkce)
    exchange(environment, places["token_endpoint"])
    return f"{issuer} is the provider, and knows this server"


def log_in(environment: Environment, endpoint: str, scopes: list[str], asks_pkce: bool) -> None:
    """The page where people log in: a provider refuses there an id or an address that it does not know."""
    query = {
        "client_id": environment["OIDC_CLIENT_ID"],
        "redirect_uri": environment["OIDC_REDIRECT_URI"],
        "response_type": environment.get("OIDC_RESPONSE_TYPE", "code"),
        "scope": " ".join(scopes),
        "state": "probe",
        "nonce": "probe",
        **({"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"} if asks_pkce else {}),
    }
    url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urllib.parse.urlencode(query)}"
    status = ask(url).status
    if status >= 400:
        raise Refused(
            f"the page where people log in answers {status}: the provider does not know the id {query['client_id']} or its address {query['redirect_uri']}"
        )


def exchange(environment: Environment, endpoint: str) -> None:
    """A code that no client was given: a provider that knows the secret refuses the code, and else the server."""
    user, password = environment["OIDC_CLIENT_ID"], environment["OIDC_CLIENT_SECRET"]
    form = {"grant_type": "authorization_code", "code": "probe", "redirect_uri": environment["OIDC_REDIRECT_URI"]}
    headers: dict[str, str] = {}
    if environment.get("OIDC_CLIENT_AUTH_METHOD") == "client_secret_post":
        form |= {"client_id": user, "client_secret": password}
    elif environment.get("OIDC_CLIENT_AUTH_METHOD") == "jwks":
        return
    else:
        # RFC 6749, 2.3.1: both are encoded as in a form first.
        headers = basic(urllib.parse.quote_plus(user), urllib.parse.quote_plus(password))
    answer = ask(endpoint, headers, urllib.parse.urlencode(form).encode())
    reason = text(answer.fields(), "error") if answer.status >= 400 else ""
    if answer.status == 401 or reason in {"invalid_client", "unauthorized_client"}:
        raise Refused(f"the provider refuses the secret of {user} ({answer.status} {reason})")


def ldap(environment: Environment) -> str:
    """The name that Mastodon searches under at each login, and the place where it searches."""
    method, host, port = environment.get("LDAP_METHOD", "simple_tls"), environment["LDAP_HOST"], environment.get("LDAP_PORT", "389")
    where = f"{'ldaps' if method == 'simple_tls' else 'ldap'}://{host}:{port}"
    name, base = environment["LDAP_BIND_DN"], environment["LDAP_BASE"]
    try:
        with Connection(host, int(port), method, PATIENCE) as connection:
            connection.bind(name, environment["LDAP_PASSWORD"])
            connection.look_for(base)
    except LdapError as error:
        reasons = {
            INVALID_CREDENTIALS: f"refuses the name {name} or its password",
            NO_SUCH_OBJECT: f"has no {base}, or does not show it to {name}",
        }
        raise Refused(f"{where} {reasons.get(error.code or 0, f'refuses: {error}')}") from error
    except OSError as error:
        raise Refused(f"{where} can't be asked: {error}") from error
    return f"{where} takes the name and its password, and has {base}"


def search(environment: Environment) -> str:
    host, port = environment["ES_HOST"], environment.get("ES_PORT", "9200")
    url = f"{host if '://' in host else f'http://{host}'}:{port}/"
    user, password = environment.get("ES_USER"), environment.get("ES_PASS", "")
    answer = ask(url, basic(user, password) if user else {})
    if answer.status in {401, 403}:
        raise Refused(f"{url} refuses the login ({answer.status})")
    version = answer.fields().get("version")
    if answer.status != 200 or not isinstance(version, dict):
        raise Refused(f"{url} answers {answer.status}, and is no Elasticsearch or OpenSearch")
    return f"{url} is {version.get('distribution', 'elasticsearch')} {version.get('number', '')}"


def deepl(environment: Environment) -> str:
    plan = environment.get("DEEPL_PLAN", "free")
    url = f"https://api{'-free' if plan == 'free' else ''}.deepl.com/v2/usage"
    answer = ask(url, {"Authorization": f"DeepL-Auth-Key {environment['DEEPL_API_KEY']}"})
    if answer.status != 200:
        raise Refused(
            f"DeepL answers {answer.status} with the plan {plan}: 403 is a wrong key, or one of the other plan; 456 a quota that is used up"
        )
    return f"DeepL takes the key, with the plan {plan}"


def libre_translate(environment: Environment) -> str:
    url = f"{environment['LIBRE_TRANSLATE_ENDPOINT']}/languages"
    answer = ask(url)
    if answer.status != 200:
        raise Refused(f"{url} answers {answer.status}; expected a list of languages")
    return f"{environment['LIBRE_TRANSLATE_ENDPOINT']} translates"


def bulk_mail(environment: Environment) -> str:
    """As far as the login: no mail is sent."""
    host, port = environment["BULK_SMTP_SERVER"], int(environment.get("BULK_SMTP_PORT", "25"))
    trust = ssl.create_default_context()
    encrypted = "true" in {environment.get("BULK_SMTP_TLS"), environment.get("BULK_SMTP_SSL")}
    user, password = environment.get("BULK_SMTP_LOGIN", ""), environment.get("BULK_SMTP_PASSWORD", "")
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trust)
            if encrypted
            else smtplib.SMTP(host, port, timeout=PATIENCE) as relay
        ):
            if not encrypted:
                relay.starttls(context=trust)
            if environment.get("BULK_SMTP_AUTH_METHOD") != "none":
                relay.login(user, password)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(f"{host}:{port}: {error}") from error
    return f"{host}:{port} takes the login"


def traces(environment: Environment) -> str:
    """An export of nothing is a valid one (opentelemetry-proto: all of its fields are repeated)."""
    url = environment["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/") + "/v1/traces"
    pairs = [one.split("=", 1) for one in environment.get("OTEL_EXPORTER_OTLP_HEADERS", "").split(",") if "=" in one]
    headers = {name.strip(): urllib.parse.unquote(value.strip()) for name, value in pairs}
    answer = ask(url, {"Content-Type": "application/x-protobuf", **headers}, b"")
    if answer.status >= 300:
        raise Refused(f"{url} answers {answer.status}; expected that it takes traces")
    return f"{url} takes traces"


@dataclass(frozen=True)
class Service:
    name: str
    is_used: Callable[[Environment], bool]
    look: Callable[[Environment], str]


SERVICES = (
    Service("oidc", lambda one: one.get("OIDC_ENABLED") == "true" and one.get("OIDC_DISCOVERY") == "true", oidc),
    Service("ldap", lambda one: one.get("LDAP_ENABLED") == "true", ldap),
    Service("search", lambda one: one.get("ES_ENABLED") == "true", search),
    Service("deepl", lambda one: "DEEPL_API_KEY" in one, deepl),
    Service("libreTranslate", lambda one: "LIBRE_TRANSLATE_ENDPOINT" in one and "DEEPL_API_KEY" not in one, libre_translate),
    Service("bulkMail", lambda one: "BULK_SMTP_SERVER" in one, bulk_mail),
    Service("traces", lambda one: "OTEL_EXPORTER_OTLP_ENDPOINT" in one, traces),
)


def read(lines: str) -> Environment:
    """An environment file: all behind the first `=` as it is."""
    pairs = (line.split("=", 1) for line in lines.splitlines() if "=" in line and not line.startswith("#"))
    return dict(pairs)


def examine(environment: Environment) -> list[dict[str, object]]:
    """Of each that is used: whether it serves, and what it said, without control characters."""
    found: list[dict[str, object]] = []
    for service in SERVICES:
        if not service.is_used(environment):
            continue
        try:
            serves, said = True, service.look(environment)
        except Refused as refused:
            serves, said = False, str(refused)
        except KeyError as missing:
            serves, said = False, f"{missing.args[0]} is missing"
        printable = "".join(letter if letter.isprintable() else "?" for letter in said)
        found.append({"service": service.name, "serves": serves, "said": printable[:LONGEST]})
    return found
