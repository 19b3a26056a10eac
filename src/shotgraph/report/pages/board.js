"use strict";
// The storyboard: players, bars of shots, keys, buttons that copy. All texts are in the page itself.

const all = (where, what) => [...where.querySelectorAll(what)];
const said = document.querySelector(".said");
let saidTimer = 0;

function say(text) {
  said.textContent = text;
  said.hidden = false;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => { said.hidden = true; }, 3000);
}

// Each picture is in the page only once; the other places get its address here.
function fillPictures(where) {
  for (const image of all(where, "img[data-again]")) {
    const first = document.querySelector(`img[data-picture="${CSS.escape(image.dataset.again)}"]`);
    if (first) image.src = first.src;
  }
}
fillPictures(document);

const watch = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    entry.target.preload = "metadata";
    watch.unobserve(entry.target);
  }
});
for (const clip of all(document, "video[data-seen]")) watch.observe(clip);

for (const quote of all(document, "blockquote")) {
  if (quote.scrollHeight > quote.clientHeight) quote.tabIndex = 0;
}

// Light or dark: the system's by default; a choice is kept if the browser allows it.
const looks = document.querySelector("[data-look]");
const kept = { get() { try { return localStorage.getItem("look"); } catch { return null; } }, set(look) { try { localStorage.setItem("look", look); } catch { /* not kept */ } } };
if (looks) {
  const choose = (look) => { if (look) document.documentElement.dataset.look = look; };
  choose(kept.get());
  looks.hidden = false;
  looks.addEventListener("click", () => {
    const dark = document.documentElement.dataset.look
      ? document.documentElement.dataset.look === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    choose(dark ? "light" : "dark");
    kept.set(dark ? "light" : "dark");
  });
}

// The films, each with its bar of shots.
const films = all(document, "figure.film").map((figure) => {
  const video = figure.querySelector("video");
  if (!video || !figure.dataset.filmFps) return null;
  const told = figure.querySelector("[data-frame]");
  const shots = all(figure, "[data-seek]");
  const reel = figure.querySelector(".reel");
  const head = document.createElement("span");
  head.className = "head";
  head.hidden = true;
  if (reel) reel.append(head);
  const player = new Player([video], (frame) => {
    told.textContent = `frame ${frame} of ${player.frames}`;
    head.hidden = false;
    for (const shot of shots) {
      const from = Number(shot.dataset.seek), length = Number(shot.dataset.length);
      const inside = frame >= from && frame < from + length;
      shot.toggleAttribute("aria-current", inside);
      if (inside) {
        shot.setAttribute("aria-current", "true");
        head.style.left = `${shot.offsetLeft + (shot.offsetWidth * (frame - from)) / length}px`;
      }
    }
  });
  player.rate = rateOf(figure.dataset.filmFps);
  player.frames = Number(figure.dataset.filmFrames);
  for (const shot of shots) {
    shot.addEventListener("click", (event) => {
      const box = shot.getBoundingClientRect();
      // A key has no position on the bar: show the shot's first frame.
      const part = event.detail ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
      const length = Number(shot.dataset.length);
      active = player;
      player.stop();
      player.show(Number(shot.dataset.seek) + Math.min(length - 1, Math.floor(part * length)));
    });
  }
  video.addEventListener("play", () => { active = player; });
  return player;
});
let active = films.find((film) => film !== null) || null;
for (const side of all(document, "button[data-seek][data-in]")) {
  side.addEventListener("click", () => {
    const player = films[Number(side.dataset.in)];
    if (!player) return;
    active = player;
    player.stop();
    player.show(Number(side.dataset.seek));
    player.video.scrollIntoView({ block: "center" });
  });
}

// The stage shows one clip, or two.
const dialog = document.getElementById("stage");
const stage = dialog.querySelector(".stage");
const pair = [0, 1].map(() => {
  const video = document.createElement("video");
  Object.assign(video, { playsInline: true, muted: true, preload: "none" });
  stage.append(video);
  return video;
});
const bar = { name: document.getElementById("stage-name"), frame: dialog.querySelector("[data-frame]"), at: dialog.querySelector("[data-at]"), wipe: dialog.querySelector("[data-wipe]"), go: dialog.querySelector("[data-play-stop]"), keys: dialog.querySelector(".keys"), modes: all(dialog, "[data-mode-of]") };
const onStage = new Player(pair, (frame) => {
  bar.frame.textContent = `frame ${frame} of ${onStage.frames}`;
  bar.at.value = frame;
  bar.go.textContent = onStage.video.paused ? "Play" : "Stop";
});
let takes = [], shownClips = [];

function clipOf(sha256) {
  const found = document.querySelector(`[data-clip="${CSS.escape(sha256)}"]`);
  return found ? { ...found.dataset } : null;
}

function setMode(mode) {
  stage.dataset.mode = mode;
  pair[1].hidden = mode === "one";
  for (const button of bar.modes) {
    button.hidden = mode === "one";
    button.setAttribute("aria-pressed", String(button.dataset.modeOf === mode));
  }
  bar.wipe.hidden = mode !== "wipe";
  wipe();
}

function wipe() {
  const place = bar.wipe.value / 10;
  pair[1].style.clipPath = stage.dataset.mode === "wipe" ? `inset(0 0 0 ${place}%)` : "none";
}

