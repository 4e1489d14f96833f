"""scenes.py - every page in the states that people meet, as {name: (path, {message: its answer})}."""
import time

from campus.png import png

NOW = int(time.time() * 1000)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FRAME = {"name": "Ada Lovelace", "user": "ada", "csrf": "form-value", "level": "two_factors", "since": NOW - 2 * HOUR}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0"
LONG = "Departmentforcomputersciencemathematicsandeverythingthatliesbetweenthetwoofthem"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Example%20University:ada?secret={SECRET}&issuer=Example%20University&algorithm=SHA1&digits=6&period=30"


def started(**more):
    return {"login_start": ("login_started", {"cookie": "sealed", "csrf": "form-value", "id": "first-ask", **more})}


def ask(kind, **fields):
    """A login that waits at this question."""
    fields = {"id": "an-ask", "csrf": "form-value", **fields}
    return "/login", started(pending=True) | {"turn": (f"ask_{kind}", fields)}


def denied(text, **more):
    """A sign-in that was refused."""
    return "/login", started(pending=True) | {"turn": ("login_denied", {"text": text, **more})}


def application(outcome, **fields):
    """What stands between a person and an application."""
    return "/hand-over?to=https%3A%2F%2Freports.example.edu&nonce=n&next=%2F", {"hand_over": (
        "check_verdict", {"outcome": outcome, **fields})}


def values(*texts):
    return [{"value": text} for text in texts]


def field(name, label, section, *texts, **more):
    return {"name": name, "label": label, "section": section, "type": "line", "max": 100, "values": values(*texts), **more}


PROFILE = {
    "frame": FRAME, "version": "v1", "fields": [
        field("name", "attribute_name", "section_person", "Ada Lovelace", first=True),
        field("called", "attribute_preferred_name", "section_person", "Ada", writable=True, hint="hint_preferred_name"),
        field("affiliation", "attribute_affiliation", "section_person", "employee", "faculty", "member", many=True),
        field("picture", "attribute_photo", "section_person", type="photo"),
        field("phone", "attribute_phone", "section_contact", "+49 30 1234567", "+49 30 7654321", first=True, writable=True, many=True,
              type="telephone", hint="hint_phone"),
        field("mobile", "attribute_mobile", "section_contact", writable=True, many=True, type="telephone", hint="hint_mobile"),
        field("room", "attribute_room", "section_contact", "H 2.14", writable=True, hint="hint_room"),
        field("address", "attribute_address", "section_contact", "Analytical Engine Institute\n1 Babbage Way\n10115 Berlin", writable=True,
              type="lines", hint="hint_address"),
        field("page", "attribute_link", "section_contact", "https://example.edu/~ada My notes", writable=True, type="link", hint="hint_link"),
        field("language", "attribute_language", "section_settings", "en", first=True, writable=True, type="language",
              hint="hint_language"),
    ]}

SESSIONS = {"frame": FRAME, "others": True, "sessions": [
    {"id": "s1", "browser": FIREFOX, "address": "192.0.2.7", "place": "Campus network", "since": NOW - 2 * HOUR, "seen": NOW - MINUTE,
     "expires": NOW + DAY, "level": "two_factors", "door": "web", "current": True},
    {"id": "s2", "browser": CHROME, "address": "2001:db8:85a3:8d3:1319:8a2e:370:7348", "since": NOW - DAY, "seen": NOW - 5 * HOUR,
     "expires": NOW + DAY, "level": "password", "door": "web"},
    {"id": "s3", "browser": "", "since": NOW - 40 * DAY, "seen": NOW - 39 * DAY, "expires": NOW + DAY, "level": "two_factors"},
]}


def happened(age, event, browser=None, **more):
    return {"at": NOW - age, "event": event, "browser": browser, "address": "192.0.2.7", "place": "Campus network", **more}


ACTIVITY = {"frame": FRAME, "next": 50, "rows": [
    happened(2 * HOUR, "activity_signed_in", FIREFOX, door="web"),
    happened(3 * HOUR, "activity_wrong_code", CHROME, door="web", failed=True, address="198.51.100.23", place=None),
    happened(DAY, "activity_signed_in", door="sshd"),
    happened(2 * DAY, "activity_factor_added", FIREFOX, door="web", object="My telephone"),
    happened(9 * DAY, "activity_wrong_password", EDGE, door="web", failed=True, address="2001:db8:85a3:8d3:1319:8a2e:370:7348"),
]}

