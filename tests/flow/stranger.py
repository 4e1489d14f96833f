"""stranger.py - a university that is not the demo: its slapd with cn=config, people named by cn in two branches, groups of two kinds,
passwords over TLS alone; and the installation beside it, by the very commands of docs/install.md.

Everything lies in one folder, which stands for the machine's root: the commands are those of the document, with the folder put in front of
the paths, the university's names in place of the example's, and free ports.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from campus.client import Campus, until
from campus.guard import die_with_parent
from campus.layout import BIN, ETC
from campus.supervisor import tcp_ready, unix_ready
from conftest import ROOT, free_port
from conversation import Conversation
from turning import changed

SUFFIX = "o=Hochschule,c=de"
ADMIN = f"cn=Verwalter,{SUFFIX}"
ADMIN_PASSWORD = "geheim geheim"
OFFSETS = {"ldap": 4, "https": 0, "http": 7, "door": 1, "check": 2, "back": 3}      # as far as a campus's: free_port looks at those
NAMES = {"ou=people,dc=example,dc=edu": f"ou=Personen,{SUFFIX}", "ou=groups,dc=example,dc=edu": f"ou=Gruppen,{SUFFIX}",
         "ou=services,dc=example,dc=edu": f"ou=Dienste,{SUFFIX}", "ou=policies,dc=example,dc=edu": f"ou=Richtlinien,{SUFFIX}",
         "cn=admin,dc=example,dc=edu": ADMIN, "dc=example,dc=edu": SUFFIX}
ROLES = ("door", "check", "back", "gate", "courier", "pam", "admin", "turn")

# cn=config as Debian's package makes it, with a database of the university's own; nobody binds without TLS.
CONFIG = """dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {dir}/slapd.pid
olcTLSCACertificateFile: {dir}/ca.pem
olcTLSCertificateFile: {dir}/server.pem
olcTLSCertificateKeyFile: {dir}/server.key
olcSecurity: simple_bind=128

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/nis.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{-1}}frontend
olcAccess: to dn.exact="" by * read

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: to * by dn.exact=gidNumber={gid}+uidNumber={uid},cn=peercred,cn=external,cn=auth manage by * none

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcDbDirectory: {dir}/data
olcDbNoSync: TRUE
olcSuffix: {suffix}
olcRootDN: {admin}
olcRootPW: {password}
olcSecurity: tls=1
olcDbIndex: objectClass,uid,cn,mail,memberUid,member eq
olcAccess: to attrs=userPassword by self write by anonymous auth by * none
olcAccess: to dn.subtree="ou=Personen,{suffix}" attrs=mobile,telephoneNumber,displayName by self write by users read
olcAccess: to * by users read by * none

