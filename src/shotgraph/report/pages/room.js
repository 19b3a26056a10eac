"use strict";
// The screening room: decisions and notes. The server checks everything again.

async function send(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await reply.json().catch(() => ({ said: `The server answered with ${reply.status}.` }));
  if (!reply.ok) throw new Error(told.said);
  return told;
}

const here = { film: document.body.dataset.film, run: document.body.dataset.run };
let isDirty = false, isSending = false;
document.addEventListener("input", (event) => { if (event.target.matches("textarea")) isDirty = true; });

async function decide(gate, answer) {
  const told = gate.querySelector(".told"), buttons = all(gate, "button");
  for (const button of buttons) button.disabled = true;
  told.classList.remove("bad");
  told.textContent = "…";
  isSending = true;
  try {
    const done = await send("/decisions", { ...here, gate: gate.dataset.gate, ...answer });
    told.textContent = done.said;
    document.body.dataset.seen = done.seen; // what was decided here is no news to this page
    isDirty = false;
  } catch (error) {
    told.classList.add("bad");
    told.textContent = error.message;
  }
  isSending = false;
  for (const button of buttons) button.disabled = false;
}

for (const gate of all(document, "section[data-gate]")) {
  gate.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.goesOn) decide(gate, { does: "goes_on", number: Number(button.dataset.goesOn) });
    if (button.dataset.stop !== undefined) decide(gate, { does: "stop" });
    if (button.dataset.againStep) {
      const words = button.closest("[data-retake]").querySelector("textarea");
      const prompt = words && words.value !== words.dataset.before ? words.value : "";
      decide(gate, { does: "again", step: button.dataset.againStep, prompt });
    }
  });
}

// A note belongs to the clip that was on the screen last.
const notes = document.getElementById("notes");
let noted = null;
dialog.addEventListener("close", () => {
  if (shownClips.length) noted = { clip: shownClips[0], frame: Number(bar.at.value) };
});
const firstFilm = document.querySelector("figure.film[data-film-clip]");
function onScreen() {
  if (noted) return noted;
  const player = films.find((film) => film !== null);
  if (!firstFilm || !player) return null;
  return { clip: { clip: firstFilm.dataset.filmClip, name: firstFilm.dataset.filmName }, frame: player.frame };
}
for (const figure of all(document, "figure.film")) {
  const video = figure.querySelector("video");
  if (video) for (const name of ["play", "seeked"]) video.addEventListener(name, () => { noted = null; });
}

notes.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = notes.querySelector("textarea"), told = notes.querySelector(".told"), seen = onScreen();
  told.classList.remove("bad");
  if (!seen) { told.textContent = "There is no clip on the screen."; return; }
  try {
    await send("/notes", { ...here, clip: seen.clip.clip, name: seen.clip.name, frame: seen.frame, text: text.value });
    addNote(seen, text.value);
    text.value = "";
    isDirty = false;
    told.textContent = "Kept.";
  } catch (error) {
    told.classList.add("bad");
    told.textContent = error.message;
  }
});

function addNote(seen, text) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  button.dataset.noteClip = seen.clip.clip;
  button.dataset.noteFrame = seen.frame;
  button.textContent = `${seen.clip.name}, frame ${seen.frame}`;
  item.append(button, text);
  notes.querySelector("ol").append(item);
}

notes.addEventListener("click", (event) => {
  const button = event.target.closest("[data-note-clip]");
  if (!button) return;
  const clip = clipOf(button.dataset.noteClip), frame = Number(button.dataset.noteFrame);
  if (clip) { open([clip], "one"); onStage.show(frame); return; }
  const player = films.find((film) => film !== null);
  if (player) { player.show(frame); player.video.scrollIntoView({ block: "center" }); }
});

// There is news: load the page again, unless the user types a note or watches a clip.
follow(here.film, (seen) => {
  if (isSending || seen === document.body.dataset.seen) return;
  document.body.dataset.seen = seen;
  if (!isDirty && !dialog.open) location.reload();
  else say("There is something new: load the page again to see it.");
});
