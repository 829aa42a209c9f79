"""A real nginx per test: own port, own folder, stopped by its process id.

    def test_x(nginx):
        ng = nginx(server='location / { journey on; }')
        ng.get("/a?utm_source=mail")
        assert ng.rows()[0]["page"] == "/a"

nginx(...) starts one and waits until it answers; config(...) only writes it.
Every nginx is stopped when its test ends, and its test fails if the error
log holds an [emerg], an [alert] or a report of a sanitizer or of valgrind
that ng.expect(TEXT) did not announce.

Environment: JNY_NGINX, the binary; JNY_MODULE, the dynamic module, empty
where it is built in; JNY_WRAPPER, a command that runs it, as valgrind does.
With one, tests marked with `timed` are left out, and one waits longer.
"""

import glob
import http.client
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NGINX = os.environ.get("JNY_NGINX", os.path.join(TOP, "build/nginx/usr/sbin/nginx"))
MODULE = os.environ.get("JNY_MODULE",
                        os.path.join(TOP, "build/ngx_http_journey_module.so"))
WRAPPER = shlex.split(os.environ.get("JNY_WRAPPER", ""))
COOKIE = "jny"
WAIT_S = 120.0 if WRAPPER else 20.0

# The bits of the column "flags" (docs/FORMAT.md).
FLAGS = {"new": 0x1, "returned": 0x2, "sent": 0x4, "invalid": 0x8,
         "speculative": 0x10, "beacon": 0x20, "early": 0x40, "consent": 0x80,
         "gpc": 0x100, "internal": 0x200, "same_host": 0x400}

sys.path.insert(0, os.path.join(TOP, "tests", "oracle"))

CONF = """\
%(load)s
%(main)s
worker_processes %(workers)d;
daemon off;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log %(level)s;

events {
    worker_connections 256;
}

http {
    access_log off;
    default_type text/html;
    client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    %(log)s
    %(http)s

    server {
        listen 127.0.0.1:%(port)d;
        server_name shop.test;
        root %(dir)s/html;
        %(server)s
    }
    %(servers)s
}
"""


def has(option):
    """Whether nginx is configured with this."""

    said = subprocess.run([NGINX, "-V"], capture_output=True, text=True).stderr
    return option in said


def needs(option):
    """Marks a test of what nginx is configured with."""

    return pytest.mark.skipif(not has(option),
                              reason="this nginx has no " + option)


def timed(reason):
    """Marks a test that a wrapped nginx is too slow for."""

    return pytest.mark.skipif(bool(WRAPPER), reason="wrapped: " + reason)


def flags(row):
    """The names of a row's flags, as a set."""

    return {name for name, bit in FLAGS.items() if row["flags"] & bit}


def free_port():
    """Not one that the kernel hands to clients: while an nginx is down, one of
    them, even a closed one, could keep the next from listening there."""

    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", random.randrange(10240, 32768)))
                return s.getsockname()[1]
            except OSError:
                pass


def wait_for(condition, what, timeout_s=WAIT_S):
    """Polls until condition() is true; returns what it returned."""

    end = time.monotonic() + timeout_s

    while True:
        found = condition()

        if found:
            return found

        assert time.monotonic() < end, "%s: not within %d s" % (what, timeout_s)
        time.sleep(0.01)


class Response:
    """status, headers (list of pairs as sent), body (bytes)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def one(self, name):
        found = self.all(name)
        assert len(found) <= 1, found
        return found[0] if found else None

    @property
    def text(self):
        return self.body.decode("utf-8", "backslashreplace")


class Jar(dict):
    """A browser's cookies of one site: name -> value."""

    def take(self, response):
        for line in response.all("Set-Cookie"):
            pair = line.split(";", 1)[0]
            name, value = pair.split("=", 1)
            self[name.strip()] = value.strip()

    def header(self):
        return "; ".join("%s=%s" % pair for pair in self.items())


