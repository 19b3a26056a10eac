"""What Prefect's UI shows of a run when it has ended: its storyboard, and the way to its film."""

from pathlib import Path

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact

from shotgraph.report.companions import clip_place
from shotgraph.report.manifest import Manifest
from shotgraph.report.markdown import markdown
from shotgraph.report.pictures import Pictures
from shotgraph.settings import Settings
from shotgraph.store import Store
from shotgraph.tasks.artifact_key import artifact_key


async def put_artifacts(manifest: Manifest, store: Store, folder: Path) -> None:
    """Write a run's artifacts: ``storyboard-<film>``, and a link to each film.

    A link needs ``SHOTGRAPH_VIEW_URL``: the UI takes links to files of this machine away. Without
    it the storyboard says where the film is.
    """
    view_url = Settings().view_url
    text = await markdown(
        manifest, Pictures(store), view_url=view_url, folder=str(folder.absolute())
    )
    await acreate_markdown_artifact(
        text,
        key=artifact_key("storyboard", manifest.film),
        description=f"What the run made, and what it cost: {manifest.film}",
    )
    for film in manifest.films if view_url else ():
        await acreate_link_artifact(
            f"{view_url}{clip_place(film.medium)}",
            key=artifact_key("film", Path(film.file).stem),
            link_text=f"Play {film.file}",
            description=f"The film {film.file}",
        )
