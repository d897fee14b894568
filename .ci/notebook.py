"""Executes the notebook in a folder that goes away; see .ci/notebook."""
import os
import pathlib
import sys
import tempfile

import nbclient
import nbformat

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "Examples/notebook.ipynb"


def main():
    tool = pathlib.Path(sys.argv[1]).resolve()
    os.environ["PATH"] = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["EXPERT_REPLAY_HOME"] = str(ROOT)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    kept = [shown(cell) for cell in notebook.cells]
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(
            notebook, timeout=300, record_timing=False, resources={"metadata": {"path": folder}}).execute()
    if "--check" in sys.argv:
        differing = [
            f"cell {index}: the notebook shows\n{old}\nand prints\n{new}"
            for index, (old, new) in enumerate(zip(kept, map(shown, notebook.cells))) if old != new]
        sys.exit("\n".join(differing) or 0)
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, NOTEBOOK)


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
