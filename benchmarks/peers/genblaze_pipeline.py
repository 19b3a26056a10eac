"""genblaze with its cache of steps: a pipeline of two steps for each shot, in threads.

genblaze has no provider for fal, so this file has one that uses fal-client. genblaze accepts only
https URLs, so the stand-in's http URLs are changed to https, and back before a request.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import fal_client
import work
from genblaze_core.models.asset import Asset
from genblaze_core.models.enums import Modality
from genblaze_core.models.step import Step
from genblaze_core.pipeline import Pipeline, StepCache
from genblaze_core.providers.base import ProviderCapabilities, SyncProvider
from genblaze_core.runnable.config import RunnableConfig


class Fal(SyncProvider):
    """A provider for fal that uses fal-client."""

    name = "fal"

    def get_capabilities(self) -> ProviderCapabilities:
        """Declare that the provider makes videos from videos."""
        return ProviderCapabilities(supported_modalities=[Modality.VIDEO], accepts_chain_input=True)

    def generate(self, step: Step, config: RunnableConfig | None = None) -> Step:
        """Run one job at fal."""
        url = step.inputs[0].url.replace("https://", "http://")
        result = fal_client.SyncClient().subscribe(
            step.model, {"video_url": url, "prompt": str(step.prompt)}
        )
        made = result["video"]["url"].replace("http://", "https://")
        step.assets.append(Asset(url=made, media_type="video/mp4"))
        return step


SHA256 = hashlib.sha256(work.CLIP.read_bytes()).hexdigest()
NOTE = work.CACHE / SHA256
if not NOTE.exists():
    NOTE.parent.mkdir(parents=True, exist_ok=True)
    NOTE.write_text(fal_client.SyncClient().upload_file(work.CLIP))
GIVEN = Asset(
    url=NOTE.read_text().replace("http://", "https://"), media_type="video/mp4", sha256=SHA256
)
CACHE = StepCache(work.CACHE / "steps")


def shot(number: int) -> None:
    """Run the two steps of a shot."""
    first, arguments = work.reference("", number)
    second, repainted = work.edit("", number)
    pipeline = Pipeline(f"shot-{number}", preflight=False).cache(CACHE)
    pipeline.step(
        Fal(),
        model=first,
        prompt=arguments["prompt"],
        modality=Modality.VIDEO,
        external_inputs=[GIVEN],
    ).step(Fal(), model=second, prompt=repainted["prompt"], modality=Modality.VIDEO, input_from=0)
    pipeline.run(raise_on_failure=True)


with ThreadPoolExecutor(work.SHOTS) as pool:
    list(pool.map(shot, range(work.SHOTS)))