dn: olcOverlay=ppolicy,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: ppolicy
"""
UNITS = ("ou=Personen", "ou=Studierende,ou=Personen", "ou=Gruppen", "ou=Dienste", "ou=Richtlinien")


class Person:
    def __init__(self, name, user, number, password, unit="ou=Personen"):
        self.name, self.user, self.number, self.password = name, user, number, password
        self.dn, self.totp = f"cn={name},{unit},{SUFFIX}", None


ANNA = Person("Anna Schmidt", "schmidta", 30001, "Anna geht aus 1")
BJOERN = Person("Björn Öztürk", "oeztuerk", 30002, "Björns Kennwort")
CLARA = Person("Clara Weiß", "weissc", 30003, "Claras Passwort", "ou=Studierende,ou=Personen")
DORA = Person("Dora Lang", "langd", 30004, "Dora geht zu Fuß")
PEOPLE = (ANNA, BJOERN, CLARA, DORA)


def run(*argv, **options):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, timeout=120, **options)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


def ldif(dn, *rows):
    """An entry; what is not ASCII is written as base64, as ldapadd wants it only for DNs and takes it for all."""
    import base64
    lines = [("dn", dn), *rows]
    return "".join(f"{key}: {value}\n" if value.isascii() else f"{key}:: {base64.b64encode(value.encode()).decode()}\n"
                   for key, value in lines) + "\n"


def tree():
    yield ldif(SUFFIX, ("objectClass", "organization"), ("o", "Hochschule"))
    for unit in UNITS:
        yield ldif(f"{unit},{SUFFIX}", ("objectClass", "organizationalUnit"), ("ou", unit.split(",")[0][3:]))
    for person in PEOPLE:
        hashed = run("/usr/sbin/slappasswd", "-h", "{SSHA}", "-n", "-s", person.password)
        yield ldif(person.dn, ("objectClass", "inetOrgPerson"), ("objectClass", "posixAccount"), ("cn", person.name),
                   ("sn", person.name.split()[-1]), ("uid", person.user), ("uidNumber", str(person.number)), ("gidNumber", "5000"),
                   ("homeDirectory", f"/home/{person.user}"), ("mail", f"{person.user}@hochschule.example"), ("userPassword", hashed),
                   ("mobile", "+49 170 1"))
    yield ldif(f"cn=alle,ou=Gruppen,{SUFFIX}", ("objectClass", "posixGroup"), ("cn", "alle"), ("gidNumber", "5000"),
               ("memberUid", ANNA.user), ("memberUid", CLARA.user))
    for name, members in (("Mitarbeiter", (ANNA, BJOERN)), ("spom-leute", (ANNA,))):
        yield ldif(f"cn={name},ou=Gruppen,{SUFFIX}", ("objectClass", "groupOfNames"), ("cn", name),
                   *(("member", member.dn) for member in members))


def blocks():
    """The commands of the installation, in their order."""
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    return re.findall(r"^```sh install\n(.*?)^```$", text, re.M | re.S)


class Machine:
    """The root folder, what runs in it, and the portal as a browser's tests know it (`site`)."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="spom-str-", dir="/tmp"))       # short: socket paths are
        self.dir.chmod(0o755)
        first = free_port()
        self.ports = {name: first + offset for name, offset in OFFSETS.items()}
        self.portal = f"https://localhost:{self.ports['https']}"
        self.ldapi = f"ldapi://{str(self.dir / 'ldapi').replace('/', '%2F')}"
        self.ldap = f"ldap://127.0.0.1:{self.ports['ldap']}"
        self.running = {}
        self.site = Site(self)

    # --- processes ---

    def start(self, name, argv, ready, **options):
        me = os.getpid()
        with open(self.dir / f"{name}.log", "a", encoding="utf-8") as log:
            process = subprocess.Popen([str(word) for word in argv], stdout=log, stderr=log, cwd="/",
                                       preexec_fn=lambda: die_with_parent(me, signal.SIGTERM), **options)
        self.running[name] = process
        until(lambda: process.poll() is not None or ready(), f"{name} serves", 20)
        assert process.poll() is None, (self.dir / f"{name}.log").read_text(encoding="utf-8")

    def stop(self, name):
        process = self.running.pop(name)
        process.terminate()
        process.wait(20)

    def end(self):
        for name in reversed(list(self.running)):
            self.stop(name)
        shutil.rmtree(self.dir)

    # --- before SPOM ---

    def certify(self):
        """A CA of the university's own, and one certificate for slapd and nginx."""
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "30")
        run("openssl", "req", *key, "-subj", "/O=Hochschule/CN=Hochschule CA", "-keyout", self.dir / "ca.key", "-out", self.dir / "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign")
        run("openssl", "req", *key, "-CA", self.dir / "ca.pem", "-CAkey", self.dir / "ca.key", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
            "-keyout", self.dir / "server.key", "-out", self.dir / "server.pem")

    def directory(self):
        config = self.dir / "slapd.d"
        for folder in (config, self.dir / "data"):
            folder.mkdir()
        text = CONFIG.format(dir=self.dir, uid=os.geteuid(), gid=os.getegid(), suffix=SUFFIX, admin=ADMIN, password=ADMIN_PASSWORD)
        run("/usr/sbin/slapadd", "-n", "0", "-F", config, input=text)
        run("/usr/sbin/slapadd", "-q", "-n", "1", "-F", config, input="".join(tree()))
        self.start("slapd", ["/usr/sbin/slapd", "-d", "0", "-F", config, "-h", f"{self.ldap} {self.ldapi}"], tcp_ready(self.ports["ldap"]))

    def package(self):
        """What the package brings, and the files of Debian's that the installation changes."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        run("make", "-s", "install", f"DESTDIR={self.dir}", "PREFIX=/usr", cwd=ROOT, env=environment)
        for folder in ("etc/redis", "etc/spom", "etc/nginx/sites-available", "etc/nginx/sites-enabled", "etc/ssh/sshd_config.d",
                       "run/redis", "state"):
            (self.dir / folder).mkdir(parents=True)
        for role in ROLES:
            (self.dir / "run/spom" / role).mkdir(parents=True)
        for name in ("sshd", "sudo"):
            shutil.copy(f"/etc/pam.d/{name}", self.dir / "etc/pam.d" / name)
        share = self.dir / "usr/share"
        for file in (*(share / "spom/nginx").iterdir(), share / "doc/spom/examples/nginx-site.conf"):
            text = self._here(file.read_text(encoding="utf-8"))
            for port, role in ((8081, "door"), (8082, "check"), (8083, "back")):
                text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{self.ports[role]}")
            file.write_text(text, encoding="utf-8")

    # --- the document ---

    def _here(self, text):
        return re.sub(r"(?<![\w/.-])/(usr/share|etc|run/redis)/", rf"{self.dir}/\1/", text)

    def follow(self, block):
        """Carries a block of the document out; what an administrator types into it is said here."""
        password = self.dir / "admin.password"
        password.write_text(ADMIN_PASSWORD, encoding="utf-8")
        text = self._here(block)
        for example, ours in NAMES.items():
            text = text.replace(example, ours)
        text = text.replace("ldapi:///", self.ldapi).replace("ldap://ldap1.example.edu", self.ldap).replace(" -W", f" -y {password}")
        text = re.sub(r"^editor (\S+)$", lambda found: self._edit(found[1]), text, flags=re.M)
        text = text.replace("nginx -t && systemctl reload nginx", "")
        path = f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ['PATH']}"
        return run("bash", "-e", "-o", "pipefail", "-c", text, cwd="/", env={"PATH": path, "LDAPTLS_CACERT": str(self.dir / "ca.pem")})

    def _edit(self, file):
        """What somebody does with an editor: name, certificate, and, because these are no usual ports, the ports."""
        return "sed -i " + " ".join(f"-e '{word}'" for word in (
            f"s|https://login.example.edu|{self.portal}|", "s|login.example.edu;|localhost;|", r"/\[::\]/d",
            f"s|ssl_certificate .*|ssl_certificate {self.dir}/server.pem;|",
            f"s|ssl_certificate_key .*|ssl_certificate_key {self.dir}/server.key;|",
            f"s|listen 80|listen 127.0.0.1:{self.ports['http']}|", f"s|listen 443|listen 127.0.0.1:{self.ports['https']}|")) + f" {file}"

    def redis(self, printed):
        self.redis_password = printed.strip()
        conf = self.dir / "etc/redis/redis.conf"
        conf.write_text(f"dir {self.dir}\nsave \"\"\n" + conf.read_text(encoding="utf-8"), encoding="utf-8")
        self.start("redis", ["/usr/bin/redis-server", conf], unix_ready(self.dir / "run/redis/redis-server.sock"))

    def setup(self):
        """spomctl setup, which is told what nobody can find out by looking."""
        services = f"ou=Dienste,{SUFFIX}"
        schema = self.dir / "usr/share/spom/schema"
        answers = {
            "directory.uri": self.ldap, "directory.start_tls": "yes", "directory.ca_file": str(self.dir / "ca.pem"),
            "directory.read_dn": f"cn=spom-read,{services}",
            **{f"Password of cn=spom-{name},{services} (not shown)": (schema / f"{name}.password").read_text()
               for name in ("read", "proxy", "store")},
            "portal.origin": self.portal, "store.socket": str(self.dir / "run/redis/redis-server.sock"),
            "Password of that user; empty: none (not shown)": self.redis_password, "peers.operators": "spom-leute",
            **{f"peers.{role}": str(os.geteuid()) for role in ROLES},
            "authority.sockets": str(self.dir / "run/spom"), "authority.state": str(self.dir / "state")}
        return Conversation(self.dir / "etc/spom/spom.conf", answers)

    def settle(self):
        """What the document adds by hand, and what only this machine needs: all programs are one user's."""
        file = self.dir / "etc/spom/spom.conf"
        text = file.read_text(encoding="utf-8") + "\n" + (self.dir / "usr/share/doc/spom/examples/profile.conf").read_text(encoding="utf-8")
        pam = self.dir / "pam.d"
        pam.mkdir()
        module, gate = BIN / "pam_spom.so", self.dir / "run/spom/gate/authority.sock"
        (pam / "spom").write_text(re.sub(r"pam_spom.so socket=\S+", f"{module} socket={gate}",
                                         (self.dir / "etc/pam.d/spom").read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copy(ETC / "pam.d/other", pam / "other")
        values = {"factors.wait_s": "0", "authority.pam_confdir": str(pam),
                  **{f"portal.{role}_port": str(self.ports[role]) for role in ("door", "check", "back")},
                  **{f"peers.{role}": str(os.geteuid()) for role in ("door", "check", "back", "gate", "courier", "pam", "admin")},
                  "authority.sockets": str(self.dir / "run/spom"), "authority.state": str(self.dir / "state")}
        for setting, value in values.items():
            text = changed(text, setting, value)
        file.write_text(text, encoding="utf-8")

    # --- SPOM ---

    def programs(self):
        sockets = self.dir / "run/spom"
        self.start("spom-authority", [BIN / "spom-authority", "--config", self.dir / "etc/spom/spom.conf"],
                   unix_ready(sockets / "admin/authority.sock"))
        self.start("spom-gate", [BIN / "spom-gate", "--sockets", sockets], unix_ready(sockets / "turn/gate.sock"))
        self.start("spom-front", [BIN / "spom-front", "--instance", "door", "--sockets", sockets], tcp_ready(self.ports["door"]))

    def stop_programs(self):
        for name in ("spom-front", "spom-gate", "spom-authority"):
            self.stop(name)

    def edge(self):
        """nginx as Debian has it, as far as the site needs it."""
        temporary = "".join(f"{kind}_temp_path {self.dir}/tmp-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.dir / "nginx.conf"
        conf.write_text(f"daemon off; pid {self.dir}/nginx.pid; error_log stderr;\n" + ("user root;\n" if os.geteuid() == 0 else "")
                        + f"events {{}}\nhttp {{\naccess_log off;\n{temporary}include {self.dir}/etc/nginx/sites-enabled/*;\n}}\n")
        self.start("nginx", ["/usr/sbin/nginx", "-p", self.dir, "-e", "stderr", "-c", conf], tcp_ready(self.ports["https"]))

    def ctl(self, *words):
        return subprocess.run([BIN / "spomctl", "--socket", self.dir / "run/spom", *words], capture_output=True, text=True, check=False,
                              timeout=60)


class Site(Campus):
    """The portal, for what tests do with a campus."""

    def __init__(self, machine):
        self.dir = machine.dir
        self.portal = machine.portal
        self.json = {"portal_https": machine.portal, "ca": str(machine.dir / "ca.pem"),
                     "sockets": str(machine.dir / "run/spom")}
        self.people = list(PEOPLE)