function put(video, clip) {
  if (video.dataset.shows === clip.clip) return;
  video.dataset.shows = clip.clip;
  video.preload = "none";
  video.src = clip.url;
  video.setAttribute("aria-label", clip.name);
}

function open(clips, mode, others) {
  takes = others || [];
  shownClips = clips;
  onStage.stop();
  const frame = dialog.open ? onStage.frame : 0;
  put(pair[0], clips[0]);
  if (clips[1]) put(pair[1], clips[1]);
  setMode(clips[1] ? mode : "one");
  onStage.rate = rateOf(clips[0].fps);
  onStage.frames = Number(clips[0].frames);
  bar.at.max = Math.max(0, onStage.frames - 1);
  bar.name.textContent = clips.map((clip) => clip.name).join(clips[1] ? " | " : "");
  bar.keys.textContent = takes.length > 1 ? takes.map((take, index) => `${index + 1}: ${take.name}`).join("   ") : "";
  if (!dialog.open) { dialog.showModal(); active = onStage; }
  onStage.show(frame);
}

function close() {
  onStage.stop();
  dialog.close();
}

dialog.addEventListener("close", () => {
  active = films.find((film) => film !== null) || null;
  for (const video of pair) { video.removeAttribute("src"); delete video.dataset.shows; video.load(); }
});
dialog.querySelector("[data-close]").addEventListener("click", close);
bar.go.addEventListener("click", () => onStage.toggle());
bar.at.addEventListener("input", () => { onStage.stop(); onStage.show(Number(bar.at.value)); });
bar.wipe.addEventListener("input", wipe);
for (const button of bar.modes) {
  button.addEventListener("click", () => { setMode(button.dataset.modeOf); onStage.show(onStage.frame); });
}

function takesAround(element) {
  const group = element.closest("[data-takes]");
  return group ? all(group, "[data-clip]").map((one) => ({ ...one.dataset })) : [];
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-play]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const clip = clipOf(link.dataset.play);
    const near = link.closest("[data-clip]");
    if (!clip) return;
    event.preventDefault();
    open([near ? { ...near.dataset } : clip], "one", takesAround(link));
    return;
  }
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.compare) {
    const clips = button.dataset.compare.split(" ").map(clipOf);
    if (clips.every(Boolean)) open(clips, "wipe", takesAround(button));
  } else if (button.dataset.hold) hold(button);
  else if (button.dataset.copy !== undefined) copy(button.dataset.copy);
});

// Two clips, chosen one after the other. If a server sends the page, they may be of two pages.
const canKeep = location.protocol.startsWith("http");
const heldClip = {
  get() { if (!canKeep) return heldClip.here; try { return JSON.parse(sessionStorage.getItem("held")); } catch { return null; } },
  set(clip) { heldClip.here = clip; if (canKeep) try { sessionStorage.setItem("held", JSON.stringify(clip)); } catch { /* this page only */ } },
  here: null,
};

function hold(button) {
  const clip = { ...button.closest("[data-clip]").dataset }, first = heldClip.get();
  if (first && first.clip !== clip.clip) {
    heldClip.set(null);
    open([first, clip], "wipe");
  } else {
    heldClip.set(first ? null : clip);
    say(first ? `${clip.name} is let go.` : `${clip.name} is held: choose Compare at another clip.`);
  }
  for (const one of all(document, "[data-hold]")) {
    const now = heldClip.get();
    one.setAttribute("aria-pressed", String(now !== null && one.dataset.hold === now.clip));
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied.");
}

const keys = {
  j: () => active.rewind(), k: () => active.stop(), l: () => active.forward(),
  ArrowLeft: (event) => active.step(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => active.step(event.shiftKey ? 10 : 1),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !active) return;
  const inside = event.target.closest("input, textarea, select, video");
  if (inside && !(inside.matches("video") && /^[jkl1-9]$/i.test(event.key))) return;
  const does = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (does) { event.preventDefault(); does(event); return; }
  if (/^[1-9]$/.test(event.key)) chooseTake(Number(event.key) - 1);
});

function chooseTake(index) {
  const around = takes.length ? takes : takesAround(document.activeElement);
  const take = around[index];
  if (!take) return;
  const clips = shownClips[1] && dialog.open ? [shownClips[0], take] : [take];
  open(clips, stage.dataset.mode === "one" ? "wipe" : stage.dataset.mode, around);
}

// On paper a player is its poster, every picture is there, and a wide graph is as wide as the page.
const PAPER_PX = 680;

addEventListener("beforeprint", () => {
  for (const picture of all(document, "img[loading]")) picture.loading = "eager";
  for (const player of all(document, ".film > video[poster]")) {
    const still = new Image();
    still.className = "still";
    still.alt = player.getAttribute("aria-label");
    still.src = player.poster;
    player.after(still);
  }
  for (const graph of all(document, ".graph")) {
    graph.style.zoom = Math.min(1, PAPER_PX / Number.parseFloat(graph.style.width));
  }
});

addEventListener("afterprint", () => {
  for (const still of all(document, ".film > .still")) still.remove();
  for (const graph of all(document, ".graph")) graph.style.zoom = "";
});
