"""A film of many lines, each of which can be wrong in ways that people write."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong.

    Attributes:
        line: Which line of the film it replaces, by that line's name.
        text: What stands there.
        says: What a message about it has, in lower case.
        in_prose: Whether it spoils the YAML itself, so that others of its step may be hidden.
        warns: Whether it is a warning, and not a problem.
    """

    line: str
    text: str
    says: str
    in_prose: bool = False
    warns: bool = False


FILM: dict[str, str] = {
    "name": "name: many",
    "budget": "budget_usd: 500",
    "params": "params:",
    "shot": "  shot: {type: video, default: shot.mp4}",
    "look": "  look: {type: choice, choices: [oil, ink], default: oil}",
    "words": "  words: {type: text, default: at dusk}",
    "steps": "steps:",
}
_STEPS = {
    "plain": 'edit: {video: $shot, prompt: "Repaint it ${words}"}',
    "tier": "edit: {video: $shot, prompt: one, tier: pro}",
    "prompt": "edit: {video: $shot, prompt: two}",
    "video": "edit: {video: $shot, prompt: three}",
    "page": "edit: {video: shot.mp4, prompt: four}",
    "still": "image_to_video: {start_image: still.png, prompt: five}",
    "next": 'reference: {video: $shot, prompt: "Based on @Video1, go on", duration: "5"}',
    "long": 'reference: {video: $shot, prompt: "Based on @Video1, stay", duration: "10"}',
    "cut": "trim: {video: $shot, seconds: 1}",
    "later": "trim: {video: $shot, start: 1, seconds: 1}",
    "join": "concat: {clips: [$shot, $next], transition: {kind: dissolve, seconds: 0.5}}",
    "list": "concat: {clips: [$cut, $later]}",
    "any": 'fal: {endpoint: a/any, arguments: {prompt: x}, price_usd: "1", output: video.url}',
    "priced": 'fal: {endpoint: a/more, arguments: {prompt: seven}, price_usd: "0.5"}',
}
for _name, _body in _STEPS.items():
    FILM[f"step-{_name}"] = f"  {_name}:"
    FILM[_name] = f"    {_body}"
    FILM[f"of-{_name}"] = "    needs: []"
FILM["output"] = "output: $join"

