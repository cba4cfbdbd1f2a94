"""Every package that the program installs has a licence that a city may use without publishing its own changes.

A package with another licence makes this test fail: read the licence, then add it here or choose another package.
`make audit` writes the same packages with versions and hashes into an SBOM.
"""

import re
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

#: SPDX identifiers, https://spdx.org/licenses. LGPL and MPL libraries are used as they are and are not changed.
ALLOWED = set("0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 ISC LGPL-3.0-only MIT MPL-2.0 PSF-2.0 Zlib".split())
#: What packages without an SPDX expression (PEP 639) say instead: in a classifier, or in the field License.
NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

_LOCK = Path(__file__).parents[1] / "requirements.lock"


def locked() -> list[str]:
    """The packages of the lock that are installed on this system."""
    lines = re.findall(r"^[a-z][^\\#\n]*==[^\\\n]*", _LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return sorted({each.name for each in requirements if each.marker is None or each.marker.evaluate()})


def licences_of(package: str) -> Sequence[str]:
    """What the metadata of an installed package say, as SPDX identifiers where they are known by name."""
    metadata = distribution(package).metadata
    for expression in metadata.get_all("License-Expression") or ():
        return re.findall(r"[\w.+-]+", re.sub(r"\b(AND|OR|WITH)\b", " ", expression))
    classifiers = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or ()]
    named = [NAMES[each] for each in classifiers if each in NAMES]
    return named or [NAMES.get(each, each) for each in metadata.get_all("License") or ()]


@pytest.mark.parametrize("package", locked())
def test_the_licence_of_every_package_is_allowed(package: str) -> None:
    licences = licences_of(package)
    assert licences
    assert set(licences) <= ALLOWED


def test_the_lock_is_read() -> None:
    assert {"python-telegram-bot", "rapidfuzz", "pyyaml"} <= set(locked())
