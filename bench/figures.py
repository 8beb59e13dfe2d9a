"""The measurements besides the comparison: growth, log-ins, memory, start, media."""
import base64, csv, http.client, json, os, pathlib, random, resource, shutil, socket, statistics, struct, subprocess, sys, threading, time

import servers
from servers import Ours, log

SMALL_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/"
    "////xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAEAAQAwEiAAIRAAMRAP/aAAwDAQAC"
    "EQMRAD8AAA//2Q=="
)


def picture(path, size):
    """A JPEG of exactly this size: a small grey picture with comments of noise before its data."""
    noise, rest, comments = random.Random(7), size - len(SMALL_JPEG), b""
    while rest > 0:
        n = min(rest, 65535 if rest > 65600 or rest <= 65535 else rest - 64)
        comments += b"\xff\xfe" + struct.pack(">H", n - 2) + noise.randbytes(n - 4)
        rest -= n
    pathlib.Path(path).write_bytes(SMALL_JPEG[:20] + comments + SMALL_JPEG[20:])


def number_of_processors(): return len(os.sched_getaffinity(0))


# --- log-ins beside reads ---

class Logins(threading.Thread):
    """So many log-ins a second, each on time whether the one before has its answer or not."""
    def __init__(self, api, target, password, names, rate):
        super().__init__(daemon=True)
        self.api, self.target, self.password, self.names, self.rate = api, target, password, names, rate
        self.over, self.done, self.failed = threading.Event(), [], 0

    def one(self, name):
        began = time.monotonic()
        if self.api.Api(self.target.url, self.target.cfg).login(name, self.password):
            self.done.append((time.monotonic() - began) * 1e3)
        else:
            self.failed += 1

    def run(self):
        began, n, running = time.monotonic(), 0, []
        while not self.over.wait(max(0, began + n / self.rate - time.monotonic())):
            running.append(threading.Thread(target=self.one, args=(self.names[n % len(self.names)],), daemon=True))
            running[-1].start()
            n += 1
        for thread in running:
            thread.join(20)

    def end(self):
        self.over.set()
        self.join()


# --- memory ---

class Peak(threading.Thread):
    """The largest proportional set size of all programs together while something runs."""
    def __init__(self, target, pause=.1):
        super().__init__(daemon=True)
        self.target, self.pause, self.over, self.most, self.looks = target, pause, threading.Event(), 0, 0

    def run(self):
        while True:
            self.most, self.looks = max(self.most, self.target.pss()), self.looks + 1
            if self.over.wait(self.pause):
                return

    def end(self):
        self.over.set()
        self.join()
        return max(self.most, self.target.pss())


def raise_descriptors(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard))


def keep_alive(target):
    """A connection that has had one answer and stays."""
    s = target.connect()
    s.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n\r\n".encode())
    answer = b""
    while b"}" not in answer:
        piece = s.recv(4096)
        if not piece:
            raise OSError("the server closed the connection")
        answer += piece
    return s


def still_open(s):
    """TLS tickets may lie unread; an end of file means that the server has let go."""
    raw = socket.socket(fileno=os.dup(s.fileno()))
    try:
        raw.setblocking(False)
        return raw.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        raw.close()


def connections(target, count):
    raise_descriptors(count + 256)
    warm = [keep_alive(target) for _ in range(8)]
    for s in warm:
        s.close()
    time.sleep(1)
    before, held = target.pss(), []
    for _ in range(count):
        held.append(keep_alive(target))
    time.sleep(1)
    after, opened = target.pss(), sum(map(still_open, held))
    for s in held:
        s.close()
    return before, after, opened


def wav(path, size):
    """Speech-like only in its head: 16 kHz, one channel, noise."""
    noise = random.Random(9).randbytes(1 << 20)
    with open(path, "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", size - 8) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16) + b"data" + struct.pack("<I", size - 44))
        rest = size - 44
        while rest > 0:
            f.write(noise[:min(rest, len(noise))])
            rest -= len(noise)


def upload(target, token, path):
    """Sends the file in pieces of 64 KiB; returns status and seconds."""
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="long.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    tail, size = b"\r\n--cut--\r\n", os.path.getsize(path)
    began = time.monotonic()
    with target.connect() as s, open(path, "rb") as f:
        s.sendall((f"POST /submit_audio HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=cut\r\n"
                   f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n").encode() + head)
        while piece := f.read(65536):
            s.sendall(piece)
        s.sendall(tail)
        answer = http.client.HTTPResponse(s)
        answer.begin()
        answer.read()
    return answer.status, time.monotonic() - began


# --- start ---

def starts(bench, a, times):
    """Milliseconds from the start of the program to the first 200 over TLS: on an empty folder, and on the same folder again."""
    first, second = [], []
    for _ in range(times):
        t = Ours(bench, a, "start", tls=True, seeded=False, settings=DEFAULTS)
        t.fresh()
        try:
            first.append(t.launch() * 1e3)
            t.stop()
            second.append(t.launch() * 1e3)
        finally:
            t.stop()
            shutil.rmtree(t.dir, ignore_errors=True)
    return first, second


DEFAULTS = {"workers": "1", "limits": "yes", "people_per_minute": "600", "release_before_approval": "no"}


# --- media ---

def recognise(path, kind):
    """Processor seconds and wall seconds of the worker for one file, its start and its models included."""
    began = time.monotonic()
    with subprocess.Popen([servers.programs() / "worker", "--file", path, "--kind", kind], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        out = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    document = json.loads(out)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024, document.get("failed")


def spread(items, count):
    """So many of them, evenly taken."""
    return items if len(items) <= count else [items[i * len(items) // count] for i in range(count)]


def media(data, recordings, pages):
    speech, done_pages = [], []
    manifest = data / "speech/manifest.tsv"
    if manifest.exists():
        with open(manifest, encoding="utf-8") as f:
            rows = [row for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE) if (data / "speech" / row["file"]).exists()]
        for row in spread(rows, recordings):
            speech.append((float(row["seconds"]), *recognise(data / "speech" / row["file"], "audio")))
    for path in spread(sorted((data / "prescriptions/images").glob("*.jp*g")), pages):
        done_pages.append(recognise(path, "prescription"))
    return speech, done_pages
