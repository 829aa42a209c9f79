"""A real browser, headless, for what only a browser does: HTTP/3, and scripts.

    with browser(folder) as b:
        b.get("http://shop.test:%d/" % ng.port)

Every host ending in .test is 127.0.0.1.  Without Selenium the test is
skipped.
"""

import base64
import contextlib
import hashlib
import os
import ssl

import pytest

from conftest import TOP

TLS = os.path.join(TOP, "tests/nginx/tls/test.pem")

# The first bytes of a key on the curve P-256 in DER: what precedes its point.

P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def key_pin():
    """SHA-256 of the test certificate's public key, as Chromium wants it."""

    with open(TLS) as f:
        text = f.read()

    pem = text[text.index("-----BEGIN CERTIFICATE"):]
    pem = pem[:pem.index("-----END CERTIFICATE-----") + 25]
    der = ssl.PEM_cert_to_DER_cert(pem)
    start = der.index(P256)
    key = der[start:start + len(P256) + 65]
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


@contextlib.contextmanager
def browser(folder, *arguments):
    """Lends a Selenium driver; folder is for its profile."""

    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"

    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync",
                     "--user-data-dir=%s" % folder,
                     "--host-resolver-rules=MAP *.test 127.0.0.1",
                     "--ignore-certificate-errors-spki-list=" + key_pin(),
                     *arguments):
        options.add_argument(argument)

    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                              options=options)

    try:
        yield driver
    finally:
        driver.quit()