SECURITY = {"frame": FRAME, "may_add": True, "today": time.strftime("%Y-%m-%d"), "recovery_left": 7, "recovery_made": NOW - 20 * DAY, "factors": [
    {"id": "f1", "kind": "totp", "name": "Telephone", "added": NOW - 300 * DAY, "used": NOW - 2 * HOUR},
    {"id": "f2", "kind": "totp", "name": "The tablet that lies beside the coffee machine in the kitchen", "added": NOW - HOUR,
     "counts_from": NOW + DAY},
    {"id": "f3", "kind": "totp", "name": "Old phone", "added": NOW - 900 * DAY, "used": NOW - 100 * DAY, "rests": True},
]}

HOME = {
    "frame": FRAME, "has_last": True, "last_at": NOW - 26 * HOUR, "last_browser": FIREFOX, "last_place": "Campus network", "failed": 3,
    "attributes": [{"label": "attribute_name", "values": values("Ada Lovelace")}, {"label": "attribute_mail", "values": values(
        "ada@example.edu", "ada.lovelace@analytical-engine.example.edu")}, {"label": "attribute_unit", "values": values(LONG)},
        {"label": "attribute_room", "values": []}],
    "groups": [{"name": "staff", "description": "Everybody who works here"}, {"name": "engine-builders"}], "more_groups": True,
    "more_applications": True,
    "applications": [{"name": "Learning platform", "about": "Courses, papers, exercises", "link": "https://moodle.example.edu/", "initial": "L"},
                     {"name": "Library", "about": "Books and journals", "link": "https://library.example.edu/", "initial": "L", "logo": "/services/campus-wiki/logo?v=1"},
                     {"name": "Timetable", "link": "https://timetable.example.edu/", "initial": "T"}],
    "waiting": [{"text": "waiting_recovery_low", "count": 2, "link": "/security"},
                {"text": "waiting_password_expires", "count": 6, "link": "/profile"}]}

CODES = [{"code": f"{code}-{code[5:9]}"} for code in ("k3dm-7xqp-2v9n", "w8rt-4hjc-6z3f", "p5bn-9ymk-3t7d", "d2vx-8qgr-5w4h", "z7cf-6npt-9k2m",
                                                   "h4jw-3dyb-7r8x", "t9km-5vzq-4c6p", "b6xg-2fhn-8m3y", "r3pd-7wtc-6j9v", "m8yz-4kbf-2q5g")]
PROBLEMS = [{"field": "phone", "text": "malformed", "label": "attribute_phone", "words": "telephoneNumber: value #0 invalid per syntax"}]



def onward(**answer):
    return "/oidc/authorize?client_id=x", {"oidc_authorize": ("oidc_redirect", {
        "redirect_uri": "https://reports.example.edu/cb", "iss": "https://id.example.edu", "error": "server_error"} | answer)}


def service_fault(**answer):
    return "/oidc/authorize?client_id=x", {"oidc_authorize": ("oidc_fault", answer)}


def left(*rows, **more):
    """Behind a sign-out: (name, state) of each application."""
    return "/signed-out?of=" + "A" * 22, {"signed_out": ("signed_out_page", {
        "applications": [{"name": name, "state": state} for name, state in rows], **more})}


def leaving(**answer):
    return "/oidc/logout?state=x", {"oidc_logout": ("oidc_leaving", {"csrf": "form-value"} | answer)}


def device(**answer):
    return "/device?user_code=BCDF-GHJK", {"device_look": ("device_page", {
        "csrf": "form-value", "person": "Ada Lovelace", "asked": NOW - MINUTE, "elsewhere": False} | answer)}


def told(name, known=True):
    return {"name": name, "text": f"told_{name}" if known else None}


def learnt(label, *names, more=0, **fields):
    """A row of /services: what it is called, and what it was told."""
    return {"id": label.lower().replace(" ", "-"), "name": label, "initial": label[0], "learnt": [told(name) for name in names], "more": more} | fields


