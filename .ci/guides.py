"""Makes a DocC catalog of the guides: the articles of docs/README.md in its order, README and what both link to.

    .ci/guides.py CATALOG      the folder to make

The guides are written for GitHub; nothing of them is kept twice. A link to what has no article is an error, but for
files of the repository, whose names stay.
"""
import os
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INDEX = ROOT / "docs/README.md"
# Beside the guides: article's name by file.
BESIDE = {"README.md": "start", "traces/README.md": "traces", "Examples/README.md": "examples",
          "CONTRIBUTING.md": "contributing"}


def main():
    catalog = pathlib.Path(sys.argv[1])
    shutil.rmtree(catalog, ignore_errors=True)
    catalog.mkdir(parents=True)
    groups = index()
    names = {ROOT / path: name for path, name in BESIDE.items()}
    names.update({ROOT / "docs" / file: file[:-len(".md")] for _, files in groups for file in files})
    lost = {file.name for file in (ROOT / "docs").glob("*.md")} - {file.name for file in names} - {INDEX.name}
    if lost:
        sys.exit(f"docs/README.md does not list {', '.join(sorted(lost))}")
    names[INDEX] = "Guides"
    headings = {file: dict(anchors(file.read_text(encoding="utf-8"))) for file in names}
    for file, name in names.items():
        text = converted(file, names, headings)
        text = root(text, groups) if file == INDEX else text
        (catalog / f"{name}.md").write_text(text, encoding="utf-8")
    for picture in (ROOT / "docs/pictures").glob("*.svg"):
        shutil.copy(picture, catalog / picture.name.replace("-light", "").replace("-dark", "~dark"))


def index():
    """Headings of docs/README.md, and the files of the guides under each."""
    parts = re.split(r"^## (.*)$", INDEX.read_text(encoding="utf-8"), flags=re.M)[1:]
    return [(title, re.findall(r"^- \[.*?\]\((.*?)\)", text, re.M)) for title, text in zip(parts[::2], parts[1::2])]


def root(text, groups):
    """The page that the guides hang from, with the way to the library's documentation, which is another archive."""
    topics = [("Start", ["start.md"])] + groups + [("Beside", ["examples.md", "traces.md", "contributing.md"])]
    lists = "".join(
        f"\n### {title}\n\n" + "".join(f"- <doc:{file[:-len('.md')]}>\n" for file in files) for title, files in topics)
    library = "\nThe library's documentation has an article for [each room](/documentation/).\n"
    title, rest = text.split("\n\n## ", 1)
    head = title.replace("# Guides\n", "# Guides\n\n@Metadata {\n  @TechnologyRoot\n}\n", 1)
    return f"{head}\n{library}\n## {rest}\n## Topics\n{lists}"


def anchors(text):
    """GitHub's names of headings, and DocC's."""
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        plain = heading.replace("`", "")
        name = "".join(letter for letter in plain.lower() if letter.isalnum() or letter in " -_").replace(" ", "-")
        yield name, re.sub(r"['\"`]", "", plain).replace(" ", "-")


def converted(file, names, headings):
    """The text as DocC reads it."""
    parts = re.split(r"^(```.*?^```$)", file.read_text(encoding="utf-8"), flags=re.M | re.S)
    for index in range(0, len(parts), 2):
        text = re.sub(r"<!--.*?-->\n?", "", parts[index], flags=re.S)
        picture = r"<picture>.*?docs/pictures/(\w+)-light\.svg\" alt=\"(.*?)\".*?</picture>"
        text = re.sub(picture, r"![\2](\1.svg)", text, flags=re.S)
        parts[index] = re.sub(
            r"\[([^\]]*)\]\(([^)\s]+)\)", lambda link: linked(link, file, names, headings), text)
    return "".join(parts)


def linked(link, file, names, headings):
    text, target = link.groups()
    if "://" in target or link.string[link.start() - 1] == "!":
        return link.group()
    path, _, anchor = target.partition("#")
    goal = pathlib.Path(os.path.normpath(file.parent / path)) if path else file
    if goal not in names:
        if not goal.exists():
            sys.exit(f"{file.relative_to(ROOT)}: {target} is not there")
        return f"{text} (`{goal.relative_to(ROOT)}`)"
    if anchor and anchor not in headings[goal]:
        sys.exit(f"{file.relative_to(ROOT)}: {target}: no such heading")
    return f"[{text}](doc:{names[goal]}{'#' + headings[goal][anchor] if anchor else ''})"


if __name__ == "__main__":
    main()
