"""Executes the notebooks, each in a folder that goes away; see .ci/notebook."""
import os
import pathlib
import sys
import tempfile

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "Examples").glob("*.ipynb"))


def main():
    tool = pathlib.Path(sys.argv[1]).resolve()
    os.environ["PATH"] = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["EXPERT_REPLAY_BINARY"] = str(tool)
    os.environ["EXPERT_REPLAY_HOME"] = str(ROOT)
    os.environ["PYTHONPATH"] = str(ROOT / "python")
    differing = [text for path in NOTEBOOKS for text in execute(path, "--check" in sys.argv)]
    sys.exit("\n".join(differing) or 0)


def execute(path, checks):
    """Executes a notebook; writes its outputs into it, or gives back where they differ from those that are there."""
    notebook = nbformat.read(path, as_version=4)
    kept = [shown(cell) for cell in notebook.cells]
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(
            notebook, timeout=300, record_timing=False, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        if "outputs" in cell:
            # Of progress, nothing is left but an empty text.
            cell.outputs = [output for output in cell.outputs if output.get("data", {}).get("text/plain") != ""]
    if checks:
        return [
            f"{path.name}: cell {index}: the notebook shows\n{old}\nand prints\n{new}"
            for index, (old, new) in enumerate(zip(kept, map(shown, notebook.cells))) if old != new]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, path)
    return []


def shown(cell):
    """A cell's outputs as text, word by word; of a picture, that there is one."""
    texts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "stream":
            texts.append(output.text)
        elif "image/png" in data:
            texts.append("a picture")
        else:
            texts.append(data.get("text/plain", output.output_type))
    return [" ".join(text.split()) for text in texts]


if __name__ == "__main__":
    main()
