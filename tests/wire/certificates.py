"""Certificates for the tests of TLS, made with openssl: an authority, and leaves that it signs."""

import pathlib
import subprocess


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder, self.name, self.made = pathlib.Path(folder), name, 0
        self.certificate = self.new_request(name, ["-x509", "-days", "2", "-subj", f"/CN={name}"])[0]

    def new_request(self, name, arguments, algorithm="ec:P-256"):
        kind, _, detail = algorithm.partition(":")
        curve = ["-pkeyopt", f"ec_paramgen_curve:{detail}"] if kind == "ec" else []
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        call("req", "-newkey", "ec" if curve else algorithm, *curve, "-nodes", "-keyout", key, "-out", certificate, *arguments)
        return certificate, key

    def issue(self, name, *hosts, algorithm="ec:P-256", days=2):
        """The paths of a certificate for these hosts and of its key."""
        self.made += 1
        request, key = self.new_request(f"{name}-request", ["-subj", f"/CN={name}"], algorithm)
        certificate, extensions = self.folder / f"{name}.pem", self.folder / f"{name}.ext"
        names = ",".join(f"DNS:{host}" for host in hosts) or "DNS:none.invalid"
        extensions.write_text(f"subjectAltName={names}\n", encoding="utf-8")
        call("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / f"{self.name}.key",
             "-set_serial", self.made, "-days", days, "-extfile", extensions, "-out", certificate)
        return str(certificate), str(key)


def together(folder, certificate, key):
    """One file with both."""
    path = pathlib.Path(folder) / "together.pem"
    path.write_text(pathlib.Path(certificate).read_text("ascii") + pathlib.Path(key).read_text("ascii"), "ascii")
    return str(path)


def call(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