LOGO = "/services/campus-wiki/logo?v=1"
PICTURE = {"service_logo": ("service_logo_found", {"png": png(64, 48)})}
SERVICES = {"frame": FRAME, "next": 16, "services": [
    learnt("Campus wiki", "sub", "name", "email", about="Where the institutes write down what they know", link="https://wiki.example.edu/",
           first=NOW - 300 * DAY, last=NOW - 2 * HOUR, agreed=NOW - 300 * DAY, logo=LOGO),
    learnt("Learning platform", about="Courses, papers, exercises", link="https://moodle.example.edu/"),
    learnt("printing", link="https://print.example.edu/", first=NOW - DAY, last=NOW - DAY),
    learnt("Reports of the faculty", "preferred_username", "groups", more=3, first=NOW - 40 * DAY, last=NOW - 39 * DAY, gone=True),
]}
TOLD = {"recognised": True, "now": [told("name") | {"values": "Ada Lovelace"}, told("email") | {"values": "ada@example.edu"},
                                    told("groups") | {"values": "employees, engine-builders, lectures-in-winter", "more": 14},
                                    told("cost_centre", known=False) | {"values": "4711"}],
        "later": [told("phone_number"), told("parking_place", known=False)]}


def consent(path="/oidc/authorize?client_id=x", asks="oidc_authorize", **answer):
    return path, {asks: ("consent_page", {
        "csrf": "form-value", "person": "Ada Lovelace", "name": "Campus wiki", "initial": "C", "about": "Where the institutes write down what they know",
        "told": TOLD, "question": "sealed"} | answer)} | PICTURE


DENIALS = ["sign_in_failed", "busy", "directory_unreachable", "form_expired", "account_refused", "enrolment_closed", "audit_paused", "mail_paused", "try_later"]
FAULTS = ["internal", "forbidden", "malformed", "busy", "directory_unreachable", "store_unreachable", "level", "form_expired",
          "authority_unreachable", "audit_paused", "mail_paused", "clock_doubted", "judge_unreachable", "too_fast"]