DEFECTS: dict[str, Defect] = {
    "unknown top key": Defect("name", "name: many\ncolour: red", "colour"),
    "budget is no number": Defect("budget", "budget_usd: lots", "budget_usd"),
    "budget below 0": Defect("budget", "budget_usd: -1", "budget_usd"),
    "param type": Defect("shot", "  shot: {type: vidio, default: shot.mp4}", "vidio"),
    "param file": Defect("shot", "  shot: {type: video, default: absent.mp4}", "absent.mp4"),
    "param choice": Defect("look", "  look: {type: choice, choices: [a], default: c}", '"c"'),
    "param key": Defect("words", "  words: {type: text, defualt: at dusk}", "defualt"),
    "param is no map": Defect("words", "  words: text", "words"),
    "no output": Defect("output", "", "output"),
    "output of nothing": Defect("output", "output: $nothing", "nothing"),
    "unknown kind": Defect("plain", "    edti: {video: $shot, prompt: x}", "edti"),
    "unknown field": Defect(
        "plain", "    edit: {video: $shot, prompt: x, keepaudio: true}", "keepaudio"
    ),
    "two kinds": Defect(
        "plain", "    edit: {video: $shot, prompt: x}\n    trim: {video: $shot, seconds: 1}", "trim"
    ),
    "takes in the kind": Defect("plain", "    edit: {video: $shot, prompt: x, takes: 2}", "takes"),
    "no prompt": Defect("prompt", "    edit: {video: $shot}", "prompt"),
    "prompt is a list": Defect("prompt", "    edit: {video: $shot, prompt: [a, b]}", "prompt"),
    "small tag": Defect("prompt", '    edit: {video: $shot, prompt: "Repaint @video1"}', "@video1"),
    "tag of nothing": Defect(
        "prompt", '    edit: {video: $shot, prompt: "Like @Image1"}', "@image1"
    ),
    "cut prompt": Defect(
        "prompt", "    edit:\n      video: $shot\n      prompt: a sea #1 of all", "#"
    ),
    "tier": Defect("tier", "    edit: {video: $shot, prompt: x, tier: best}", "best"),
    "absent file": Defect("video", "    edit: {video: gone.mp4, prompt: x}", "gone.mp4"),
    "reference of nothing": Defect("video", "    edit: {video: $nobody, prompt: x}", "nobody"),
    "a text as video": Defect("video", "    edit: {video: $words, prompt: x}", "words"),
    "home path": Defect("video", '    edit: {video: "~/shot.mp4", prompt: x}', "~"),
    "windows path": Defect(
        "video", '    edit: {video: "C:\\films\\shot.mp4", prompt: x}', "\\", in_prose=True
    ),
    "http": Defect("page", "    edit: {video: http://example.com/a.mp4, prompt: x}", "http"),
    "video page": Defect(
        "page",
        "    edit: {video: 'https://www.youtube.com/watch?v=abcdefghijk', prompt: x}",
        "youtube",
    ),
    "video page, short": Defect(
        "page", "    edit: {video: https://youtu.be/abcdefghijk, prompt: x}", "youtu"
    ),
    "video page, other": Defect(
        "page", "    edit: {video: https://vimeo.com/76979871, prompt: x}", "vimeo"
    ),
    "picture as video": Defect("page", "    edit: {video: still.png, prompt: x}", "still.png"),
    "video as picture": Defect(
        "still", "    image_to_video: {start_image: shot.mp4, prompt: x}", "shot.mp4"
    ),
    "text as picture": Defect(
        "still", "    image_to_video: {start_image: many.yaml, prompt: x}", "many.yaml"
    ),
    "duration": Defect("next", '    reference: {video: $shot, prompt: x, duration: "17"}', "17"),
    "duration is long": Defect(
        "long", '    reference: {video: $shot, prompt: x, aspect_ratio: "5:4"}', "5:4"
    ),
    "below 0": Defect("cut", "    trim: {video: $shot, seconds: -1}", "-1"),
    "past its end": Defect("later", "    trim: {video: shot.mp4, start: 90, seconds: 1}", "90"),
    "no output of that name": Defect(
        "later", "    trim: {video: $next.sound, seconds: 1}", "sound"
    ),
    "names without signs": Defect("list", "    concat: {clips: [shot, next]}", "$shot"),
    "no comma": Defect("list", "    concat: {clips: [$shot $next]}", "[$shot, $next]"),
    "transition word": Defect(
        "join", "    concat: {clips: [$shot, $next], transition: dissolve}", "kind"
    ),
    "itself": Defect("join", "    concat: {clips: [$shot, $join]}", "join"),
    "no price": Defect("any", "    fal: {endpoint: a/any, arguments: {prompt: x}}", "price_usd"),
    "output is a number": Defect(
        "any",
        '    fal: {endpoint: a/any, price_usd: "1", output: media.frame_count}',
        "frame_count",
    ),
    "output is a duration": Defect(
        "any",
        '    fal: {endpoint: a/any, price_usd: "1", output: video_duration}',
        "video_duration",
    ),
    "output is an id": Defect(
        "any",
        '    fal: {endpoint: a/any, price_usd: "1", output: voice_id}',
        "voice_id",
    ),
    "price below 0": Defect(
        "priced", '    fal: {endpoint: a/more, arguments: {}, price_usd: "-1"}', "price_usd"
    ),
    "price is a word": Defect(
        "priced", "    fal: {endpoint: a/more, arguments: {}, price_usd: cheap}", "cheap"
    ),
    "endpoint is a link": Defect(
        "priced", '    fal: {endpoint: "https://fal.ai/models/a/b", price_usd: "1"}', "endpoint"
    ),
    "takes 0": Defect("of-plain", "    takes: 0", "takes"),
    "pick": Defect("of-tier", "    takes: 2\n    pick: worst", "worst"),
    "needs nothing": Defect("of-prompt", "    needs: [nobody]", "nobody"),
    "each of one": Defect("of-next", "    for_each: {one: $shot}", "for_each"),
    "twice": Defect("of-cut", "    needs: []\n    needs: []", "needs", in_prose=True),
    "no colon": Defect("step-later", "  later", "later", in_prose=True),
    "no colon after a field": Defect("of-later", "    needs []", "needs", in_prose=True),
    "tab": Defect("of-any", "\t needs: []", "tab", in_prose=True),
    "open bracket": Defect(
        "still", "    image_to_video: {start_image: still.png, prompt: x", "{", in_prose=True
    ),
    "anchor": Defect(
        "long", "    reference: &one {video: $shot, prompt: x}", "anchor", in_prose=True
    ),
}


def written(*names: str) -> tuple[str, dict[str, range]]:
    """Write the film with some of its defects; gives the lines of each, from 1."""
    by_line = {DEFECTS[name].line: name for name in names}
    text, where, line = [], dict[str, range](), 1
    for key, right in FILM.items():
        name = by_line.get(key)
        here = right if name is None else DEFECTS[name].text
        lines = here.count("\n") + 1 if here else 0
        if name is not None:
            # Something that is missing is said at its neighbours, or at the file's beginning.
            where[name] = range(max(1, line - 1), line + lines + 1) if lines else range(1, 99)
        text.append(here)
        line += lines
    return "\n".join(part for part in text if part) + "\n", where


def together(names: Collection[str]) -> list[str]:
    """Leave out what stands on the same line as another."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(DEFECTS[name].line, name)
    return list(kept.values())
