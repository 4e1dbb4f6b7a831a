"""Machines of a Ray cluster, each a network of its own on this one, and nginx in front of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.environment import clean_environment
from harness.paths import ROOT
from harness.servers import CLUSTER_PYTHON
from serve.cluster import node

NEEDED = ("ip", "nginx")
_BRIDGE, _NETWORK = "tw-bridge", "10.213.7"
_HOST = f"{_NETWORK}.254"
_RAY_PORT, _PORT = 6379, 8000
_BIN = CLUSTER_PYTHON.parent
# What docs/cluster.md asks of a balancer.
_NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/bodies;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream nodes {{ {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 64m;
    location / {{
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_connect_timeout 1s;
      proxy_read_timeout 10s;
      proxy_next_upstream error timeout http_500 http_502 http_503 http_504 non_idempotent;
      proxy_next_upstream_tries 2;
    }}
  }}
}}
"""


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@dataclass
class Machine:
    """A machine of the cluster: a network namespace, and Ray's processes in it."""

    number: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The name of its network namespace."""
        return f"tw-node-{self.number}"

    @property
    def address(self) -> str:
        """Its IP address."""
        return f"{_NETWORK}.{self.number}"

    @property
    def cable(self) -> str:
        """The end of its network cable that is plugged into the bridge."""
        return f"tw-cable-{self.number}"

    def make(self) -> None:
        """Make its network, with its cable plugged in."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for link in ("eth0", "lo"):
            _ip("-n", self.name, "link", "set", link, "up")
        _ip("link", "set", self.cable, "up")
        self.plug()

    def plug(self) -> None:
        """Plug its cable in."""
        _ip("link", "set", self.cable, "master", _BRIDGE)

    def unplug(self) -> None:
        """Pull its cable: from now on, packets to it and from it vanish, and nothing is refused."""
        _ip("link", "set", self.cable, "nomaster")

    def command(self, *words: str) -> list[str]:
        """The command line that runs `words` on this machine."""
        return ["ip", "netns", "exec", self.name, *words]

    def start(self, environment: dict[str, str]) -> None:
        """Start Ray on it, as the first machine or as another one."""
        if self.number == 1:
            role = ["--head", "--port", str(_RAY_PORT), "--include-dashboard", "false"]
            role += ["--temp-dir", str(self.folder)]
        else:
            role = ["--address", f"{_NETWORK}.1:{_RAY_PORT}"]
        common = ["--node-ip-address", self.address, "--num-cpus", "2", "--block"]
        common += ["--object-store-memory", "100000000", "--disable-usage-stats"]
        with (self.folder / f"node-{self.number}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(str(_BIN / "ray"), "start", *role, *common),
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End all processes on it at once, as a loss of power does, but with its network up."""
        self._kill(lambda _process: True)
        if self.process is not None:
            self.process.wait(timeout=20)
            self.process = None

    def kill_haproxy(self) -> None:
        """End its HAProxy, and nothing else."""
        self._kill(lambda process: process.name() == "haproxy")

    def _kill(self, which: Callable[[psutil.Process], bool]) -> None:
        listed = subprocess.run(
            ["ip", "netns", "pids", self.name], check=True, capture_output=True, text=True
        )
        for number in listed.stdout.split():
            try:
                process = psutil.Process(int(number))
                if which(process):
                    process.kill()
            except psutil.NoSuchProcess:
                continue

    def remove(self) -> None:
        """End what runs on it, and remove its network."""
        self.kill()
        _ip("netns", "del", self.name)


@contextmanager
def machines(folder: Path, number: int) -> Iterator[list[Machine]]:
    """So many machines on one network, on which nothing runs yet."""
    _ip("link", "add", _BRIDGE, "type", "bridge")
    made: list[Machine] = []
    try:
        _ip("addr", "add", f"{_HOST}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for place in range(1, number + 1):
            machine = Machine(place, folder)
            made.append(machine)
            machine.make()
        yield made
    finally:
        for machine in reversed(made):
            machine.remove()
        _ip("link", "del", _BRIDGE)


def environment(token: str) -> dict[str, str]:
    """What docs/cluster.md sets on each machine."""
    given = clean_environment()
    return {
        **given,
        **node.shared(),
        "RAY_AUTH_TOKEN": token,
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(node.FILES / "haproxy"),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{_BIN}:{given['PATH']}",
        "TWINLABEL_TRUST_PROXY": "1",
    }


def deploy(first: Machine, config: Path, variables: dict[str, str]) -> None:
    """Hand Ray Serve a config, as docs/cluster.md says."""
    words = [str(_BIN / "serve"), "run", "--non-blocking", "--address"]
    words += [f"{first.address}:{_RAY_PORT}", str(config)]
    subprocess.run(first.command(*words), env=variables, cwd=ROOT, check=True, timeout=300)


@contextmanager
def nginx(folder: Path, port: int, nodes: list[Machine]) -> Iterator[str]:
    """nginx in front of all nodes, as docs/cluster.md says; gives its URL."""
    program = shutil.which("nginx")
    assert program is not None
    servers = " ".join(f"server {machine.address}:{_PORT} max_fails=0;" for machine in nodes)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, servers=servers, port=port))
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