SCENES = {
    "sign-in": ("/login", started()),
    "sign-in-for-library": ("/login?next=%2Fhand-over%3Fto%3Dhttps%253A%252F%252Flibrary.example.edu", started()),
    "sign-in-for-service": ("/login?next=%2Foidc%2Fauthorize%3Fclient_id%3Dx", started() | {"service_named": ("service_name", {"name": "Campus wiki"})}),
    "signed-out": ("/login?done=signed_out", started()),
    "signed-in-already": ("/login", started(signed_in="Ada Lovelace")),
    "prove-password": ask("password", user="ada", act="factor_add"),
    "prove-password-wrong": ask("password", user="ada", act="factor_add", problem="sign_in_failed"),
    "notice": ask("notice", text="password_expires", count=6, person="Ada Lovelace"),
    "notice-other": ask("notice", text="other_session", name="Charles Babbage", person="Ada Lovelace"),
    "code": ask("code", devices=[{"name": "Telephone"}], others=True, person="Ada Lovelace"),
    "code-used": ask("code", devices=[{"name": "Telephone"}, {"name": "Tablet in the kitchen"}], others=True, person="Ada Lovelace",
                     problem="code_used", wait_s=12),
    "code-act": ask("code", devices=[{"name": "Telephone"}], others=True, person="Ada Lovelace", act="undo_since", wait_s=17),
    "choose": ask("choose", options=[{"name": "totp"}, {"name": "recovery", "left": 7}], person="Ada Lovelace"),
    "choose-late": ask("choose", options=[{"name": "totp"}], person="Ada Lovelace", problem="not_pending"),
    "recovery": ask("recovery", person="Ada Lovelace"),
    "recovery-wrong": ask("recovery", person="Ada Lovelace", problem="recovery_wrong"),
    "new-password": ask("new_password", reason="password_must_change", person="Ada Lovelace"),
    "new-password-grace": ask("new_password", reason="password_grace", count=3, may_skip=True, person="Ada Lovelace",
                              problem="password_quality", words="it is based on a dictionary word"),
    "enrol": ask("enrol_totp", secret=SECRET, uri=URI, person="Ada Lovelace"),
    "enrol-wrong": ask("enrol_totp", secret=SECRET, uri=URI, person="Ada Lovelace", problem="enrol_code_wrong"),
    "recovery-sheet": ask("recovery_sheet", codes=CODES, made=NOW, person="Ada Lovelace", user="ada"),
    "home": ("/", {"home": ("home_page", HOME)} | PICTURE),
    "home-first": ("/", {"home": ("home_page", {"frame": FRAME})}),
    "profile": ("/profile", {"profile": ("profile_page", PROFILE)}),
    "profile-problem": ("/profile", {"profile": ("profile_page", PROFILE), "profile_save": ("problems", {"errors": PROBLEMS})}),
    "profile-saved": ("/profile?done=profile_saved", {"profile": ("profile_page", PROFILE)}),
    "sessions": ("/sessions", {"session_list": ("sessions", SESSIONS)}),
    "sessions-ended": ("/sessions?done=sessions_ended", {"session_list": ("sessions", SESSIONS | {
        "sessions": SESSIONS["sessions"][:1], "others": False})}),
    "activity": ("/activity", {"activity": ("activity_page", ACTIVITY)}),
    "activity-empty": ("/activity", {"activity": ("activity_page", {"frame": FRAME})}),
    "security": ("/security?done=factor_added", {"security": ("security_page", SECURITY)}),
    "security-empty": ("/security", {"security": ("security_page", {"frame": FRAME, "may_add": True, "today": SECURITY["today"]})}),
    "not-found": ("/no-such-page", {}),
    "application-closed": application("forbidden", label="Reports of the faculty", rule="reports.groups"),
    "application-level": application("level", label="Grades", rule="grades.level"),
    "application-stale": application("stale", label="Learning platform"),
    "onward": onward(mode="form_post", code="c" * 43, state="s" * 40),
    "onward-error": onward(mode="form_post", error="access_denied", state="x"),
    "leaving": leaving(name="Reports of the faculty", client_id="reports", to="https://reports.example.edu/bye"),
    "leaving-of-nobody": leaving(),
    "left": left(("Campus wiki", "confirmed"), ("Course pages", "confirmed")),
    "left-others": left(("Campus wiki", "confirmed"), others=True),
    "left-badly": left(("Campus wiki", "confirmed"), ("Learning platform", "waits"), ("Reports of the faculty", "refused"), ("Library", "untold"),
                       ("Photographs", "browser"), ("Timetable", "told"), waits=True, missed=True),
    "device": device(),
    "device-compare": device(user_code="BCDF-GHJK", name="Reports of the faculty", address="192.0.2.7"),
    "device-elsewhere": device(user_code="BCDF-GHJK", name="Reports of the faculty", address="2001:db8:85a3:8d3:1319:8a2e:370:7348", elsewhere=True),
    "device-unknown": device(problem="device_code_unknown"),
    "device-too-often": device(problem="device_too_often", wait_s=60),
    "device-done": device(name="Reports of the faculty", done="device_allowed"),
    "device-consent": device(user_code="BCDF-GHJK", name="Reports of the faculty", address="192.0.2.7", told=TOLD | {"offline": True}),
    "services": ("/services?done=consent_withdrawn", {"services": ("services_page", SERVICES)} | PICTURE),
    "services-found": ("/services?q=wiki", {"services": ("services_page", SERVICES | {"q": "wiki", "services": SERVICES["services"][:1], "next": None})} | PICTURE),
    "services-not-found": ("/services?q=wika", {"services": ("services_page", {"frame": FRAME, "q": "wika"})}),
    "services-empty": ("/services", {"services": ("services_page", {"frame": FRAME})}),
    "consent": consent(),
    "consent-once": consent(once=True),
    "consent-again": consent(again=True, logo=LOGO, told=TOLD | {"offline": True, "allowed": [{"name": "mail.read"}, {"name": "calendar.write"}]}),
    "consent-nothing": consent("/cas/login?service=https%3A%2F%2Fwiki.example.edu%2F", "cas_login", about=None, told={}),
    "consent-refused": service_fault(text="consent_refused", name="Reports of the faculty"),
    "service-level": service_fault(text="level_missing", name="Grades", rule="grades.level"),
    "service-unknown": service_fault(text="service_not_registered"),
    "service-address": service_fault(text="service_redirect", name="Reports of the faculty"),
}
SCENES |= {f"denied-{text}": denied(text) for text in DENIALS}
SCENES |= {f"fault-{reason}": ("/", {"home": ("refused", {"reason": reason})}) for reason in FAULTS}

# With scripts nobody sees them for long.
LEAVING = {"onward", "onward-error"}

# Whose texts come from people and directories: these are looked at with too much of everything, too.
GROWING = ["signed-in-already", "prove-password", "notice-other", "code", "code-used", "choose", "recovery", "new-password-grace", "enrol", "recovery-sheet",
           "home", "services", "consent", "profile", "profile-problem", "sessions", "activity", "security", "application-closed", "leaving", "left-badly"]
