"""What a ``fal`` step takes from a reply is a file, or is refused before the job is bought."""

import json
from typing import Any

from tests.cli.command import Desk

from .buying import bought, order
from .commands import ran
from .figures import Count
from .other_fal import Job, OtherFal

KIND = 8

FILES = (
    "video", "video.url", "videos[0]", "videos[0].url", "audio", "audio.url", "image",
    "images[0].url", "output.video", "data.audio.url", "video_url", "audio_url", "image_url",
    "result.final_video",
)  # fmt: skip
NO_FILES = (
    "voice_id", "media.frame_count", "video_duration", "video_id", "video.content_type",
    "video.file_name", "video.file_size", "images[0].width", "audio.duration", "image_count",
    "video_length_s", "seed", "has_video", "video_title", "audio_bitrate", "image_prompt",
    "video.fps", "num_images", "video_status", "images_total", "audio_transcript", "video_md5",
    "video.expires_at", "video_metadata", "video_codec", "speech.language", "timings.video_s",
    "video_count", "voice.name",
)  # fmt: skip

SCHEMA: dict[str, Any] = {
    "openapi": "3.0.4",
    "info": {"title": "t", "version": "1"},
    "components": {
        "schemas": {
            "File": {"type": "object", "properties": {"url": {"type": "string"}}},
            "In": {"type": "object", "properties": {"prompt": {"type": "string"}}},
            "Out": {
                "type": "object",
                "properties": {
                    "clip": {"$ref": "#/components/schemas/File"},
                    "voice_id": {"type": "string"},
                    "video": {"type": "integer"},
                },
            },
        }
    },
    "paths": {
        "/other/told": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}
                }
            }
        },
        "/other/told/requests/{request_id}": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Out"}}
                        }
                    }
                }
            }
        },
    },
}


def _film(desk: Desk, name: str, output: Any, endpoint: str = "other/plain", more: str = "") -> str:
    said = json.dumps(output)
    body = f'{{endpoint: {endpoint}, arguments: {{prompt: x}}, price_usd: "0.5", output: {said}'
    text = f"name: out\nsteps:\n  made: {{fal: {body}{more}}}}}\noutput: $made\n"
    (desk.folder / f"{name}.yaml").write_text(text)
    return f"{name}.yaml"


def test_a_path_that_is_no_file_is_refused_by_validate(desk: Desk, count: Count) -> None:
    names = [*FILES, *NO_FILES]
    files = [_film(desk, f"film-{number}", path) for number, path in enumerate(names)]
    found = ran([("validate", file) for file in files], desk.env, desk.folder)
    wrong = []
    for path, checked in zip(names, found, strict=True):
        expected = 0 if path in FILES else 2
        shows_how = expected == 0 or "kind" in checked.err + checked.out
        wrong += [] if checked.code == expected and shows_how else [(path, checked.err[:300])]
    count(paths=len(names), judged_wrongly=len(wrong))
    assert not wrong


def test_a_path_that_is_no_file_is_not_bought(desk: Desk, fal: OtherFal, count: Count) -> None:
    orders = []
    for number, path in enumerate(NO_FILES):
        one = order(f"id{number}")
        orders.append({**one, "given": {**one["given"], "output": path}})
    found = bought(orders, desk.env)
    wrong = {name: ends[0] for name, ends in found.items() if ends[0]["code"] != "invalid_input"}
    count(paths=len(NO_FILES), submits=fal.submits)
    assert not wrong
    assert fal.submits == 0


def test_the_endpoints_document_says_what_is_a_file(
    desk: Desk, fal: OtherFal, count: Count
) -> None:
    (desk.folder / "told.json").write_text(json.dumps(SCHEMA))
    told = ("other/told", ", schema: told.json")
    expected = {
        _film(desk, "kind", {"path": "clip", "kind": "video"}, *told): 0,
        _film(desk, "number", "video", *told): 2,
        _film(desk, "absent", "audio.url", *told): 2,
        _film(desk, "id", "voice_id", *told): 2,
    }
    found = ran([("validate", file) for file in expected], desk.env, desk.folder)
    wrong = {
        file: (one.code, one.err)
        for (file, code), one in zip(expected.items(), found, strict=True)
        if one.code != code
    }
    count(paths=len(expected), judged_wrongly=len(wrong))
    assert not wrong


def test_no_message_advises_what_would_fail_again(desk: Desk, fal: OtherFal, count: Count) -> None:
    def makes_text(job: Job) -> None:
        fal.files["/words.txt"] = ("text/plain", b"no clip at all")
        job.output = {"video": {"url": f"{fal.root}/cdn/words.txt"}}

    fal.new_job = makes_text
    found = bought([order("text", tries=3)], desk.env)
    count(runs=3, submits=fal.submits)
    for end in found["text"]:
        assert end["word"] == "terminal", end
        assert "buy-again" not in end["message"].replace(" ", "-"), end["message"]
        kept = "on record" in end["message"] or "was not bought again" in end["message"]
        assert kept, end["message"]
        assert end["request_id"] == fal.jobs[0].request_id or "request other" in end["message"], end
    assert fal.submits == 1
