"""The servers under test: ours on its engines, and the peers, wrapped so that one measuring function serves both."""
import fcntl, glob, hashlib, itertools, json, os, pathlib, shutil, socket, sqlite3, ssl, stat, subprocess, sys, tempfile, time, urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
HERE = ROOT / "bench"
PACKAGES = {  # what must be there: (a test, the Debian package)
    "wrk": "wrk", "node": "nodejs", "npm": "npm", "openssl": "openssl",
}
PYTHON = {"fastapi": "python3-fastapi", "uvicorn": "python3-uvicorn", "sqlalchemy": "python3-sqlalchemy", "jwt": "python3-jwt", "bcrypt": "python3-bcrypt",
          "cryptography": "python3-cryptography", "multipart": "python3-multipart", "uvloop": "python3-uvloop", "httptools": "python3-httptools",
          "asyncpg": "python3-asyncpg", "psycopg2": "python3-psycopg2", "ujson": "python3-ujson", "email_validator": "python3-email-validator",
          "sqlalchemy.ext.asyncio": "python3-sqlalchemy-ext"}
LOADS = "require('bcrypt').hashSync('x', 4); new (require('better-sqlite3'))(':memory:').prepare('select 1').get()"


def log(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def programs():
    return pathlib.Path(os.environ.get("MEDSCRIBE_PROGRAMS") or ROOT / "build/release/src/main")


def work():
    """Copies, templates and running data. PostgreSQL's user must reach it, and its socket's path must stay short."""
    folder = pathlib.Path(os.environ.get("MEDSCRIBE_BENCH_DIR") or f"{tempfile.gettempdir()}/medscribe-bench-{os.getuid()}")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


def hold_lock():
    handle = open(work() / "lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"another measurement runs in {work()}; set MEDSCRIBE_BENCH_DIR to have another folder")
    return handle


next_port = 18500


def free_port():
    global next_port
    while True:
        next_port += 1
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", next_port))
                return next_port
            except OSError:
                continue


# --- the peers ---

def quietly(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)


def install_packages(with_peers):
    """Debian packages that are missing; returns the names still missing afterwards."""
    def missing():
        names = {package for program, package in PACKAGES.items() if not shutil.which(program) and (with_peers or program in ("wrk", "openssl"))}
        if not glob.glob("/usr/lib/postgresql/*/bin/postgres"):
            names.add("postgresql")
        if with_peers:
            test = "import importlib,sys\nfor n in sys.argv[1:]:\n try: importlib.import_module(n)\n except ImportError: print(n)"
            python = os.environ.get("PEERS_PYTHON", "/usr/bin/python3")
            names |= {PYTHON[name] for name in quietly([python, "-c", test, *PYTHON]).stdout.split() if name in PYTHON}
        return sorted(names)
    wanted = missing()
    if not wanted:
        return []
    log("installing Debian packages:", *wanted)
    sudo = [] if os.getuid() == 0 else ["sudo", "-n"]
    done = quietly([*sudo, "apt-get", "install", "-y", "--no-install-recommends", *wanted])
    if done.returncode:
        log(done.stdout[-2000:])
    return missing()


def install_fastify(folder):
    """npm ci only where the modules do not load; npm 11 holds back install scripts, so their building is asked for."""
    env = {**os.environ, "npm_config_nodedir": "/usr"}
    loads = lambda: quietly(["node", "-e", LOADS], cwd=folder).returncode == 0
    if loads():
        return True
    steps = (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "rebuild", "--foreground-scripts"],
             ["npm", "install-scripts", "approve", "bcrypt", "better-sqlite3"], ["npm", "rebuild", "--foreground-scripts"])
    for step in steps:
        log("in the fastify peer:", *step)
        done = quietly(["nice", *step], cwd=folder, env=env)
        if loads():
            return True
    log(done.stdout[-2000:])
    return False


def copy_peers():
    """The peers' folder may be read-only and is not ours: everything happens in a copy. None: there is no such folder."""
    source = pathlib.Path(os.environ.get("MEDSCRIBE_PEERS") or ROOT.parent / "shared/peers").resolve()
    if not (source / "bench.py").exists():
        return None
    target, skip = work() / "peers", {"node_modules", "data", "__pycache__"}
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if skip & set(relative.parts) or path.is_dir():
            continue
        to = target / relative
        if to.exists() and to.read_bytes() == path.read_bytes():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.exists():
            to.unlink()
        shutil.copy(path, to)
        to.chmod(to.stat().st_mode | stat.S_IWUSR)
    return target


def load_peers(folder):
    """Their bench.py as a module: the starting, the measuring and the table are theirs."""
    os.environ["PEERS_DATA"] = str(work() / "d")
    clusters = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if clusters:
        os.environ.setdefault("PGBIN", clusters[-1])
    (work() / "d").mkdir(exist_ok=True)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    import bench
    for name, (app, kind, _, env) in list(bench.PEERS.items()):
        bench.PEERS[name] = (app, kind, free_port(), env)
    return bench


def peers_certificate():
    data = work() / "d"
    if not (data / "tls.crt").exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", data / "tls.key", "-out", data / "tls.crt"], check=True, capture_output=True)


# --- ours ---

def digest_of_programs():
    h = hashlib.sha256()
    for name in ("medscribed", "core", "vault", "front", "medscribe"):
        h.update((programs() / name).read_bytes())
    return h.hexdigest()[:12]


def drafts(seed, folder, count, patients):
    """More drafts for the mixed load, where each is approved once: older than the seed, so that no list shows them, and of people who are not read."""
    folder.mkdir(exist_ok=True)
    (folder / "users.jsonl").touch()
    with open(seed / "submissions.jsonl", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in itertools.islice(lines, 100)]
    with open(folder / "submissions.jsonl", "w", encoding="utf-8") as out:
        for n in range(count):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1600000000 + n))
            out.write(json.dumps({**rows[n % 100], "id": 10_000_000 + n, "user_id": patients - n % (patients // 4), "status": "pending_review", "created_at": at}) + "\n")


def template(bench, engine, patients, doctors, per_patient, more_drafts=0):
    """A data folder with the peers' seed imported, made once per size and build."""
    size, digest = f"{patients}-{doctors}-{per_patient}", digest_of_programs()
    base = work() / "d"
    for old in base.glob("ours-*"):
        if not old.name.endswith(digest):
            shutil.rmtree(old, ignore_errors=True)
    folder = base / f"ours-{engine}-{size}+{more_drafts}-{digest}"
    if (folder / "expect.json").exists():
        return folder
    log("importing", folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seed = base / f"jsonl-{size}"
    if not (seed / "ok").exists():
        subprocess.run([bench.PY, bench.HERE + "/seed.py", "--jsonl", seed, "--patients", str(patients), "--doctors", str(doctors), "--per-patient", str(per_patient)], check=True)
        (seed / "ok").touch()
    environment, cluster = {**os.environ}, None
    if engine == "pg":
        cluster = bench.Postgres(str(folder / "pg"), 54399)
        cluster.init()
        cluster.start()
    try:
        if cluster:
            cluster.sql("CREATE DATABASE bench", "postgres")
            environment["MEDSCRIBE_DATABASE"] = url_of(cluster)
        started = time.time()
        bring = lambda jsonl: quietly([programs() / "medscribe", "--data", folder / "data", "import", "--jsonl", jsonl], env=environment)
        done = bring(seed)
        seconds = time.time() - started
        if more_drafts and not done.returncode:
            drafts(seed, folder / "more", more_drafts, patients)
            done = bring(folder / "more")
            shutil.rmtree(folder / "more")
        if done.returncode:
            sys.exit("the import failed: " + done.stdout[-2000:])
        if cluster:
            cluster.sql("VACUUM ANALYZE", "bench")
            cluster.sql("CHECKPOINT", "bench")
    finally:
        if cluster:
            cluster.stop()
    with open(seed / "submissions.jsonl", encoding="utf-8") as lines:
        mine = [json.loads(line) for line in lines if '"user_id": 1,' in line]
    (folder / "expect.json").write_text(json.dumps({"newest": mine[::-1][:20], "seconds": seconds}))
    log("imported %d submissions in %.1f s" % (patients * per_patient, seconds))
    return folder


def url_of(cluster):
    return "postgresql://postgres@/bench?" + urllib.parse.urlencode({"host": cluster.d, "port": cluster.port})


class Ours:
    """Our server as bench.py's measure() wants a target. A folder of its own, fresh at every start."""
    def __init__(self, bench, a, name, engine="sqlite", tls=False, seeded=True, settings=None, more_drafts=0):
        self.bench, self.a, self.name, self.engine, self.tls, self.seeded = bench, a, name, engine, tls, seeded
        self.port, self.cfg, self.proc, self.cluster = free_port(), {}, None, None
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.dir = work() / "d" / f"run-{name}"
        self.settings = {"limits": "no", "people_per_minute": "0", "release_before_approval": "yes", "workers": "0", **(settings or {})}
        self.opened, self.more_drafts = {}, more_drafts

    def fresh(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        self.opened = {}
        if self.seeded:
            source = template(self.bench, self.engine, self.a.patients, self.a.doctors, self.a.per_patient, self.more_drafts)
            subprocess.run(["cp", "-a", source / "data", self.dir / "data"], check=True)
            self.expect = json.loads((source / "expect.json").read_text())
            if self.engine == "pg":
                subprocess.run(["cp", "-a", source / "pg", self.dir / "pg"], check=True)

    def launch(self):
        """Starts on the folder as it is, and returns the seconds to the first answer."""
        if self.engine == "pg" and not self.cluster:
            self.cluster = self.bench.Postgres(str(self.dir / "pg"), self.port + 36000)
            self.cluster.start()
            self.settings["database"] = url_of(self.cluster)
        settings = {**self.settings, "data": self.dir / "data", "listen": f"127.0.0.1:{self.port}", "plain_http": "no" if self.tls else "yes"}
        command = [str(programs() / "medscribed")] + [word for k, v in settings.items() for word in ("--set", f"{k}={v}")]
        began = time.monotonic()
        self.proc = subprocess.Popen(command, stdout=open(self.dir / "log", "a"), stderr=subprocess.STDOUT, cwd=self.dir)
        while time.monotonic() < began + 60:
            if self.answers():
                return time.monotonic() - began
            if self.proc.poll() is not None:
                break
            time.sleep(.002)
        sys.exit(f"{self.name} does not answer: " + (self.dir / "log").read_text()[-2000:])

    def start(self):
        self.fresh()
        self.launch()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), 60)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return CONTEXT.wrap_socket(s) if self.tls else s

    def answers(self):
        try:
            with self.connect() as s:
                s.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode())
                return s.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def stop(self):
        self.bench.kill(self.proc)
        self.proc = None
        if self.cluster:
            self.cluster.stop()
            self.cluster = None

    def app_pids(self): return self.bench.tree(self.proc.pid)
    def db_pids(self): return self.bench.tree(self.cluster.proc.pid) if self.cluster else []

    def audits(self):
        if self.cluster:
            return int(self.cluster.sql("SELECT seq FROM audit_head", "bench"))
        with sqlite3.connect(f"file:{self.dir}/data/medscribe.db?mode=ro", uri=True) as db:
            return db.execute("SELECT seq FROM audit_head").fetchone()[0]

    def check(self, api, password):
        """What is measured is right: the newest 20 of a patient are the seed's, byte for byte, and the clinic's list has 50."""
        a, texts = api.Api(self.url), ("transcribed_text", "doctor_summary", "extracted_text", "patient_instructions")
        one = lambda x: tuple(x.get(k) for k in ("type",) + texts) + ({"pending_review": "draft"}.get(x["status"], x["status"]),)
        mine = a.call("GET", "/get_result", token=a.login("patient00001", password))[1]["results"]
        if [one(x) for x in mine] != [one(x) for x in self.expect["newest"]]:
            sys.exit(f"{self.name}: the items of patient00001 are not the seed's")
        everything = a.call("GET", "/get_all_results", token=a.login("doctor001", password))[1]["results"]
        if len(everything) != 50 or not all(any(x[k] for k in texts) for x in everything):
            sys.exit(f"{self.name}: the clinic's list has {len(everything)} items")
        if a.call("GET", "/get_result")[0] != 401:
            sys.exit(f"{self.name}: an answer without a token")

    def open_drafts(self, api, wanted, path):
        """Our approvals need what the peers' do not: a draft, and that this doctor has opened it. So both are looked up before the clock runs."""
        a, tokens = api.Api(self.url), [line.split()[1] for line in open(self.tokens, encoding="utf-8") if line.startswith("doctor")]
        chosen, cursor = [], ""
        while len(chosen) < wanted:
            _, page, _ = a.call("GET", "/api/v1/submissions?scope=clinic&status=draft&limit=100" + cursor, token=tokens[0])
            for item in page["results"]:
                doctor = self.opened.get(item["id"])
                if doctor is None:
                    doctor = self.opened[item["id"]] = len(self.opened) % len(tokens)
                    a.call("GET", "/api/v1/submissions/" + item["id"], token=tokens[doctor])
                chosen.append(f"{tokens[doctor]} {item['id']}\n")
            if not page.get("next_cursor"):
                break
            cursor = "&cursor=" + page["next_cursor"]
        pathlib.Path(path).write_text("".join(chosen[:wanted]))
        return min(len(chosen), wanted)

    def pss(self): return self.bench.mem(self.app_pids())[1]


CONTEXT = ssl._create_unverified_context()
