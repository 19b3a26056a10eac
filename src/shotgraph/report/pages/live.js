"use strict";
// The activity in the store, as the server reports it. Every value is inserted as text, not HTML.

function drawUnderWay(place, runs) {
  place.replaceChildren();
  place.hidden = runs.length === 0;
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  for (const run of runs) {
    const table = element("table"), body = element("tbody");
    place.append(element("h2", `${run.film} is under way${run.is_rehearsal ? ", a rehearsal" : ""}`));
    const done = run.steps.filter((step) => step.state === "there").length;
    place.append(element("p", `Begun at ${run.begun}; ${done} of ${run.steps.length} steps are in the store; ${run.cost} so far.`));
    for (const step of run.steps) {
      const row = element("tr");
      row.append(element("td", step.name), element("td", step.kind, "dim"), element("td", step.state));
      body.append(row);
    }
    table.append(body);
    place.append(table);
  }
}

function follow(film, onNews) {
  const place = document.getElementById("under-way");
  const source = new EventSource("/live");
  source.addEventListener("message", (event) => {
    const now = JSON.parse(event.data);
    drawUnderWay(place, film ? now.runs.filter((run) => run.film === film) : now.runs);
    onNews(now.seen);
  });
}