class Nginx:
    """One configured, perhaps running nginx."""

    def __init__(self, folder, http="", server="", servers="", main="",
                 log=True, flush="1s", workers=1, level="info", user=None,
                 files=None, port=None, stages=True):
        self.dir = str(folder)
        self.port = port or free_port()
        self.log = os.path.join(self.dir, "journey.jny")
        self.spool = os.path.join(self.dir, "spool")
        self.conf = os.path.join(self.dir, "nginx.conf")
        self.errors = os.path.join(self.dir, "error.log")
        self.process = None
        self.expected = []

        for name in ("html", "spool"):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)

        for name, text in dict({"index.html": "index\n"}, **(files or {})).items():
            path = os.path.join(self.dir, "html", name.lstrip("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)

        if user is None and os.geteuid() == 0:
            user = "root"

        lines = "journey_log %s flush=%s;\n    journey_spool %s;" % (
            self.log, flush, self.spool)

        # A test that is not about stages need not list those it names.

        named = set(re.findall(r"journey_stage (\$?\w+);", http + server
                               + servers))

        if stages and named and "journey_stages" not in http:
            http = "journey_stages %s;\n%s" % (" ".join(
                sorted(n for n in named if n[0] != "$") or ["any"]), http)

        self.write(CONF % dict(
            load="load_module %s;" % MODULE if MODULE else "",
            main=("user %s;\n" % user if user else "") + main,
            workers=workers, dir=self.dir, level=level, port=self.port,
            log=lines if log else "", http=http, server=server,
            servers=servers), plain=True)

    def write(self, text, plain=False):
        """Replaces the configuration; $dir and $port mean this nginx's."""

        if not plain:
            text = text.replace("$dir", self.dir).replace("$port", str(self.port))

        with open(self.conf, "w") as f:
            f.write(text)

    def edit(self, old, new):
        with open(self.conf) as f:
            text = f.read()

        assert old in text, old
        self.write(text.replace(old, new), plain=True)

    def command(self, *args):
        return WRAPPER + [NGINX, "-p", self.dir, "-c", self.conf,
                          "-e", self.errors] + list(args)

    def test(self):
        """nginx -t: (exit code, what it printed)."""

        p = subprocess.run(self.command("-t"), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=WAIT_S)
        return p.returncode, p.stdout.decode("utf-8", "backslashreplace")

    # Life.

    def start(self):
        with open(os.path.join(self.dir, "stderr"), "ab") as err:
            self.process = subprocess.Popen(self.command(),
                                            stdin=subprocess.DEVNULL,
                                            stdout=err, stderr=err)

        wait_for(self.answers, "nginx on port %d" % self.port)
        return self

    def answers(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.dir, "stderr")) as f:
                raise AssertionError("nginx ended with %s: %s"
                                     % (self.process.returncode, f.read()))

        # Connecting says nothing to nginx and leaves no row.

        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", self.port)) != 0:
                return False

        return bool(self.workers())

    def workers(self):
        """Process ids of the workers, oldest first."""

        path = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        found = []

        try:
            with open(path) as f:
                children = [int(p) for p in f.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            return []

        for pid in children:
            try:
                with open("/proc/%d/cmdline" % pid) as f:
                    title = f.read()
            except (FileNotFoundError, ProcessLookupError):
                continue  # gone meanwhile, the next one may not be

            # valgrind shows its own command, of living children

            if title.startswith("nginx: worker process") or (WRAPPER and title):
                found.append(pid)

        return found

    def kill(self, number):
        os.kill(self.process.pid, number)

    def reload(self):
        """HUP; returns when the old workers are gone and new ones answer."""

        old = set(self.workers())
        self.kill(signal.SIGHUP)
        wait_for(lambda: self.workers() and not old & set(self.workers()),
                 "reload")

    def reopen(self):
        """USR1; returns when master and workers have said that they do it
        (a worker says so just before)."""

        def said():
            return len(re.findall(r"#\d+: reopening logs$", self.error_text(),
                                  re.M))

        wanted = said() + 1 + len(self.workers())
        self.kill(signal.SIGUSR1)
        wait_for(lambda: said() >= wanted, "reopen")

    def rotate(self):
        """Renames the log, then USR1; returns the new name."""

        n = 1 + len(glob.glob(self.log + ".*"))
        name = "%s.%d" % (self.log, n)
        os.rename(self.log, name)
        self.reopen()
        wait_for(lambda: os.path.exists(self.log), "new log after USR1")
        return name

    def stop(self, number=signal.SIGQUIT):
        if self.process is None or self.process.poll() is not None:
            return

        self.kill(number)

        try:
            self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("nginx did not stop on signal %d" % number)

    # Requests.

    def request(self, method, target, headers=None, body=None, jar=None,
                port=None):
        """One connection, one request.  headers override the defaults; a
        value None leaves a header out."""

        send = {"Host": "shop.test",
                "User-Agent": "Mozilla/5.0 (X11; test) Firefox/128.0"}

        if jar:
            send["Cookie"] = jar.header()

        if body is not None:
            send["Content-Length"] = str(len(body))

        send.update(headers or {})

        c = http.client.HTTPConnection("127.0.0.1", port or self.port,
                                       timeout=WAIT_S)
        c.putrequest(method, target, skip_host=True, skip_accept_encoding=True)

        for name, value in send.items():
            if value is not None:
                c.putheader(name, value)

        c.endheaders(body)
        answer = c.getresponse()
        response = Response(answer.status, answer.getheaders(), answer.read())
        c.close()

        if jar is not None:
            jar.take(response)

        return response

    def get(self, target, headers=None, jar=None, **kw):
        return self.request("GET", target, headers, None, jar, **kw)

    def post(self, target, headers=None, jar=None, body=b"", **kw):
        return self.request("POST", target, headers, body, jar, **kw)

    def raw(self, data, port=None):
        """Sends bytes, returns all bytes that come until nginx closes."""

        got = b""

        with socket.create_connection(("127.0.0.1", port or self.port),
                                      WAIT_S) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)

            while True:
                part = s.recv(65536)

                if not part:
                    return got

                got += part

    # What is in the log.

    def files(self):
        """Rotated logs, oldest first, then the log."""

        def number(path):
            return int(path.rsplit(".", 1)[1])

        old = [p for p in glob.glob(self.log + ".*") if p[-1].isdigit()]
        return sorted(old, key=number) + (
            [self.log] if os.path.exists(self.log) else [])

    def blocks(self, path=None):
        import jnylog

        return [b for p in ([path] if path else self.files())
                for b in jnylog.read_blocks(p)]

    def rows(self, n=None, path=None):
        """The rows on disk, file after file.  Without n nginx is stopped
        first (which writes all); with n it waits for that many."""

        import jnylog

        def read():
            return [r for p in ([path] if path else self.files())
                    for r in jnylog.read_rows(p)]

        if n is None:
            self.stop()
            return read()

        wait_for(lambda: len(read()) >= n, "%d rows" % n)
        return read()

    # What nginx says.

    def error_text(self):
        if not os.path.exists(self.errors):
            return ""

        with open(self.errors, errors="backslashreplace") as f:
            return f.read()

    def expect(self, text):
        """A line with an [emerg] or [alert] that holds text is wanted."""

        self.expected.append(text)

    def check(self):
        text = self.error_text()

        with open(os.path.join(self.dir, "stderr"), "a+",
                  errors="backslashreplace") as f:
            f.seek(0)
            text += f.read()

        # nginx itself hands NULL with length 0 to memcpy() and the like.

        bad = [line for line in text.splitlines()
               if re.search(r"\[(emerg|alert)\]|Sanitizer|runtime error:"
                            r"|^==\d+== ", line)
               and not re.match(r"src/(core|event|http|os)/", line)
               and not any(e in line for e in self.expected)]
        assert not bad, "\n".join(bad)


@pytest.fixture
def config(tmp_path):
    """Makes configurations: config(...).test()."""

    made = []

    def make(**kw):
        folder = tmp_path / ("nginx%d" % len(made))
        folder.mkdir()
        made.append(Nginx(folder, **kw))
        return made[-1]

    yield make

    # A second behind SIGTERM the master kills what has not ended yet.

    for ng in made:
        ng.stop(signal.SIGQUIT if WRAPPER else signal.SIGTERM)

    for ng in made:
        if ng.process is not None:
            ng.check()


@pytest.fixture
def nginx(config):
    """Starts servers: nginx(...)."""

    return lambda **kw: config(**kw).start()
